#include "fs/storage/local.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"
#include "fs/log.h"
#include "fs/storage/beneath.h"
#include "fs/storage/pattern.h"

#define ABOVE_MAX 256 /* levels of directories above a link to one */
#define DIR_LINKS_MAX 4 /* links to directories on one path */
#define SUMS_MAX_BYTES (64 << 20)

static dev_t avoided; /* 0: nothing is */

void local_avoid(dev_t own)
{
	avoided = own;
}

bool local_is_avoided(const struct stat *st)
{
	return avoided && st->st_dev == avoided;
}

/* ---- errors ---- */

/* What storage answered, as the tree may pass it on; refusals are the operator's problem and are logged. */
static int storage_errno(const struct local_port *lp, const char *rel, int rc)
{
	switch (rc) {
	case -ENOENT:
	case -ENOTDIR:
	case -ENAMETOOLONG:
		return -ENOENT;
	case -EXDEV:
		return -EACCES;
	case -ELOOP:
	case -ENOMEM:
	case -EISDIR:
		return rc;
	default:
		log_error("storage %s/%s: %s: %s", lp->prefix, lp->root, rel[0] ? rel : ".",
		    strerror(-rc));
		return -EIO;
	}
}

/* ---- opening ---- */

/* The port's root directory. A location that names one file has that file's directory as its root. */
struct root {
	int fd;
	char only[NAME_MAX + 1]; /* the one file's name; "" where everything is shown */
};

static int open_dir(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_root(const struct local_port *lp, struct root *ret)
{
	AUTOFD int prefix = open_dir(lp->prefix);
	AUTOFREE char *dir = NULL;
	struct stat st;
	char *slash;
	int fd;

	ret->only[0] = '\0';
	if (prefix < 0)
		return prefix;
	fd = beneath_open(prefix, lp->root, O_PATH);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || local_is_avoided(&st)) {
		(void)close(fd);
		return -EDEADLK;
	}
	ret->fd = fd;
	if (!S_ISREG(st.st_mode))
		return 0;
	(void)close(fd);
	dir = strdup(lp->root);
	if (!dir)
		return -ENOMEM;
	slash = strrchr(dir, '/');
	if (strlen(slash ? slash + 1 : dir) >= sizeof(ret->only))
		return -ENAMETOOLONG;
	strcpy(ret->only, slash ? slash + 1 : dir);
	if (slash)
		*slash = '\0';
	ret->fd = beneath_open(prefix, slash ? dir : ".", O_PATH | O_DIRECTORY);
	return ret->fd < 0 ? ret->fd : 0;
}

/* ---- which paths are shown ---- */

/* False for what could not be written to a record, a log or a terminal as it is. */
static bool can_be_shown(const char *path)
{
	if (!str_is_utf8(path, strlen(path)))
		return false;
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

static enum pattern_match shown(
    const struct local_port *lp, const struct root *root, const char *rel)
{
	enum pattern_match best = rel[0] == '\0' ? PATTERN_ON_WAY : PATTERN_NONE;

	if (!can_be_shown(rel))
		return PATTERN_NONE;
	if (root->only[0])
		return rel[0] == '\0'              ? PATTERN_ON_WAY
		    : strcmp(rel, root->only) == 0 ? PATTERN_MATCH
						   : PATTERN_NONE;
	if (!lp->by_pattern)
		return PATTERN_MATCH;
	for (size_t i = 0; i < lp->patterns_len && best != PATTERN_MATCH; i++) {
		enum pattern_match m = pattern_match(lp->patterns[i].glob, rel);

		best = m > best ? m : best;
	}
	return best;
}

/* ---- one entry ---- */

static bool same_dir(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The directory at `rel` and whether its name is a link. Negative errno where there is none, or no longer. */
static int look_at_dir(int root, const char *rel, struct stat *ret, bool *ret_is_link)
{
	AUTOFD int fd = beneath_open(root, rel, O_PATH | O_DIRECTORY);
	AUTOFD int name = beneath_open(root, rel, O_PATH | O_NOFOLLOW);
	struct stat own;

	if (fd < 0 || name < 0)
		return fd < 0 ? fd : name;
	if (fstat(fd, ret) < 0 || fstat(name, &own) < 0)
		return -errno;
	*ret_is_link = S_ISLNK(own.st_mode);
	return 0;
}

/* True where the link to the directory `st` at `rel` is not followed: it leads to one of the directories above it, or has too many such
 * links above it. */
static bool is_circle(int root, const char *rel, const struct stat *st)
{
	char above[PATH_MAX];
	int links = 1;

	if (strlen(rel) >= sizeof(above))
		return true;
	strcpy(above, rel);
	for (int level = 0; level < ABOVE_MAX; level++) {
		char *slash = strrchr(above, '/');
		struct stat up;
		bool is_link = false;

		above[slash ? slash - above : 0] = '\0';
		if (look_at_dir(root, above, &up, &is_link) < 0 || same_dir(&up, st))
			return true;
		links += is_link;
		if (links > DIR_LINKS_MAX)
			return true;
		if (!above[0])
			return false;
	}
	return true;
}

/* A link that cannot be followed: shown as it is, with what opening it answers. */
static int broken_link(int root, const char *rel, int error, struct local_entry *ret)
{
	AUTOFD int fd = beneath_open(root, rel, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	if (fstat(fd, &ret->st) < 0)
		return -errno;
	if (!S_ISLNK(ret->st.st_mode))
		return error;
	ret->type = LOCAL_BROKEN_LINK;
	ret->link_error = error == -EXDEV ? -EACCES : error;
	return 0;
}

static int entry_at(int root, const char *rel, struct local_entry *ret)
{
	struct stat own;
	AUTOFD int fd = beneath_open(root, rel, O_PATH);
	AUTOFD int link = -1;

	if (fd == -EXDEV || fd == -ELOOP || fd == -ENOENT)
		return broken_link(root, rel, fd, ret);
	if (fd < 0)
		return fd;
	if (fstat(fd, &ret->st) < 0)
		return -errno;
	if (local_is_avoided(&ret->st))
		return -EDEADLK;
	if (S_ISREG(ret->st.st_mode)) {
		ret->type = LOCAL_FILE;
		return 0;
	}
	if (!S_ISDIR(ret->st.st_mode))
		return -ENOENT;
	ret->type = LOCAL_DIR;
	if (!rel[0])
		return 0;
	link = beneath_open(root, rel, O_PATH | O_NOFOLLOW);
	if (link < 0 || fstat(link, &own) < 0)
		return -ENOENT;
	if (S_ISLNK(own.st_mode) && is_circle(root, rel, &ret->st))
		return broken_link(root, rel, -ELOOP, ret);
	return 0;
}

static int shown_entry(
    const struct local_port *lp, const struct root *root, const char *rel, struct local_entry *ret)
{
	enum pattern_match m = shown(lp, root, rel);
	int rc;

	if (m == PATTERN_NONE)
		return -ENOENT;
	rc = entry_at(root->fd, rel, ret);
	if (rc == 0 && m == PATTERN_ON_WAY && ret->type != LOCAL_DIR)
		return -ENOENT;
	return rc;
}

int local_stat(const struct local_port *lp, const char *rel, struct local_entry *ret)
{
	struct root root = {.fd = -1};
	int rc = open_root(lp, &root);

	if (rc == 0) {
		rc = shown_entry(lp, &root, rel, ret);
		(void)close(root.fd);
	}
	return rc < 0 ? storage_errno(lp, rel, rc) : 0;
}

/* ---- listing ---- */

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

struct listing {
	const struct local_port *lp;
	const struct root *root;
	const char *rel; /* of the directory */
	int (*fn)(void *arg, const char *name, enum local_type type);
	void *arg;
	unsigned long *skipped;
};

static int list_one(const struct listing *l, const struct dirent *de)
{
	char path[PATH_MAX];
	struct local_entry e = {0};
	enum pattern_match m;
	int n;

	if (is_dots(de->d_name))
		return 0;
	n = snprintf(path, sizeof(path), "%s%s%s", l->rel, l->rel[0] ? "/" : "", de->d_name);
	if (n < 0 || (size_t)n >= sizeof(path) || !can_be_shown(de->d_name)) {
		(*l->skipped)++;
		return 0;
	}
	m = shown(l->lp, l->root, path);
	if (m == PATTERN_NONE)
		return 0;
	if (de->d_type == DT_REG)
		return m == PATTERN_MATCH ? l->fn(l->arg, de->d_name, LOCAL_FILE) : 0;
	if (de->d_type == DT_DIR)
		return l->fn(l->arg, de->d_name, LOCAL_DIR);
	if (de->d_type != DT_LNK && de->d_type != DT_UNKNOWN)
		return 0;
	/* A vanished entry or a device behind a link is simply not listed. */
	if (shown_entry(l->lp, l->root, path, &e) < 0)
		return 0;
	return l->fn(l->arg, de->d_name, e.type);
}

static int list_dir(const struct listing *l)
{
	AUTOFD int fd = beneath_open(l->root->fd, l->rel, O_RDONLY | O_DIRECTORY);
	AUTODIR DIR *dir = NULL;
	const struct dirent *de;
	int rc = 0;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	fd = -1; /* the stream's now */
	while (rc == 0) {
		errno = 0;
		de = readdir(dir);
		if (!de)
			return -errno;
		rc = list_one(l, de);
	}
	return rc;
}

int local_list(const struct local_port *lp, const char *rel,
    int (*fn)(void *arg, const char *name, enum local_type type), void *arg, unsigned long *skipped)
{
	struct root root = {.fd = -1};
	struct listing l = {
	    .lp = lp, .root = &root, .rel = rel, .fn = fn, .arg = arg, .skipped = skipped};
	int rc = open_root(lp, &root);

	if (rc == 0) {
		rc = shown(lp, &root, rel) == PATTERN_NONE ? -ENOENT : list_dir(&l);
		(void)close(root.fd);
	}
	return rc < 0 ? storage_errno(lp, rel, rc) : rc;
}

/* ---- reading ---- */

static int open_file(
    const struct local_port *lp, const struct root *root, const char *rel, struct stat *ret_st)
{
	/* O_NONBLOCK: a FIFO put in place of the file must not hold the request. */
	AUTOFD int fd = -1;

	if (shown(lp, root, rel) != PATTERN_MATCH)
		return -ENOENT;
	fd = beneath_open(root->fd, rel, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (fstat(fd, ret_st) < 0)
		return -errno;
	if (S_ISDIR(ret_st->st_mode))
		return -EISDIR;
	if (!S_ISREG(ret_st->st_mode))
		return -ENOENT;
	return take_fd(&fd);
}

int local_open(const struct local_port *lp, const char *rel, int *ret_fd, struct stat *ret_st)
{
	struct root root = {.fd = -1};
	int rc = open_root(lp, &root);

	if (rc == 0) {
		rc = open_file(lp, &root, rel, ret_st);
		(void)close(root.fd);
	}
	if (rc < 0)
		return storage_errno(lp, rel, rc);
	*ret_fd = rc;
	return 0;
}

static int open_sums(const struct local_port *lp)
{
	AUTOFD int prefix = open_dir(lp->sums_prefix);
	AUTOFD int fd = -1;
	struct stat st;

	if (prefix < 0)
		return prefix;
	fd = beneath_open(prefix, lp->sha256sums, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return st.st_size > SUMS_MAX_BYTES ? -EFBIG : take_fd(&fd);
}

int local_open_sums(const struct local_port *lp, int *ret_fd)
{
	int fd = lp->sha256sums ? open_sums(lp) : -ENOENT;

	if (fd < 0)
		return storage_errno(lp, lp->sha256sums ? lp->sha256sums : "", fd);
	*ret_fd = fd;
	return 0;
}
