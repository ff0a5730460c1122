#ifndef CATALOG_MANIFEST_SELECTOR_FILE_H
#define CATALOG_MANIFEST_SELECTOR_FILE_H

/*
 * Who and what a rule is about: the maps `principals`, `except`, `approvers` and `resources` of policy files.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

/* Reads a principal selector; an empty one, which would select nobody, is an error. */
bool selector_file_principals(
    struct reader *r, const struct yaml_node *n, struct principal_sel *ret);

/* Reads `resources`. `m` gives the vocabulary of tags and classifications; NULL: any, and ranks stay empty. */
bool selector_file_resources(
    struct reader *r, const struct yaml_node *n, const struct mesh *m, struct selector *ret);

#endif
