#ifndef FS_STORAGE_SQLITE_CONN_H
#define FS_STORAGE_SQLITE_CONN_H

/*
 * A connection to a SQLite database that is not trusted, with one read transaction from its beginning to its end, so that all that is read is
 * of one state. Bounded in the time that one row may take and in memory; cancellable. For the sqlite files of fs/storage
 * alone. Belongs to one thread at a time.
 */

#include <sqlite3.h>

#include "fs/storage/sqlite_lock.h"
#include "fs/storage/sqlite_place.h"

#define SQLITE_MAX_ROW_BYTES (16 << 20) /* a longer one is -EFBIG */
#define SQLITE_MAX_MEMORY_BYTES \
	(128LL                  \
	    << 20) /* of all connections together: what runs when it is exceeded is ended, -ENOMEM */

struct sqlite_conn {
	sqlite3 *handle; /* owned */
	struct sqlite_file file;
	struct sqlite_lock lock;
	struct sqlite_state state; /* of what is read */
	const char *label; /* borrowed from the place: for sentences */
	int64_t timeout_ns;
	const table_cancel *cancel; /* borrowed; NULL: none */
	/* seen by the handlers that SQLite calls */
	unsigned long rows, rows_seen; /* a row that came gives the next one the full time */
	int64_t deadline_ns; /* monotonic */
	enum { SQLITE_GOES_ON, SQLITE_CANCELLED, SQLITE_TIMED_OUT, SQLITE_TOO_LARGE } stopped;
};

/* Finds and opens the database, and begins to read. Clear it in any case. -ENOENT, -EACCES, -EBUSY (locked), -EINTR, -EIO (no database, or
 * corrupt), -ESTALE (it changes too fast), -ENOMEM. */
int sqlite_conn_open(struct sqlite_conn *c, const struct sqlite_place *place, struct mesh_err *err);
void sqlite_conn_clear(struct sqlite_conn *c);

/* From now on only reading is allowed: no pragmas, not even those that look at the schema. */
void sqlite_conn_confine(struct sqlite_conn *c);

/* Whether what was read is of one state; -ESTALE with a sentence otherwise. */
int sqlite_conn_verify(struct sqlite_conn *c, struct mesh_err *err);

/* The errno and sentence for a result code: as sqlite_conn_open, and -ETIMEDOUT, -EFBIG, -ENOSPC. */
int sqlite_conn_fail(struct sqlite_conn *c, int result, struct mesh_err *err);

#endif
