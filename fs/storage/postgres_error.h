#ifndef FS_STORAGE_POSTGRES_ERROR_H
#define FS_STORAGE_POSTGRES_ERROR_H

/*
 * What the server or libpq says went wrong, as an errno and a sentence. Sentences reach logs, which never hold values of rows: where a message may
 * quote one, only its SQLSTATE (PostgreSQL manual, appendix A) is given.
 */

#include <libpq-fe.h>

#include "catalog/base/err.h"

#define POSTGRES_STATE_CAP 6

/* The result's error, its SQLSTATE ("" where it has none) in `ret_state`. -ENOENT: there is no such table or schema; -ETIMEDOUT: a limit of the
 * server's; -EIO: anything else. */
int postgres_error_result(
    const PGresult *res, char ret_state[POSTGRES_STATE_CAP], struct mesh_err *err);

/* The connection's own error: -EIO. */
int postgres_error_connection(const PGconn *conn, struct mesh_err *err);

#endif
