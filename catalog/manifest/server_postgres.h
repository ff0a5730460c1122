#ifndef CATALOG_MANIFEST_SERVER_POSTGRES_H
#define CATALOG_MANIFEST_SERVER_POSTGRES_H

/*
 * A contract's server of type postgres: named in parts, allowed as a URL. Each part is of a kind that can be nothing but what
 * it says, so that the parts reach exactly the place that was allowed.
 */

#include "catalog/manifest/reader.h"
#include "catalog/manifest/storage_rights.h"
#include "catalog/model.h"

/* Fills kind, host, port, database and schema. `rights` NULL: the place is not checked. */
void server_postgres_read(struct reader *r, const struct yaml_node *n,
    const struct storage_rights *rights, struct server *s);

#endif
