#include "catalog/catalog_snapshot.h"
#include "catalog/store/search.h"
#include "catalog/store/span.h"

static int list(
    struct snapshot *s, const struct span_at *at, int (*fn)(void *arg, const char *name), void *arg)
{
	struct db *db;
	int rc = pool_take(s->catalog->pool, &db, NULL);

	if (rc < 0)
		return rc;
	rc = span_list(db, at, fn, arg, NULL);
	pool_give(s->catalog->pool, db);
	return rc;
}

int snapshot_domains(
    struct snapshot *s, const char *after, int (*fn)(void *arg, const char *id), void *arg)
{
	struct span_at at = {.span = SPAN_DOMAIN, .name = after, .epoch = s->epoch};

	return list(s, &at, fn, arg);
}

int snapshot_products(struct snapshot *s, const char *domain, const char *after,
    int (*fn)(void *arg, const char *entry), void *arg)
{
	struct span_at at = {SPAN_PRODUCT, domain, after, s->epoch};

	return list(s, &at, fn, arg);
}

struct searching {
	int (*fn)(void *arg, const struct search_hit *h);
	void *arg;
};

static int show_hit(void *arg, const struct search_found *found)
{
	const struct searching *searching = arg;
	struct search_hit hit = {
	    .domain = found->domain,
	    .entry = found->entry,
	    .title = found->title,
	    .snippet = found->snippet,
	    .score = found->score,
	};

	return searching->fn(searching->arg, &hit);
}

int snapshot_search(struct snapshot *s, const char *words, size_t limit,
    int (*fn)(void *arg, const struct search_hit *h), void *arg, struct mesh_err *err)
{
	struct searching searching = {fn, arg};
	struct search_request rq = {words, s->epoch, limit};
	struct db *db;
	int rc = pool_take(s->catalog->pool, &db, err);

	if (rc < 0)
		return rc;
	rc = search_run(db, &rq, show_hit, &searching, err);
	pool_give(s->catalog->pool, db);
	return rc;
}
