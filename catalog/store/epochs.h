#ifndef CATALOG_STORE_EPOCHS_H
#define CATALOG_STORE_EPOCHS_H

/*
 * The numbered states of the catalog, and the transaction that makes a new one. Knows nothing of
 * what stands in them.
 */

#include <stdint.h>

#include "catalog/base/err.h"

struct db;

struct epochs_row {
	int64_t epoch, time_ns;
	const char *who, *what, *summary;
};

/* The newest epoch; 0: none yet. */
int epochs_current(struct db *db, int64_t *ret, struct mesh_err *err);

/* When it was made. -ENOENT: no such epoch. */
int epochs_time(struct db *db, int64_t epoch, int64_t *ret_ns, struct mesh_err *err);

/* Newest first, until fn returns non-zero, which is returned. The strings are borrowed for the
 * call. */
int epochs_list(struct db *db, int (*fn)(void *arg, const struct epochs_row *row), void *arg,
    struct mesh_err *err);

/* Begins the one writing transaction and says which epoch it would make. -EBUSY: another process
 * writes, and went on for too long. */
int epochs_begin(struct db *db, int64_t *ret_epoch, struct mesh_err *err);

/* Writes the epoch's row and commits; on disk when it returns. On failure nothing was changed. */
int epochs_commit(struct db *db, const struct epochs_row *row, struct mesh_err *err);

/* Undoes everything since epochs_begin. Fine also where nothing was begun. */
void epochs_abort(struct db *db);

#endif
