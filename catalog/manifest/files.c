#include "catalog/manifest/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/digest.h"

/* openat2 answers EAGAIN when a rename elsewhere made it lose its way; that passes. */
#define BENEATH_TRIES 16

static int open_beneath(int fd, const char *path, int flags)
{
	struct open_how how = {
	    .flags = (uint64_t)(flags | O_CLOEXEC),
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long got = -1;

	for (int i = 0; i < BENEATH_TRIES; i++) {
		got = syscall(SYS_openat2, fd, path, &how, sizeof(how));
		if (got >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return got < 0 ? -errno : (int)got;
}

int files_open_dir(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int files_open_beneath(int fd, const char *path, int *ret_fd)
{
	int got = open_beneath(fd, path, O_RDONLY | O_DIRECTORY);

	if (got < 0)
		return got;
	*ret_fd = got;
	return 0;
}

bool files_ignored(const char *name)
{
	return name[0] == '.' || str_ends(name, "~") || (name[0] == '#' && str_ends(name, "#"));
}

static void entry_stat(int fd, const char *name, struct files_entry *e)
{
	AUTOFD int target = -1;
	struct stat st;

	e->type = FILES_OTHER;
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	e->link = S_ISLNK(st.st_mode);
	if (e->link) {
		target = open_beneath(fd, name, O_PATH);
		if (target < 0 || fstat(target, &st) < 0)
			return;
	}
	if (S_ISREG(st.st_mode))
		e->type = FILES_FILE;
	else if (S_ISDIR(st.st_mode))
		e->type = FILES_DIR;
}

static int entry_compare(const void *a, const void *b)
{
	return strcmp(((const struct files_entry *)a)->name, ((const struct files_entry *)b)->name);
}

static int listing_add(struct files_listing *l, size_t *cap, struct arena *a, const char *name)
{
	if (l->len >= FILES_MAX_ENTRIES)
		return -E2BIG;
	if (l->len == *cap) {
		size_t more = *cap ? *cap * 2 : 32;
		struct files_entry *items = arena_array(a, more, sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (l->len)
			memcpy(items, l->items, l->len * sizeof(*items));
		l->items = items;
		*cap = more;
	}
	l->items[l->len].name = arena_strdup(a, name);
	return l->items[l->len++].name ? 0 : -ENOMEM;
}

static int list_fd(int fd, struct arena *a, struct files_listing *l)
{
	AUTODIR DIR *dir = fdopendir(fd);
	struct dirent *e;
	size_t cap = 0;
	int rc;

	if (!dir) {
		rc = -errno;
		(void)close(fd);
		return rc;
	}
	while (errno = 0, (e = readdir(dir))) {
		if (files_ignored(e->d_name))
			continue;
		rc = listing_add(l, &cap, a, e->d_name);
		if (rc < 0)
			return rc;
	}
	if (errno)
		return -errno;
	if (l->len)
		qsort(l->items, l->len, sizeof(*l->items), entry_compare);
	for (size_t i = 0; i < l->len; i++)
		entry_stat(dirfd(dir), l->items[i].name, &l->items[i]);
	return 0;
}

int files_watch_add(struct files_watch *w, const char *dir, const char *path)
{
	const char *s = str_eq(path, ".") ? arena_strdup(w->arena, dir)
					  : arena_printf(w->arena, "%s/%s", dir, path);

	if (!s)
		return -ENOMEM;
	if (strlist_has(&w->dirs, s))
		return 0;
	if (w->dirs.len == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 16;
		const char **items = arena_array(w->arena, cap, sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (w->dirs.len)
			memcpy(items, w->dirs.items, w->dirs.len * sizeof(*items));
		w->dirs.items = items;
		w->cap = cap;
	}
	w->dirs.items[w->dirs.len++] = s;
	return 0;
}

const char *files_shown(const struct files_place *p, const char *path, struct arena *a)
{
	size_t len = strlen(p->shown);

	if (!str_eq(path, "."))
		return arena_printf(a, "%s%s", p->shown, path);
	return len ? arena_strndup(a, p->shown, len - 1) : arena_strdup(a, ".");
}

static int report(const struct files_place *p, const char *path, int rc)
{
	const char *shown = files_shown(p, path, &p->files->arena);
	struct diag_pos pos = {shown, 0, 0};

	if (rc == -ENOMEM || !shown)
		return -ENOMEM;
	if (rc == -EXDEV)
		diag_add(p->diags, DIAG_ERROR, "file-link", pos,
		    "a symbolic link leads out of %s; put the files themselves there", p->dir);
	else if (rc == -EFBIG)
		diag_add(p->diags, DIAG_ERROR, "file-size", pos,
		    "larger than %zu MiB; make it smaller", FILES_MAX_BYTES >> 20);
	else if (rc == -E2BIG)
		diag_add(p->diags, DIAG_ERROR, "file-size", pos, "more than %d entries",
		    FILES_MAX_ENTRIES);
	else if (rc == -ENOTSUP)
		diag_add(p->diags, DIAG_ERROR, "file-type", pos, "not a regular file");
	else
		diag_add(
		    p->diags, DIAG_ERROR, "file-read", pos, "cannot be read: %s", strerror(-rc));
	return -EINVAL;
}

int files_list(
    const struct files_place *p, const char *path, struct arena *a, struct files_listing *ret)
{
	int fd = open_beneath(p->fd, path, O_RDONLY | O_DIRECTORY);
	struct files_listing l = {NULL, 0, true};
	int rc = fd < 0 ? fd : list_fd(fd, a, &l);

	if (rc == -ENOENT) {
		l.found = false;
		rc = 0;
	}
	if (rc == 0 && l.found)
		rc = files_watch_add(p->watch, p->dir, path);
	if (rc < 0)
		return report(p, path, rc);
	*ret = l;
	return 0;
}

int files_enter(
    const struct files_place *p, const char *path, struct arena *a, struct files_place *ret)
{
	struct files_place sub = *p;

	sub.dir = arena_printf(a, "%s/%s", p->dir, path);
	sub.shown = arena_printf(a, "%s%s/", p->shown, path);
	sub.stored = arena_printf(a, "%s%s/", p->stored, path);
	if (!sub.dir || !sub.shown || !sub.stored)
		return -ENOMEM;
	sub.fd = open_beneath(p->fd, path, O_RDONLY | O_DIRECTORY);
	if (sub.fd < 0)
		return report(p, path, sub.fd);
	*ret = sub;
	return 0;
}

int files_stray(const struct files_place *p, const char *path, const struct files_entry *e)
{
	struct diag_pos pos = {NULL, 0, 0};
	const char *name = e->name;

	if (e->type == FILES_DIR || !(str_ends(name, ".yaml") || str_ends(name, ".yml")))
		return 0;
	if (!str_eq(path, "."))
		name = arena_printf(&p->files->arena, "%s/%s", path, name);
	pos.file = name ? files_shown(p, name, &p->files->arena) : NULL;
	if (!pos.file)
		return -ENOMEM;
	diag_add(p->diags, DIAG_WARNING, "file-stray", pos,
	    "no manifest is expected here under this name, so nothing reads it; rename or move it");
	return 0;
}

void manifest_files_init(struct manifest_files *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena);
}

void manifest_files_clear(struct manifest_files *f)
{
	arena_clear(&f->arena);
	free(f->items);
	memset(f, 0, sizeof(*f));
}

/* Reads no further than the size that fstat gave: a file that grows meanwhile is read again on the next change. */
static int read_all(int fd, struct arena *a, struct manifest_file *m)
{
	struct stat st;
	char *bytes;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	if (st.st_size < 0 || (uintmax_t)st.st_size > FILES_MAX_BYTES)
		return -EFBIG;
	bytes = arena_alloc(a, (size_t)st.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	while (m->len < (size_t)st.st_size) {
		ssize_t n = pread(fd, bytes + m->len, (size_t)st.st_size - m->len, (off_t)m->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		m->len += (size_t)n;
	}
	m->bytes = bytes;
	m->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	return digest_hex(m->bytes, m->len, m->hash);
}

static int make_room(struct manifest_files *f)
{
	size_t cap = f->cap ? f->cap * 2 : 16;
	struct manifest_file *items;

	if (f->len < f->cap)
		return 0;
	items = reallocarray(f->items, cap, sizeof(*items));
	if (!items)
		return -ENOMEM;
	f->items = items;
	f->cap = cap;
	return 0;
}

int files_read(
    const struct files_place *p, const char *path, const char *kind, struct manifest_file **ret)
{
	struct manifest_file m = {.domain = p->domain, .product = p->product, .kind = kind};
	AUTOFD int fd = open_beneath(p->fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct manifest_files *f = p->files;
	int rc = fd < 0 ? fd : read_all(fd, &f->arena, &m);

	if (rc == 0)
		rc = make_room(f);
	if (rc < 0)
		return report(p, path, rc);
	m.path = arena_printf(&f->arena, "%s%s", p->stored, path);
	if (!m.path)
		return -ENOMEM;
	f->items[f->len] = m;
	*ret = &f->items[f->len++];
	return 0;
}
