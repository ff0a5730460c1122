#ifndef CATALOG_STORE_PRODUCTS_H
#define CATALOG_STORE_PRODUCTS_H

/*
 * Bodies of products and domains: to the tables and back. Knows nothing of epochs; rules are not
 * kept with a body.
 */

#include "catalog/base/digest.h"
#include "catalog/base/err.h"
#include "catalog/model.h"

struct db;

/* A hash over all that products_write would write, except times of files. `m` names the
 * classifications. */
int products_digest(struct db *db, const struct mesh *m, const struct product *p,
    char out[DIGEST_HEX_CAP], struct mesh_err *err);

/* Writes a new body, findable by search, inside a transaction; *ret_pid is its key. */
int products_write(struct db *db, const struct mesh *m, const struct product *p, int64_t *ret_pid,
    struct mesh_err *err);

/* Reads a body. Ranks are those of `m`; a classification that `m` does not know becomes its most
 * sensitive. changed_ns is 0 and rules NULL: the caller's to fill. One reference. -EINVAL: corrupt.
 */
int products_read(
    struct db *db, const struct mesh *m, int64_t pid, struct product **ret, struct mesh_err *err);

/* A domain and what is kept beside it; NULL: unknown. */
struct products_domain {
	const struct domain *domain;
	const char *path; /* as mesh.yaml writes it */
	const char *blob; /* content hash of domain.yaml */
};
int products_domain_digest(
    struct db *db, const struct products_domain *d, char out[DIGEST_HEX_CAP], struct mesh_err *err);
int products_domain_write(
    struct db *db, const struct products_domain *d, int64_t *ret_did, struct mesh_err *err);

/* Fills a zeroed struct with an arena of its own; nothing to clear after a failure. */
int products_domain_read(struct db *db, int64_t did, struct domain *ret, struct mesh_err *err);

/* The path under which the body's domain stood in mesh.yaml; in `a`, NULL where it is unknown. */
int products_domain_path(
    struct db *db, int64_t did, struct arena *a, const char **ret, struct mesh_err *err);

#endif
