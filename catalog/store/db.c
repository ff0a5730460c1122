#include "catalog/store/db.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long one writer waits for another. Readers never wait: the file is in WAL mode. */
#define BUSY_TIMEOUT_MS 10000

/* A catalog may come from elsewhere: its schema gets no say (SQLite, "Defense Against The Dark
 * Arts"). */
static const char settings[] = "PRAGMA trusted_schema = OFF;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA foreign_keys = ON;"
			       "PRAGMA synchronous = FULL;";

/* Prepared with the connection: undoing must not need memory. */
static const char rollback[] = "ROLLBACK";

static int configure(struct db *db, struct mesh_err *err)
{
	int rc = sqlite3_extended_result_codes(db->handle, 1);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (rc != SQLITE_OK)
		return db_fail(db, rc, err);

	int result = db_exec(db, settings, err);

	return result < 0 ? result : db_prepare(db, rollback, rollback, &db->rollback, err);
}

int db_open(const char *path, bool writable, struct db **ret, struct mesh_err *err)
{
	int flags = (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
	struct db *db = calloc(1, sizeof(*db));

	if (!db || !(db->path = strdup(path))) {
		db_close(db);
		return mesh_err_nomem(err);
	}

	int rc = sqlite3_open_v2(path, &db->handle, flags, NULL);
	int result = rc == SQLITE_OK ? configure(db, err) : db_fail(db, rc, err);

	if (result < 0) {
		db_close(db);
		return result;
	}
	*ret = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->statements_len; i++)
		(void)sqlite3_finalize(db->statements[i].stmt);
	(void)sqlite3_close(db->handle);
	free(db->path);
	free(db);
}

static int errno_of(struct db *db, int result)
{
	if (result == SQLITE_IOERR_NOMEM)
		return -ENOMEM;
	switch (result & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_ERROR: /* our statements are right, so the tables they name are wrong */
		return -EINVAL;
	case SQLITE_CANTOPEN: {
		int number = db->handle ? sqlite3_system_errno(db->handle) : 0;

		return number > 0 ? -number : -EACCES;
	}
	default:
		return -EIO;
	}
}

int db_fail(struct db *db, int result, struct mesh_err *err)
{
	int code = errno_of(db, result);
	const char *detail = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(result);

	switch (code) {
	case -ENOMEM:
		return mesh_err_nomem(err);
	case -EBUSY:
		return mesh_err_set(err, code,
		    "the catalog %s is being written by another process; try again", db->path);
	case -ENOSPC:
		return mesh_err_set(
		    err, code, "no room left on the disk of the catalog %s", db->path);
	case -EINVAL:
		if ((result & 0xff) == SQLITE_NOTADB)
			return mesh_err_set(err, code, "%s is not a catalog", db->path);
		return db_corrupt(db, detail, err);
	default:
		return mesh_err_set(err, code, "the catalog %s cannot be used: %s (%s)", db->path,
		    detail, strerror(-code));
	}
}

int db_corrupt(struct db *db, const char *what, struct mesh_err *err)
{
	return mesh_err_set(err, -EINVAL,
	    "the catalog %s is corrupt: %s; move it away and apply the mesh again", db->path, what);
}

int db_exec(struct db *db, const char *sql, struct mesh_err *err)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(db, rc, err);
}

sqlite3_stmt *db_cached(struct db *db, const void *key)
{
	for (size_t i = 0; i < db->statements_len; i++) {
		if (db->statements[i].key == key)
			return db->statements[i].stmt;
	}
	return NULL;
}

int db_prepare(
    struct db *db, const void *key, const char *sql, sqlite3_stmt **ret, struct mesh_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);

	if (rc != SQLITE_OK)
		return db_fail(db, rc, err);
	assert(db->statements_len < DB_MAX_STATEMENTS);
	db->statements[db->statements_len++] = (struct db_statement){key, stmt};
	*ret = stmt;
	return 0;
}

bool db_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->handle);
}

void db_rollback(struct db *db)
{
	if (!db_in_transaction(db))
		return;
	(void)sqlite3_step(db->rollback);
	(void)sqlite3_reset(db->rollback);
}
