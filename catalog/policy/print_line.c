#include <inttypes.h>

#include "catalog/base/cleanup.h"
#include "catalog/policy/canon.h"
#include "catalog/policy/condition.h"
#include "catalog/policy/print.h"
#include "catalog/policy/print_mask.h"

/* ---- conditions ---- */

static void print_atom(const struct cond *c, struct buf *out)
{
	print_operand(&c->left, out);
	buf_addc(out, ' ');
	if (c->op == OP_PRESENT || c->op == OP_ABSENT) {
		buf_puts(out, cond_op_name(cond_presence_op(c)));
		return;
	}
	buf_puts(out, cond_op_name(c->op));
	buf_addc(out, ' ');
	if (c->has_ref)
		print_operand(&c->ref, out);
	else
		print_value(&c->literal, out);
}

static void print_enclosed(const struct cond *c, struct buf *out)
{
	bool enclose = c->kind != COND_ATOM && c->kind != COND_NOT;

	buf_puts(out, enclose ? "(" : "");
	cond_print(c, out);
	buf_puts(out, enclose ? ")" : "");
}

void cond_print(const struct cond *c, struct buf *out)
{
	switch (c->kind) {
	case COND_ATOM:
		print_atom(c, out);
		return;
	case COND_NOT:
		buf_puts(out, "not ");
		print_enclosed(c->kids, out);
		return;
	case COND_ALL:
	case COND_ANY:
		break;
	}
	if (c->len == 0)
		buf_puts(out, c->kind == COND_ALL ? "always" : "never");
	for (size_t i = 0; i < c->len; i++) {
		if (i > 0)
			buf_puts(out, c->kind == COND_ALL ? " and " : " or ");
		print_enclosed(&c->kids[i], out);
	}
}

/* ---- masks ---- */

void mask_print(const struct mask *m, struct buf *out)
{
	struct mask_param params[3];
	size_t n = mask_params(m, params);

	buf_puts(out, mask_fn_name(m->fn));
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s%s ", i > 0 ? ", " : "(", params[i].name);
		print_value(&params[i].value, out);
	}
	buf_puts(out, n > 0 ? ")" : "");
}

/* ---- row filters ---- */

static void print_half(
    const struct cond *const *conds, size_t len, const char *between, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		buf_puts(out, i > 0 ? between : "");
		if (len == 1)
			cond_print(conds[i], out);
		else
			print_enclosed(conds[i], out);
	}
}

void row_filter_print(const struct row_filter *f, struct buf *out)
{
	bool enclose = f->permits_len > 1 && f->restricts_len > 0;

	buf_puts(out, enclose ? "(" : "");
	print_half(f->permits, f->permits_len, " or ", out);
	buf_puts(out, enclose ? ")" : "");
	buf_puts(out, f->permits_len > 0 && f->restricts_len > 0 ? " and " : "");
	print_half(f->restricts, f->restricts_len, " and ", out);
}

/* ---- views ---- */

static bool equal_text(const struct buf *a, const struct buf *b)
{
	return buf_error(a) == 0 && buf_error(b) == 0 &&
	    str_eq(a->data ? a->data : "", b->data ? b->data : "");
}

/* The one filter of all columns that are not dropped, in `out`; false where they differ. */
static bool common_filter(const struct view *v, struct buf *out)
{
	bool first = true, same = true;

	for (size_t i = 0; same && i < v->columns_len; i++) {
		struct buf text;

		if (v->columns[i].dropped)
			continue;
		buf_init(&text);
		row_filter_print(&v->columns[i].rows, first ? out : &text);
		same = first || equal_text(&text, out);
		first = false;
		buf_clear(&text);
	}
	return same;
}

static void begin(struct buf *out, size_t start)
{
	buf_puts(out, out->len > start ? "; " : "");
}

static void print_column(const struct view_column *c, bool with_rows, size_t start, struct buf *out)
{
	if (c->dropped) {
		begin(out, start);
		buf_printf(out, "%s: left out", c->name);
		return;
	}
	if (c->mask.fn != MASK_NONE) {
		begin(out, start);
		buf_printf(out, "%s: ", c->name);
		mask_print(&c->mask, out);
	}
	if (with_rows && c->rows.permits_len + c->rows.restricts_len > 0) {
		begin(out, start);
		buf_printf(out, "%s where ", c->name);
		row_filter_print(&c->rows, out);
	}
}

void view_print(const struct view *v, struct buf *out)
{
	struct buf rows;
	size_t start = out->len;
	bool same;

	if (v->deny || v->identity) {
		buf_puts(out, v->deny ? "denied" : "identity");
		return;
	}
	buf_init(&rows);
	same = common_filter(v, &rows);
	for (size_t i = 0; i < v->columns_len; i++)
		print_column(&v->columns[i], !same, start, out);
	if (same && rows.len > 0) {
		begin(out, start);
		buf_printf(out, "rows: %s", rows.data);
	}
	if (v->limit > 0) {
		begin(out, start);
		buf_printf(out, "limit: %" PRId64, v->limit);
	}
	if (v->min_group > 0) {
		begin(out, start);
		buf_printf(out, "minGroup: %" PRId64, v->min_group);
	}
	buf_clear(&rows);
}
