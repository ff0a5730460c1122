#ifndef CATALOG_CATALOG_PRIVATE_H
#define CATALOG_CATALOG_PRIVATE_H

/*
 * What the files catalog/catalog*.c share among themselves and nobody else includes.
 */

#include "catalog/catalog.h"
#include "catalog/store/pool.h"

struct catalog {
	struct pool *pool; /* owned */
};

/* A list of names while it grows, in an arena. */
struct catalog_names {
	const char **items;
	size_t len, cap;
};

/* Appends a copy. -ENOMEM. */
int catalog_names_add(struct catalog_names *n, struct arena *a, const char *name);
bool catalog_names_have(const struct catalog_names *n, const char *name);
struct strlist catalog_names_list(const struct catalog_names *n);

#endif
