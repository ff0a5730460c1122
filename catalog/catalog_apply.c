#include "catalog/catalog_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/when.h"
#include "catalog/store/epochs.h"
#include "catalog/store/products.h"

struct applying {
	const struct apply_request *rq;
	struct loader *loader; /* borrowed */
	struct catalog_writing w;
	struct catalog_changes changes;
	struct arena *arena; /* the result's */
	struct catalog_names kept, watch_dirs;
	struct catalog_names
	    standing; /* ids of the domains that mesh.yaml lists, broken ones too */
	struct catalog_names broken_paths; /* of broken domains, as mesh.yaml writes them */
	struct mesh_err *err;
};

static int add_name(struct applying *a, struct catalog_names *names, const char *name)
{
	return catalog_names_add(names, a->arena, name) < 0 ? mesh_err_nomem(a->err) : 0;
}

static int watch(struct applying *a, const struct strlist *dirs)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < dirs->len; i++)
		rc = add_name(a, &a->watch_dirs, dirs->items[i]);
	return rc;
}

static const char *path_in_mesh(const struct applying *a, size_t i)
{
	const struct mesh *m = a->w.mesh;

	return i < m->domains_len ? m->domains[i].path : "";
}

/* ---- the head ---- */

/*
 * A single domain goes in under the head that the catalog has. Were the repository's another one,
 * the domain would have been checked against a vocabulary, a storage list and mesh policies that
 * are not in force.
 */
static int apply_head(struct applying *a)
{
	const struct mesh_head *head = loader_head(a->loader);
	int rc = catalog_write_head(&a->w, head, a->err);

	if (rc == 0 && a->rq->domain && a->w.epoch > 1 && a->changes.len > 0)
		return mesh_err_set(a->err, -EINVAL,
		    "%s differs from what the catalog has: apply the whole mesh before the domain %s alone",
		    a->changes.items[0].name, a->rq->domain);
	return rc < 0 ? rc : watch(a, &head->watch_dirs);
}

/* ---- domains ---- */

static int keep(struct applying *a, const struct domain_load *load, const char *path)
{
	const char *key = load->key ? load->key : path;
	int rc = add_name(a, &a->kept, key);

	if (rc == 0)
		rc = add_name(a, &a->standing, key);
	return rc < 0 ? rc : add_name(a, &a->broken_paths, path);
}

static int apply_loaded(struct applying *a, const struct domain_load *load, size_t i)
{
	const char *path = path_in_mesh(a, i);
	int rc = watch(a, &load->watch_dirs);

	if (rc < 0)
		return rc;
	/* The second of two domains with one id must not undo the first, even if nobody complained.
	 */
	if (!load->ok || catalog_names_have(&a->standing, load->domain.id))
		return keep(a, load, path);
	rc = add_name(a, &a->standing, load->domain.id);
	return rc < 0 ? rc : catalog_write_domain(&a->w, load, path, a->err);
}

struct closing {
	struct applying *a;
	struct catalog_names gone;
};

static int collect_gone(void *arg, const char *id)
{
	struct closing *c = arg;

	if (catalog_names_have(&c->a->standing, id))
		return 0;
	return add_name(c->a, &c->gone, id);
}

/* The path in mesh.yaml under which the catalog knows a domain; NULL: it does not. */
static int known_path(struct applying *a, const char *id, const char **ret)
{
	struct span_at at = {SPAN_DOMAIN, id, SPAN_DOMAIN_NAME, a->w.epoch};
	int64_t did;
	int rc = span_find(a->w.db, &at, &did, NULL, a->err);

	*ret = NULL;
	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? rc : products_domain_path(a->w.db, did, a->arena, ret, a->err);
}

/* A domain so broken that not even its id can be read is known by its path. */
static int close_unless_broken(struct applying *a, const char *id)
{
	const char *path;
	int rc = known_path(a, id, &path);

	if (rc < 0 || (path && catalog_names_have(&a->broken_paths, path)))
		return rc;
	return catalog_write_no_domain(&a->w, id, a->err);
}

static int close_gone(struct applying *a)
{
	struct closing c = {.a = a};
	struct span_at all = {.span = SPAN_DOMAIN, .epoch = a->w.epoch};
	int rc = span_list(a->w.db, &all, collect_gone, &c, a->err);

	for (size_t i = 0; rc == 0 && i < c.gone.len; i++)
		rc = close_unless_broken(a, c.gone.items[i]);
	return rc;
}

static int apply_every_domain(struct applying *a)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < loader_domains(a->loader); i++) {
		struct domain_load *load;

		rc = loader_domain(a->loader, i, &load, a->err);
		if (rc < 0)
			break;
		rc = apply_loaded(a, load, i);
		domain_load_free(load);
	}
	return rc < 0 ? rc : close_gone(a);
}

/* ---- one domain ---- */

/* Whether the i-th domain is likely the one that was asked for: only loading it tells. */
static bool looks_like(const struct applying *a, size_t i, const char *known)
{
	const char *path = path_in_mesh(a, i);
	size_t len = strlen(path);

	if (known && strcmp(path, known) == 0)
		return true;
	while (len > 0 && path[len - 1] == '/')
		len--;

	size_t want = strlen(a->rq->domain);

	return len >= want && strncmp(path + len - want, a->rq->domain, want) == 0 &&
	    (len == want || path[len - want - 1] == '/');
}

/* 1: it was the one. One too broken to say its id is taken for the one that the catalog knows by
 * this path. */
static int try_domain(struct applying *a, size_t i, const char *known)
{
	struct domain_load *load;
	int rc = loader_domain(a->loader, i, &load, a->err);

	if (rc < 0)
		return rc;

	bool it = str_eq(load->key, a->rq->domain) || str_eq(load->domain.id, a->rq->domain) ||
	    (!load->domain.id && str_eq(path_in_mesh(a, i), known));

	if (it)
		rc = apply_loaded(a, load, i);
	domain_load_free(load);
	return rc < 0 ? rc : it;
}

static int apply_one_domain(struct applying *a)
{
	const char *known;
	int rc = known_path(a, a->rq->domain, &known);

	for (int likely = 1; rc == 0 && likely >= 0; likely--) {
		for (size_t i = 0; rc == 0 && i < loader_domains(a->loader); i++) {
			if (looks_like(a, i, known) == likely)
				rc = try_domain(a, i, known);
		}
	}
	if (rc == 0)
		return mesh_err_set(
		    a->err, -ENOENT, "no domain listed in mesh.yaml has the id %s", a->rq->domain);
	return rc < 0 ? rc : 0;
}

/* ---- the transaction ---- */

static int finish(struct applying *a, struct apply_result *result)
{
	int rc = catalog_changes_settle(&a->changes) < 0 ? mesh_err_nomem(a->err) : 0;
	const char *summary = catalog_changes_summary(&a->changes);
	struct epochs_row row = {
	    .epoch = a->w.epoch,
	    .time_ns = when_now_ns(),
	    .who = a->rq->who ? a->rq->who : "",
	    .what = "apply",
	    .summary = summary,
	};

	if (rc == 0 && !summary)
		rc = mesh_err_nomem(a->err);
	result->changed = a->changes.len > 0;
	result->epoch = a->w.epoch - 1;
	if (rc < 0 || !result->changed || a->rq->dry_run)
		return rc;
	rc = epochs_commit(a->w.db, &row, a->err);
	if (rc == 0)
		result->epoch = a->w.epoch;
	return rc;
}

static int apply_all(struct applying *a, struct apply_result *result)
{
	int rc = apply_head(a);

	if (rc == 0)
		rc = a->rq->domain ? apply_one_domain(a) : apply_every_domain(a);
	if (rc == 0)
		rc = finish(a, result);
	result->changes = a->changes.items;
	result->changes_len = a->changes.len;
	result->kept = catalog_names_list(&a->kept);
	result->watch_dirs = catalog_names_list(&a->watch_dirs);
	return rc;
}

/* With the writer taken. On failure the result's arena still has what was noted. */
static int apply_locked(struct applying *a, struct db *db, struct apply_result *result)
{
	int64_t epoch;
	int rc = epochs_begin(db, &epoch, a->err);

	if (rc < 0)
		return rc;
	a->w.db = db;
	a->w.epoch = epoch;
	a->w.changes = &a->changes;
	a->changes.db = db;
	rc = apply_all(a, result);
	epochs_abort(db); /* nothing to undo after a commit */
	return rc;
}

static int apply_loader(struct catalog *c, struct applying *a, struct apply_result *ret)
{
	struct apply_result result = {0};
	struct db *db;
	int rc = pool_lock_writer(c->pool, &db, a->err);

	if (rc < 0)
		return rc;
	arena_init(&result.arena);
	a->arena = a->changes.arena = &result.arena;
	a->changes.err = a->err;
	rc = apply_locked(a, db, &result);
	pool_unlock_writer(c->pool);
	if (rc < 0)
		apply_result_clear(&result);
	else
		*ret = result;
	return rc;
}

int catalog_apply(struct catalog *c, const struct apply_request *rq, struct diag_list *diags,
    struct apply_result *ret, struct mesh_err *err)
{
	struct applying a = {.rq = rq, .err = err};
	int rc = loader_new(rq->dir, diags, &a.loader, err);

	if (rc < 0)
		return rc;
	a.w.mesh = &loader_head(a.loader)->mesh;
	if (loader_head_ok(a.loader))
		rc = apply_loader(c, &a, ret);
	else
		rc = mesh_err_set(err, -EINVAL,
		    "nothing was applied: mesh.yaml, principals.yaml or a policy of the mesh has errors");
	loader_free(a.loader);
	return rc;
}

void apply_result_clear(struct apply_result *r)
{
	arena_clear(&r->arena);
	*r = (struct apply_result){0};
}
