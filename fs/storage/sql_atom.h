#ifndef FS_STORAGE_SQL_ATOM_H
#define FS_STORAGE_SQL_ATOM_H

/*
 * One comparison of a predicate as SQL, by what the cells of its column are and what policy reads them as. For sql_predicate.c
 * alone.
 */

#include "fs/storage/sql_maker.h"

/* The atom, or its negation; what cannot be decided is false in both. */
struct sql_part sql_atom(struct sql_maker *m, const struct cond *atom, bool negated);

#endif
