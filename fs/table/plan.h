#ifndef FS_TABLE_PLAN_H
#define FS_TABLE_PLAN_H

/*
 * A view applied to a table: which columns are read, which rows and cells are kept, which are masked, and in what order they are
 * written. The one place where a view becomes bytes.
 */

#include "catalog/catalog.h"
#include "fs/table/source.h"

struct table_plan;

struct plan_options {
	const struct view *view;	     /* borrowed for the plan's life */
	const struct object *object;	     /* the contract's; NULL: none. Borrowed */
	const struct table_schema *source;   /* borrowed */
	/* The key's bytes by name, for hash masks; a name it does not give makes the cells null. */
	const struct hash_key *(*key)(void *arg, const char *name);
	void *key_arg;
};

/* Column order: the contract's, then storage's; dropped columns are absent. A column of the source that the view does not know is dropped. */
int plan_new(const struct plan_options *opt, struct table_plan **ret, struct mesh_err *err);
void plan_free(struct table_plan *p); /* NULL is fine */

/* What is written: for the writer. Borrowed. */
const struct table_schema *plan_schema(const struct table_plan *p);
/* What must be read: for the source. Borrowed. */
const struct table_request *plan_request(struct table_plan *p, const table_cancel *cancel);

/*
 * Runs the whole pipeline into the writer and finishes it. -EINTR: cancelled; what the reader or
 * writer failed with. *ret_rows (may be NULL) counts on while it runs, for progress. Where the view
 * suppresses small groups, the rows to be shown wait in a temporary file until all are counted:
 * equal are those that are shown as equal, masks applied and hidden cells null.
 */
int plan_run(struct table_plan *p, struct table_source *s, struct table_writer *w, const table_cancel *cancel, atomic_ulong *ret_rows,
	     struct mesh_err *err);

/*
 * A cell as policy sees it, by the column's logical type: text that does not parse is VALUE_STRING
 * for strings, VALUE_NULL else; so are numbers of more than 4 decimal places, times that do not fit
 * into nanoseconds, strings with NUL in them, objects and arrays. cell.h says what parses. Strings
 * are in `a` or borrowed from the cell.
 */
struct value plan_value(const struct cell *c, const char *logical_type, struct arena *a);

#endif
