#ifndef FS_STORAGE_SQLITE_SOURCE_H
#define FS_STORAGE_SQLITE_SOURCE_H

/*
 * A table or view of a SQLite database (https://sqlite.org/fileformat2.html) as a source of rows. The file is opened read-only and not
 * trusted: nothing beside it is made or changed, its schema runs no code, virtual tables are not read. All rows of a source are of one
 * state of the database, also while a program writes it; where that cannot be had, reading ends with -ESTALE. Needs no
 * immutable mode: a database in WAL mode is read with its log, whether or not anybody has it open.
 */

#include "fs/storage/sqlite_place.h"
#include "fs/table/source.h"

/* `table` as the database calls it (without regard to case); `object` may be NULL. The place's strings are copied. Keeps a read lock on a database in
 * rollback mode until it is closed. *ret is written on success alone. -ENOENT: no such file, or no such table; -EOPNOTSUPP: a
 * virtual table; -EACCES, -EBUSY (locked), -EINTR, -EIO (no database, or corrupt), -ESTALE (changes too fast), -ETIMEDOUT, -ENOMEM. */
int sqlite_source_open(const struct sqlite_place *place, const char *table,
    const struct object *object, struct table_source **ret, struct mesh_err *err);

/* The version that a source would have, without opening the database. A version of a database that changed a moment ago equals no other. */
int sqlite_source_version(
    const struct sqlite_place *place, char out[DIGEST_HEX_CAP], struct mesh_err *err);

#endif
