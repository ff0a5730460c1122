#include "catalog/store/stmt.h"

#include <assert.h>
#include <stdarg.h>

static int bind_all(sqlite3_stmt *stmt, const char *types, va_list args)
{
	int rc = SQLITE_OK;

	for (int i = 0; types[i] && rc == SQLITE_OK; i++) {
		if (types[i] == 't')
			rc = sqlite3_bind_text(
			    stmt, i + 1, va_arg(args, const char *), -1, SQLITE_STATIC);
		else
			rc = sqlite3_bind_int64(stmt, i + 1, va_arg(args, int64_t));
	}
	return rc;
}

static int begin(struct stmt *q, const char *sql, const char *types, va_list args)
{
	q->handle = db_cached(q->db, sql);
	if (!q->handle) {
		int rc = db_prepare(q->db, sql, sql, &q->handle, q->err);

		if (rc < 0)
			return rc;
	}
	assert(!sqlite3_stmt_busy(q->handle));

	int rc = bind_all(q->handle, types, args);

	if (rc == SQLITE_OK)
		return 0;
	stmt_end(q);
	return db_fail(q->db, rc, q->err);
}

int stmt_begin(struct stmt *q, const char *sql, const char *types, ...)
{
	va_list args;

	va_start(args, types);
	int rc = begin(q, sql, types, args);

	va_end(args);
	return rc;
}

int stmt_next(struct stmt *q)
{
	int rc = sqlite3_step(q->handle);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;

	int code = db_fail(q->db, rc, q->err);

	stmt_end(q);
	return code;
}

int stmt_run(struct stmt *q, const char *sql, const char *types, ...)
{
	va_list args;

	va_start(args, types);
	int rc = begin(q, sql, types, args);

	va_end(args);
	if (rc == 0)
		rc = stmt_next(q);
	stmt_end(q);
	return rc < 0 ? rc : 0;
}

void stmt_end(struct stmt *q)
{
	if (!q->handle)
		return;
	(void)sqlite3_reset(q->handle);
	(void)sqlite3_clear_bindings(q->handle);
	q->handle = NULL;
}

const char *stmt_text(struct stmt *q, int column)
{
	return (const char *)sqlite3_column_text(q->handle, column);
}

int64_t stmt_int(struct stmt *q, int column)
{
	return sqlite3_column_int64(q->handle, column);
}

int stmt_need(struct stmt *q, int column, const char **ret)
{
	const char *text = stmt_text(q, column);

	if (!text) {
		if (sqlite3_column_type(q->handle, column) != SQLITE_NULL)
			return mesh_err_nomem(q->err);
		return db_corrupt(q->db, "a name is missing", q->err);
	}
	*ret = text;
	return 0;
}
