#ifndef FS_STORAGE_POSTGRES_RESOLVE_H
#define FS_STORAGE_POSTGRES_RESOLVE_H

/*
 * The addresses of a host, looked up where nobody has to wait for it: libpq would call getaddrinfo(3), which takes as long as the system's resolver
 * lets it. Knows nothing of PostgreSQL but how libpq is told about several addresses.
 */

#include "catalog/base/buf.h"
#include "fs/storage/postgres_wait.h"

/*
 * libpq's `host` and `hostaddr` for a name: lists of equal length, in the order in which the addresses are to be tried. An address, a socket's
 * directory and NULL need no look-up: then both stay empty. -EIO: the name has no address, or none can be found now; -EINTR, -ETIMEDOUT: the look-up
 * goes on by itself and its result is dropped; -ENOMEM.
 */
int postgres_resolve(const char *host, const struct postgres_wait *w, struct buf *ret_hosts,
    struct buf *ret_addresses, struct mesh_err *err);

#endif
