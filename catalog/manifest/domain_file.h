#ifndef CATALOG_MANIFEST_DOMAIN_FILE_H
#define CATALOG_MANIFEST_DOMAIN_FILE_H

/*
 * domain.yaml: a domain's boundary, its owners, its vocabulary and what it lets the mesh grant.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

/* Fills id, name, description, tags, owners, bounded_context, mesh_may_grant. `m` NULL: tags are not checked. */
void domain_file_read(
    struct reader *r, const struct yaml_node *root, const struct mesh *m, struct domain *ret);

#endif
