#ifndef CATALOG_CATALOG_WRITE_H
#define CATALOG_CATALOG_WRITE_H

/*
 * Writing what was loaded: one head or one domain into an open transaction. Private to
 * catalog/catalog*.c; which domains, and whether to commit, is catalog_apply.c's business.
 */

#include "catalog/catalog_changes.h"

struct catalog_writing {
	struct db *db; /* borrowed: the writer, inside a transaction */
	const struct mesh *mesh; /* borrowed: whose ladder names the classifications */
	int64_t epoch;
	struct catalog_changes *changes;
};

/* mesh.yaml, principals.yaml and the mesh's policies. Negative errno; the transaction is then to be
 * undone. */
int catalog_write_head(
    const struct catalog_writing *w, const struct mesh_head *head, struct mesh_err *err);

/* A domain with all that is in it. `path`: as mesh.yaml writes it. */
int catalog_write_domain(const struct catalog_writing *w, const struct domain_load *load,
    const char *path, struct mesh_err *err);

/* Nothing of the domain stands any more. */
int catalog_write_no_domain(const struct catalog_writing *w, const char *id, struct mesh_err *err);

#endif
