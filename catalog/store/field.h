#ifndef CATALOG_STORE_FIELD_H
#define CATALOG_STORE_FIELD_H

/*
 * One member of a struct of the model as one cell of a row. The lower half of layout.h.
 */

#include "catalog/store/layout.h"

struct cell {
	sqlite3_stmt *stmt;
	int index; /* of the parameter, from 1, or of the result's column, from 0 */
};

/* Binds the member of `item`. -EINVAL for a name that is NULL. */
int field_bind(
    const struct layout_ctx *ctx, const struct field *f, const void *item, struct cell cell);

/* Reads the cell into the member of `item`; strings go to the arena. */
int field_read(const struct layout_ctx *ctx, const struct field *f, void *item, struct cell cell);

/* Appends the value so that no two sequences of values have the same bytes. Errors go to the
 * buffer. */
void field_print(
    const struct layout_ctx *ctx, const struct field *f, const void *item, struct buf *out);

#endif
