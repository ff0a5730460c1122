#ifndef CATALOG_MANIFEST_VOCABULARY_H
#define CATALOG_MANIFEST_VOCABULARY_H

/*
 * The words that mesh.yaml governs, wherever a manifest uses one: any other word is an error that lists those there are.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

/* The rank of a classification; -1 after a reported error. */
int vocabulary_rank(struct reader *r, const struct yaml_node *n, const struct mesh *m);

/* True where the node is a governed tag; reports otherwise. */
bool vocabulary_tag(struct reader *r, const struct yaml_node *n, const struct mesh *m);

/* Reads the list under `tags`; each must be governed. Each once. Empty where `m` is NULL. */
struct strlist vocabulary_tags(struct reader *r, const struct yaml_node *map, const struct mesh *m);

#endif
