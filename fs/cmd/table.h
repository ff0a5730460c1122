#ifndef FS_CMD_TABLE_H
#define FS_CMD_TABLE_H

/*
 * Rows and columns, printed as aligned text or as a JSON array of objects: whatever a command lists goes through here, so that
 * both forms hold the same. Names come from outside: control characters in text are shown as '?'.
 */

#include "catalog/base/arena.h"
#include "catalog/base/buf.h"
#include "fs/cmd/opts.h"

struct table_column {
	const char *head; /* of the text form; NULL: the column is in JSON alone */
	const char *key; /* of the JSON form; NULL: the column is in text alone */
	bool number; /* its cells are JSON as they stand */
};

#define TABLE_COLUMNS_MAX 12

struct table {
	struct arena arena;
	const struct table_column *columns; /* borrowed */
	size_t columns_len;
	const char **cells; /* row by row, in the arena */
	size_t rows, cap_rows;
	bool with_heads; /* a first line names the columns */
	bool oom;
};

void table_init(struct table *t, const struct table_column *columns, size_t columns_len);
void table_clear(struct table *t);

/* Adds a row of columns_len cells (copied); NULL: "-" in text, null in JSON. When memory is short `oom` is set. */
void table_add(struct table *t, const char *const *cells);

/* Appends the table. Short of memory, now or before, the buffer is left with its sticky error. */
void table_print(const struct table *t, enum opt_format format, struct buf *out);

#endif
