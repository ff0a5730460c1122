#include "fs/table/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/table/groups.h"
#include "fs/table/plan_columns.h"

#define ROWS_BETWEEN_CHECKS 1024

struct table_plan {
	struct arena arena;
	const struct view *view; /* borrowed */
	struct plan_columns columns;
	struct table_schema out;
	struct table_request request;
	/* of the row that is looked at */
	struct cell *read, *written;
	struct value *operands; /* by column of the source */
	bool *visible; /* by column shown */
	struct arena row; /* strings made for it */
};

/* ---- making ---- */

static int name_columns(struct table_plan *p, const struct table_schema *source)
{
	const struct plan_columns *c = &p->columns;

	p->out.columns = arena_array(&p->arena, c->shown_len, sizeof(*p->out.columns));
	if (!p->out.columns)
		return -ENOMEM;
	for (size_t i = 0; i < c->shown_len; i++)
		p->out.columns[i] = source->columns[c->shown[i].source];
	p->out.len = c->shown_len;
	return 0;
}

static int build(struct table_plan *p, const struct plan_options *opt)
{
	int rc = plan_columns_build(opt, &p->arena, &p->columns);

	if (rc == 0)
		rc = name_columns(p, opt->source);
	if (rc < 0)
		return rc;
	p->read = arena_array(&p->arena, p->columns.request_len, sizeof(*p->read));
	p->written = arena_array(&p->arena, p->out.len, sizeof(*p->written));
	p->operands = arena_array(&p->arena, opt->source->len, sizeof(*p->operands));
	p->visible = arena_array(&p->arena, p->out.len, sizeof(*p->visible));
	return p->read && p->written && p->operands && p->visible ? 0 : -ENOMEM;
}

int plan_new(const struct plan_options *opt, struct table_plan **ret, struct mesh_err *err)
{
	struct table_plan *p;

	if (opt->view->deny)
		return mesh_err_set(err, -EACCES, "%s", opt->view->reason);
	p = calloc(1, sizeof(*p));
	if (!p)
		return mesh_err_nomem(err);
	p->view = opt->view;
	arena_init(&p->arena);
	arena_init(&p->row);
	if (build(p, opt) < 0) {
		plan_free(p);
		return mesh_err_nomem(err);
	}
	*ret = p;
	return 0;
}

void plan_free(struct table_plan *p)
{
	if (!p)
		return;
	plan_columns_clear(&p->columns);
	arena_clear(&p->row);
	arena_clear(&p->arena);
	free(p);
}

const struct table_schema *plan_schema(const struct table_plan *p)
{
	return &p->out;
}

/* A limit is handed on only where every row that is read is also shown: the source may test less
 * than the plan does. */
const struct table_request *plan_request(struct table_plan *p, const table_cancel *cancel)
{
	p->request = (struct table_request){.columns = p->columns.request,
	    .columns_len = p->columns.request_len,
	    .keep = row_tests_keep(p->columns.tests),
	    .cancel = cancel};
	if (!p->request.keep && p->view->min_group <= 1)
		p->request.limit = p->view->limit;
	return &p->request;
}

/* ---- running ---- */

static bool row_is_shown(struct table_plan *p)
{
	const struct plan_columns *c = &p->columns;

	for (size_t i = 0; i < c->operands_len; i++) {
		const struct plan_operand *o = &c->operands[i];

		p->operands[o->source] = cell_value(&p->read[o->cell], o->meaning, &p->row);
	}
	return row_tests_run(c->tests, p->operands, p->visible);
}

static struct cell masked(struct table_plan *p, const struct plan_column *c)
{
	const struct cell *raw = &p->read[c->cell];
	struct value v = c->view->mask.fn == MASK_DATE_TRUNCATE
	    ? cell_time_text(raw, c->meaning, &p->row)
	    : cell_value(raw, c->meaning, &p->row);

	v = masker_apply(c->mask, v, &p->row);
	return cell_of_value(&v, c->meaning, &p->row);
}

static void fill_row(struct table_plan *p)
{
	for (size_t i = 0; i < p->out.len; i++) {
		const struct plan_column *c = &p->columns.shown[i];

		if (!p->visible[i])
			p->written[i].type = CELL_NULL;
		else if (c->mask)
			p->written[i] = masked(p, c);
		else
			p->written[i] = p->read[c->cell];
	}
}

static bool is_cancelled(const table_cancel *cancel)
{
	return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

/* Where the shown rows go. */
struct run {
	struct table_writer *writer;
	struct groups *groups; /* owned; NULL: to the writer at once */
	atomic_ulong *rows; /* may be NULL */
	unsigned long shown;
};

static int give_row(struct table_plan *p, struct run *run, struct mesh_err *err)
{
	int rc;

	/* A value that found no memory looks like null, which is another row. */
	if (p->row.failed)
		return mesh_err_nomem(err);
	if (run->groups)
		return groups_add(run->groups, p->written, err);
	rc = run->writer->ops->row(run->writer, p->written, err);
	run->shown++;
	if (run->rows)
		atomic_store_explicit(run->rows, run->shown, memory_order_relaxed);
	return rc;
}

static bool is_enough(const struct table_plan *p, const struct run *run)
{
	return p->view->limit > 0 && run->shown >= (unsigned long)p->view->limit;
}

static int read_rows(
    struct table_plan *p, struct table_reader *r, struct run *run, struct mesh_err *err)
{
	int rc;

	for (unsigned long read = 1; (rc = r->ops->next(r, p->read, err)) == 1; read++) {
		if (read % ROWS_BETWEEN_CHECKS == 0 && is_cancelled(p->request.cancel))
			return mesh_err_set(err, -EINTR, "the rendering was cancelled");
		arena_reset(&p->row);
		if (row_is_shown(p))
			fill_row(p);
		else if (!p->row.failed)
			continue;
		rc = give_row(p, run, err);
		if (rc < 0 || is_enough(p, run))
			return rc;
	}
	return rc;
}

static int write_groups(struct table_plan *p, struct run *run, struct mesh_err *err)
{
	const struct groups_out out = {.min = (uint64_t)p->view->min_group,
	    .limit = (uint64_t)p->view->limit,
	    .writer = run->writer,
	    .cancel = p->request.cancel,
	    .rows = run->rows};

	return groups_write(run->groups, &out, err);
}

static int read_and_write(
    struct table_plan *p, struct table_source *s, struct run *run, struct mesh_err *err)
{
	struct table_reader *r;
	int rc = s->ops->read(s, &p->request, &r, err);

	if (rc < 0)
		return rc;
	rc = read_rows(p, r, run, err);
	r->ops->close(r);
	if (rc == 0 && run->groups)
		rc = write_groups(p, run, err);
	return rc == 0 ? run->writer->ops->finish(run->writer, err) : rc;
}

int plan_run(struct table_plan *p, struct table_source *s, struct table_writer *w,
    const table_cancel *cancel, atomic_ulong *ret_rows, struct mesh_err *err)
{
	struct run run = {.writer = w, .rows = ret_rows};
	int rc = 0;

	if (is_cancelled(cancel))
		return mesh_err_set(err, -EINTR, "the rendering was cancelled");
	(void)plan_request(p, cancel);
	if (p->view->min_group > 1)
		rc = groups_new(p->out.len, &run.groups, err);
	if (rc == 0)
		rc = read_and_write(p, s, &run, err);
	groups_free(run.groups);
	return rc;
}
