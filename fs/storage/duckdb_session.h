#ifndef FS_STORAGE_DUCKDB_SESSION_H
#define FS_STORAGE_DUCKDB_SESSION_H

/*
 * One locked-down DuckDB for one rendering: in memory, one thread, bounded memory, no extensions, no secrets, no spilling, no network
 * and no file but the one that it was opened for. One each, because what a database may touch is a setting of the database,
 * and what a rendering may touch is its own file. Used by the thread that opened it; only interrupting is for others.
 */

#include "fs/storage/duckdb_lib.h"

struct duckdb_session {
	const struct duckdb_lib *lib;
	struct duckdb_database *db;
	struct duckdb_connection *connection;
	/* Rows are read or written from now on: no sentence quotes DuckDB, which may quote a cell. */
	bool rows;
};

/* An empty database, which may still touch what the thread may. -EOPNOTSUPP: no library, or one that lacks a setting; -ENOMEM, -EIO. */
int duckdb_session_open(struct duckdb_session *ret, struct mesh_err *err);

struct duckdb_session_file {
	const char *path;
	/* A DuckDB file, attached read-only as database "stored"; else a file that SQL names by its path. */
	bool attach;
};

/* Locks it down to this file, for good. -EBUSY: the DuckDB file is being written; -EIO: it is none, or DuckDB cannot be locked down; -ENOMEM. After
 * an error there is nothing to do but close it. */
int duckdb_session_confine(
    struct duckdb_session *s, const struct duckdb_session_file *file, struct mesh_err *err);

void duckdb_session_close(struct duckdb_session *s); /* zeroed is fine */

/* Runs statements that give no rows, or whose rows nobody needs. */
int duckdb_session_run(struct duckdb_session *s, const char *sql, struct mesh_err *err);

/* What a failed result means: sets `err`, returns its code. -EINTR: interrupted; -ENOMEM; -ENOSPC: the disk is full; -ENOENT: no such table;
 * -EIO. */
int duckdb_session_failed(
    struct duckdb_session *s, struct duckdb_result *result, struct mesh_err *err);
/* The same where only DuckDB's sentence is known; NULL: none. */
int duckdb_session_error(const struct duckdb_session *s, const char *text, struct mesh_err *err);

#endif
