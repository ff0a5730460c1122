#ifndef CATALOG_POLICY_PRINT_MASK_H
#define CATALOG_POLICY_PRINT_MASK_H

/*
 * A mask taken apart into name and parameters, for all ways to print one.
 */

#include "catalog/policy/policy.h"

struct mask_param {
	const char *name; /* the manifests' spelling */
	struct value value;
};

/* "hash", "dateTruncate"; "none" for MASK_NONE. */
const char *mask_fn_name(enum mask_fn fn);

/* The parameters that the function uses, defaults filled in; returns how many (at most 3). Borrows
 * from `m`. */
size_t mask_params(const struct mask *m, struct mask_param ret[3]);

#endif
