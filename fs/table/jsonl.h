#ifndef FS_TABLE_JSONL_H
#define FS_TABLE_JSONL_H

/*
 * JSON Lines as a source of rows: one object a line, UTF-8; empty lines are passed over. The
 * columns are those of the contract; a dotted one (address.street) is a member of a nested object,
 * and null where what holds it is no object. Every other member is left out: which there are is
 * known only at the end of the file, and what no rule names is not shown. A member that stands
 * twice, where it means a column, is an error.
 */

#include "fs/table/window.h"

struct jsonl_reader_options {
	struct feed *take_feed; /* taken over, also on failure */
	const struct object *object; /* borrowed for the call */
	const size_t *wanted; /* columns of the object, ascending; borrowed for the call */
	struct table_schema schema; /* of the cells; borrowed for the reader's life */
	const table_cancel *cancel;
};

int jsonl_reader_new(
    const struct jsonl_reader_options *opt, struct table_reader **ret, struct mesh_err *err);

#endif
