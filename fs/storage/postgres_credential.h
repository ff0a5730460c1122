#ifndef FS_STORAGE_POSTGRES_CREDENTIAL_H
#define FS_STORAGE_POSTGRES_CREDENTIAL_H

/*
 * What a contract's credentialRef stands for, as connection parameters of libpq (PostgreSQL manual, "Parameter Key Words"):
 *
 *	file:PATH     the content of a regular file: absolute, owned by the daemon's user, closed to group and others, at most 64 KiB
 *	env:NAME      the value of a variable of the daemon's environment
 *	pgpass        the daemon user's own ~/.pgpass, which libpq reads where no password is given
 *	profile:NAME  a service of pg_service.conf, which libpq reads
 *	(none)        what libpq does by itself: the daemon's user name, no password
 *
 * Content is one line `user:password`, or parameters `user=... password=... sslmode=...` as in a connection string, with everything but the place
 * to connect to: that is the contract's to say and the operator's to allow. Nothing of the content is ever in a sentence or a log.
 */

#include <libpq-fe.h>
#include <stdbool.h>

#include "catalog/base/err.h"

struct postgres_parameter {
	const char *keyword, *value; /* borrowed from the credential */
};

#define POSTGRES_PARAMETERS_MAX 16

struct postgres_credential {
	char *text; /* owned; wiped when cleared */
	PQconninfoOption *parsed; /* owned; likewise */
	struct postgres_parameter parameters[POSTGRES_PARAMETERS_MAX];
	size_t len;
};

/* -EACCES: it cannot be read, or is not what it must be; -ENOMEM. *ret is to be cleared in any case. `ref` is borrowed and may be NULL. */
int postgres_credential_read(
    const char *ref, struct postgres_credential *ret, struct mesh_err *err);
void postgres_credential_clear(struct postgres_credential *c);

/* Whether a text that came from the server holds the password. */
bool postgres_credential_in(const struct postgres_credential *c, const char *text);

#endif
