#ifndef TESTS_BENCH_WRITE_CSV_H
#define TESTS_BENCH_WRITE_CSV_H

/* A source's rows as CSV. */

#include "fs/table/plan.h"

/* Closes the source. After a failure nothing is freed: the process ends. */
static inline int write_csv(
    struct table_source *s, struct plan_options opt, int out, atomic_ulong *rows, struct mesh_err *err)
{
	struct table_plan *p;
	struct table_writer *w;
	int rc;

	opt.source = &s->schema;
	rc = plan_new(&opt, &p, err);
	if (rc == 0)
		rc = table_csv_writer(out, ',', plan_schema(p), &w, err);
	if (rc == 0)
		rc = plan_run(p, s, w, NULL, rows, err);
	if (rc < 0)
		return rc;
	w->ops->close(w);
	plan_free(p);
	s->ops->close(s);
	return 0;
}

#define WHOLE_COLUMNS_MAX 16

/* All columns of the object (at most WHOLE_COLUMNS_MAX), as they are. */
static inline int write_whole_csv(
    struct table_source *s, const struct object *o, int out, atomic_ulong *rows, struct mesh_err *err)
{
	struct view_column shown[WHOLE_COLUMNS_MAX] = {0};
	const struct view view = {.columns = shown, .columns_len = o->columns_len, .identity = true};

	for (size_t i = 0; i < o->columns_len; i++)
		shown[i].name = o->columns[i].name;
	return write_csv(s, (struct plan_options){.view = &view, .object = o}, out, rows, err);
}

#endif
