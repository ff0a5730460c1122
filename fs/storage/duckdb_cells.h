#ifndef FS_STORAGE_DUCKDB_CELLS_H
#define FS_STORAGE_DUCKDB_CELLS_H

/*
 * Cells out of DuckDB's vectors. Text is borrowed from the chunk, dates and timestamps are written into the column itself.
 */

#include "fs/storage/duckdb_iso.h"
#include "fs/storage/duckdb_lib.h"
#include "fs/table/table.h"

/* One column of the result, at the chunk that it was last aimed at. */
struct duckdb_cells {
	int type; /* enum duckdb_type_id */
	bool json; /* text is JSON */
	bool utf8; /* bytes that are UTF-8 are text: the contract calls the column a string */
	const void *data; /* borrowed from the chunk */
	const uint64_t *valid; /* likewise; NULL: no nulls */
	char text[DUCKDB_ISO_CAP];
};

/* False for a type that cells are not made of. */
bool duckdb_cells_can(int type);

void duckdb_cells_aim(
    struct duckdb_cells *c, const struct duckdb_lib *lib, struct duckdb_vector *vector);

/* The cell of a row of the chunk, borrowed from it and from `c` until the next call. */
void duckdb_cells_get(struct duckdb_cells *c, size_t row, struct cell *ret);

#endif
