#ifndef CATALOG_CATALOG_RULES_H
#define CATALOG_CATALOG_RULES_H

/*
 * From the authored bytes that a catalog keeps back to what is in force: the mesh, its principals,
 * the rules of a scope. They are compiled again with each snapshot, so no second form of a rule can
 * differ from the one that people wrote. Private to catalog/catalog*.c.
 */

#include "catalog/catalog_private.h"

/* A reader of one epoch. */
struct catalog_rules_from {
	struct db *db; /* borrowed */
	int64_t epoch;
	const struct mesh *mesh; /* vocabulary for rules */
};

/* Fill structs with initialised, empty arenas, which are the caller's to clear also after a
 * failure. -EINVAL: the kept bytes do not compile. A mesh without principals.yaml has none. */
int catalog_rules_mesh(const struct catalog_rules_from *from, struct mesh *m, struct mesh_err *err);
int catalog_rules_principals(
    const struct catalog_rules_from *from, struct principals *p, struct mesh_err *err);

/* The rules of one scope; an empty set where it has no policies. *ret is owned. -EINVAL: a policy
 * does not compile (any more): nothing may be decided without it. */
int catalog_rules_scope(const struct catalog_rules_from *from, struct scope scope,
    struct ruleset **ret, struct mesh_err *err);

#endif
