#ifndef CATALOG_POLICY_FILTER_H
#define CATALOG_POLICY_FILTER_H

/*
 * Row predicates made canonical for one caller: what is known before any row is read is put in,
 * negation is pushed to the atoms, constants are folded, alternatives sorted and repeated ones
 * dropped. What remains has row operands only and means the same for every row: an atom that cannot
 * be decided is false on both sides. Memory from `a`; strings that come from the caller are copied,
 * those of the rules borrowed.
 */

#include "catalog/policy/term.h"

/* The predicate that every row passes: ALL of nothing. The one that none passes: ANY of nothing. */
bool filter_is_always(const struct cond *c);
bool filter_is_never(const struct cond *c);

/*
 * `rows` for this scene (its `row` is not looked at). A comparison whose pattern or set is a cell
 * (like and in with a row operand on the right and none on the left) cannot be asked of stored rows
 * and holds for none. NULL when memory is short.
 */
const struct cond *filter_resolve(const struct cond *rows, const struct scene *at, struct arena *a);

/* ALL or ANY of resolved predicates, again canonical. NULL when memory is short. */
const struct cond *filter_combine(
    enum cond_kind kind, const struct cond *const *parts, size_t len, struct arena *a);

#endif
