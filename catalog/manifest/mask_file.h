#ifndef CATALOG_MANIFEST_MASK_FILE_H
#define CATALOG_MANIFEST_MASK_FILE_H

/*
 * `mask: {fn: ..., parameters}` of a restrict: the functions of POLICY.md section 3 with their parameters, bounds and
 * defaults. A parameter that another function has is unknown here.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

/* False after a reported error. */
bool mask_file_read(struct reader *r, const struct yaml_node *n, struct mask *ret);

#endif
