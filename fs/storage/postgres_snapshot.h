#ifndef FS_STORAGE_POSTGRES_SNAPSHOT_H
#define FS_STORAGE_POSTGRES_SNAPSHOT_H

/*
 * The transaction in which a table is described and read: read-only, one snapshot for everything, text in one spelling whatever the server's settings.
 * Knows which table, not which columns.
 */

#include "fs/storage/postgres_query.h"
#include "fs/storage/postgres_session.h"

/* Begins the transaction and, where it may, locks the table, so that nobody alters, drops or truncates it while it is read. -ENOENT: no such table; what
 * postgres_session_result fails with. */
int postgres_snapshot_begin(
    struct postgres_session *s, const struct postgres_table *t, struct mesh_err *err);

/*
 * SHA-256 over the server, the table and the snapshot: equal only where no transaction committed in between, and nothing but transactions can change
 * what is read. It differs each time for what may change in other ways: views, foreign tables, tables with row security, and any table
 * of a standby server. -ENOENT: no table, view or foreign table.
 */
int postgres_snapshot_version(struct postgres_session *s, const struct postgres_table *t,
    char ret_version[65], struct mesh_err *err);

#endif
