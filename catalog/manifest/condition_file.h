#ifndef CATALOG_MANIFEST_CONDITION_FILE_H
#define CATALOG_MANIFEST_CONDITION_FILE_H

/*
 * Conditions of policy files (POLICY.md section 2): `all`, `any`, `not`, and atoms `operand: {op: literal}` or
 * `operand: {op: {ref: operand}}`, checked for types as far as they are known before a request comes. Several keys in one map,
 * and several operations on one operand, must all hold.
 */

#include "catalog/manifest/reader.h"
#include "catalog/model.h"

struct condition_want {
	const struct mesh *mesh; /* the vocabulary; NULL: not checked */
	bool rows; /* a row predicate: row.x is allowed */
};

/* Reads a condition. NULL after a reported error (or for lack of memory). */
const struct cond *condition_file_read(
    struct reader *r, const struct yaml_node *n, const struct condition_want *want);

#endif
