#ifndef FS_TABLE_JSONL_SHAPE_H
#define FS_TABLE_JSONL_SHAPE_H

/*
 * What stands between the values of a JSON object whose members are the columns of a table: names,
 * commas, and the braces of nested objects, which dotted names make. Where names cannot nest (a
 * name is also the beginning of another, an object would have to be opened twice, a part is empty)
 * all stay flat.
 */

#include "fs/table/table.h"

struct jsonl_part {
	const char *s;
	size_t len;
};

struct jsonl_shape {
	struct jsonl_part *before; /* each column's value */
	struct jsonl_part end; /* after the last, with the line end */
};

/* Memory from `a`. 0 or -ENOMEM. */
int jsonl_shape_build(const struct table_schema *schema, struct arena *a, struct jsonl_shape *ret);

#endif
