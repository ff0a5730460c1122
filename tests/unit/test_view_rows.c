#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/oom.h"
#include "tests/unit/view_fixture.h"

/* ---- rows ---- */

static struct value region_cell, amount_cell;

static const struct value *cell(const void *row, const char *column)
{
	(void)row;
	if (strcmp(column, "region") == 0)
		return &region_cell;
	return strcmp(column, "amount") == 0 ? &amount_cell : NULL;
}

static bool visible(int column, const char *region, int64_t amount)
{
	const struct row row = {.cell = cell};

	region_cell = region ? V_STR(region) : V_NULL;
	amount_cell = V_INT(amount);
	return view_cell_visible(&v.columns[column], &row);
}

static void a_restrict_filters_rows(void **state)
{
	(void)state;
	struct cond eu = ATOM(ROW, "region", EQ, V_STR("EU"));
	struct cond big = ATOM(ROW, "amount", GE, V_INT(100));

	add(EFFECT_PERMIT, "p");
	add(EFFECT_RESTRICT, "r")->rows = &eu;
	look();
	assert_false(v.identity);
	assert_true(visible(ID, "EU", 1));
	assert_false(visible(ID, "US", 1));
	assert_false(visible(ID, NULL, 1));
	add(EFFECT_RESTRICT, "s")->rows = &big;
	look();
	assert_false(visible(ID, "EU", 1));
	assert_true(visible(ID, "EU", 100));
	assert_non_null(strstr(v.reason,
	    "id and 3 more filtered by rows by product:sales/orders:r (p.policy.yaml:2)"));
}

static void permits_are_alternatives_for_rows(void **state)
{
	(void)state;
	struct cond eu = ATOM(ROW, "region", EQ, V_STR("EU"));
	struct cond us = ATOM(ROW, "region", EQ, V_STR("US"));

	add(EFFECT_PERMIT, "p")->rows = &eu;
	look();
	assert_true(visible(ID, "EU", 1));
	assert_false(visible(ID, "US", 1));
	add(EFFECT_PERMIT, "q")->rows = &us;
	look();
	assert_int_equal(v.columns[ID].rows.permits_len, 2);
	assert_true(visible(ID, "US", 1));
	assert_false(visible(ID, "AS", 1));
	add(EFFECT_PERMIT, "r");
	look();
	assert_true(v.identity);
	assert_true(visible(ID, NULL, 1));
}

static void cells_of_one_row_may_differ(void **state)
{
	(void)state;
	struct cond eu = ATOM(ROW, "region", EQ, V_STR("EU"));

	add(EFFECT_PERMIT, "p");
	on_columns(add(EFFECT_RESTRICT, "r"), LIST("email"))->rows = &eu;
	on_columns(add(EFFECT_FORBID, "f"), LIST("amount"));
	look();
	assert_true(visible(ID, "US", 1));
	assert_false(visible(EMAIL, "US", 1));
	assert_true(visible(EMAIL, "EU", 1));
	assert_false(visible(AMOUNT, "EU", 1));
}

/* In rows a missing or null cell is false in a permit and in a restrict, negated or not. */
static void null_cells_are_never_shown_by_a_filter(void **state)
{
	(void)state;
	struct cond conds[] = {
	    ATOM(ROW, "region", EQ, V_STR("EU")),
	    ATOM(ROW, "region", NE, V_STR("EU")),
	    NOT(ATOM(ROW, "region", EQ, V_STR("EU"))),
	    NOT(ATOM(ROW, "region", IN, V_SET(V_STR("EU")))),
	    ATOM(ROW, "region", NOT_LIKE, V_STR("E*")),
	    ATOM(ROW, "other", NE, V_INT(1)),
	    ATOM(ROW, "amount", NE, V_STR("x")),
	    NOT(ATOM(ROW, "amount", CONTAINS, V_INT(1))),
	    NOT(NOT(ATOM_REF(ROW, "region", NE, ROW, "other"))),
	};

	for (size_t i = 0; i < 2 * sizeof(conds) / sizeof(conds[0]); i++) {
		world_clear(&w);
		world_init(&w);
		add(EFFECT_PERMIT, "p")->rows = i % 2 ? &conds[i / 2] : NULL;
		add(EFFECT_RESTRICT, "r")->rows = i % 2 ? NULL : &conds[i / 2];
		look();
		assert_false(visible(ID, NULL, 1));
	}
}

static void references_become_literals(void **state)
{
	(void)state;
	struct cond own = ATOM_REF(ROW, "region", EQ, PRINCIPAL, "region");
	char text[] = "EU";

	w.attributes[0].value.s = text;
	add(EFFECT_PERMIT, "p");
	add(EFFECT_RESTRICT, "r")->rows = &own;
	look();

	const struct row_filter *f = &v.columns[ID].rows;

	assert_int_equal(f->restricts_len, 1);
	assert_int_equal(f->permits_len, 0);
	assert_false(f->restricts[0]->has_ref);
	assert_string_equal(f->restricts[0]->literal.s, "EU");
	text[0] = 'X'; /* a copy: the view may outlive the caller */
	assert_string_equal(f->restricts[0]->literal.s, "EU");
	text[0] = 'E';
	w.ada.attributes_len = 0; /* the view does not look at the caller again */
	assert_true(visible(ID, "EU", 1));
	look();
	assert_false(visible(ID, "EU", 1));
	assert_false(v.identity);
}

#define ROWS_ARE(c, region, amount, expected)                            \
	do {                                                             \
		struct cond rows_ = c;                                   \
		world_clear(&w);                                         \
		world_init(&w);                                          \
		add(EFFECT_PERMIT, "p")->rows = &rows_;                  \
		look();                                                  \
		assert_int_equal(visible(ID, region, amount), expected); \
	} while (0)

static void known_operands_are_put_in(void **state)
{
	(void)state;
	ROWS_ARE(ATOM(PRINCIPAL, "level", GE, V_INT(3)), NULL, 1, true);
	ROWS_ARE(ATOM(PRINCIPAL, "level", GE, V_INT(4)), NULL, 1, false);
	ROWS_ARE(NOT(ATOM(PRINCIPAL, "level", GE, V_INT(4))), NULL, 1, true);
	ROWS_ARE(ATOM(PRINCIPAL, "nothing", GE, V_INT(4)), NULL, 1, false);
	ROWS_ARE(NOT(ATOM(PRINCIPAL, "nothing", GE, V_INT(4))), NULL, 1, false);
	ROWS_ARE(ATOM(CONTEXT, "purpose", ABSENT, V_BOOL(true)), NULL, 1, true);
	ROWS_ARE(NOT(ATOM(CONTEXT, "purpose", ABSENT, V_BOOL(true))), NULL, 1, false);
	ROWS_ARE(ATOM(CONTEXT, "purpose", PRESENT, V_BOOL(false)), NULL, 1, true);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "user", NE, PRINCIPAL, "region"), NULL, 1, true);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "user", EQ, PRINCIPAL, "region"), NULL, 1, false);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "region", EQ, ROW, "region"), "EU", 1, true);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "region", NE, ROW, "region"), "EU", 1, false);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "level", LT, ROW, "amount"), NULL, 4, true);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "level", LT, ROW, "amount"), NULL, 3, false);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "level", LE, ROW, "amount"), NULL, 3, true);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "level", GT, ROW, "amount"), NULL, 2, true);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "level", GT, ROW, "amount"), NULL, 3, false);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "level", GE, ROW, "amount"), NULL, 3, true);
	ROWS_ARE(NOT(ATOM_REF(PRINCIPAL, "level", GE, ROW, "amount")), NULL, 3, false);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "regions", CONTAINS, ROW, "region"), "US", 1, true);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "regions", CONTAINS, ROW, "region"), "AS", 1, false);
	ROWS_ARE(NOT(ATOM_REF(PRINCIPAL, "regions", CONTAINS, ROW, "region")), "AS", 1, true);
	ROWS_ARE(NOT(ATOM_REF(PRINCIPAL, "regions", CONTAINS, ROW, "region")), NULL, 1, false);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "groups", CONTAINS, ROW, "region"), "staff", 1, true);
	ROWS_ARE(ATOM_REF(ROW, "region", IN, PRINCIPAL, "groups"), "staff", 1, true);
	ROWS_ARE(ATOM_REF(ROW, "region", NOT_IN, PRINCIPAL, "groups"), "staff", 1, false);
	ROWS_ARE(ATOM_REF(ROW, "region", EQ, PRINCIPAL, "groups"), "staff", 1, false);
	/* neither a pattern nor a set can come from a cell */
	ROWS_ARE(ATOM_REF(CONTEXT, "host", LIKE, ROW, "region"), "*", 1, false);
	ROWS_ARE(NOT(ATOM_REF(CONTEXT, "host", LIKE, ROW, "region")), "x", 1, false);
	ROWS_ARE(ATOM_REF(PRINCIPAL, "region", IN, ROW, "region"), "EU", 1, false);
	/* two cells */
	ROWS_ARE(ATOM_REF(ROW, "region", EQ, ROW, "region"), "EU", 1, true);
	ROWS_ARE(ATOM_REF(ROW, "region", LT, ROW, "amount"), "EU", 1, false);
	ROWS_ARE(ATOM(RESOURCE, "column", EQ, V_STR("id")), "EU", 1, true);
}

/* Each operation negated, for a row that it holds for, one that it does not, and one without the
 * cell. */
static void negation_reaches_the_cells(void **state)
{
	(void)state;
	struct value in[] = {V_STR("EU"), V_STR("US")};
	struct cond texts[] = {
	    ATOM(ROW, "region", EQ, in[0]),
	    NOT(ATOM(ROW, "region", NE, in[0])),
	    ATOM(ROW, "region", IN, ((struct value){.type = VALUE_SET, .set = in, .set_len = 2})),
	    NOT(ATOM(ROW, "region", NOT_IN,
		((struct value){.type = VALUE_SET, .set = in, .set_len = 2}))),
	    ATOM(ROW, "region", LIKE, V_STR("E*")),
	    NOT(ATOM(ROW, "region", NOT_LIKE, V_STR("*U"))),
	};

	for (size_t i = 0; i < 6; i++) {
		ROWS_ARE(texts[i], "EU", 1, true);
		ROWS_ARE(texts[i], "AS", 1, false);
		ROWS_ARE(texts[i], NULL, 1, false);
		ROWS_ARE(NOT(texts[i]), "EU", 1, false);
		ROWS_ARE(NOT(texts[i]), "AS", 1, true);
		ROWS_ARE(NOT(texts[i]), NULL, 1, false);
	}
	for (int i = 0; i < 2; i++) {
		ROWS_ARE(NOT(ATOM(ROW, "amount", LT, V_INT(5))), NULL, 4 + i, i);
		ROWS_ARE(NOT(ATOM(ROW, "amount", LE, V_INT(4))), NULL, 4 + i, i);
		ROWS_ARE(NOT(ATOM(ROW, "amount", GT, V_INT(4))), NULL, 4 + i, !i);
		ROWS_ARE(NOT(ATOM(ROW, "amount", GE, V_INT(5))), NULL, 4 + i, !i);
	}
	ROWS_ARE(ATOM(ROW, "region", PRESENT, V_BOOL(true)), "EU", 1, true);
	ROWS_ARE(ATOM(ROW, "region", PRESENT, V_BOOL(true)), NULL, 1, false);
	ROWS_ARE(NOT(ATOM(ROW, "region", PRESENT, V_BOOL(true))), NULL, 1, true);
	ROWS_ARE(NOT(ATOM(ROW, "region", ABSENT, V_BOOL(true))), NULL, 1, false);
	ROWS_ARE(NOT(ANY(texts[0], ATOM(ROW, "amount", EQ, V_INT(2)))), "AS", 1, true);
	ROWS_ARE(NOT(ANY(texts[0], ATOM(ROW, "amount", EQ, V_INT(2)))), "AS", 2, false);
}

/* A literal that no cell can be compared with: nobody sees a row. */
static void literals_that_fit_nothing(void **state)
{
	(void)state;
	struct value mixed[] = {V_STR("EU"), V_INT(1)}, nothing[] = {V_STR("EU"), V_NULL};
	struct cond conds[] = {
	    ATOM(
		ROW, "region", IN, ((struct value){.type = VALUE_SET, .set = mixed, .set_len = 2})),
	    ATOM(ROW, "region", NOT_IN,
		((struct value){.type = VALUE_SET, .set = nothing, .set_len = 2})),
	    ATOM(ROW, "region", IN, V_STR("EU")),
	    ATOM(ROW, "region", LT, V_STR("ZZ")),
	    ATOM(ROW, "region", LIKE, V_INT(1)),
	    ATOM(ROW, "region", NE, V_NULL),
	};

	for (size_t i = 0; i < 6; i++) {
		ROWS_ARE(conds[i], "EU", 1, false);
		ROWS_ARE(NOT(conds[i]), "EU", 1, false);
	}
	ROWS_ARE(ATOM(ROW, "region", IN, ((struct value){.type = VALUE_SET})), "EU", 1, false);
	ROWS_ARE(ATOM(ROW, "region", NOT_IN, ((struct value){.type = VALUE_SET})), "EU", 1, true);
}

static void rows_nested_too_deep_hide_all(void **state)
{
	(void)state;
	enum { DEPTH = 200 };
	struct cond chain[DEPTH];

	chain[DEPTH - 1] = (struct cond){.kind = COND_ALL};
	for (size_t i = DEPTH - 1; i > 0; i--)
		chain[i - 1] = (struct cond){.kind = COND_NOT, .kids = &chain[i], .len = 1};
	ROWS_ARE(chain[0], "EU", 1, false);
	ROWS_ARE(chain[1], "EU", 1, false);
	ROWS_ARE(chain[DEPTH - 1 - 100], "EU", 1, true);
	for (size_t i = DEPTH - 1; i > 0; i--)
		chain[i - 1].kind = COND_ALL;
	ROWS_ARE(chain[0], "EU", 1, false);
	ROWS_ARE(chain[DEPTH - 1 - 100], "EU", 1, true);
}

static void resource_references_differ_by_column(void **state)
{
	(void)state;
	struct cond c = ATOM_REF(ROW, "region", EQ, RESOURCE, "column");

	add(EFFECT_PERMIT, "p")->rows = &c;
	add(EFFECT_RESTRICT, "z");
	look();
	assert_true(visible(ID, "id", 1));
	assert_false(visible(ID, "email", 1));
	assert_true(visible(EMAIL, "email", 1));
	assert_false(visible(EMAIL, "id", 1));
}

/* ---- identity ---- */

static void what_keeps_a_view_from_being_the_identity(void **state)
{
	(void)state;
	struct cond rows = ATOM(ROW, "region", EQ, V_STR("EU"));
	struct cond always = {.kind = COND_ALL};
	struct rule *r;

	add(EFFECT_PERMIT, "p");
	r = add(EFFECT_RESTRICT, "r");
	look();
	assert_true(v.identity);
	r->limit = 10;
	look();
	assert_false(v.identity);
	assert_non_null(
	    strstr(v.reason, "rows limited by product:sales/orders:r (p.policy.yaml:2)"));
	r->limit = 0;
	r->min_group = 5;
	look();
	assert_false(v.identity);
	r->min_group = 0;
	r->mask.fn = MASK_REDACT;
	look();
	assert_false(v.identity);
	r->mask.fn = MASK_NONE;
	r->rows = &rows;
	look();
	assert_false(v.identity);
	r->rows = &always;
	look();
	assert_true(v.identity);
	assert_string_equal(v.reason, "");
}

static void recheck_and_notify_leave_the_identity(void **state)
{
	(void)state;
	struct rule *r, *q;

	add(EFFECT_PERMIT, "p")->notify = LIST("of-a-permit");
	r = add(EFFECT_RESTRICT, "r");
	r->recheck = true;
	r->notify = LIST("ciso", "audit", "ciso");
	q = on_columns(add(EFFECT_RESTRICT, "q"), LIST("id"));
	q->notify = LIST("audit", "dpo");
	on_columns(add(EFFECT_RESTRICT, "none"), LIST("nothing"))->notify = LIST("nobody");
	add(EFFECT_RESTRICT, "z")->notify = LIST("zoe");
	look();
	assert_true(v.identity);
	assert_true(v.recheck);
	assert_int_equal(v.notify.len, 4);
	assert_string_equal(v.notify.items[0], "audit");
	assert_string_equal(v.notify.items[1], "ciso");
	assert_string_equal(v.notify.items[2], "dpo");
	assert_string_equal(v.notify.items[3], "zoe");
	r->notify = LIST("ciso");
	q->notify = LIST("audit");
	look();
	assert_int_equal(v.notify.len, 3);
	r->recheck = false;
	look();
	assert_false(v.recheck);
}

static void the_smallest_limit_and_the_largest_group(void **state)
{
	(void)state;
	struct rule *a, *b;

	add(EFFECT_PERMIT, "p")->limit = 1; /* of a permit: means nothing */
	a = add(EFFECT_RESTRICT, "a");
	b = on_columns(add(EFFECT_RESTRICT, "b"), LIST("id"));
	on_columns(add(EFFECT_RESTRICT, "c"), LIST("nothing"))->limit = 2;
	a->limit = 10;
	a->min_group = 3;
	b->limit = 5;
	b->min_group = 7;
	look();
	assert_int_equal(v.limit, 5);
	assert_int_equal(v.min_group, 7);
	b->limit = 0;
	look();
	assert_int_equal(v.limit, 10);
	/* a further forbid drops the column but does not lift its limit */
	b->limit = 5;
	on_columns(add(EFFECT_FORBID, "f"), LIST("id"));
	look();
	assert_true(v.columns[ID].dropped);
	assert_int_equal(v.limit, 5);
	assert_int_equal(v.min_group, 7);
}

/* ---- keys ---- */

static void key_of(struct world *of, char key[65])
{
	struct view one = world_view(of);

	memcpy(key, one.key, 65);
}

static void equal_content_has_equal_keys(void **state)
{
	(void)state;
	char first[65], second[65];
	struct cond one = ALL(ATOM(ROW, "region", IN, V_SET(V_STR("US"), V_STR("EU"))),
	    ATOM(ROW, "amount", GT, V_INT(1)));
	struct cond gt = NOT(ATOM(ROW, "amount", LE, V_INT(1)));
	struct cond in = ATOM_REF(ROW, "region", IN, PRINCIPAL, "regions");

	add(EFFECT_PERMIT, "p");
	add(EFFECT_RESTRICT, "a")->rows = &one;
	key_of(&w, first);

	world_clear(&w);
	world_init(&w);
	w.ada.user = "bob";
	add(EFFECT_RESTRICT, "z")->rows = &gt;
	world_rule(&w, SCOPE_MESH, EFFECT_RESTRICT, "m", BIT(ACTION_READ))->rows = &in;
	add(EFFECT_RESTRICT, "twice")->rows = &gt;
	add(EFFECT_PERMIT, "other");
	add(EFFECT_PERMIT, "another")->rows = &gt;
	key_of(&w, second);
	assert_string_equal(first, second);
}

static void one_predicate_written_in_two_ways(void **state)
{
	(void)state;
	const struct cond pairs[][2] = {
	    {ATOM(ROW, "region", IN, V_SET(V_STR("US"), V_STR("EU"), V_STR("US"))),
		ATOM(ROW, "region", IN, V_SET(V_STR("EU"), V_STR("US")))},
	    {ATOM_REF(ROW, "a", EQ, ROW, "b"), ATOM_REF(ROW, "b", EQ, ROW, "a")},
	    {ATOM_REF(ROW, "a", LT, ROW, "b"), ATOM_REF(ROW, "b", GT, ROW, "a")},
	    {ATOM_REF(ROW, "a", LE, ROW, "b"), NOT(ATOM_REF(ROW, "b", LT, ROW, "a"))},
	    {ATOM(ROW, "a", PRESENT, V_BOOL(false)),
		NOT(ATOM(ROW, "a", PRESENT, (struct value){0}))},
	    {ATOM_REF(PRINCIPAL, "level", LT, ROW, "a"), ATOM(ROW, "a", GT, V_INT(3))},
	    {NOT(ALL(ATOM(ROW, "a", EQ, V_INT(1)), ATOM(ROW, "b", EQ, V_INT(2)))),
		ANY(ATOM(ROW, "b", NE, V_INT(2)), ATOM(ROW, "a", NE, V_INT(1)))},
	    {ALL(ATOM(ROW, "a", EQ, V_INT(1)),
		 ALL(ATOM(ROW, "b", EQ, V_INT(2)), ATOM(ROW, "a", EQ, V_INT(1)))),
		ALL(ATOM(ROW, "a", EQ, V_INT(1)), ATOM(ROW, "b", EQ, V_INT(2)))},
	    {ANY(ATOM(ROW, "a", EQ, V_INT(1)), ATOM(PRINCIPAL, "level", EQ, V_INT(9))),
		ATOM(ROW, "a", EQ, V_INT(1))},
	};
	enum { N = sizeof(pairs) / sizeof(pairs[0]) };
	char keys[N][65], again[65];
	struct rule *r;

	add(EFFECT_PERMIT, "p");
	r = add(EFFECT_RESTRICT, "r");
	for (int i = 0; i < N; i++) {
		r->rows = &pairs[i][0];
		key_of(&w, keys[i]);
		r->rows = &pairs[i][1];
		key_of(&w, again);
		assert_string_equal(keys[i], again);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(keys[i], keys[k]);
	}
}

static void recheck_is_not_content(void **state)
{
	(void)state;
	char first[65], second[65];

	add(EFFECT_PERMIT, "p");
	key_of(&w, first);
	add(EFFECT_RESTRICT, "r")->recheck = true;
	key_of(&w, second);
	assert_string_equal(first, second);
}

static void different_content_has_different_keys(void **state)
{
	(void)state;
	static const char *id[] = {"id"};
	struct cond int_one = ATOM(ROW, "amount", EQ, V_INT(1));
	struct cond dec_one = ATOM(ROW, "amount", EQ, V_DEC(1));
	struct cond str_one = ATOM(ROW, "amount", EQ, V_STR("1"));
	struct cond two_cells = ATOM_REF(ROW, "amount", EQ, ROW, "1");
	struct cond never = {.kind = COND_ANY};
	const struct cond *rows[] = {NULL, &int_one, &dec_one, &str_one, &two_cells, &never};
	char keys[14][65];

	for (int i = 0; i < 14; i++) {
		world_clear(&w);
		world_init(&w);
		add(EFFECT_PERMIT, "p")->rows = i == 7 ? &int_one : NULL;

		struct rule *r = add(EFFECT_RESTRICT, "r");

		if (i < 6)
			r->rows = rows[i];
		if (i == 6)
			on_columns(r, (struct strlist){id, 1})->effect = EFFECT_FORBID;
		if (i == 7)
			r->rows = &dec_one;
		if (i == 8)
			r->limit = 1;
		if (i == 9)
			r->min_group = 1;
		if (i == 10)
			r->mask = (struct mask){.fn = MASK_HASH, .length = 8};
		if (i == 11)
			r->mask = (struct mask){.fn = MASK_HASH, .length = 8, .text = "k"};
		if (i == 12)
			on_columns(r, (struct strlist){id, 1})->mask = (struct mask){
			    .fn = MASK_HASH, .length = 8};
		if (i == 13)
			r->mask = (struct mask){.fn = MASK_NULL};
		key_of(&w, keys[i]);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(keys[i], keys[k]);
	}
}

static void masks_have_keys_of_their_own(void **state)
{
	(void)state;
	static const struct mask masks[] = {
	    {.fn = MASK_NULL},
	    {.fn = MASK_REDACT},
	    {.fn = MASK_REDACT, .text = "x"},
	    {.fn = MASK_HASH, .length = 8},
	    {.fn = MASK_HASH, .length = 9},
	    {.fn = MASK_BUCKET, .width = 1},
	    {.fn = MASK_BUCKET, .width = 2},
	    {.fn = MASK_BUCKET, .width = 1, .origin = 1},
	    {.fn = MASK_ROUND, .to = 1},
	    {.fn = MASK_ROUND, .to = 2},
	    {.fn = MASK_DATE_TRUNCATE, .unit = UNIT_DAY},
	    {.fn = MASK_DATE_TRUNCATE, .unit = UNIT_YEAR},
	    {.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 48},
	    {.fn = MASK_IP_TRUNCATE, .v4 = 16, .v6 = 48},
	    {.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 32},
	    {.fn = MASK_EMAIL},
	    {.fn = MASK_PARTIAL},
	    {.fn = MASK_PARTIAL, .keep_first = 1},
	    {.fn = MASK_PARTIAL, .keep_last = 1},
	    {.fn = MASK_PARTIAL, .text = "#"},
	};
	enum { N = sizeof(masks) / sizeof(masks[0]) };
	char keys[N][65];
	struct rule *r;

	add(EFFECT_PERMIT, "p");
	r = add(EFFECT_RESTRICT, "r");
	for (int i = 0; i < N; i++) {
		r->mask = masks[i];
		key_of(&w, keys[i]);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(keys[i], keys[k]);
		/* what the function does not use is not content */
		r->mask = (struct mask){
		    .fn = MASK_NULL, .text = masks[i].text, .length = i, .to = i};
		key_of(&w, keys[i]);
		assert_string_equal(keys[i], keys[0]);
		r->mask = masks[i];
		key_of(&w, keys[i]);
	}
}

static void no_row_has_one_key(void **state)
{
	(void)state;
	struct cond never = {.kind = COND_ANY};
	struct cond lost = ATOM_REF(ROW, "region", EQ, PRINCIPAL, "nothing");
	struct cond eu = ATOM(ROW, "region", EQ, V_STR("EU"));
	char first[65], second[65], third[65];

	add(EFFECT_PERMIT, "p")->rows = &never;
	key_of(&w, first);
	w.rules[SCOPE_PRODUCT][0].rows = &lost;
	add(EFFECT_RESTRICT, "r")->rows = &eu;
	key_of(&w, second);
	w.rules[SCOPE_PRODUCT][0].rows = &eu;
	w.rules[SCOPE_PRODUCT][1].rows = &lost;
	key_of(&w, third);
	assert_string_equal(first, second);
	assert_string_equal(first, third);
	look();
	assert_false(visible(ID, "EU", 1));
}

/* ---- without memory ---- */

static int view_or_deny(void *arg)
{
	struct arena a;
	struct view one;

	arena_init(&a);
	int error = policy_view(&w.rq, *(struct strlist *)arg, &a, &one);

	assert_int_equal(error != 0, one.deny);
	if (error)
		assert_string_equal(one.reason, "denied: not enough memory to decide");
	arena_clear(&a);
	return error;
}

static void without_memory_it_is_a_deny(void **state)
{
	(void)state;
	static const char *names[40];
	static char text[40][16];
	struct strlist extra = {names, 40};
	struct cond c = ALL(
	    ATOM_REF(ROW, "region", IN, PRINCIPAL, "regions"), ATOM(ROW, "amount", GT, V_INT(1)));

	for (int i = 0; i < 40; i++) {
		snprintf(text[i], sizeof(text[i]), "c%d", i);
		names[i] = text[i];
	}
	add(EFFECT_PERMIT, "p");
	on_columns(add(EFFECT_RESTRICT, "r"), LIST("c1*"))->rows = &c;
	on_columns(add(EFFECT_FORBID, "f"), LIST("c3*"));
	on_columns(add(EFFECT_RESTRICT, "m"), LIST("*"))->mask = (struct mask){
	    .fn = MASK_HASH, .length = 8};
	oom_sweep(view_or_deny, &extra, 500);
	w.rq.resource.object = NULL;
	oom_sweep(view_or_deny, &extra, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_restrict_filters_rows),
	    TEST(permits_are_alternatives_for_rows),
	    TEST(cells_of_one_row_may_differ),
	    TEST(null_cells_are_never_shown_by_a_filter),
	    TEST(references_become_literals),
	    TEST(known_operands_are_put_in),
	    TEST(negation_reaches_the_cells),
	    TEST(literals_that_fit_nothing),
	    TEST(rows_nested_too_deep_hide_all),
	    TEST(resource_references_differ_by_column),
	    TEST(what_keeps_a_view_from_being_the_identity),
	    TEST(recheck_and_notify_leave_the_identity),
	    TEST(the_smallest_limit_and_the_largest_group),
	    TEST(equal_content_has_equal_keys),
	    TEST(one_predicate_written_in_two_ways),
	    TEST(recheck_is_not_content),
	    TEST(different_content_has_different_keys),
	    TEST(masks_have_keys_of_their_own),
	    TEST(no_row_has_one_key),
	    TEST(without_memory_it_is_a_deny),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
