#ifndef FS_TABLE_GROUPS_H
#define FS_TABLE_GROUPS_H

/*
 * Rows held back until it is known how often each occurs; then those that occur often enough are
 * given out, in their order. In constant memory, whatever their number: they wait in temporary
 * files, as they are to be shown, so that nothing hidden lies there.
 */

#include "fs/table/table.h"

struct groups;

/* For rows of `columns` cells. 0 or negative errno. */
int groups_new(size_t columns, struct groups **ret, struct mesh_err *err);
void groups_free(struct groups *g); /* NULL is fine */

int groups_add(struct groups *g, const struct cell *cells, struct mesh_err *err);

struct groups_out {
	uint64_t min; /* rows that occur less often are left out */
	uint64_t limit; /* at most so many are written; 0: all */
	struct table_writer *writer;
	const table_cancel *cancel; /* may be NULL */
	atomic_ulong *rows; /* may be NULL; counts on */
};

/* Once, when all are there. 0 or negative errno. */
int groups_write(struct groups *g, const struct groups_out *out, struct mesh_err *err);

#endif
