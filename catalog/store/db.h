#ifndef CATALOG_STORE_DB_H
#define CATALOG_STORE_DB_H

/*
 * One connection to a catalog file, and the statements prepared on it. Turns SQLite's codes into
 * errno and sentences. For the files of catalog/store alone, which are the only ones that see
 * SQLite. A connection belongs to one thread at a time. Knows nothing of meshes.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/base/err.h"

#define DB_MAX_STATEMENTS 96

struct db_statement {
	const void *key; /* borrowed: the SQL literal, or what its text was made from */
	sqlite3_stmt *stmt; /* owned */
};

struct db {
	sqlite3 *handle; /* owned */
	char *path; /* owned */
	sqlite3_stmt *rollback; /* one of the statements */
	struct db_statement statements[DB_MAX_STATEMENTS];
	size_t statements_len;
	struct db *next; /* in the pool's list of free connections */
};

/* Opens an existing file. Negative errno as db_fail. */
int db_open(const char *path, bool writable, struct db **ret, struct mesh_err *err);
void db_close(struct db *db); /* NULL is fine */

/* Writes the sentence for a result code of SQLite ("reading the catalog PATH: ...") and returns its
 * errno: -ENOMEM, -ENOSPC, -EBUSY, -EROFS, -EACCES, -EIO, and -EINVAL for a file that is no catalog
 * or is corrupt. */
int db_fail(struct db *db, int result, struct mesh_err *err);

/* For rows that SQLite takes but that make no sense: -EINVAL. `what` goes on from "is corrupt: ".
 */
int db_corrupt(struct db *db, const char *what, struct mesh_err *err);

/* Runs statements without results and without parameters. */
int db_exec(struct db *db, const char *sql, struct mesh_err *err);

/* The statement prepared under `key`, or NULL. */
sqlite3_stmt *db_cached(struct db *db, const void *key);

/* Prepares a statement and keeps it under `key`, which must live as long as the connection. */
int db_prepare(
    struct db *db, const void *key, const char *sql, sqlite3_stmt **ret, struct mesh_err *err);

/* True inside a transaction. */
bool db_in_transaction(const struct db *db);

/* Undoes an open transaction, if there is one. Cannot fail in a way that anybody could act on. */
void db_rollback(struct db *db);

#endif
