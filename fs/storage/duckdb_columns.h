#ifndef FS_STORAGE_DUCKDB_COLUMNS_H
#define FS_STORAGE_DUCKDB_COLUMNS_H

/*
 * The columns of a table as DuckDB tells them. A struct is taken apart where the contract knows what is in it, as policy decides on
 * "address.street", not on an address.
 */

#include "catalog/model.h"
#include "fs/storage/duckdb_session.h"

#define DUCKDB_COLUMNS_MAX 4096

struct duckdb_column {
	const char *name; /* "address.street" */
	const char *expr; /* SQL that gives it */
	const char *type; /* DuckDB's name of its type */
};

struct duckdb_columns {
	struct duckdb_column *items;
	size_t len;
};

struct duckdb_columns_request {
	struct duckdb_session *session;
	const char *from; /* SQL that names the table */
	const struct object *object; /* the contract's; NULL: none */
};

/* In the table's order. Memory from `a`. -ENOENT: no such table; -EINVAL: more columns than DUCKDB_COLUMNS_MAX. */
int duckdb_columns_find(const struct duckdb_columns_request *rq, struct arena *a,
    struct duckdb_columns *ret, struct mesh_err *err);

#endif
