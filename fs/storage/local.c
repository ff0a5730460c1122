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

#define LINK_DEPTH_MAX 64

/* ---- where it is ---- */

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0' || n == 1);
}

/* The directory that lets the domain use `path`: its own or the longest that the operator listed. */
static const char *allowed_prefix(const struct domain *d, const char *path)
{
	const char *best = is_below(path, d->dir) ? d->dir : NULL;

	for (size_t i = 0; i < d->storage.len; i++) {
		const char *s = d->storage.items[i];

		if (s[0] == '/' && is_below(path, s) && (!best || strlen(s) > strlen(best)))
			best = s;
	}
	return best;
}

/* `path` relative to `prefix`, "." for itself. */
static const char *relative(const char *path, const char *prefix)
{
	const char *rel = path + strlen(prefix);

	while (*rel == '/')
		rel++;
	return *rel ? rel : ".";
}

/* `glob` with every {model} replaced by `model`. */
static const char *with_model(struct arena *a, const char *glob, const char *model)
{
	const char *at = strstr(glob, "{model}");
	const char *once;

	if (!at)
		return glob;
	once = arena_printf(a, "%.*s%s%s", (int)(at - glob), glob, model, at + strlen("{model}"));
	return once ? with_model(a, once, model) : NULL;
}

static int add_patterns(struct local_port *lp, const char *glob, struct arena *a)
{
	bool by_model = strstr(glob, "{model}") != NULL;
	size_t n = by_model ? lp->port->objects_len : 1;

	lp->patterns = arena_array(a, n + 1, sizeof(*lp->patterns));
	if (!lp->patterns)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct object *o = by_model ? &lp->port->objects[i] : NULL;

		lp->patterns[i].object = o;
		lp->patterns[i].glob = o ? with_model(a, glob, o->name) : glob;
		if (!lp->patterns[i].glob)
			return -ENOMEM;
	}
	lp->patterns_len = n;
	return 0;
}

int local_port_init(struct local_port *lp, const struct domain *d, const struct port *p, const struct server *s,
		    struct arena *a)
{
	size_t root_len = pattern_root_len(s->path);
	const char *root = arena_strndup(a, s->path, root_len);

	memset(lp, 0, sizeof(*lp));
	lp->port = p;
	if (!root)
		return -ENOMEM;
	lp->prefix = allowed_prefix(d, root);
	if (!lp->prefix)
		return -EACCES;
	lp->root = relative(root, lp->prefix);
	if (s->sha256sums && is_below(s->sha256sums, lp->prefix))
		lp->sha256sums = relative(s->sha256sums, lp->prefix);
	if (s->path[root_len] == '\0')
		return 0;
	return add_patterns(lp, s->path + root_len, a);
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
		log_error("storage %s/%s: %s: %s", lp->prefix, lp->root, rel[0] ? rel : ".", strerror(-rc));
		return -EIO;
	}
}

/* ---- opening ---- */

/* The port's root directory. A location that names one file has that file's directory as its root. */
struct root {
	int fd;
	char only[NAME_MAX + 1]; /* the one file's name; "" where everything is shown */
};

static int open_prefix(const struct local_port *lp)
{
	int fd = open(lp->prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_root(const struct local_port *lp, struct root *ret)
{
	AUTOFD int prefix = open_prefix(lp);
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
	ret->fd = fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
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

static enum pattern_match shown(const struct local_port *lp, const struct root *root, const char *rel)
{
	enum pattern_match best = PATTERN_NONE;

	if (root->only[0])
		return rel[0] == '\0' ? PATTERN_ON_WAY : strcmp(rel, root->only) == 0 ? PATTERN_MATCH : PATTERN_NONE;
	if (lp->patterns_len == 0)
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

/* True where the directory `st` at `rel` is also one of the directories above it: a link that leads in circles. */
static bool is_circle(int root, const char *rel, const struct stat *st)
{
	char above[PATH_MAX];
	struct stat up;
	char *slash;

	if (strlen(rel) >= sizeof(above))
		return true;
	strcpy(above, rel);
	for (int depth = 0; depth < LINK_DEPTH_MAX * 4; depth++) {
		AUTOFD int fd = -1;

		slash = strrchr(above, '/');
		above[slash ? slash - above : 0] = '\0';
		fd = beneath_open(root, above, O_PATH);
		if (fd < 0 || fstat(fd, &up) < 0 || same_dir(&up, st))
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

static int shown_entry(const struct local_port *lp, const struct root *root, const char *rel, struct local_entry *ret)
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

/* Names that could not be written to a record, a log or a terminal as they are. */
static bool name_can_be_shown(const char *name)
{
	if (!str_is_utf8(name, strlen(name)))
		return false;
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

struct listing {
	const struct local_port *lp;
	const struct root *root;
	const char *rel; /* of the directory */
	int (*fn)(void *arg, const char *name, bool is_dir);
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
	if (n < 0 || (size_t)n >= sizeof(path) || !name_can_be_shown(de->d_name)) {
		(*l->skipped)++;
		return 0;
	}
	m = shown(l->lp, l->root, path);
	if (m == PATTERN_NONE)
		return 0;
	if (de->d_type == DT_REG)
		return m == PATTERN_MATCH ? l->fn(l->arg, de->d_name, false) : 0;
	if (de->d_type == DT_DIR)
		return l->fn(l->arg, de->d_name, true);
	if (de->d_type != DT_LNK && de->d_type != DT_UNKNOWN)
		return 0;
	/* A vanished entry or a device behind a link is simply not listed. */
	if (shown_entry(l->lp, l->root, path, &e) < 0)
		return 0;
	return l->fn(l->arg, de->d_name, e.type == LOCAL_DIR);
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

int local_list(const struct local_port *lp, const char *rel, int (*fn)(void *arg, const char *name, bool is_dir), void *arg,
	       unsigned long *skipped)
{
	struct root root = {.fd = -1};
	struct listing l = {.lp = lp, .root = &root, .rel = rel, .fn = fn, .arg = arg, .skipped = skipped};
	int rc = open_root(lp, &root);

	if (rc == 0) {
		rc = shown(lp, &root, rel) == PATTERN_NONE ? -ENOENT : list_dir(&l);
		(void)close(root.fd);
	}
	return rc < 0 ? storage_errno(lp, rel, rc) : rc;
}

/* ---- reading ---- */

static int open_file(const struct local_port *lp, const struct root *root, const char *rel, struct stat *ret_st)
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

int local_open_sums(const struct local_port *lp, int *ret_fd)
{
	AUTOFD int prefix = -1;
	int fd;

	if (!lp->sha256sums)
		return -ENOENT;
	prefix = open_prefix(lp);
	fd = prefix < 0 ? prefix : beneath_open(prefix, lp->sha256sums, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return storage_errno(lp, lp->sha256sums, fd);
	*ret_fd = fd;
	return 0;
}

/* ---- which object ---- */

static bool has_stem(const char *base, const char *name)
{
	size_t n = strlen(name);

	return strncmp(base, name, n) == 0 && (base[n] == '.' || base[n] == '\0');
}

const struct object *local_object(const struct local_port *lp, const char *rel)
{
	const struct port *p = lp->port;
	const char *base = strrchr(rel, '/') ? strrchr(rel, '/') + 1 : rel;

	for (size_t i = 0; i < lp->patterns_len; i++)
		if (lp->patterns[i].object && pattern_match(lp->patterns[i].glob, rel) == PATTERN_MATCH)
			return lp->patterns[i].object;
	for (size_t i = 0; i < p->objects_len; i++) {
		const char *glob = p->objects[i].physical_name;

		if (glob && (str_glob(glob, rel) || str_glob(glob, base)))
			return &p->objects[i];
	}
	for (size_t i = 0; i < p->objects_len; i++)
		if (has_stem(base, p->objects[i].name))
			return &p->objects[i];
	return p->objects_len == 1 ? &p->objects[0] : NULL;
}
