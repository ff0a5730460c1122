#ifndef FS_STORAGE_SQL_TEST_H
#define FS_STORAGE_SQL_TEST_H

/*
 * Comparisons of cells of one storage class that policy reads as one type. For sql_atom.c alone.
 */

#include "fs/storage/sql_maker.h"

struct sql_test {
	enum cond_op op; /* neither `present` nor `absent` nor `contains` */
	const struct value
	    *literal; /* one value of the type that the cells are read as, or a set of such */
	const char *x; /* the expression that is compared */
};

struct sql_part sql_test_string(struct sql_maker *m, const struct sql_test *t);
struct sql_part sql_test_int(struct sql_maker *m, const struct sql_test *t);
struct sql_part sql_test_decimal(struct sql_maker *m, const struct sql_test *t); /* of integers */
/* Which of false (bit 0) and true (bit 1) pass. */
unsigned int sql_test_bool(const struct sql_test *t);

/* Integers up to here are decimals of four places within 64 bits. */
#define SQL_DECIMAL_MAX 922337203685477LL

#endif
