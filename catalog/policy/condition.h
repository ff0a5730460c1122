#ifndef CATALOG_POLICY_CONDITION_H
#define CATALOG_POLICY_CONDITION_H

/*
 * Conditions as they are written, evaluated without rewriting them: negation is carried down to the
 * atoms (De Morgan), and an atom that cannot be decided takes the value that its rule's effect asks
 * for, after negation (POLICY.md section 3.2). Pure; allocates nothing.
 */

#include "catalog/policy/term.h"

/* Manifests nest at most 64 levels, and one of theirs makes at most two of these. What is deeper
 * counts as an atom that cannot be decided. */
#define COND_MAX_DEPTH 160

struct cond_mode {
	/* The negation of the condition is asked for. */
	bool negated;
	/* The value of an atom whose operand or reference is missing, null or of another type. */
	bool undecided;
};

bool cond_holds(const struct cond *c, const struct scene *at, struct cond_mode mode);

/* Whether an operand of that space stands anywhere in the condition. NULL: no. */
bool cond_mentions(const struct cond *c, enum operand_space space);

/* "eq", "notIn", ...; the manifests' spelling. */
const char *cond_op_name(enum cond_op op);

/* What a literal of `present` and `absent` says: `present: false` is absent. */
enum cond_op cond_presence_op(const struct cond *atom);

#endif
