#ifndef CATALOG_MANIFEST_PORT_FILE_H
#define CATALOG_MANIFEST_PORT_FILE_H

/*
 * A product's output ports: which contract each keeps, which of its servers it reads, the objects it shows, and the
 * name under data/.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

struct port_want {
	const struct mesh *mesh;
	/* The versions there are of each contract, for the message; may be more than product->contracts. */
	const struct contract *known;
	size_t known_len;
	bool alone; /* there are no contracts to look into */
};

/* Fills ports, rank and end_of_life_ns; product->contracts and tags must stand. */
void port_file_read(struct reader *r, const struct yaml_node *root, const struct port_want *want,
    struct product *ret);

/* Whether one of the document's output ports keeps this contract. */
bool port_file_needs(const struct yaml_node *root, const char *contract, const char *version);

#endif
