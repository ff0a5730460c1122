#ifndef FS_STORAGE_DUCKDB_CONFINE_H
#define FS_STORAGE_DUCKDB_CONFINE_H

/*
 * Takes from the calling thread, for good and for it alone, all but one file: a library that reads files from outside is to find nothing else,
 * whatever they make it do. It gets a table of descriptors of its own (close_range(2)), and by Landlock (landlock(7)) no way to open
 * another file or, on newer kernels, a TCP connection. Knows nothing of DuckDB.
 */

#include <stdbool.h>

#include "catalog/base/err.h"

/* Whether the kernel has Landlock, so that names cannot lead to other files either. Any thread. */
bool duckdb_confine_is_whole(void);

/* Gives the thread descriptors of its own: 0 to 2 and `fd`. 0 or negative errno: then it is good for nothing but ending. */
int duckdb_confine_descriptors(int fd, struct mesh_err *err);

/* From now on the thread opens nothing but the file behind `fd`: to read, with `write` also to write and truncate. 0 or negative errno, as above.
 * Without Landlock it does nothing. */
int duckdb_confine_names(int fd, bool write, struct mesh_err *err);

#endif
