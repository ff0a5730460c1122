#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fs/storage/local.h"
#include "fs/storage/pattern.h"

#define MODEL "{model}"

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
	size_t n = strlen(prefix);
	const char *rel;

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	rel = path + n;
	while (*rel == '/')
		rel++;
	return *rel ? rel : ".";
}

/* `glob` with every {model} replaced by `model`. NULL and *ret_error where memory is short or no path is that long. */
static const char *with_model(struct arena *a, const char *glob, const char *model, int *ret_error)
{
	const char *done = "", *at;

	*ret_error = -ENOMEM;
	while (done && (at = strstr(glob, MODEL))) {
		done = arena_printf(a, "%s%.*s%s", done, (int)(at - glob), glob, model);
		glob = at + strlen(MODEL);
		if (done && strlen(done) >= PATH_MAX) {
			*ret_error = -ENAMETOOLONG;
			return NULL;
		}
	}
	return done ? arena_printf(a, "%s%s", done, glob) : NULL;
}

static int add_patterns(struct local_port *lp, const char *glob, struct arena *a)
{
	bool by_model = strstr(glob, MODEL) != NULL;
	size_t n = by_model ? lp->port->objects_len : 1;
	int rc = 0;

	lp->by_pattern = true;
	lp->patterns = arena_array(a, n + 1, sizeof(*lp->patterns));
	if (!lp->patterns)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct object *o = by_model ? &lp->port->objects[i] : NULL;

		lp->patterns[i].object = o;
		lp->patterns[i].glob = o ? with_model(a, glob, o->name, &rc) : glob;
		if (!lp->patterns[i].glob)
			return rc;
	}
	lp->patterns_len = n;
	return 0;
}

/* Where the list of checksums is. What cannot be verified must not be read, so it is an error where the domain may not use the place. */
static int add_sums(struct local_port *lp, const struct domain *d, const char *sums)
{
	if (!sums)
		return 0;
	lp->sums_prefix = allowed_prefix(d, sums);
	if (!lp->sums_prefix)
		return -EACCES;
	lp->sha256sums = relative(sums, lp->sums_prefix);
	return 0;
}

int local_port_init(struct local_port *lp, const struct domain *d, const struct port *p, const struct server *s,
		    struct arena *a)
{
	size_t root_len;
	const char *root;
	int rc;

	memset(lp, 0, sizeof(*lp));
	lp->port = p;
	if (strlen(s->path) >= PATH_MAX)
		return -ENAMETOOLONG;
	root_len = pattern_root_len(s->path);
	root = arena_strndup(a, s->path, root_len);
	if (!root)
		return -ENOMEM;
	lp->prefix = allowed_prefix(d, root);
	if (!lp->prefix)
		return -EACCES;
	lp->root = relative(root, lp->prefix);
	rc = add_sums(lp, d, s->sha256sums);
	if (rc < 0 || s->path[root_len] == '\0')
		return rc;
	return add_patterns(lp, s->path + root_len, a);
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
