#ifndef CATALOG_MANIFEST_SERVER_FILE_H
#define CATALOG_MANIFEST_SERVER_FILE_H

/*
 * A contract's `servers`: where data lie, whether the operator lets the domain expose that place, and with which credentials.
 * Paths are judged by their text; whoever opens them resolves them beneath the allowed place again.
 */

#include "catalog/manifest/reader.h"
#include "catalog/manifest/storage_rights.h"
#include "catalog/model.h"

/* Fills the contract's servers. `rights` NULL: places are not checked, and no path is made. */
void server_file_read(struct reader *r, const struct yaml_node *contract,
    const struct storage_rights *rights, struct contract *ret);

#endif
