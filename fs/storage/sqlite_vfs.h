#ifndef FS_STORAGE_SQLITE_VFS_H
#define FS_STORAGE_SQLITE_VFS_H

/*
 * How SQLite reaches the files of a database that is not ours: it follows no symbolic link, makes, changes and removes nothing, maps
 * nothing into memory (who shortens a mapped file would end the process), and keeps temporary files small. What the
 * shared-memory file of a write-ahead log is for is done by sqlite_lock.h instead: SQLite reads the log by itself and is told that nobody else
 * has it open. Knows nothing of paths and callers.
 */

#define SQLITE_VFS_TEMP_MAX_BYTES (1LL << 30)

/* Registers it, once. Its name for sqlite3_open_v2; NULL where SQLite cannot be started. Any thread. */
const char *sqlite_vfs_name(void);

#endif
