#ifndef CATALOG_POLICY_CANON_H
#define CATALOG_POLICY_CANON_H

/*
 * Text that is the same for equal things and different for different ones, types included. For
 * sorting and hashing, not for people: they get print.c.
 */

#include "catalog/policy/policy.h"

void canon_cond(const struct cond *c, struct buf *out);
void canon_mask(const struct mask *m, struct buf *out);

/* A total order on values: by type, then content. For qsort. */
int canon_value_order(const void *a, const void *b);

#endif
