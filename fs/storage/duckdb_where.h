#ifndef FS_STORAGE_DUCKDB_WHERE_H
#define FS_STORAGE_DUCKDB_WHERE_H

/*
 * A row predicate as a WHERE clause for DuckDB, so that it need not read what nobody will see. The clause may hold for more rows than the
 * predicate, never for fewer: what both would not decide alike is left out of it, and the plan tests each row again. Values are bound, not
 * written. Knows types and conditions, not files.
 */

#include "catalog/base/buf.h"
#include "catalog/model.h"

/* One value to be bound, in the order of the question marks. */
struct duckdb_bound {
	enum value_type type; /* BOOL, INT or STRING; a time is an INT of microseconds */
	int64_t i;
	const char *s;
};

#define DUCKDB_WHERE_MAX 1024 /* values; what would need more is left out */

struct duckdb_where {
	struct buf sql; /* its data is the condition, NUL-terminated; "": nothing to be said */
	struct duckdb_bound values[DUCKDB_WHERE_MAX]; /* texts borrowed from the predicate */
	size_t values_len;
};

/* A column as the predicate may name it. */
struct duckdb_where_column {
	const char *expr; /* SQL */
	const char *type; /* DuckDB's name of its type */
	const char *logical_type; /* NULL: unknown */
};

struct duckdb_where_columns {
	/* By its name in the mesh. False: no such column. */
	bool (*find)(const void *arg, const char *name, struct duckdb_where_column *ret);
	const void *arg;
};

/* `keep` NULL: nothing to be said. 0 or -ENOMEM; to be cleared in any case. */
int duckdb_where_build(
    struct duckdb_where *w, const struct cond *keep, const struct duckdb_where_columns *columns);
void duckdb_where_clear(struct duckdb_where *w);

#endif
