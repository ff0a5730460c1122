#ifndef FS_TABLE_CSV_H
#define FS_TABLE_CSV_H

/*
 * CSV as a source of rows. The first record names the columns; a record with fewer fields than that
 * ends in nulls, one with more is an error, as what no name covers no rule does either (empty ones
 * at the end are passed over). An unquoted empty field is null, "" the empty string. Text is bytes:
 * neither UTF-8 nor the absence of NUL is asked for. Knows the grammar's variants, not the
 * contract.
 */

#include "catalog/base/str.h"
#include "fs/table/window.h"

#define CSV_HEADER_MAX ((size_t)1 << 20)

struct csv_header {
	char delimiter;
	const char **names; /* of the fields, blanks around them taken off; "" where there is none */
	size_t len; /* 0: the file is empty */
};

/*
 * Reads the first record of `w`, of CSV_HEADER_MAX at most. `delimiter` 0: whichever of comma,
 * semicolon, tab and bar is there most often outside of quotes. Memory from `a`. -EINVAL: no first
 * record, or its names are not UTF-8 without control characters.
 */
int csv_header_read(struct window *w, char delimiter, struct arena *a, struct csv_header *ret,
    struct mesh_err *err);

struct csv_reader_options {
	struct feed *take_feed; /* taken over, also on failure */
	char delimiter;
	size_t fields_len; /* of the header */
	const size_t
	    *wanted; /* the field of each cell, ascending; borrowed for the reader's life */
	struct table_schema schema; /* of the cells; borrowed */
	const table_cancel *cancel;
};

int csv_reader_new(
    const struct csv_reader_options *opt, struct table_reader **ret, struct mesh_err *err);

#endif
