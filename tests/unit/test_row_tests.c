#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/oom.h"
#include "tests/lib/policy_check.h"

#define ROUNDS 3000
#define CELLS (sizeof(gen_row_names) / sizeof(gen_row_names[0]))

static uint64_t seed_of(uint64_t round)
{
	return (round + 1) * 0x9e3779b97f4a7c15ULL;
}

/* The columns of a view that are shown, in `ret`. */
static size_t shown(const struct view *v, const struct view_column **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < v->columns_len; i++)
		if (!v->columns[i].dropped)
			ret[n++] = &v->columns[i];
	return n;
}

/* The cells in another order than the tests' operands and with the first of them away. */
static void order_cells(const struct gen_row *row, const char **names, struct value *cells)
{
	for (size_t i = 1; i < CELLS; i++) {
		names[CELLS - 1 - i] = row->names[i];
		cells[CELLS - 1 - i] = row->cells[i];
	}
}

static const struct value *cell_of(const void *row, const char *column)
{
	const struct gen_row *r = row;

	for (size_t i = 1; i < CELLS; i++)
		if (strcmp(r->names[i], column) == 0)
			return &r->cells[i];
	return NULL;
}

static void check_row(const struct row_tests *t, const struct view_column **columns, size_t len,
    const struct gen_row *row, unsigned *ret_hidden)
{
	const struct row cells = {.cell = cell_of, .row = row};
	const struct scene at = {.row = &cells};
	const char *names[CELLS];
	struct value values[CELLS];
	bool visible[32], any = false;
	bool got;

	order_cells(row, names, values);
	for (size_t i = 0; i < CELLS - 1; i++)
		if (!row_tests_use(t, i))
			values[i] = (struct value){.type = VALUE_SET};
	got = row_tests_run(t, values, visible);
	for (size_t i = 0; i < len; i++) {
		bool want = view_cell_visible(columns[i], &cells);

		assert_int_equal(visible[i], want);
		any |= want;
		*ret_hidden += !want;
	}
	assert_int_equal(got, any);
	if (row_tests_keep(t))
		assert_int_equal(cond_holds(row_tests_keep(t), &at, (struct cond_mode){0}), any);
	else
		assert_true(any || len == 0);
}

/* For all views of random rules: what is ready for many rows decides as the view itself does. */
static void decides_as_the_view(void **state)
{
	unsigned hidden = 0, kept = 0;

	(void)state;
	for (uint64_t i = 0; i < ROUNDS; i++) {
		const struct view_column *columns[32];
		const char *names[CELLS];
		struct value values[CELLS];
		struct row_tests_options opt = {columns, 0, names, CELLS - 1};
		struct row_tests *t;
		struct answers is;
		struct gen g;

		gen_init(&g, (struct draw){.state = seed_of(i)});
		assert_true(check_ask(&g, &is));
		assert_true(is.view.columns_len <= 32);
		opt.columns_len = shown(&is.view, columns);
		order_cells(&g.rows[0], names, values);
		assert_int_equal(row_tests_new(&opt, &t), 0);
		for (size_t r = 0; r < GEN_ROWS; r++)
			check_row(t, columns, opt.columns_len, &g.rows[r], &hidden);
		kept += row_tests_keep(t) != NULL;
		row_tests_free(t);
		gen_clear(&g);
	}
	assert_true(hidden > 100 && kept > 100);
}

static struct cond atom(const char *column, const char *word)
{
	return (struct cond){.kind = COND_ATOM,
	    .left = {OPERAND_ROW, column},
	    .op = OP_EQ,
	    .literal = {.type = VALUE_STRING, .s = word}};
}

/* Conditions nested deeper than they are asked hide the row, negated or not. */
static void too_deep(void **state)
{
	static struct cond deep[COND_MAX_DEPTH + 2];
	const struct cond *list[] = {deep};
	const struct view_column column = {
	    .name = "c", .rows = {.restricts = list, .restricts_len = 1}};
	const struct view_column *columns[] = {&column};
	const char *names[] = {"region"};
	const struct value eu = {.type = VALUE_STRING, .s = "EU"};
	struct row_tests *t;
	bool visible;

	(void)state;
	for (size_t depth = COND_MAX_DEPTH - 2; depth <= COND_MAX_DEPTH; depth++) {
		for (size_t i = 0; i < depth; i++)
			deep[i] = (struct cond){.kind = COND_NOT, .kids = &deep[i + 1], .len = 1};
		deep[depth] = atom("region", depth % 2 ? "US" : "EU");
		assert_int_equal(
		    row_tests_new(&(struct row_tests_options){columns, 1, names, 1}, &t), 0);
		assert_int_equal(row_tests_run(t, &eu, &visible), depth < COND_MAX_DEPTH);
		row_tests_free(t);
	}
}

static int build_once(void *arg)
{
	struct cond a = atom("region", "EU"), b = atom("note", "x");
	const struct cond *one[] = {&a}, *two[] = {&a, &b};
	const struct view_column x = {.name = "x", .rows = {one, 1, two, 2}},
				 y = {.name = "y", .rows = {two, 2, one, 1}};
	const struct view_column *columns[] = {&x, &y, &x};
	const char *names[] = {"region", "note"};
	struct row_tests *t;
	int rc = row_tests_new(&(struct row_tests_options){columns, 3, names, 2}, &t);

	(void)arg;
	if (rc == 0)
		row_tests_free(t);
	return rc;
}

static void memory_runs_out(void **state)
{
	(void)state;
	oom_sweep(build_once, NULL, 200);
	row_tests_free(NULL);
}

/* ---- masks ---- */

static void same_value(const struct value *a, const struct value *b)
{
	assert_int_equal(a->type, b->type);
	if (a->type == VALUE_STRING)
		assert_string_equal(a->s, b->s);
	else
		assert_int_equal(a->i, b->i);
}

static void masks_as_mask_apply(void **state)
{
	static const struct hash_key keys[] = {{"0123456789abcdef", 16}, {"", 0}, {NULL, 0}};
	static const enum value_type types[] = {VALUE_MISSING, VALUE_NULL, VALUE_BOOL, VALUE_INT,
	    VALUE_DECIMAL, VALUE_STRING, VALUE_TIME};

	(void)state;
	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct masker *k;
		struct mask m;
		struct gen g;

		gen_init(&g, (struct draw){.state = seed_of(i)});
		m = gen_mask(&g);
		if (i % 16 == 0)
			m = (struct mask){.fn = MASK_HASH, .length = (int64_t)(i / 16 % 70) - 2};
		for (size_t key = 0; key < 4; key++) {
			const struct hash_key *with = key < 3 ? &keys[key] : NULL;

			assert_int_equal(masker_new(&m, with, &k), 0);
			for (size_t type = 0; type < sizeof(types) / sizeof(types[0]); type++) {
				struct value v = gen_value(&g, types[type]);
				struct value want = mask_apply(&m, v, with, &g.a);
				struct value got = masker_apply(k, v, &g.a);

				same_value(&got, &want);
			}
			masker_free(k);
		}
		gen_clear(&g);
	}
	masker_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decides_as_the_view),
	    cmocka_unit_test(too_deep),
	    cmocka_unit_test(memory_runs_out),
	    cmocka_unit_test(masks_as_mask_apply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
