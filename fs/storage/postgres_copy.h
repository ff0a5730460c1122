#ifndef FS_STORAGE_POSTGRES_COPY_H
#define FS_STORAGE_POSTGRES_COPY_H

/*
 * The rows that a running COPY ... TO STDOUT sends, in its text format (PostgreSQL manual, COPY), one at a time. Knows nothing of the table that
 * they come from.
 */

#include "fs/storage/postgres_cell.h"
#include "fs/storage/postgres_session.h"

#define POSTGRES_ROW_MAX ((size_t)16 << 20)

struct postgres_copy {
	struct postgres_session *session; /* borrowed; COPY runs on it */
	const enum postgres_kind *kinds; /* borrowed: one a column */
	size_t columns_len;
	bool
	    any_bytes; /* text need not be UTF-8: it is looked at, and is a blob where it is none */
	char *row; /* owned, libpq's */
	uint64_t rows; /* so far */
	bool over;
};

/*
 * 1: a row, its cells borrowed until the next call; 0: the end, and the server confirmed that these were all rows. -EINTR, -ETIMEDOUT (silence),
 * -E2BIG: a row of more than POSTGRES_ROW_MAX bytes; -EIO: the server or the connection failed, or a row is not as COPY writes it. After an error the
 * session can only be closed.
 */
int postgres_copy_next(struct postgres_copy *c, struct cell *ret_cells, struct mesh_err *err);
void postgres_copy_clear(struct postgres_copy *c);

#endif
