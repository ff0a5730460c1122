#ifndef CATALOG_CATALOG_CACHE_H
#define CATALOG_CATALOG_CACHE_H

/*
 * The products of one epoch that were asked for last, at most so many. Thread safe. Private to
 * catalog/catalog*.c; knows nothing of where products come from.
 */

#include "catalog/model.h"

struct catalog_cache;

/* NULL when memory is short. */
struct catalog_cache *catalog_cache_new(size_t max);
void catalog_cache_free(struct catalog_cache *c); /* NULL is fine */

/* A new reference, or NULL where it is not kept. */
struct product *catalog_cache_get(struct catalog_cache *c, const char *domain, const char *entry);

/* Keeps a reference of its own under the product's domain and entry; the one used longest ago goes.
 * Where one is kept already, or memory is short, nothing happens. */
void catalog_cache_put(struct catalog_cache *c, struct product *p);

#endif
