#ifndef FS_STORAGE_DUCKDB_SQL_H
#define FS_STORAGE_DUCKDB_SQL_H

/*
 * Names and texts put into SQL for DuckDB. Values of rows are bound, not written: these are for names of columns, tables and files.
 */

#include "catalog/base/buf.h"
#include "catalog/base/str.h"

/* Appends 'text' and "name", quotes doubled. */
void duckdb_sql_text(struct buf *sql, const char *text);
void duckdb_sql_name(struct buf *sql, const char *name);

#endif
