#ifndef CATALOG_MANIFEST_CONTRACT_FILE_H
#define CATALOG_MANIFEST_CONTRACT_FILE_H

/*
 * An ODCS document (v3.x, v2.2.x) as a contract: schema objects with flat columns, servers, SLA. The shape was checked by
 * standard.c; what is malformed is passed over here, what the mesh's own rules forbid is reported.
 */

#include "catalog/manifest/server_file.h"

struct contract_want {
	const struct mesh *mesh; /* NULL: vocabulary is not checked */
	const struct storage_rights *rights; /* NULL: places are not checked */
};

/* Fills everything but file, blob and file_name. */
void contract_file_read(struct reader *r, const struct yaml_node *root,
    const struct contract_want *want, struct contract *ret);

/* The identifier: `id`, or `uuid` in v2.2.x; NULL where there is none. Borrowed from the tree. */
const char *contract_file_id(const struct yaml_node *root);

#endif
