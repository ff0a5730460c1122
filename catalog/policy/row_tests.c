#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/policy/canon.h"
#include "catalog/policy/condition.h"
#include "catalog/policy/filter.h"

#define NO_CELL SIZE_MAX

/* A condition with its operands as places; the tree has the shape of the condition. */
struct test {
	const struct cond *cond; /* NULL: deeper than conditions go; cannot be decided */
	struct test *kids;
	size_t left, ref; /* cells, or NO_CELL */
};

/* One distinct filter. */
struct row_test {
	char *text; /* what makes it distinct */
	struct test *permits, *restricts;
	size_t permits_len, restricts_len;
};

struct row_tests {
	struct arena arena;
	struct row_test *tests;
	size_t len;
	size_t *of_column; /* a test, or NO_CELL: always visible */
	size_t columns_len;
	bool *used; /* by cell */
	bool *passed; /* by test; of the row that is tested. One thread runs the tests */
	const struct cond *keep;
};

struct builder {
	struct row_tests *t;
	const struct row_tests_options *opt;
};

/* ---- building ---- */

static size_t place_of(struct builder *b, const struct operand *o)
{
	for (size_t i = 0; o->space == OPERAND_ROW && i < b->opt->cells_len; i++) {
		if (strcmp(b->opt->cells[i], o->name) == 0) {
			b->t->used[i] = true;
			return i;
		}
	}
	return NO_CELL;
}

static int build(struct builder *b, const struct cond *c, int depth, struct test *ret)
{
	size_t len = c->kind == COND_NOT ? 1 : c->kind == COND_ATOM ? 0 : c->len;

	ret->left = ret->ref = NO_CELL;
	if (depth >= COND_MAX_DEPTH)
		return 0;
	ret->cond = c;
	if (c->kind == COND_ATOM) {
		ret->left = place_of(b, &c->left);
		ret->ref = c->has_ref ? place_of(b, &c->ref) : NO_CELL;
		return 0;
	}
	ret->kids = arena_array(&b->t->arena, len, sizeof(*ret->kids));
	if (!ret->kids)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		int rc = build(b, &c->kids[i], depth + 1, &ret->kids[i]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int build_list(
    struct builder *b, const struct cond *const *list, size_t len, struct test **ret)
{
	*ret = arena_array(&b->t->arena, len, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		int rc = build(b, list[i], 0, &(*ret)[i]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static char *text_of(const struct row_filter *f, struct arena *a)
{
	struct buf text;
	char *copy = NULL;

	buf_init(&text);
	for (size_t i = 0; i < f->permits_len; i++) {
		buf_addc(&text, '|');
		canon_cond(f->permits[i], &text);
	}
	for (size_t i = 0; i < f->restricts_len; i++) {
		buf_addc(&text, '&');
		canon_cond(f->restricts[i], &text);
	}
	if (!buf_error(&text))
		copy = arena_strndup(a, text.data, text.len);
	buf_clear(&text);
	return copy;
}

static int add_column(struct builder *b, const struct view_column *c, size_t *ret_test)
{
	const struct row_filter *f = &c->rows;
	struct row_tests *t = b->t;
	struct row_test *test = &t->tests[t->len];
	int rc;

	*ret_test = NO_CELL;
	if (f->permits_len == 0 && f->restricts_len == 0)
		return 0;
	test->text = text_of(f, &t->arena);
	if (!test->text)
		return -ENOMEM;
	for (size_t i = 0; i < t->len; i++) {
		if (strcmp(t->tests[i].text, test->text) == 0) {
			*ret_test = i;
			return 0;
		}
	}
	test->permits_len = f->permits_len;
	test->restricts_len = f->restricts_len;
	rc = build_list(b, f->permits, f->permits_len, &test->permits);
	if (rc == 0)
		rc = build_list(b, f->restricts, f->restricts_len, &test->restricts);
	*ret_test = t->len++;
	return rc;
}

/* What one filter asks, as one condition. */
static const struct cond *filter_cond(const struct row_filter *f, struct arena *a)
{
	const struct cond **parts = arena_array(a, f->restricts_len + 1, sizeof(*parts));
	size_t n = 0;

	if (!parts)
		return NULL;
	for (size_t i = 0; i < f->restricts_len; i++)
		parts[n++] = f->restricts[i];
	if (f->permits_len > 0 &&
	    !(parts[n++] = filter_combine(COND_ANY, f->permits, f->permits_len, a)))
		return NULL;
	return filter_combine(COND_ALL, parts, n, a);
}

static int build_keep(struct builder *b)
{
	struct row_tests *t = b->t;
	const struct cond **parts = arena_array(&t->arena, t->len, sizeof(*parts));
	size_t n = 0;

	if (!parts)
		return -ENOMEM;
	for (size_t i = 0; i < t->columns_len; i++) {
		if (t->of_column[i] == NO_CELL)
			return 0;
		if (t->of_column[i] < n)
			continue;
		parts[n] = filter_cond(&b->opt->columns[i]->rows, &t->arena);
		if (!parts[n++])
			return -ENOMEM;
	}
	t->keep = filter_combine(COND_ANY, parts, n, &t->arena);
	return t->keep ? 0 : -ENOMEM;
}

static int fill(struct builder *b)
{
	struct row_tests *t = b->t;
	int rc = 0;

	t->columns_len = b->opt->columns_len;
	t->tests = arena_array(&t->arena, t->columns_len + 1, sizeof(*t->tests));
	t->of_column = arena_array(&t->arena, t->columns_len, sizeof(*t->of_column));
	t->used = arena_array(&t->arena, b->opt->cells_len, sizeof(*t->used));
	t->passed = arena_array(&t->arena, t->columns_len, sizeof(*t->passed));
	if (!t->tests || !t->of_column || !t->used || !t->passed)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < t->columns_len; i++)
		rc = add_column(b, b->opt->columns[i], &t->of_column[i]);
	return rc == 0 ? build_keep(b) : rc;
}

int row_tests_new(const struct row_tests_options *opt, struct row_tests **ret)
{
	struct row_tests *t = calloc(1, sizeof(*t));
	struct builder b = {.t = t, .opt = opt};

	if (!t)
		return -ENOMEM;
	arena_init(&t->arena);
	if (fill(&b) < 0) {
		row_tests_free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void row_tests_free(struct row_tests *t)
{
	if (t)
		arena_clear(&t->arena);
	free(t);
}

/* ---- running ---- */

static struct term term_at(size_t cell, const struct value *cells)
{
	return term_of(cell == NO_CELL ? (struct value){.type = VALUE_MISSING} : cells[cell]);
}

static enum truth atom_truth(const struct test *t, const struct value *cells)
{
	const struct cond *c = t->cond;
	struct term left = term_at(t->left, cells), right;

	if (c->op == OP_PRESENT || c->op == OP_ABSENT)
		return term_test(cond_presence_op(c), &left, NULL);
	right = c->has_ref ? term_at(t->ref, cells) : term_of(c->literal);
	return term_test(c->op, &left, &right);
}

/* As cond_holds for a mode where what cannot be decided is false. */
static bool holds(const struct test *t, const struct value *cells, bool negated)
{
	const struct cond *c = t->cond;
	enum truth truth;
	bool wanted;

	if (!c)
		return false;
	switch (c->kind) {
	case COND_ALL:
	case COND_ANY:
		wanted = (c->kind == COND_ANY) != negated;
		for (size_t i = 0; i < c->len; i++)
			if (holds(&t->kids[i], cells, negated) == wanted)
				return wanted;
		return !wanted;
	case COND_NOT:
		return holds(t->kids, cells, !negated);
	case COND_ATOM:
		truth = atom_truth(t, cells);
		return truth != TRUTH_UNKNOWN && (truth == TRUTH_TRUE) != negated;
	}
	return false;
}

static bool passes(const struct row_test *t, const struct value *cells)
{
	bool pass = t->permits_len == 0;

	for (size_t i = 0; !pass && i < t->permits_len; i++)
		pass = holds(&t->permits[i], cells, false);
	for (size_t i = 0; pass && i < t->restricts_len; i++)
		pass = holds(&t->restricts[i], cells, false);
	return pass;
}

bool row_tests_use(const struct row_tests *t, size_t cell)
{
	return t->used[cell];
}

bool row_tests_run(const struct row_tests *t, const struct value *cells, bool *ret_visible)
{
	bool any = false;

	for (size_t i = 0; i < t->len; i++)
		t->passed[i] = passes(&t->tests[i], cells);
	for (size_t i = 0; i < t->columns_len; i++) {
		ret_visible[i] = t->of_column[i] == NO_CELL || t->passed[t->of_column[i]];
		any |= ret_visible[i];
	}
	return any;
}

const struct cond *row_tests_keep(const struct row_tests *t)
{
	return t->keep;
}
