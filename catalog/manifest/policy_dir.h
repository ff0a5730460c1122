#ifndef CATALOG_MANIFEST_POLICY_DIR_H
#define CATALOG_MANIFEST_POLICY_DIR_H

/*
 * The policies/ directory of a mesh, a domain or a product: policies into a rule set, tests checked, both kept.
 */

#include "catalog/manifest/files.h"
#include "catalog/model.h"

/* A missing directory is an empty one. Problems are reported; 0 or -ENOMEM. */
int policy_dir_read(const struct files_place *p, const struct mesh *m, struct ruleset *rs);

#endif
