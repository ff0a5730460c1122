#ifndef CATALOG_MANIFEST_POLICY_TEST_FILE_H
#define CATALOG_MANIFEST_POLICY_TEST_FILE_H

/*
 * PolicyTest documents: fixtures (principals, rows) and tests (as, an action with a path, context, expect). Checks their shape;
 * running them is another module's business.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

/* Reports what is wrong. `m` gives the purposes; NULL: any. */
void policy_test_file_check(struct reader *r, const struct yaml_node *root, const struct mesh *m);

#endif
