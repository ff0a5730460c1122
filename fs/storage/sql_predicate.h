#ifndef FS_STORAGE_SQL_PREDICATE_H
#define FS_STORAGE_SQL_PREDICATE_H

/*
 * A row predicate as a condition of SQL with bound parameters, so that a database leaves out rows that the view does not show.
 * It never leaves out a row that the predicate keeps: what SQL would decide otherwise than policy does (text that is read as a
 * number or a time, decimals, time zones) is not put into SQL, and the rows in question are kept. Comparisons of text are by
 * bytes, types are never coerced. Knows neither a connection nor a driver; SQLite and PostgreSQL share it.
 */

#include "catalog/base/arena.h"
#include "catalog/base/buf.h"
#include "catalog/model.h"
#include "fs/table/table.h"

enum sql_dialect { SQL_SQLITE, SQL_POSTGRES };

/* What cells a source gives for a column, and so what the database compares. */
enum sql_cells {
	SQL_CELLS_MIXED, /* each row its own: CELL_NULL, INT, REAL, TEXT, BLOB by SQLite's storage classes; not for PostgreSQL */
	SQL_CELLS_TEXT, /* CELL_NULL or CELL_TEXT with the very bytes of a column that holds text */
	SQL_CELLS_INT, /* CELL_NULL or CELL_INT of a column that holds integers */
	SQL_CELLS_BOOL, /* CELL_NULL or CELL_BOOL of a column that holds booleans */
	SQL_CELLS_OTHER, /* CELL_NULL where the column is null, and anything else */
};

struct sql_ask {
	enum sql_dialect dialect;
	const struct table_schema *schema; /* source_name is the column's name in SQL */
	const enum sql_cells *cells; /* one a column; NULL: all of them MIXED */
	const struct cond *keep; /* as in struct table_request; NULL: every row */
	bool
	    inlined; /* PostgreSQL: values are written as constants, for COPY, which takes no parameters */
};

struct sql_predicate {
	/* A boolean expression over a table with the alias `t`; NULL where every row is to be kept. Parameters are ?1 ... or $1 ..., with
	 * casts for PostgreSQL. */
	const char *sql;
	struct value *params; /* VALUE_STRING or VALUE_INT, in order */
	size_t params_len;
	bool exact; /* the condition keeps no row that the predicate leaves out */
};

#define SQL_MAX_PARAMS 500
#define SQL_MAX_BYTES ((size_t)64 << 10)

/* Everything is in `a`; strings of parameters are borrowed from the predicate. 0 or -ENOMEM. */
int sql_predicate_make(const struct sql_ask *ask, struct arena *a, struct sql_predicate *ret);

/* Appends the name as a delimited identifier of both dialects. */
void sql_identifier(struct buf *out, const char *name);

#endif
