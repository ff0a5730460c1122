#include "catalog/store/span.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/arena.h"
#include "catalog/store/stmt.h"

/* The statements of one span table. */
struct statements {
	const char *current, *open, *close, *find, *list;
};

#define SPAN_STATEMENTS(table)                                                             \
	.current = "SELECT name, hash, ref FROM " table                                    \
		   " WHERE domain = ?1 AND until = " SPAN_OPEN " ORDER BY name",           \
	.open = "INSERT INTO " table                                                       \
		" (domain, name, since, until, hash, ref) VALUES (?1, ?2, ?3, " SPAN_OPEN  \
		", ?4, ?5)",                                                               \
	.close = "UPDATE " table                                                           \
		 " SET until = ?3 WHERE domain = ?1 AND name = ?2 AND until = " SPAN_OPEN, \
	.find = "SELECT ref, since, until FROM " table                                     \
		" WHERE domain = ?1 AND name = ?2 AND since <= ?3 ORDER BY since DESC LIMIT 1"

#define SPAN_NAMES(table)         \
	"SELECT name FROM " table \
	" WHERE domain = ?1 AND name > ?2 AND since <= ?3 AND ?3 < until ORDER BY name"

static const struct statements statements[SPAN_KINDS] = {
    [SPAN_DOMAIN] = {SPAN_STATEMENTS("domain_span"),
	.list = "SELECT domain FROM domain_span"
		" WHERE ?1 IS NULL AND domain > ?2 AND since <= ?3 AND ?3 < until ORDER BY domain"},
    [SPAN_PRODUCT] = {SPAN_STATEMENTS("product_span"), .list = SPAN_NAMES("product_span")},
    [SPAN_FILE] = {SPAN_STATEMENTS("file_span"), .list = SPAN_NAMES("file_span")},
};

/* ---- bringing what stands to what shall ---- */

struct standing {
	char *name, *hash; /* in the arena */
	int64_t ref;
};

struct syncing {
	struct db *db;
	const struct span_sync *sync;
	struct mesh_err *err;
	struct arena arena;
	struct standing *now; /* owned; sorted by name */
	size_t now_len, now_cap;
	size_t *order; /* owned; indexes of sync->items, sorted by name */
};

static int remember(struct syncing *s, struct stmt *q)
{
	const char *name, *hash;
	int rc = stmt_need(q, 0, &name);

	if (rc == 0)
		rc = stmt_need(q, 1, &hash);
	if (rc < 0)
		return rc;
	if (s->now_len == s->now_cap) {
		size_t cap = s->now_cap ? s->now_cap * 2 : 64;
		struct standing *now = reallocarray(s->now, cap, sizeof(*now));

		if (!now)
			return mesh_err_nomem(s->err);
		s->now = now;
		s->now_cap = cap;
	}

	struct standing *n = &s->now[s->now_len];

	n->name = arena_strdup(&s->arena, name);
	n->hash = arena_strdup(&s->arena, hash);
	n->ref = stmt_int(q, 2);
	if (!n->name || !n->hash)
		return mesh_err_nomem(s->err);
	s->now_len++;
	return 0;
}

static int load_current(struct syncing *s)
{
	struct stmt q = {.db = s->db, .err = s->err};
	int rc = stmt_begin(&q, statements[s->sync->span].current, "t", s->sync->domain);

	while (rc == 0 && (rc = stmt_next(&q)) > 0)
		rc = remember(s, &q);
	stmt_end(&q);
	return rc;
}

static int by_name(const void *a, const void *b, void *items)
{
	const struct span_item *i = items;

	return strcmp(i[*(const size_t *)a].name, i[*(const size_t *)b].name);
}

static int sort_items(struct syncing *s)
{
	size_t len = s->sync->len;

	s->order = reallocarray(NULL, len ? len : 1, sizeof(*s->order));
	if (!s->order)
		return mesh_err_nomem(s->err);
	for (size_t i = 0; i < len; i++)
		s->order[i] = i;
	qsort_r(s->order, len, sizeof(*s->order), by_name, (void *)s->sync->items);
	return 0;
}

static int report(struct syncing *s, char kind, const char *name, int64_t ref)
{
	struct span_change change = {s->sync->span, kind, s->sync->domain, name, ref};
	int rc = s->sync->changed(s->sync->arg, &change);

	return rc == -ENOMEM ? mesh_err_nomem(s->err) : rc;
}

static int close_one(struct syncing *s, const char *name)
{
	struct stmt q = {.db = s->db, .err = s->err};

	return stmt_run(
	    &q, statements[s->sync->span].close, "tti", s->sync->domain, name, s->sync->epoch);
}

static int open_one(struct syncing *s, size_t i, char kind)
{
	const struct span_item *item = &s->sync->items[i];
	struct stmt q = {.db = s->db, .err = s->err};
	int64_t ref;
	int rc = s->sync->write(s->sync->arg, i, &ref, s->err);

	if (rc == 0)
		rc = stmt_run(&q, statements[s->sync->span].open, "ttiti", s->sync->domain,
		    item->name, s->sync->epoch, item->hash, ref);
	return rc < 0 ? rc : report(s, kind, item->name, ref);
}

/* Both sides are sorted: the smaller name is the one that the other side lacks. */
static int merge(struct syncing *s)
{
	size_t n = 0, o = 0;
	int rc = 0;

	while (rc == 0 && (n < s->now_len || o < s->sync->len)) {
		const struct standing *now = n < s->now_len ? &s->now[n] : NULL;
		const struct span_item *item = o < s->sync->len ? &s->sync->items[s->order[o]]
								: NULL;
		int order = !now ? 1 : !item ? -1 : strcmp(now->name, item->name);

		if (order <= 0)
			n++;
		if (order >= 0)
			o++;
		if (order == 0 && strcmp(now->hash, item->hash) == 0)
			continue;
		if (order <= 0)
			rc = close_one(s, now->name);
		if (rc == 0 && order < 0)
			rc = report(s, '-', now->name, now->ref);
		else if (rc == 0)
			rc = open_one(s, s->order[o - 1], order == 0 ? '~' : '+');
	}
	return rc;
}

int span_sync(struct db *db, const struct span_sync *sync, struct mesh_err *err)
{
	struct syncing s = {.db = db, .sync = sync, .err = err};

	arena_init(&s.arena);

	int rc = load_current(&s);

	if (rc == 0)
		rc = sort_items(&s);
	if (rc == 0)
		rc = merge(&s);
	free(s.order);
	free(s.now);
	arena_clear(&s.arena);
	return rc;
}

/* ---- reading ---- */

int span_find(struct db *db, const struct span_at *at, int64_t *ret_ref, int64_t *ret_since,
    struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = stmt_begin(&q, statements[at->span].find, "tti", at->domain, at->name, at->epoch);

	if (rc == 0)
		rc = stmt_next(&q);
	if (rc < 0)
		return rc;
	if (rc == 0 || stmt_int(&q, 2) <= at->epoch) {
		stmt_end(&q);
		return mesh_err_set(
		    err, -ENOENT, "no %s in epoch %lld", at->name, (long long)at->epoch);
	}
	*ret_ref = stmt_int(&q, 0);
	if (ret_since)
		*ret_since = stmt_int(&q, 1);
	stmt_end(&q);
	return 0;
}

int span_list(struct db *db, const struct span_at *at, int (*fn)(void *arg, const char *name),
    void *arg, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	const char *domain = at->span == SPAN_DOMAIN ? NULL : at->domain;
	int rc = stmt_begin(
	    &q, statements[at->span].list, "tti", domain, at->name ? at->name : "", at->epoch);
	int stop = 0;

	while (rc == 0 && !stop && (rc = stmt_next(&q)) > 0) {
		const char *name;

		rc = stmt_need(&q, 0, &name);
		if (rc == 0)
			stop = fn(arg, name);
	}
	stmt_end(&q);
	return rc < 0 ? rc : stop;
}
