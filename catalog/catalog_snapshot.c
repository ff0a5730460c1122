#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_rules.h"
#include "catalog/catalog_snapshot.h"
#include "catalog/store/epochs.h"
#include "catalog/store/products.h"
#include "catalog/store/span.h"

#define MAX_PRODUCTS 1024

/* ---- life ---- */

static void domain_free(struct loaded_domain *d)
{
	if (!d)
		return;
	ruleset_free(d->rules);
	arena_clear(&d->domain.arena);
	free(d);
}

static void snapshot_free(struct snapshot *s)
{
	for (size_t i = 0; i < DOMAIN_BUCKETS; i++) {
		while (s->domains[i]) {
			struct loaded_domain *d = s->domains[i];

			s->domains[i] = d->chain;
			domain_free(d);
		}
	}
	catalog_cache_free(s->products);
	ruleset_free(s->rules);
	arena_clear(&s->mesh.arena);
	arena_clear(&s->principals.arena);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static struct snapshot *snapshot_make(struct catalog *c)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	s->catalog = c;
	arena_init(&s->mesh.arena);
	arena_init(&s->principals.arena);
	(void)pthread_mutex_init(&s->lock, NULL);
	s->products = catalog_cache_new(MAX_PRODUCTS);
	if (!s->products) {
		snapshot_free(s);
		return NULL;
	}
	return s;
}

static int load_head(struct snapshot *s, struct db *db, struct mesh_err *err)
{
	struct catalog_rules_from from = {db, s->epoch, &s->mesh};
	int rc = catalog_rules_mesh(&from, &s->mesh, err);

	if (rc == 0)
		rc = catalog_rules_principals(&from, &s->principals, err);
	if (rc == 0)
		rc = catalog_rules_scope(
		    &from, (struct scope){.level = SCOPE_MESH}, &s->rules, err);
	return rc;
}

static int load(struct snapshot *s, struct db *db, int64_t epoch, struct mesh_err *err)
{
	int rc = 0;

	s->epoch = epoch;
	if (epoch == 0)
		rc = epochs_current(db, &s->epoch, err);
	if (rc == 0 && s->epoch == 0)
		return mesh_err_set(err, -ENOENT, "nothing was applied to the catalog %s yet",
		    catalog_path(s->catalog));
	if (rc == 0)
		rc = epochs_time(db, s->epoch, &s->time_ns, err);
	return rc < 0 ? rc : load_head(s, db, err);
}

int catalog_snapshot(struct catalog *c, int64_t epoch, struct snapshot **ret, struct mesh_err *err)
{
	struct snapshot *s = snapshot_make(c);
	struct db *db;

	if (!s)
		return mesh_err_nomem(err);

	int rc = pool_take(c->pool, &db, err);

	if (rc == 0) {
		rc = load(s, db, epoch, err);
		pool_give(c->pool, db);
	}
	if (rc < 0)
		snapshot_free(s);
	else
		*ret = s;
	return rc;
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
	(void)atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void snapshot_unref(struct snapshot *s)
{
	if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
		snapshot_free(s);
}

int64_t snapshot_epoch(const struct snapshot *s)
{
	return s->epoch;
}

int64_t snapshot_time_ns(const struct snapshot *s)
{
	return s->time_ns;
}

const struct mesh *snapshot_mesh(const struct snapshot *s)
{
	return &s->mesh;
}

const struct principals *snapshot_principals(const struct snapshot *s)
{
	return &s->principals;
}

const struct ruleset *snapshot_mesh_rules(const struct snapshot *s)
{
	return s->rules;
}

/* ---- domains ---- */

static struct loaded_domain **bucket_of(struct snapshot *s, const char *id)
{
	return &s->domains[str_hash(STR_HASH_SEED, id, strlen(id)) % DOMAIN_BUCKETS];
}

static struct loaded_domain *find_locked(struct snapshot *s, const char *id)
{
	struct loaded_domain *d = *bucket_of(s, id);

	while (d && strcmp(d->domain.id, id) != 0)
		d = d->chain;
	return d;
}

static struct loaded_domain *find_domain(struct snapshot *s, const char *id)
{
	(void)pthread_mutex_lock(&s->lock);

	struct loaded_domain *d = find_locked(s, id);

	(void)pthread_mutex_unlock(&s->lock);
	return d;
}

/* The one that is kept from now on: another thread may have loaded it meanwhile. */
static struct loaded_domain *keep_domain(struct snapshot *s, struct loaded_domain *d)
{
	(void)pthread_mutex_lock(&s->lock);

	struct loaded_domain *kept = find_locked(s, d->domain.id);

	if (!kept) {
		struct loaded_domain **bucket = bucket_of(s, d->domain.id);

		d->chain = *bucket;
		*bucket = d;
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (!kept)
		return d;
	domain_free(d);
	return kept;
}

static int read_domain(struct snapshot *s, struct db *db, const char *id, struct loaded_domain *d,
    struct mesh_err *err)
{
	struct span_at at = {SPAN_DOMAIN, id, SPAN_DOMAIN_NAME, s->epoch};
	struct catalog_rules_from from = {db, s->epoch, &s->mesh};
	int64_t did;
	int rc = span_find(db, &at, &did, NULL, err);

	if (rc == -ENOENT)
		return mesh_err_set(
		    err, -ENOENT, "there is no domain %s in epoch %lld", id, (long long)s->epoch);
	if (rc == 0)
		rc = products_domain_read(db, did, &d->domain, err);
	if (rc == 0 && strcmp(d->domain.id, id) != 0)
		rc = mesh_err_set(err, -EINVAL,
		    "the catalog is corrupt: domain %s under the name %s", d->domain.id, id);
	if (rc < 0)
		return rc;

	struct scope scope = {.level = SCOPE_DOMAIN, .domain = d->domain.id};

	return catalog_rules_scope(&from, scope, &d->rules, err);
}

static int load_domain(
    struct snapshot *s, const char *id, struct loaded_domain **ret, struct mesh_err *err)
{
	struct loaded_domain *d = calloc(1, sizeof(*d));
	struct db *db;

	if (!d)
		return mesh_err_nomem(err);

	int rc = pool_take(s->catalog->pool, &db, err);

	if (rc == 0) {
		rc = read_domain(s, db, id, d, err);
		pool_give(s->catalog->pool, db);
	}
	if (rc < 0) {
		domain_free(d);
		return rc;
	}
	d->shown = (struct snapshot_domain){&d->domain, d->rules};
	*ret = keep_domain(s, d);
	return 0;
}

int snapshot_domain(
    struct snapshot *s, const char *id, const struct snapshot_domain **ret, struct mesh_err *err)
{
	struct loaded_domain *d = find_domain(s, id);
	int rc = d ? 0 : load_domain(s, id, &d, err);

	if (rc == 0)
		*ret = &d->shown;
	return rc;
}

/* ---- products ---- */

/* A product without policies of its own has no rules at all. */
static int load_product_rules(
    const struct catalog_rules_from *from, struct product *p, struct mesh_err *err)
{
	struct scope scope = {.level = SCOPE_PRODUCT, .domain = p->domain, .product = p->name};
	struct ruleset *rules;
	int rc = catalog_rules_scope(from, scope, &rules, err);

	if (rc < 0)
		return rc;
	if (rules->len == 0 && rules->exemptions_len == 0)
		ruleset_free(rules);
	else
		p->rules = rules;
	return 0;
}

static int read_product(struct snapshot *s, struct db *db, const struct span_at *at,
    struct product **ret, struct mesh_err *err)
{
	struct catalog_rules_from from = {db, s->epoch, &s->mesh};
	struct product *p;
	int64_t pid, since;
	int rc = span_find(db, at, &pid, &since, err);

	if (rc == -ENOENT)
		return mesh_err_set(err, -ENOENT, "there is no product %s/%s in epoch %lld",
		    at->domain, at->name, (long long)s->epoch);
	if (rc == 0)
		rc = products_read(db, &s->mesh, pid, &p, err);
	if (rc < 0)
		return rc;
	if (strcmp(p->domain, at->domain) != 0 || strcmp(p->entry, at->name) != 0)
		rc = mesh_err_set(err, -EINVAL,
		    "the catalog is corrupt: product %s/%s under the name %s/%s", p->domain,
		    p->entry, at->domain, at->name);
	if (rc == 0)
		rc = epochs_time(db, since, &p->changed_ns, err);
	if (rc == 0)
		rc = load_product_rules(&from, p, err);
	if (rc < 0)
		product_unref(p);
	else
		*ret = p;
	return rc;
}

int snapshot_product(struct snapshot *s, const char *domain, const char *entry,
    struct product **ret, struct mesh_err *err)
{
	struct span_at at = {SPAN_PRODUCT, domain, entry, s->epoch};
	struct product *p = catalog_cache_get(s->products, domain, entry);
	struct db *db;
	int rc = 0;

	if (!p) {
		rc = pool_take(s->catalog->pool, &db, err);
		if (rc < 0)
			return rc;
		rc = read_product(s, db, &at, &p, err);
		pool_give(s->catalog->pool, db);
		if (rc < 0)
			return rc;
		catalog_cache_put(s->products, p);
	}
	*ret = p;
	return 0;
}

int snapshot_rules(struct snapshot *s, const char *domain, const struct product *p,
    struct rules_in_force *ret, struct mesh_err *err)
{
	struct rules_in_force rules = {.mesh = s->rules};

	if (domain) {
		const struct snapshot_domain *d;
		int rc = snapshot_domain(s, domain, &d, err);

		if (rc < 0)
			return rc;
		rules.domain = d->rules;
		rules.domain_info = d->domain;
	}
	if (p)
		rules.product = p->rules;
	*ret = rules;
	return 0;
}
