#ifndef CATALOG_MANIFEST_ATOM_FILE_H
#define CATALOG_MANIFEST_ATOM_FILE_H

/*
 * One `operand: {op: literal or ref}` of a policy file, with what can be said about its types and vocabulary. A name that is
 * no operand is an error that lists those that are.
 */

#include "catalog/manifest/condition_file.h"

/* Reads one atom, or the conjunction where several operations stand in the map. False after a reported error. */
bool atom_file_read(struct reader *r, const struct yaml_pair *p, const struct condition_want *want,
    struct cond *ret);

#endif
