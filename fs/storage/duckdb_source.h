#ifndef FS_STORAGE_DUCKDB_SOURCE_H
#define FS_STORAGE_DUCKDB_SOURCE_H

/*
 * Parquet files and the tables of DuckDB files as sources of rows, read by libduckdb (duckdb_lib.h) in a confined thread of its own
 * (duckdb_job.h). Columns that the contract does not know take the logical type that storage tells; a struct of which the contract knows
 * properties ("address.street") is taken apart into columns of these names, any other nested value is JSON text. Dates and timestamps are ISO 8601
 * text, decimals their exact text.
 */

#include "fs/table/source.h"

/*
 * A Parquet file by its descriptor, which is borrowed for the source's life. `name` is for sentences. `object` (may be NULL) is the contract's,
 * borrowed likewise. -EOPNOTSUPP: libduckdb is missing; -EIO: not a Parquet file; -ENOMEM.
 */
int source_parquet_open(int fd, const char *name, const struct object *object,
    struct table_source **ret, struct mesh_err *err);

struct source_duckdb_options {
	int fd; /* the .duckdb file; borrowed for the source's life */
	const char *name; /* for sentences; borrowed likewise */
	const char *schema; /* NULL: main */
	const char *table; /* or a view */
	const struct object *object; /* may be NULL; borrowed likewise */
};

/* As above. -ENOENT: no such table; -EBUSY: another process writes to the file, or changes lie beside it in a .wal file; -EOPNOTSUPP also where
 * the kernel lacks Landlock. */
int source_duckdb_open(
    const struct source_duckdb_options *opt, struct table_source **ret, struct mesh_err *err);

/* DuckDB's name of the type in which a column is stored ("DECIMAL(10,2)"), by storage's name of it; NULL where the source is none of these
 * or has no such column. Lives as long as the source. */
const char *source_duckdb_type(const struct table_source *s, const char *source_name);

#endif
