#ifndef FS_CACHE_FOLDER_H
#define FS_CACHE_FOLDER_H

/*
 * The cache's directory: FILES/KEY.SUM, each made under a name of its own below TMP and moved there when it is whole. The sum is part of
 * the name, so that a file and its sum appear in one step and need no index. Knows nothing of who waits for what.
 */

#include "fs/cache/entry.h"

struct folder {
	int dir, files, tmp, lock; /* owned descriptors; -1 before folder_open */
};

/* Opens and locks the directory and empties TMP. -EBUSY: another process has it. folder_close also after a failure. */
int folder_open(struct folder *f, const char *dir, struct mesh_err *err);
void folder_close(struct folder *f);

/* Adds what is there to the table, the longest unused first. */
int folder_scan(struct folder *f, struct entry_table *t);

/* A new file for writing, without a name yet known to anyone; `name` gets what folder_keep and folder_drop need. */
#define FOLDER_NAME_CAP 64
int folder_new(struct folder *f, char name[FOLDER_NAME_CAP]);

/* Sums the file up and moves it to its place; fills sum and bytes of `e`, whose key is set. */
int folder_keep(struct folder *f, int fd, const char *name, struct cache_entry *e);
void folder_drop(struct folder *f, const char *name);

/* Opens the entry's file. -ENOENT; -EBADMSG where an entry that is not verified has another size or sum. */
int folder_get(struct folder *f, const struct cache_entry *e, struct cache_file *ret);

/* Writes down that the file was used, for the order of a later mount. */
void folder_touch(int fd);

/* Removes the entry's file. Descriptors stay readable. */
void folder_remove(struct folder *f, const struct cache_entry *e);

#endif
