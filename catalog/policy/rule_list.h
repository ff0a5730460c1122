#ifndef CATALOG_POLICY_RULE_LIST_H
#define CATALOG_POLICY_RULE_LIST_H

/*
 * Lists of rules in an arena, the walk over all rules in force, and the one order in which rules
 * are shown. Knows nothing of matching.
 */

#include "catalog/policy/policy.h"

struct rule_list {
	const struct rule **items; /* in the arena that rule_list_add was given */
	size_t len, cap;
};

/* 0 or -ENOMEM; the list is unchanged then. */
int rule_list_add(struct rule_list *l, const struct rule *r, struct arena *a);

/* From wide to narrow: scope, then policy, id, file and line. For qsort over pointers to rules. */
int rule_order(const void *a, const void *b);

/* Sorts by rule_order and drops repeated pointers. */
void rule_list_sort(struct rule_list *l);

/* One step through the built-in rules and those of the three sets; NULL after the last. Start with
 * a zeroed walk. */
struct rule_walk {
	size_t set, next;
};
const struct rule *rule_walk_next(struct rule_walk *w, const struct rules_in_force *rules);

#endif
