#ifndef FS_STORAGE_POSTGRES_SESSION_H
#define FS_STORAGE_POSTGRES_SESSION_H

/*
 * One connection to a PostgreSQL server on which nothing blocks: connecting, each statement and each pause between rows end at a deadline or
 * soon after the rendering is cancelled. Knows nothing of tables. One thread at a time.
 */

#include <libpq-fe.h>

#include "catalog/model.h"
#include "fs/storage/postgres_error.h"
#include "fs/table/table.h"

struct postgres_session {
	PGconn *conn; /* owned */
	const table_cancel *cancel; /* borrowed; may be NULL */
	int deadline_sec;
	char state[POSTGRES_STATE_CAP]; /* SQLSTATE of the last statement that the server refused */
};

/* `s` needs cancel and deadline_sec. -EACCES: no credentials; -EIO, -ETIMEDOUT, -EINTR, -ENOMEM. Nothing is left to close after an error. */
int postgres_session_open(
    struct postgres_session *s, const struct server *server, struct mesh_err *err);

/* Whether the database does not know the encoding of its text, which then may be any bytes. */
bool postgres_session_is_ascii(const struct postgres_session *s);

/*
 * Ends the connection at once, whatever is under way. What the server still does then ends with its next row, or within a second from
 * PostgreSQL 14 on (client_connection_check_interval). No request to cancel is sent: PQcancel(3) waits for the server without end.
 */
void postgres_session_close(struct postgres_session *s);

/*
 * The last result of what was just sent; `sent` is what PQsend...() returned. The first result that is an error is one: -ENOENT, -ETIMEDOUT, -EIO (see
 * postgres_error.h); -EINTR. A statement that starts COPY gives its PGRES_COPY_OUT and leaves the rest unread. *ret is the caller's to PQclear.
 * After -EINTR, and where `state` is empty, the session can only be closed.
 */
int postgres_session_result(
    struct postgres_session *s, int sent, PGresult **ret, struct mesh_err *err);

/* The same for one or more statements without parameters whose result does not matter. */
int postgres_session_run(struct postgres_session *s, const char *sql, struct mesh_err *err);

/* Waits until more was received, and takes it in. 0; -EINTR, -ETIMEDOUT (nothing came for deadline_sec), -EIO. */
int postgres_session_receive(struct postgres_session *s, struct mesh_err *err);

#endif
