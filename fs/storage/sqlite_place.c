#include "fs/storage/sqlite_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/buf.h"
#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "fs/storage/beneath.h"
#include "fs/storage/local.h"
#include "fs/storage/prefix.h"

#define TRIES 8

int sqlite_place_init(struct sqlite_place *p, const struct domain *d, const struct server *s)
{
	*p = (struct sqlite_place){0};
	return s->path ? prefix_find(d, s->path, &p->prefix, &p->rel) : -EACCES;
}

/* ---- finding ---- */

/* Where the descriptor's file really is. */
static int real_path(int fd, char out[PATH_MAX])
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, out, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	out[n] = '\0';
	return n == PATH_MAX - 1 ? -ENAMETOOLONG : 0;
}

/* Cuts the real path of the file into its directory relative to `prefix` and its name. */
static int split(
    int prefix, int file, char path[PATH_MAX], const char **ret_dir, const char **ret_name)
{
	char above[PATH_MAX];
	size_t len;
	char *slash;
	int rc = real_path(prefix, above);

	if (rc == 0)
		rc = real_path(file, path);
	if (rc < 0)
		return rc;
	len = strcmp(above, "/") == 0 ? 0 : strlen(above);
	if (strncmp(path, above, len) != 0 || path[len] != '/')
		return -EXDEV;
	slash = strrchr(path, '/');
	*slash = '\0';
	*ret_name = slash + 1;
	*ret_dir = slash > path + len ? path + len + 1 : "";
	return 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* -EAGAIN: it moved meanwhile. */
static int find_in(struct sqlite_file *f, int prefix, const char *rel)
{
	AUTOFD int file = beneath_open(prefix, rel, O_PATH);
	AUTOFD int dir = -1;
	const char *dir_name, *name;
	struct stat want, is;
	char path[PATH_MAX];
	int rc;

	if (file < 0)
		return file;
	if (fstat(file, &want) < 0)
		return -errno;
	if (local_is_avoided(&want))
		return -EIO;
	if (!S_ISREG(want.st_mode))
		return S_ISDIR(want.st_mode) ? -EISDIR : -ENOENT;
	rc = split(prefix, file, path, &dir_name, &name);
	if (rc < 0)
		return rc;
	dir = beneath_open(prefix, dir_name, O_PATH | O_DIRECTORY);
	if (dir < 0 || fstatat(dir, name, &is, AT_SYMLINK_NOFOLLOW) < 0 || !is_same(&want, &is) ||
	    strlen(name) >= sizeof(f->name))
		return -EAGAIN;
	strcpy(f->name, name);
	f->dir = take_fd(&dir);
	return 0;
}

static int find(struct sqlite_file *f, const struct sqlite_place *place)
{
	AUTOFD int prefix = open(place->prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = -EAGAIN;

	if (prefix < 0)
		return -errno;
	for (int i = 0; rc == -EAGAIN && i < TRIES; i++)
		rc = find_in(f, prefix, place->rel);
	return rc;
}

int sqlite_file_find(struct sqlite_file *f, const struct sqlite_place *place, struct mesh_err *err)
{
	int rc;

	f->dir = -1;
	rc = find(f, place);
	if (rc == -EXDEV)
		return mesh_err_set(err, -EACCES,
		    "the database %s lies outside what the domain may use", place->rel);
	if (rc < 0)
		return mesh_err_set(
		    err, rc, "the database %s cannot be opened: %s", place->rel, strerror(-rc));
	return 0;
}

void sqlite_file_clear(struct sqlite_file *f)
{
	if (f->dir >= 0)
		(void)close(f->dir);
	f->dir = -1;
}

void sqlite_file_path(const struct sqlite_file *f, const char *suffix, char out[SQLITE_PATH_CAP])
{
	(void)snprintf(out, SQLITE_PATH_CAP, "/proc/self/fd/%d/%s%s", f->dir, f->name, suffix);
}

/* ---- state ---- */

static int64_t ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * WHEN_NS_PER_SEC + t.tv_nsec;
}

/* By descriptor and name: opening and closing the file would end the locks that SQLite holds on it for this process. */
static int stat_beside(const struct sqlite_file *f, const char *suffix, struct stat *ret)
{
	char name[NAME_MAX + 16];

	(void)snprintf(name, sizeof(name), "%s%s", f->name, suffix);
	return fstatat(f->dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int sqlite_state_read(const struct sqlite_file *f, struct sqlite_state *ret)
{
	int64_t changed_ns, log_ns;
	int rc = stat_beside(f, "", &ret->db);

	memset(&ret->log, 0, sizeof(ret->log));
	ret->has_log = rc == 0 && stat_beside(f, "-wal", &ret->log) == 0;
	if (rc < 0 || !S_ISREG(ret->db.st_mode))
		return rc < 0 ? rc : -ENOENT;
	changed_ns = ns_of(ret->db.st_ctim);
	log_ns = ret->has_log ? ns_of(ret->log.st_ctim) : changed_ns;
	changed_ns = log_ns > changed_ns ? log_ns : changed_ns;
	ret->fresh = when_now_ns() - changed_ns < SQLITE_FRESH_NS;
	return 0;
}

bool sqlite_state_same_db(const struct sqlite_state *a, const struct sqlite_state *b)
{
	return is_same(&a->db, &b->db) && a->db.st_size == b->db.st_size &&
	    ns_of(a->db.st_mtim) == ns_of(b->db.st_mtim);
}

static void print_stat(const struct stat *st, struct buf *out)
{
	buf_printf(out, "%llu %llu %lld %lld %lld;", (unsigned long long)st->st_dev,
	    (unsigned long long)st->st_ino, (long long)st->st_size, (long long)ns_of(st->st_mtim),
	    (long long)ns_of(st->st_ctim));
}

/* The header's change counter adds nothing: whatever moves it moves the times, and a log does not move it. */
int sqlite_state_version(const struct sqlite_state *s, char out[DIGEST_HEX_CAP])
{
	struct buf b;
	int rc;

	buf_init(&b);
	print_stat(&s->db, &b);
	if (s->has_log)
		print_stat(&s->log, &b);
	if (s->fresh)
		buf_printf(&b, "%lld", (long long)when_now_ns());
	rc = buf_error(&b) ? -ENOMEM : digest_hex(b.data, b.len, out);
	buf_clear(&b);
	return rc;
}
