#ifndef CATALOG_MANIFEST_STANDARD_H
#define CATALOG_MANIFEST_STANDARD_H

/*
 * The shape of Open Data Product Standard and Open Data Contract Standard documents, by their `apiVersion`: which keys, of
 * which types, which are required, which values. Where the standards' text and JSON schema disagree the schema governs. Looks at
 * one file alone; what refers to other files is refs.c's business.
 */

#include "catalog/manifest/yaml.h"

enum standard_kind { STANDARD_NONE, STANDARD_ODPS, STANDARD_ODCS };

/* By `kind` (DataProduct, DataContract) and, for ODCS v2.2.x, `kind: DataContract` with its own apiVersion or none of `schema`. */
enum standard_kind standard_kind(const struct yaml_node *root);

/*
 * Reports every violation (rules "standard-*", "lint-*"; the first 500 errors and as many warnings); true where none was an
 * error. Kinder than the schemas in four things: a version that YAML reads as a number is a warning; a property without a
 * logicalType needs no `map`, as the draft of v3.2.0 has it by accident; v3.0.x may use its own quality rules and exclusive
 * bounds; formats (dates) are warnings. Stricter in one: no secrets in servers.
 */
bool standard_check(const char *file, const struct yaml_node *root, struct diag_list *diags);

#endif
