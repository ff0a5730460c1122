#ifndef CATALOG_STORE_SPAN_H
#define CATALOG_STORE_SPAN_H

/*
 * Which body stands under which name in which epochs: the same three questions for domains,
 * products and files. Knows what a body is only by its key and its hash.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/base/err.h"

struct db;

enum span_kind { SPAN_DOMAIN, SPAN_PRODUCT, SPAN_FILE, SPAN_KINDS };

/* An open end, in SQL; see schema.sql. */
#define SPAN_OPEN "9223372036854775807"

/* The name under which the one body of a domain stands in domain_span. */
#define SPAN_DOMAIN_NAME "domain.yaml"

/* One difference between what stands now and what shall. */
struct span_change {
	enum span_kind span;
	char kind; /* '+' '-' '~' */
	const char *domain, *name; /* borrowed for the call */
	int64_t ref; /* the body: the new one, the old one of a '-' */
};

struct span_item {
	const char *name; /* borrowed */
	const char *hash; /* borrowed */
};

/* What shall stand in one domain from `epoch` on. */
struct span_sync {
	enum span_kind span;
	const char *domain;
	int64_t epoch;
	const struct span_item *items; /* any order; no name twice */
	size_t len;
	/* Writes the body of items[i] and returns its key. Only called where it differs. */
	int (*write)(void *arg, size_t i, int64_t *ret_ref, struct mesh_err *err);
	/* 0, or a negative errno that stops. */
	int (*changed)(void *arg, const struct span_change *change);
	void *arg;
};

/* Inside a transaction. Negative errno; the transaction is then to be undone. */
int span_sync(struct db *db, const struct span_sync *sync, struct mesh_err *err);

/* Makes what stood in `back` current from `epoch` on, in every domain and of every kind; `changed`
 * hears of each difference. */
struct span_rollback {
	int64_t back, epoch;
	int (*changed)(void *arg, const struct span_change *change);
	void *arg;
};
int span_rollback(struct db *db, const struct span_rollback *rollback, struct mesh_err *err);

struct span_at {
	enum span_kind span;
	const char *domain, *name;
	int64_t epoch;
};

/* The body that stands there. -ENOENT: none. `ret_since` may be NULL. */
int span_find(struct db *db, const struct span_at *at, int64_t *ret_ref, int64_t *ret_since,
    struct mesh_err *err);

/* The names in `at->domain` after `at->name` (NULL: all), ascending by byte, until fn returns
 * non-zero, which is returned. For SPAN_DOMAIN the domains themselves. */
int span_list(struct db *db, const struct span_at *at, int (*fn)(void *arg, const char *name),
    void *arg, struct mesh_err *err);

#endif
