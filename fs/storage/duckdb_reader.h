#ifndef FS_STORAGE_DUCKDB_READER_H
#define FS_STORAGE_DUCKDB_READER_H

/*
 * Rows of one SELECT, streamed: the job's thread fetches chunks, a few ahead, while the reader hands out the rows of an earlier one.
 */

#include "fs/storage/duckdb_job.h"
#include "fs/storage/duckdb_where.h"
#include "fs/table/table.h"

/* Borrowed for the reader's life, but for the struct itself, `json` and the array of values. */
struct duckdb_reader_options {
	int fd;
	bool attach;
	const char *sql; /* gives the columns of the schema, in its order */
	const struct duckdb_bound *values;
	size_t values_len;
	struct table_schema schema;
	const bool *json; /* by column: whether text is JSON */
	const table_cancel *cancel; /* may be NULL */
	/* Asked at the end and after a failure: 0, or -ESTALE where the file is no longer the one that was opened. */
	int (*check)(void *arg, struct mesh_err *err);
	void *check_arg;
};

int duckdb_reader_new(
    const struct duckdb_reader_options *opt, struct table_reader **ret, struct mesh_err *err);

#endif
