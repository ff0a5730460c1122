#include "catalog/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_private.h"
#include "catalog/store/authored.h"
#include "catalog/store/epochs.h"

int catalog_open(
    const char *path, enum catalog_mode mode, struct catalog **ret, struct mesh_err *err)
{
	struct catalog *c = calloc(1, sizeof(*c));

	if (!c)
		return mesh_err_nomem(err);

	int rc = pool_new(path, mode == CATALOG_WRITE, &c->pool, err);

	if (rc < 0) {
		free(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void catalog_close(struct catalog *c)
{
	if (!c)
		return;
	pool_free(c->pool);
	free(c);
}

const char *catalog_path(const struct catalog *c)
{
	return pool_path(c->pool);
}

int64_t catalog_epoch(struct catalog *c, struct mesh_err *err)
{
	struct db *db;
	int64_t epoch = 0;
	int rc = pool_take(c->pool, &db, err);

	if (rc < 0)
		return rc;
	rc = epochs_current(db, &epoch, err);
	pool_give(c->pool, db);
	return rc < 0 ? rc : epoch;
}

struct history {
	int (*fn)(void *arg, const struct epoch_info *e);
	void *arg;
};

static int show_epoch(void *arg, const struct epochs_row *row)
{
	const struct history *h = arg;
	struct epoch_info info = {
	    .epoch = row->epoch,
	    .time_ns = row->time_ns,
	    .who = row->who,
	    .what = row->what,
	    .summary = row->summary,
	};

	return h->fn(h->arg, &info);
}

int catalog_history(struct catalog *c, int (*fn)(void *arg, const struct epoch_info *e), void *arg,
    struct mesh_err *err)
{
	struct history h = {fn, arg};
	struct db *db;
	int rc = pool_take(c->pool, &db, err);

	if (rc < 0)
		return rc;
	rc = epochs_list(db, show_epoch, &h, err);
	pool_give(c->pool, db);
	return rc;
}

int catalog_blob(struct catalog *c, const char *hash, struct buf *out, struct mesh_err *err)
{
	struct db *db;
	int rc = pool_take(c->pool, &db, err);

	if (rc < 0)
		return rc;
	rc = authored_blob(db, hash, out, err);
	pool_give(c->pool, db);
	return rc;
}

/* ---- names ---- */

int catalog_names_add(struct catalog_names *n, struct arena *a, const char *name)
{
	if (n->len == n->cap) {
		size_t cap = n->cap ? n->cap * 2 : 16;
		const char **items = arena_array(a, cap, sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (n->len > 0)
			memcpy(items, n->items, n->len * sizeof(*items));
		n->items = items;
		n->cap = cap;
	}
	n->items[n->len] = arena_strdup(a, name);
	if (!n->items[n->len])
		return -ENOMEM;
	n->len++;
	return 0;
}

bool catalog_names_have(const struct catalog_names *n, const char *name)
{
	struct strlist list = catalog_names_list(n);

	return strlist_has(&list, name);
}

struct strlist catalog_names_list(const struct catalog_names *n)
{
	return (struct strlist){n->items, n->len};
}
