#ifndef CATALOG_STORE_MIGRATE_H
#define CATALOG_STORE_MIGRATE_H

/*
 * What makes a SQLite file a catalog of this version: application_id, user_version, and the steps
 * from an older one.
 */

#include "catalog/base/err.h"

struct db;

/* 0, or -EINVAL with a sentence: not a catalog, corrupt, made by a newer version, or by an older
 * one (then it needs migrate_run). An empty file is -ENODATA. */
int migrate_check(struct db *db, struct mesh_err *err);

/* Makes the tables in an empty file and takes an older catalog to this version, each in one
 * transaction. */
int migrate_run(struct db *db, struct mesh_err *err);

#endif
