#ifndef FS_TREE_SEARCH_H
#define FS_TREE_SEARCH_H

/*
 * .meshfs/search/<words>/: the products that match, as links, for who may discover them.
 */

#include "fs/tree/spot.h"

/* Calls fn for the hits of a SEARCH_WORDS or SEARCH_HIT place that the caller may discover, best first, until it returns non-zero,
 * which is returned. -EIO, -ENOMEM. Leaves the question aimed anywhere. */
int search_visible(struct spot *s, int (*fn)(void *arg, const struct search_hit *h), void *arg);

/* The name under which a hit is listed: domain:product. */
void search_hit_name(const struct search_hit *h, char *out, size_t cap);

#endif
