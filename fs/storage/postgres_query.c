#include "fs/storage/postgres_query.h"

#include "catalog/base/arena.h"
#include "catalog/base/cleanup.h"

void postgres_query_table(const struct postgres_table *t, struct buf *out)
{
	sql_identifier(out, t->schema);
	buf_addc(out, '.');
	sql_identifier(out, t->name);
}

/* Text of a fixed length is compared without the blanks that it is shown with, and an oid with errors. */
enum sql_cells postgres_query_cells(unsigned int oid)
{
	static const struct {
		unsigned int oid;
		enum sql_cells cells;
	} known[] = {
	    {16, SQL_CELLS_BOOL}, {20, SQL_CELLS_INT}, /* int8 */
	    {21, SQL_CELLS_INT}, /* int2 */
	    {23, SQL_CELLS_INT}, /* int4 */
	    {25, SQL_CELLS_TEXT}, {1043, SQL_CELLS_TEXT}, /* varchar */
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (known[i].oid == oid)
			return known[i].cells;
	}
	return SQL_CELLS_OTHER;
}

static int add_condition(
    const struct postgres_query *q, const struct table_request *rq, struct buf *out)
{
	const struct sql_ask ask = {
	    .dialect = SQL_POSTGRES,
	    .schema = q->schema,
	    .cells = q->cells,
	    .keep = rq->keep,
	    .inlined = true,
	};
	struct sql_predicate p;
	struct arena a;
	int rc;

	arena_init(&a);
	rc = sql_predicate_make(&ask, &a, &p);
	if (rc == 0 && p.sql)
		buf_printf(out, " WHERE %s", p.sql);
	arena_clear(&a);
	return rc;
}

/* How long COPY may take is the administrator's to limit; what is limited here is silence. */
int postgres_query_copy(
    const struct postgres_query *q, const struct table_request *rq, struct buf *out)
{
	int rc;

	buf_puts(out, "SET LOCAL statement_timeout TO DEFAULT; COPY (SELECT ");
	for (size_t i = 0; i < rq->columns_len; i++) {
		buf_puts(out, i > 0 ? ", t." : "t.");
		sql_identifier(out, q->schema->columns[rq->columns[i]].source_name);
	}
	buf_puts(out, " FROM ");
	postgres_query_table(q->table, out);
	buf_puts(out, " AS t");
	rc = add_condition(q, rq, out);
	if (rq->limit > 0 && !rq->keep)
		buf_printf(out, " LIMIT %lld", (long long)rq->limit);
	buf_puts(out, ") TO STDOUT");
	return rc < 0 ? rc : buf_error(out);
}
