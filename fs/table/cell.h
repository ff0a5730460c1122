#ifndef FS_TABLE_CELL_H
#define FS_TABLE_CELL_H

/*
 * Cells between what storage writes, what policy compares and what a file shows: by the column's
 * logical type. Text that cannot be read as its type is null for policy, never something else.
 * Knows single cells alone.
 */

#include "fs/table/table.h"

enum cell_meaning {
	CELL_MEANS_ANY, /* not known: text is a string, an integer or boolean of the storage is one */
	CELL_MEANS_STRING, /* also time */
	CELL_MEANS_INTEGER,
	CELL_MEANS_NUMBER,
	CELL_MEANS_BOOLEAN,
	CELL_MEANS_DATE,
	CELL_MEANS_TIMESTAMP,
	CELL_MEANS_NESTED, /* object, array: nothing that policy compares */
};

/* NULL and what is no logical type: ANY. */
enum cell_meaning cell_meaning(const char *logical_type);

/*
 * The cell for a row filter: INT, DECIMAL (at most 4 decimal places), BOOL (true, false, t, f, 1,
 * 0), STRING, TIME (date and timestamp) or NULL. A string is text without NUL. Strings are in `a`.
 */
struct value cell_value(const struct cell *c, enum cell_meaning m, struct arena *a);

/* The same, but a date or timestamp is its text as cell_time writes it: what truncates dates need
 * not fit them into nanoseconds. */
struct value cell_time_text(const struct cell *c, enum cell_meaning m, struct arena *a);

/* What a mask made, as a cell; strings are borrowed from the value, new text is in `a`. */
struct cell cell_of_value(const struct value *v, enum cell_meaning m, struct arena *a);

#define CELL_TIME_CAP 48

/*
 * A timestamp as storages write it, as RFC 3339: a space stands for T, an offset may lack its
 * minutes or their colon, and a missing one is UTC, which is what ODCS says of timestamps without a
 * zone. A bare date stays one. False: not a time. The result is not checked for existing days.
 */
bool cell_time(const char *s, size_t len, char out[CELL_TIME_CAP]);

#define CELL_NUMBER_CAP 40

/* The digits of an integer, or the shortest digits that read back as this double ("NaN",
 * "Infinity", "-Infinity"). Returns the length. */
size_t cell_print_int(int64_t i, char out[CELL_NUMBER_CAP]);
size_t cell_print_real(double f, char out[CELL_NUMBER_CAP]);

#endif
