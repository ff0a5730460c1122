#include "fs/storage/postgres_snapshot.h"

#include <errno.h>

#include "catalog/base/buf.h"
#include "catalog/base/digest.h"
#include "catalog/base/str.h"

/*
 * Rows come in the order in which they lie in the table: no parallel workers, and no scan that starts where another one is. extra_float_digits 3 gives
 * all digits also before PostgreSQL 12. What a SQL_ASCII database holds the server would refuse to send as UTF-8 where it is none.
 */
static void add_begin(struct buf *b, const struct postgres_session *s)
{
	buf_printf(b,
	    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
	    "SET LOCAL client_min_messages = error;"
	    "SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC';"
	    "SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex';"
	    "SET LOCAL standard_conforming_strings = on;"
	    "SET LOCAL synchronize_seqscans = off; SET LOCAL max_parallel_workers_per_gather = 0;"
	    "SET LOCAL statement_timeout = '%ds'; SET LOCAL lock_timeout = '%ds';",
	    s->deadline_sec, s->deadline_sec);
	if (postgres_session_is_ascii(s))
		buf_puts(b, "SET LOCAL client_encoding = 'SQL_ASCII';");
}

static int run(struct postgres_session *s, struct buf *sql, struct mesh_err *err)
{
	int rc = buf_error(sql) ? mesh_err_nomem(err) : postgres_session_run(s, sql->data, err);

	buf_clear(sql);
	return rc;
}

/* LOCK takes no snapshot, so what was committed while it waited is seen. */
static int begin_locked(
    struct postgres_session *s, const struct postgres_table *t, struct mesh_err *err)
{
	struct buf sql;

	buf_init(&sql);
	add_begin(&sql, s);
	buf_puts(&sql, "LOCK TABLE ONLY ");
	postgres_query_table(t, &sql);
	buf_puts(&sql, " IN ACCESS SHARE MODE");
	return run(s, &sql, err);
}

/* Materialized views and foreign tables cannot be locked (42809), nor what the role may read in part only (42501). Whether it may read what is asked for
 * shows when it is read. */
int postgres_snapshot_begin(
    struct postgres_session *s, const struct postgres_table *t, struct mesh_err *err)
{
	struct buf sql;
	int rc = begin_locked(s, t, err);

	if (rc == 0 || (!str_eq(s->state, "42809") && !str_eq(s->state, "42501")))
		return rc;
	buf_init(&sql);
	buf_puts(&sql, "ROLLBACK;");
	add_begin(&sql, s);
	return run(s, &sql, err);
}

/* ---- the version ---- */

/*
 * The column `still` is there where equal snapshots mean equal rows: the text of a snapshot does not say on a standby what is under way there. Operators and
 * functions are named with their schema, as others may lie in the search path.
 */
static const char version_sql[] =
    "SELECT 1, (pg_catalog.pg_control_system()).system_identifier,"
    " pg_catalog.pg_postmaster_start_time(), pg_catalog.current_database(), CURRENT_USER,"
    " c.oid, pg_catalog.txid_current_snapshot(),"
    " CASE WHEN c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m}'::pg_catalog.\"char\"[])"
    "  AND NOT c.relhassubclass AND NOT c.relrowsecurity AND NOT pg_catalog.pg_is_in_recovery()"
    "  THEN NULL ELSE pg_catalog.clock_timestamp() END"
    " FROM pg_catalog.pg_class c, pg_catalog.pg_namespace n"
    " WHERE n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " AND n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.name"
    " AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.name"
    " AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m,v,p,f}'::pg_catalog.\"char\"[])";

static int digest_row(const PGresult *res, char ret_version[65])
{
	struct buf b;
	int rc;

	buf_init(&b);
	for (int i = 0; i < PQnfields(res); i++) {
		buf_add(&b, PQgetvalue(res, 0, i), (size_t)PQgetlength(res, 0, i));
		buf_addc(&b, '\0');
	}
	rc = buf_error(&b) ? -ENOMEM : digest_hex(b.data, b.len, ret_version);
	buf_clear(&b);
	return rc;
}

int postgres_snapshot_version(struct postgres_session *s, const struct postgres_table *t,
    char ret_version[65], struct mesh_err *err)
{
	const char *const values[] = {t->schema, t->name};
	PGresult *res;
	int sent = PQsendQueryParams(s->conn, version_sql, 2, NULL, values, NULL, NULL, 0);
	int rc = postgres_session_result(s, sent, &res, err);

	if (rc < 0)
		return rc;
	if (PQntuples(res) != 1)
		rc = mesh_err_set(err, -ENOENT, "there is no such table");
	else if (digest_row(res, ret_version) < 0)
		rc = mesh_err_nomem(err);
	PQclear(res);
	return rc;
}
