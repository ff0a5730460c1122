#ifndef CATALOG_STORE_SEARCH_H
#define CATALOG_STORE_SEARCH_H

/*
 * Full-text search over products (SQLite's FTS5). The words of a search are data: no syntax of FTS5
 * reaches it.
 */

#include <stddef.h>
#include <stdint.h>

#include "catalog/base/err.h"
#include "catalog/model.h"

struct db;

#define SEARCH_MAX_WORDS 32
#define SEARCH_MAX_BYTES 1024

/* Makes the product's body findable. */
int search_add(struct db *db, int64_t pid, const struct product *p, struct mesh_err *err);

struct search_found {
	const char *domain, *entry, *title, *snippet; /* borrowed for the call; title may be NULL */
	double score; /* higher is better */
};

struct search_request {
	const char *words; /* each is a prefix that must occur; -E2BIG beyond the bounds above */
	int64_t epoch;
	size_t limit;
};

/* Best first, until fn returns non-zero, which is returned. Words without a letter or digit are
 * skipped; without any other there are no hits. */
int search_run(struct db *db, const struct search_request *rq,
    int (*fn)(void *arg, const struct search_found *found), void *arg, struct mesh_err *err);

#endif
