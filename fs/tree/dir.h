#ifndef FS_TREE_DIR_H
#define FS_TREE_DIR_H

/*
 * Open directories: what one caller sees, collected when he opens the directory, so that a listing is of one epoch and of one caller.
 */

#include "fs/tree/tree.h"

struct dir_entry {
	const char *name;
	uint64_t ino;
	mode_t type;
};

struct dir {
	struct handle handle;
	struct tree *tree; /* borrowed */
	struct arena arena;
	struct dir_entry *items; /* malloc'ed; `.` and `..` first, then in byte order (storage: in its own) */
	size_t len, cap;
	const char *path; /* of the directory; in the arena */
	bool counted;
};

/* Opens for the caller. A denied `list` is recorded and -EACCES. -ENOTDIR, -ENOENT, -EIO, -ENOMEM. dir_close frees. */
int dir_open(struct tree *t, struct asker who, uint64_t id, struct dir **ret);
void dir_close(struct dir *d); /* NULL is fine */

#endif
