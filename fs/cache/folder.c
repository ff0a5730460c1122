#include "fs/cache/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"

#define FILE_NAME_CAP (CACHE_KEY_LEN + 1 + DIGEST_HEX_CAP)

static void file_name(const struct cache_entry *e, char out[FILE_NAME_CAP])
{
	memcpy(out, e->key, CACHE_KEY_LEN);
	out[CACHE_KEY_LEN] = '.';
	memcpy(out + CACHE_KEY_LEN + 1, e->sum, DIGEST_HEX_CAP);
}

/* What lies where others can write may be theirs; `may` are the mode bits that others may have. */
static int check_own(int fd, mode_t may)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & 077 & ~may) ? 0 : -EPERM;
}

static int open_sub(int dir, const char *name)
{
	AUTOFD int fd = -1;
	int rc;

	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = check_own(fd, 0);
	return rc < 0 ? rc : take_fd(&fd);
}

/* Calls fn for each name in the directory. */
static int each_name(int dirfd, int (*fn)(void *arg, const char *name), void *arg)
{
	int copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTODIR DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *de;
	int rc = 0;

	if (!d) {
		if (copy >= 0)
			(void)close(copy);
		return -EIO;
	}
	while (rc == 0 && (de = readdir(d)))
		if (de->d_name[0] != '.')
			rc = fn(arg, de->d_name);
	return rc;
}

static int remove_name(void *arg, const char *name)
{
	(void)unlinkat(*(int *)arg, name, 0);
	return 0;
}

static int open_all(struct folder *f, const char *dir)
{
	int rc;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	f->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return -errno;
	rc = check_own(f->dir, 055);
	if (rc < 0)
		return rc;
	f->lock = openat(f->dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->lock < 0)
		return -errno;
	if (flock(f->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	f->files = open_sub(f->dir, "files");
	if (f->files < 0)
		return f->files;
	f->tmp = open_sub(f->dir, "tmp");
	return f->tmp < 0 ? f->tmp : 0;
}

int folder_open(struct folder *f, const char *dir, struct mesh_err *err)
{
	int rc;

	*f = (struct folder){.dir = -1, .files = -1, .tmp = -1, .lock = -1};
	rc = open_all(f, dir);
	if (rc == 0)
		rc = each_name(f->tmp, remove_name, &f->tmp);
	if (rc == -EBUSY)
		return mesh_err_set(err, rc, "cache %s is in use by another process; give this mount one of its own with -o cache=DIR", dir);
	if (rc == -EPERM)
		return mesh_err_set(err, rc, "cache %s: only the mount's own user may own it and write to it", dir);
	if (rc < 0)
		return mesh_err_set(err, rc, "cache %s: %s", dir, strerror(-rc));
	return 0;
}

void folder_close(struct folder *f)
{
	int *fds[] = {&f->tmp, &f->files, &f->lock, &f->dir};

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		if (*fds[i] >= 0)
			(void)close(*fds[i]);
		*fds[i] = -1;
	}
}

/* ---- what is there ---- */

struct scan {
	int files;
	struct aged {
		struct cache_entry *e;
		struct timespec used;
	} *items; /* malloc'ed */
	size_t len, cap;
};

static bool parse_name(const char *name, struct cache_entry *e)
{
	static const char digits[] = "0123456789abcdef";

	if (strspn(name, digits) != CACHE_KEY_LEN || name[CACHE_KEY_LEN] != '.' ||
	    strspn(name + CACHE_KEY_LEN + 1, digits) != DIGEST_HEX_CAP - 1 || strlen(name) != FILE_NAME_CAP - 1)
		return false;
	memcpy(e->key, name, CACHE_KEY_LEN);
	memcpy(e->sum, name + CACHE_KEY_LEN + 1, DIGEST_HEX_CAP - 1);
	return true;
}

static int scan_name(void *arg, const char *name)
{
	struct scan *s = arg;
	struct stat st;
	AUTOFREE struct cache_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	if (!parse_name(name, e) || fstatat(s->files, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode)) {
		(void)unlinkat(s->files, name, 0);
		return 0;
	}
	if (s->len == s->cap) {
		struct aged *more = reallocarray(s->items, s->cap * 2 + 64, sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->items = more;
		s->cap = s->cap * 2 + 64;
	}
	e->bytes = (uint64_t)st.st_size;
	s->items[s->len++] = (struct aged){.e = take_ptr(e), .used = st.st_atim};
	return 0;
}

static int by_use(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	return (x->used.tv_nsec > y->used.tv_nsec) - (x->used.tv_nsec < y->used.tv_nsec);
}

int folder_scan(struct folder *f, struct entry_table *t)
{
	struct scan s = {.files = f->files};
	int rc = each_name(f->files, scan_name, &s);

	if (s.len > 0)
		qsort(s.items, s.len, sizeof(*s.items), by_use);
	for (size_t i = 0; i < s.len; i++) {
		/* Two files of one key: a crash between making the new and removing the old. */
		if (rc == 0 && !entry_find(t, s.items[i].e->key)) {
			entry_add(t, s.items[i].e);
			continue;
		}
		if (rc == 0)
			folder_remove(f, s.items[i].e);
		free(s.items[i].e);
	}
	free(s.items);
	return rc;
}

/* ---- one file ---- */

int folder_new(struct folder *f, char name[FOLDER_NAME_CAP])
{
	static atomic_ulong count;
	int fd;

	(void)snprintf(name, FOLDER_NAME_CAP, "%ld-%lu", (long)getpid(), atomic_fetch_add(&count, 1));
	fd = openat(f->tmp, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int folder_keep(struct folder *f, int fd, const char *name, struct cache_entry *e)
{
	char final[FILE_NAME_CAP];
	struct stat st;
	int rc = digest_fd(fd, e->sum);

	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0)
		return -errno;
	e->bytes = (uint64_t)st.st_size;
	e->verified = true;
	file_name(e, final);
	return renameat(f->tmp, name, f->files, final) < 0 ? -errno : 0;
}

void folder_drop(struct folder *f, const char *name)
{
	(void)unlinkat(f->tmp, name, 0);
}

static int check(int fd, const struct cache_entry *e)
{
	char sum[DIGEST_HEX_CAP];
	int rc = digest_fd(fd, sum);

	if (rc < 0)
		return rc;
	return strcmp(sum, e->sum) == 0 ? 0 : -EBADMSG;
}

int folder_get(struct folder *f, const struct cache_entry *e, struct cache_file *ret)
{
	char name[FILE_NAME_CAP];
	AUTOFD int fd = -1;
	struct stat st;
	int rc;

	file_name(e, name);
	fd = openat(f->files, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size != e->bytes)
		return -EBADMSG;
	rc = e->verified ? 0 : check(fd, e);
	if (rc < 0)
		return rc;
	ret->fd = take_fd(&fd);
	ret->size = st.st_size;
	return 0;
}

void folder_touch(int fd)
{
	static const struct timespec used[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}};

	(void)futimens(fd, used);
}

void folder_remove(struct folder *f, const struct cache_entry *e)
{
	char name[FILE_NAME_CAP];

	file_name(e, name);
	(void)unlinkat(f->files, name, 0);
}
