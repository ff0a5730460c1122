#ifndef CATALOG_MANIFEST_RULE_FILE_H
#define CATALOG_MANIFEST_RULE_FILE_H

/*
 * One rule, or one exemption, of an AccessPolicy. Checks it alone: what its effect allows, its types, its vocabulary. Whether
 * its scope may say so is authority.c's business.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

struct rule_want {
	const struct mesh *mesh; /* the vocabulary; NULL: not checked */
	const char *policy; /* id of the document; in the rule set's arena */
	struct scope scope; /* strings in the rule set's arena */
	const char *file; /* in the rule set's arena */
};

/* False after a reported error; *ret is then not to be used. */
bool rule_file_read(
    struct reader *r, const struct yaml_node *n, const struct rule_want *want, struct rule *ret);
bool rule_file_exemption(struct reader *r, const struct yaml_node *n, const struct rule_want *want,
    struct exemption *ret);

#endif
