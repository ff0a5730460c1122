#ifndef FS_TABLE_PLAN_COLUMNS_H
#define FS_TABLE_PLAN_COLUMNS_H

/*
 * A plan before it runs: which columns of the source a view shows and its filters look at, and
 * where each stands. plan.c runs it.
 */

#include "fs/table/cell.h"
#include "fs/table/plan.h"

struct plan_column {
	const struct view_column *view;
	size_t source; /* index into the source's schema */
	size_t cell; /* index into the reader's row */
	enum cell_meaning meaning;
	struct masker *mask; /* owned; NULL: raw */
};

/* A cell that row filters look at. */
struct plan_operand {
	size_t source, cell;
	enum cell_meaning meaning;
};

struct plan_columns {
	struct plan_column *shown; /* in the order of the file */
	size_t shown_len;
	struct plan_operand *operands;
	size_t operands_len;
	struct row_tests *tests; /* owned; its cells are the source's columns */
	size_t *request; /* columns of the source to be read, ascending */
	size_t request_len;
};

/* Memory from `a`, but for what is owned. 0 or -ENOMEM; to be cleared in any case. */
int plan_columns_build(const struct plan_options *opt, struct arena *a, struct plan_columns *ret);
void plan_columns_clear(struct plan_columns *c);

#endif
