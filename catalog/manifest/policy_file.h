#ifndef CATALOG_MANIFEST_POLICY_FILE_H
#define CATALOG_MANIFEST_POLICY_FILE_H

/*
 * An AccessPolicy document as rules in a rule set. See policy_file_load in load.h.
 */

#include "catalog/manifest/load.h"
#include "catalog/manifest/yaml.h"

/* The same for a parsed document. The rule set's scope is where the file lies; the document must say the same. */
int policy_file_read(const struct yaml_node *root, const char *file, const struct mesh *m,
    struct ruleset *rs, struct diag_list *diags);

/* Parses `mesh`, `domain:<d>` or `product:<d>/<p>`; strings are copied into `a`. -EINVAL or -ENOMEM. */
int policy_file_scope(const char *text, struct arena *a, struct scope *ret);

#endif
