#ifndef FS_TREE_TABLE_OPEN_H
#define FS_TREE_TABLE_OPEN_H

/*
 * From a spot to the table source behind it, whatever holds the table; and what can be said of the table without opening it.
 */

#include "fs/table/source.h"
#include "fs/tree/spot.h"
#include "fs/tree/table_state.h"

/* Opens the file that table_open reads, where it reads one; else *ret_fd stays as it is. The descriptor is the caller's. */
int table_open_file(struct spot *s, int *ret_fd);

/* Opens the source. `fd` is that file (borrowed for the source's life), -1 where there is none. */
int table_open(struct spot *s, int fd, struct table_source **ret, struct mesh_err *err);

/*
 * The table's version and extra columns: remembered, or asked of the source. `st` is the stored file's, NULL for a database.
 * -EWOULDBLOCK where it would have to ask a slow source and the asker may not wait.
 */
int table_state_of(struct spot *s, int fd, const struct stat *st, struct table_state *ret, struct mesh_err *err);

/* The ending, and so the format, that the place's file has. -1: none that can be rendered. */
int table_format_of(const struct spot *s);

#endif
