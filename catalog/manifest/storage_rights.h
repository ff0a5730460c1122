#ifndef CATALOG_MANIFEST_STORAGE_RIGHTS_H
#define CATALOG_MANIFEST_STORAGE_RIGHTS_H

/*
 * What the operator lets a domain expose, and the report of what lies outside it.
 */

#include "catalog/base/str.h"
#include "catalog/manifest/reader.h"

struct storage_rights {
	const char *dir; /* the domain's directory, absolute and normalised */
	const struct strlist *storage; /* prefixes */
	int line; /* in mesh.yaml */
};

/* Reports at `n` that the path or URL `place` is not allowed. */
void storage_rights_refuse(struct reader *r, const struct yaml_node *n, const char *place,
    const struct storage_rights *rights);

#endif
