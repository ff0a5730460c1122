#ifndef CATALOG_MANIFEST_DIAG_RULES_H
#define CATALOG_MANIFEST_DIAG_RULES_H

/*
 * What the rule ids mean, in a line each. A rule needs no entry to be used.
 */

/* NULL where the rule has no entry. Static. */
const char *diag_rules_describe(const char *rule);

#endif
