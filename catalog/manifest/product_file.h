#ifndef CATALOG_MANIFEST_PRODUCT_FILE_H
#define CATALOG_MANIFEST_PRODUCT_FILE_H

/*
 * An ODPS document as a data product. Its shape was checked by standard.c; here the mesh's own rules are: names,
 * vocabulary, the project's customProperties.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

struct product_want {
	const struct mesh *mesh; /* NULL: vocabulary is not checked */
	const struct domain *domain; /* NULL: the file stands alone */
};

/* Fills id, version, title, texts, status, tags, team and sealed. Names, files, ports and contracts are set by others. */
void product_file_read(struct reader *r, const struct yaml_node *root,
    const struct product_want *want, struct product *ret);

/* Fills the code assets; product->files and ports must stand. `alone`: there is no directory to look into. */
void product_file_assets(
    struct reader *r, const struct yaml_node *root, bool alone, struct product *ret);

/* Fills the team from a `team` of ODPS or ODCS: a map with members, or a list of them. */
void product_file_team(struct reader *r, const struct yaml_node *team, struct product *ret);

#endif
