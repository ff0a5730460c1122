#ifndef CATALOG_STORE_LAYOUTS_H
#define CATALOG_STORE_LAYOUTS_H

/*
 * How the structs of the model lie in the tables of schema.sql. Data alone; for catalog/store.
 */

#include "catalog/store/layout.h"

/* A domain, with what only the catalog wants to know about it. */
struct stored_domain {
	struct domain domain;
	const char *path; /* as mesh.yaml writes it; NULL: unknown */
	const char *blob; /* content hash of domain.yaml; NULL: unknown */
};

extern const struct layout layouts_domain; /* of struct stored_domain */
extern const struct layout layouts_product; /* of struct product, without changed_ns and rules */

#endif
