#ifndef FS_STORAGE_POSTGRES_SOURCE_H
#define FS_STORAGE_POSTGRES_SOURCE_H

/*
 * A table or view of a PostgreSQL database as a table source, by libpq: one read-only, repeatable-read transaction a rendering, rows by COPY.
 * Credentials come from where the contract's credentialRef says. Everything has a deadline; a cancelled rendering is cancelled at the
 * server too.
 */

#include "fs/table/source.h"

struct postgres_place {
	const struct server *
	    server; /* the contract's: host, port, database, schema, credential_ref. Borrowed for the call */
	const char *table; /* the object's physical name, without the schema */
	const struct object *object; /* the contract's. Borrowed for the source's life */
	const table_cancel *cancel; /* may be NULL. Borrowed for the source's life */
	int deadline_sec; /* for connecting and for each statement; 0: 30 */
};

/* -ENOENT: no such table; -ETIMEDOUT; -EIO: the server refuses or cannot be reached (the sentence says how); -EINTR; -EACCES: the credentials
 * cannot be read. */
int source_postgres_open(
    const struct postgres_place *at, struct table_source **ret, struct mesh_err *err);

#endif
