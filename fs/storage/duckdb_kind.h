#ifndef FS_STORAGE_DUCKDB_KIND_H
#define FS_STORAGE_DUCKDB_KIND_H

/*
 * DuckDB's types, named as its SQL names them ("DECIMAL(10,2)", "STRUCT(a INTEGER)"), between what a file stores, what a cell holds
 * and what the mesh calls them. Pure.
 */

#include <stdbool.h>

#include "catalog/base/buf.h"
#include "fs/storage/duckdb_lib.h"

/* The logical type of a column that no contract tells about. Never NULL. */
const char *duckdb_kind_logical(const char *type);

bool duckdb_kind_is_struct(const char *type);

/* Whether cells of the type are JSON text, made so by what duckdb_kind_select appends. */
bool duckdb_kind_is_json(const char *type);

/* Appends `expr` so that it gives a type that cells are made of: itself, its text, or its JSON text. */
void duckdb_kind_select(struct buf *sql, const char *expr, const char *type);

/* How a column is written to Parquet. */
struct duckdb_kind_target {
	int carrier; /* what DuckDB is given: BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP, TIMESTAMP_TZ, VARCHAR or BLOB */
	/* What it is to make of it; NULL: as it is. Borrowed from `stored` or static. */
	const char *cast;
	bool json; /* carried as JSON text */
};

/*
 * `logical` (NULL: unknown) and, where the rows come from a DuckDB or Parquet file, the type stored there (else NULL), which makes the
 * logical one exact where both are of one family. Text stays text whatever it was stored as, as masks make other text of it; integers are
 * BIGINT, as masks may make them greater.
 */
struct duckdb_kind_target duckdb_kind_target(const char *logical, const char *stored);

#endif
