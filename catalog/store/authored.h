#ifndef CATALOG_STORE_AUTHORED_H
#define CATALOG_STORE_AUTHORED_H

/*
 * What people wrote, byte for byte, by content hash; and which file had which content where. Does
 * not look into it.
 */

#include <stddef.h>
#include <stdint.h>

#include "catalog/base/buf.h"
#include "catalog/base/digest.h"
#include "catalog/base/err.h"

struct db;

struct authored_file {
	const char *path;
	const char *domain, *product; /* "": none */
	const char *kind;
	const char *hash; /* SHA-256 of the bytes, hex */
	const char *bytes;
	size_t len;
	int64_t mtime_ns;
};

/* A hash over what makes two bodies of a file differ: kind, product and content, not the time. */
int authored_digest(const struct authored_file *f, char out[DIGEST_HEX_CAP], struct mesh_err *err);

/* Keeps the bytes (once per content) and writes the file's body. Inside a transaction. */
int authored_write(
    struct db *db, const struct authored_file *f, int64_t *ret_fid, struct mesh_err *err);

/* Appends the bytes. -ENOENT: there are none with that hash. */
int authored_blob(struct db *db, const char *hash, struct buf *out, struct mesh_err *err);

/* Kind and product of a file's body. The strings are borrowed for the call. */
int authored_describe(struct db *db, int64_t fid,
    int (*fn)(void *arg, const char *kind, const char *product), void *arg, struct mesh_err *err);

/* The files of one kind that stand in one scope in an epoch. */
struct authored_scope {
	const char *domain, *product; /* "": none */
	const char *kind;
	int64_t epoch;
};

/* By path, ascending, with path, bytes and len filled (borrowed for the call), until fn returns
 * non-zero, which is returned. */
int authored_list(struct db *db, const struct authored_scope *scope,
    int (*fn)(void *arg, const struct authored_file *f), void *arg, struct mesh_err *err);

#endif
