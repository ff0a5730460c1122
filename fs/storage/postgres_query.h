#ifndef FS_STORAGE_POSTGRES_QUERY_H
#define FS_STORAGE_POSTGRES_QUERY_H

/*
 * What the server is told, as text: names, and the COPY that gives the rows of a request. Knows no connection.
 */

#include "catalog/base/buf.h"
#include "fs/storage/sql_predicate.h"

struct postgres_table {
	const char *schema, *name; /* as the catalog of the database spells them */
};

/* Appends "schema"."name", quoted. */
void postgres_query_table(const struct postgres_table *t, struct buf *out);

/* What a predicate may compare in the server, by the type that a column has there. */
enum sql_cells postgres_query_cells(unsigned int oid);

struct postgres_query {
	const struct postgres_table *table;
	const struct table_schema *schema; /* of the table */
	const enum sql_cells *cells; /* one a column */
};

/* Appends the statements that start COPY. What the server can tell of `keep` it tests; a limit is handed on only where nothing is tested after it. 0 or -ENOMEM. */
int postgres_query_copy(
    const struct postgres_query *q, const struct table_request *rq, struct buf *out);

#endif
