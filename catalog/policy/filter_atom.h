#ifndef CATALOG_POLICY_FILTER_ATOM_H
#define CATALOG_POLICY_FILTER_ATOM_H

/*
 * One comparison of a row predicate, resolved for a caller: a constant, or a comparison of a cell
 * with a literal or another cell. filter.c puts them together.
 */

#include "catalog/policy/term.h"

enum filter_atom {
	FILTER_ALWAYS, /* holds for every row */
	FILTER_NEVER, /* for none, or it cannot be decided for any */
	FILTER_DEPENDS,
	FILTER_NO_MEMORY,
};

/* Writes *ret with FILTER_DEPENDS alone. Its left operand is a cell. */
enum filter_atom filter_atom(const struct cond *atom, const struct scene *at, bool negated,
    struct arena *a, struct cond *ret);

#endif
