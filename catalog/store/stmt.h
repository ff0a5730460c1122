#ifndef CATALOG_STORE_STMT_H
#define CATALOG_STORE_STMT_H

/*
 * One run of a prepared statement: bind, step, read, and give the statement back. For
 * catalog/store alone.
 *
 *	struct stmt q = { .db = db, .err = err };
 *	int rc = stmt_begin(&q, "SELECT a FROM t WHERE b = ?1", "t", b);
 *	while (rc == 0 && (rc = stmt_next(&q)) > 0) rc = use(stmt_text(&q, 0));
 *	stmt_end(&q);
 */

#include <stddef.h>
#include <stdint.h>

#include "catalog/store/db.h"

struct stmt {
	struct db *db; /* borrowed */
	struct mesh_err *err; /* borrowed; may be NULL */
	sqlite3_stmt *handle; /* borrowed from the connection */
};

/* Prepares (once per connection; `sql` is a literal) and binds: 't' const char * (NULL binds NULL;
 * must live until stmt_end), 'i' int64_t. Negative errno, and then stmt_end has nothing to do. */
int stmt_begin(struct stmt *q, const char *sql, const char *types, ...);

/* 1: a row; 0: no more; negative errno. */
int stmt_next(struct stmt *q);

/* stmt_begin and stmt_next for a statement without rows, and stmt_end. */
int stmt_run(struct stmt *q, const char *sql, const char *types, ...);

/* Resets the statement. Any number of times, also after a failed begin. */
void stmt_end(struct stmt *q);

/* The column's text until the next step, or NULL where it is null, or where memory is
 * short. */
const char *stmt_text(struct stmt *q, int column);
int64_t stmt_int(struct stmt *q, int column);

/* Like stmt_text, but NULL is a failure: 0, -ENOMEM, or -EINVAL (corrupt). */
int stmt_need(struct stmt *q, int column, const char **ret);

#endif
