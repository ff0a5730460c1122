#ifndef FS_STORAGE_SQLITE_LOCK_H
#define FS_STORAGE_SQLITE_LOCK_H

/*
 * A reader's place among the processes that have a SQLite database in WAL mode open, by the locks of its shared-memory file
 * (https://sqlite.org/walformat.html#wal_locks), without mapping or changing that file. While it is held nothing is copied from the log into the
 * database, and the log only grows: what was read of both stays together.
 */

#include "fs/storage/sqlite_place.h"

struct sqlite_lock {
	int fd; /* of the shared-memory file, owned; -1: nobody has the log open, and nothing is locked */
};

/* Waits until `until_ns` (of the monotonic clock) for a copy that is under way. -EBUSY: still under way; -EINTR: cancelled. A shared-memory file that is
 * missing or cannot be read is no error. Clear it in any case. */
int sqlite_lock_take(struct sqlite_lock *l, const struct sqlite_file *f, int64_t until_ns,
    const table_cancel *cancel);
void sqlite_lock_clear(struct sqlite_lock *l);

#endif
