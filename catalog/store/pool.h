#ifndef CATALOG_STORE_POOL_H
#define CATALOG_STORE_POOL_H

/*
 * A catalog file and the connections to it: one that writes, lent to one caller at a time, and as
 * many that read as there are readers at once. Thread safe. What the rest of catalog/ holds of the
 * store.
 */

#include <stdbool.h>

#include "catalog/base/err.h"

struct db;
struct pool;

/* Opens the file and looks whether it is a catalog. With `writable` a missing file is made (mode
 * 0600) and an older one migrated. -ENOENT, -EINVAL (not a catalog, corrupt, from another version),
 * ... */
int pool_new(const char *path, bool writable, struct pool **ret, struct mesh_err *err);

/* Every connection must have been given back. NULL is fine. */
void pool_free(struct pool *p);

const char *pool_path(const struct pool *p);

/* A read connection of the caller's own until pool_give. */
int pool_take(struct pool *p, struct db **ret, struct mesh_err *err);
void pool_give(struct pool *p, struct db *db); /* NULL is fine */

/* The writing connection; waits until nobody else of this process has it. -EROFS: the pool was
 * opened for reading. */
int pool_lock_writer(struct pool *p, struct db **ret, struct mesh_err *err);
void pool_unlock_writer(struct pool *p);

#endif
