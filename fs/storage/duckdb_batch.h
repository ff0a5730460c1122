#ifndef FS_STORAGE_DUCKDB_BATCH_H
#define FS_STORAGE_DUCKDB_BATCH_H

/*
 * Cells into DuckDB's vectors: rows gathered until there are enough to hand to DuckDB at once. One thread at a time.
 */

#include "catalog/base/arena.h"
#include "fs/storage/duckdb_kind.h"
#include "fs/table/table.h"

struct duckdb_batch_column; /* a vector being filled */

struct duckdb_batch {
	const struct duckdb_lib *lib;
	struct duckdb_chunk *chunk; /* owned */
	const struct duckdb_kind_target *targets; /* borrowed */
	struct duckdb_batch_column *columns;
	size_t columns_len;
	size_t rows, rows_max;
	size_t text_bytes; /* of the rows in it */
};

/* Memory from `a` and of DuckDB's; -ENOMEM. To be cleared in any case, before the arena. */
int duckdb_batch_init(struct duckdb_batch *b, const struct duckdb_kind_target *targets,
    size_t columns_len, struct arena *a);
void duckdb_batch_clear(struct duckdb_batch *b);

/* Appends a row; there must be room. */
void duckdb_batch_add(struct duckdb_batch *b, const struct cell *cells);
/* By rows or by bytes. */
bool duckdb_batch_is_full(const struct duckdb_batch *b);

/* Lets a chunk of DuckDB's show the rows, without copying them, until it is reset. */
void duckdb_batch_show(struct duckdb_batch *b, struct duckdb_chunk *in);
/* Empties it, once nobody is shown it any more. */
void duckdb_batch_reset(struct duckdb_batch *b);

#endif
