#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fs/storage/local.h"
#include "fs/storage/pattern.h"
#include "fs/storage/prefix.h"

#define MODEL "{model}"

/* ---- where it is ---- */

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
	return sums ? prefix_find(d, sums, &lp->sums_prefix, &lp->sha256sums) : 0;
}

int local_port_init(struct local_port *lp, const struct domain *d, const struct port *p,
    const struct server *s, struct arena *a)
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
	rc = prefix_find(d, root, &lp->prefix, &lp->root);
	if (rc == 0)
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
		if (lp->patterns[i].object &&
		    pattern_match(lp->patterns[i].glob, rel) == PATTERN_MATCH)
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
