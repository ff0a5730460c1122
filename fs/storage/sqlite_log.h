#ifndef FS_STORAGE_SQLITE_LOG_H
#define FS_STORAGE_SQLITE_LOG_H

/*
 * How far a write-ahead log of SQLite is good (https://sqlite.org/fileformat2.html#walformat): what stands behind that is of a transaction that
 * is not committed, or of an earlier use of the file. For sqlite_vfs.c alone.
 */

#include <stdint.h>

struct sqlite_log_input {
	/* Exactly `len` bytes at `offset`: 0. 1: there are fewer. Negative errno. */
	int (*read)(void *arg, void *out, int len, int64_t offset);
	void *arg;
};

/* The offset behind the last frame of the last committed transaction; 0: there is none, or the log has no valid header. Negative errno. */
int sqlite_log_end(const struct sqlite_log_input *in, int64_t *ret_bytes);

#endif
