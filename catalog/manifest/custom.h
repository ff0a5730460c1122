#ifndef CATALOG_MANIFEST_CUSTOM_H
#define CATALOG_MANIFEST_CUSTOM_H

/*
 * `customProperties` of the Bitol standards: a list of {property, value}. The project's own begin with "meshfs"; a server's are
 * named in MANIFESTS.md.
 */

#include "catalog/manifest/reader.h"

/* The value of a property of the map's customProperties; NULL where it has none. */
const struct yaml_node *custom_get(const struct yaml_node *map, const char *property);

/* Warns of properties that begin with "meshfs" and are not in the NULL-terminated list: a slip of the pen has no effect and is
 * seldom found otherwise. */
void custom_check(struct reader *r, const struct yaml_node *map, const char *const *known);

#endif
