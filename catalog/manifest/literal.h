#ifndef CATALOG_MANIFEST_LITERAL_H
#define CATALOG_MANIFEST_LITERAL_H

/*
 * YAML scalars as values of the policy language: integers, decimals of at most 4 places, booleans, strings. Floats that
 * are not such decimals are refused, so that comparisons stay exact. Types never coerce: a quoted number is a string.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

/* Reads one scalar. Reports and returns false where it cannot be a value (null, lists and maps too). */
bool literal_scalar(struct reader *r, const struct yaml_node *n, struct value *ret);
/* Reads a list of scalars as a set, which may be empty. */
bool literal_set(struct reader *r, const struct yaml_node *n, struct value *ret);

#endif
