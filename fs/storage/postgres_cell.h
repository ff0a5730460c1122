#ifndef FS_STORAGE_POSTGRES_CELL_H
#define FS_STORAGE_POSTGRES_CELL_H

/*
 * One value as the server writes it (ISO dates, UTC, hexadecimal bytea, all digits), as a cell. Text that is not what its type promises stays text.
 */

#include <stdbool.h>

#include "fs/table/table.h"

enum postgres_kind {
	POSTGRES_TEXT, /* all that is no other: numeric, date, time, uuid, arrays, ... */
	POSTGRES_INT,
	POSTGRES_REAL,
	POSTGRES_BOOL,
	POSTGRES_TIMESTAMP,
	POSTGRES_JSON,
	POSTGRES_BYTEA,
};

/* `oid`: of the type, of the base type for a domain. A float that the contract calls a number stays the server's text, the shortest digits that read
 * back: everybody takes that for the number it is, and nobody prints it anew. */
enum postgres_kind postgres_kind_of(unsigned int oid, const char *logical_type);

/*
 * The cell of `len` bytes at `s`, which may be written to and are followed by one more byte that may be written to. The cell borrows them. Integers,
 * finite floats and booleans have cell types of their own; a timestamp is YYYY-MM-DDTHH:MM:SS[.f], with Z where the type has a zone.
 */
struct cell postgres_cell(enum postgres_kind kind, char *s, size_t len);

#endif
