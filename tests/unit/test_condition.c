#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/policy/condition.h"
#include "tests/lib/policy_world.h"

static struct world w;
static struct value cells[4];
static const char *const cell_names[4] = {"region", "amount", "note", "at"};

static const struct value *cell(const void *row, const char *column)
{
	(void)row;
	for (size_t i = 0; i < 4; i++) {
		if (strcmp(cell_names[i], column) == 0)
			return &cells[i];
	}
	return NULL;
}

static const struct row row = {.cell = cell};

static int setup(void **state)
{
	(void)state;
	world_init(&w);
	cells[0] = V_STR("EU");
	cells[1] = V_INT(10);
	cells[2] = V_NULL;
	cells[3] = V_TIME(5);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_clear(&w);
	return 0;
}

/* 1 true, 0 false, -1 cannot be decided; also checks that negation flips the first two and leaves
 * the third. */
static int truth_of(struct cond c)
{
	struct asked q = {.at = w.rq.resource, .column = &w.columns[1]};
	struct scene at = {&w.ada, &w.now, &q, &row};
	bool in_permit = cond_holds(&c, &at, (struct cond_mode){.undecided = false});
	bool in_forbid = cond_holds(&c, &at, (struct cond_mode){.undecided = true});
	bool negated_permit = cond_holds(
	    &c, &at, (struct cond_mode){.negated = true, .undecided = false});
	bool negated_forbid = cond_holds(
	    &c, &at, (struct cond_mode){.negated = true, .undecided = true});

	if (in_permit == in_forbid) {
		assert_int_equal(negated_permit, !in_permit);
		assert_int_equal(negated_forbid, !in_permit);
		return in_permit;
	}
	assert_false(in_permit);
	assert_false(negated_permit);
	assert_true(negated_forbid);
	return -1;
}

#define is_true(c) assert_int_equal(truth_of(c), 1)
#define is_false(c) assert_int_equal(truth_of(c), 0)
#define is_undecided(c) assert_int_equal(truth_of(c), -1)

static void equality(void **state)
{
	(void)state;
	is_true(ATOM(PRINCIPAL, "region", EQ, V_STR("EU")));
	is_false(ATOM(PRINCIPAL, "region", EQ, V_STR("eu")));
	is_true(ATOM(PRINCIPAL, "region", NE, V_STR("US")));
	is_false(ATOM(PRINCIPAL, "level", NE, V_INT(3)));
	is_true(ATOM(CONTEXT, "breakGlass", EQ, V_BOOL(false)));
	is_true(ATOM(CONTEXT, "now", EQ, V_TIME(WORLD_NOW_NS)));
	is_true(ATOM_REF(PRINCIPAL, "region", EQ, ROW, "region"));
	is_false(ATOM_REF(PRINCIPAL, "user", EQ, PRINCIPAL, "region"));
}

static void types_never_coerce(void **state)
{
	(void)state;
	is_undecided(ATOM(PRINCIPAL, "level", EQ, V_STR("3")));
	is_undecided(ATOM(PRINCIPAL, "level", EQ, V_DEC(30000)));
	is_undecided(ATOM(PRINCIPAL, "level", NE, V_DEC(30000)));
	is_undecided(ATOM(PRINCIPAL, "level", LT, V_DEC(90000)));
	is_undecided(ATOM(PRINCIPAL, "level", EQ, V_TIME(3)));
	is_undecided(ATOM(CONTEXT, "breakGlass", EQ, V_INT(0)));
	is_undecided(ATOM(PRINCIPAL, "level", LIKE, V_STR("*")));
	is_undecided(ATOM(PRINCIPAL, "level", IN, V_SET(V_STR("3"))));
	is_undecided(ATOM(PRINCIPAL, "region", CONTAINS, V_STR("E")));
	is_undecided(ATOM(PRINCIPAL, "groups", EQ, V_STR("staff")));
	is_undecided(ATOM_REF(PRINCIPAL, "groups", EQ, PRINCIPAL, "groups"));
	is_undecided(ATOM(PRINCIPAL, "regions", EQ, V_STR("EU")));
	is_undecided(ATOM(PRINCIPAL, "groups", LIKE, V_STR("*")));
	is_undecided(ATOM(PRINCIPAL, "region", IN, V_STR("EU")));
}

static void sets(void **state)
{
	(void)state;
	is_true(ATOM(PRINCIPAL, "region", IN, V_SET(V_STR("EU"), V_STR("US"))));
	is_false(ATOM(PRINCIPAL, "region", IN, V_SET(V_STR("US"))));
	is_true(ATOM(PRINCIPAL, "region", NOT_IN, V_SET(V_STR("US"))));
	is_false(ATOM(PRINCIPAL, "region", NOT_IN, V_SET(V_STR("EU"))));
	is_true(ATOM(PRINCIPAL, "groups", CONTAINS, V_STR("staff")));
	is_false(ATOM(PRINCIPAL, "groups", CONTAINS, V_STR("sales")));
	is_true(ATOM(PRINCIPAL, "roles", CONTAINS, V_STR("steward")));
	is_true(ATOM(PRINCIPAL, "regions", CONTAINS, V_STR("US")));
	is_true(ATOM(RESOURCE, "tags", CONTAINS, V_STR("pii")));
	is_true(ATOM_REF(ROW, "region", IN, PRINCIPAL, "regions"));
	is_false(ATOM_REF(PRINCIPAL, "region", IN, PRINCIPAL, "groups"));
	is_true(ATOM_REF(PRINCIPAL, "region", NOT_IN, PRINCIPAL, "groups"));
	is_undecided(ATOM(PRINCIPAL, "groups", CONTAINS, V_INT(1)));
}

/* Otherwise the order of the elements would decide. */
static void one_foreign_element_spoils_a_set(void **state)
{
	(void)state;
	is_undecided(ATOM(PRINCIPAL, "region", IN, V_SET(V_STR("EU"), V_INT(1))));
	is_undecided(ATOM(PRINCIPAL, "region", IN, V_SET(V_INT(1), V_STR("EU"))));
	is_undecided(ATOM(PRINCIPAL, "region", NOT_IN, V_SET(V_STR("US"), V_NULL)));
	is_false(ATOM(PRINCIPAL, "region", IN, ((struct value){.type = VALUE_SET})));
	is_true(ATOM(PRINCIPAL, "region", NOT_IN, ((struct value){.type = VALUE_SET})));
	w.ada.groups.len = 0;
	is_false(ATOM(PRINCIPAL, "groups", CONTAINS, V_INT(1)));
	is_undecided(ATOM(PRINCIPAL, "groups", CONTAINS, V_NULL));
}

static void orders(void **state)
{
	(void)state;
	is_true(ATOM(PRINCIPAL, "level", LT, V_INT(4)));
	is_false(ATOM(PRINCIPAL, "level", LT, V_INT(3)));
	is_true(ATOM(PRINCIPAL, "level", LE, V_INT(3)));
	is_false(ATOM(PRINCIPAL, "level", LE, V_INT(2)));
	is_true(ATOM(PRINCIPAL, "level", GT, V_INT(2)));
	is_false(ATOM(PRINCIPAL, "level", GT, V_INT(3)));
	is_true(ATOM(PRINCIPAL, "level", GE, V_INT(3)));
	is_false(ATOM(PRINCIPAL, "level", GE, V_INT(4)));
	is_true(ATOM(CONTEXT, "now", GE, V_TIME(WORLD_NOW_NS)));
	is_false(ATOM(CONTEXT, "now", LT, V_TIME(WORLD_NOW_NS)));
	cells[1] = V_DEC(-1);
	is_true(ATOM(ROW, "amount", LT, V_DEC(0)));
	is_undecided(ATOM(PRINCIPAL, "region", LT, V_STR("ZZ")));
	is_undecided(ATOM(CONTEXT, "breakGlass", LE, V_BOOL(true)));
	is_undecided(ATOM(PRINCIPAL, "regions", GE, V_SET(V_STR("EU"))));
}

static void patterns(void **state)
{
	(void)state;
	is_true(ATOM(CONTEXT, "host", LIKE, V_STR("h*")));
	is_false(ATOM(CONTEXT, "host", LIKE, V_STR("h?")));
	is_false(ATOM(CONTEXT, "host", LIKE, V_STR("H*")));
	is_true(ATOM(CONTEXT, "host", NOT_LIKE, V_STR("x*")));
	is_false(ATOM(CONTEXT, "host", NOT_LIKE, V_STR("*1")));
}

static void context_operands(void **state)
{
	(void)state;
	is_true(ATOM(CONTEXT, "weekday", EQ, V_INT(4)));
	is_true(ATOM(CONTEXT, "minuteOfDay", GE, V_INT(720)));
	is_true(ATOM(CONTEXT, "host", EQ, V_STR("h1")));
	is_undecided(ATOM(CONTEXT, "purpose", EQ, V_STR("billing")));
	is_undecided(ATOM(CONTEXT, "purpose", NE, V_STR("billing")));
	w.now.purpose = "billing";
	is_true(ATOM(CONTEXT, "purpose", EQ, V_STR("billing")));
	is_undecided(ATOM(CONTEXT, "weather", EQ, V_STR("fine")));
}

static void principal_operands(void **state)
{
	(void)state;
	struct attribute shadow[] = {{"user", V_STR("root")}, {"groups", V_STR("x")}};

	w.ada.attributes = shadow;
	w.ada.attributes_len = 2;
	is_true(ATOM(PRINCIPAL, "user", EQ, V_STR("ada")));
	is_true(ATOM(PRINCIPAL, "groups", CONTAINS, V_STR("analysts")));
	is_undecided(ATOM(PRINCIPAL, "region", EQ, V_STR("EU")));
}

static void resource_operands(void **state)
{
	(void)state;
	is_true(ATOM(RESOURCE, "domain", EQ, V_STR("sales")));
	is_true(ATOM(RESOURCE, "product", EQ, V_STR("orders")));
	is_true(ATOM(RESOURCE, "port", EQ, V_STR("orders")));
	is_true(ATOM(RESOURCE, "object", EQ, V_STR("orders")));
	is_true(ATOM(RESOURCE, "status", EQ, V_STR("active")));
	is_true(ATOM(RESOURCE, "column", EQ, V_STR("email")));
	is_true(ATOM(RESOURCE, "classification", EQ, V_STR("confidential")));
	is_false(ATOM(RESOURCE, "endOfLife", PRESENT, V_BOOL(true)));
	is_undecided(ATOM(RESOURCE, "owner", EQ, V_STR("x")));
	w.rq.resource = (struct resource){.mesh = &w.mesh, .domain = "sales"};

	struct asked q = {.at = w.rq.resource};
	struct scene at = {&w.ada, &w.now, &q, NULL};
	struct cond tags = ATOM(RESOURCE, "tags", CONTAINS, V_STR("sales"));
	struct cond domain = ATOM(RESOURCE, "domain", EQ, V_STR("sales"));
	struct cond no_class = ATOM(RESOURCE, "classification", ABSENT, V_BOOL(true));

	assert_false(cond_holds(&tags, &at, (struct cond_mode){0}));
	assert_true(cond_holds(&tags, &at, (struct cond_mode){.undecided = true}));
	assert_true(cond_holds(&domain, &at, (struct cond_mode){0}));
	assert_true(cond_holds(&no_class, &at, (struct cond_mode){0}));
}

static void null_is_as_good_as_missing(void **state)
{
	(void)state;
	is_undecided(ATOM(ROW, "note", EQ, V_STR("x")));
	is_undecided(ATOM(ROW, "note", NE, V_STR("x")));
	is_undecided(ATOM(ROW, "note", NOT_IN, V_SET(V_STR("x"))));
	is_undecided(ATOM(ROW, "note", NOT_LIKE, V_STR("x")));
	is_undecided(ATOM(ROW, "note", EQ, V_NULL));
	is_undecided(ATOM(ROW, "nowhere", NE, V_INT(1)));
	is_undecided(ATOM_REF(ROW, "region", NE, ROW, "note"));
	is_undecided(ATOM_REF(ROW, "region", NE, PRINCIPAL, "nothing"));
}

static void presence_is_always_decided(void **state)
{
	(void)state;
	is_false(ATOM(ROW, "note", PRESENT, V_BOOL(true)));
	is_true(ATOM(ROW, "note", ABSENT, V_BOOL(true)));
	is_true(ATOM(ROW, "nowhere", ABSENT, V_BOOL(true)));
	is_true(ATOM(ROW, "region", PRESENT, V_BOOL(true)));
	is_false(ATOM(ROW, "region", PRESENT, V_BOOL(false)));
	is_true(ATOM(ROW, "note", PRESENT, V_BOOL(false)));
	is_true(ATOM(PRINCIPAL, "groups", PRESENT, (struct value){0}));
	is_true(ATOM(CONTEXT, "purpose", ABSENT, (struct value){0}));
}

static void connectives(void **state)
{
	(void)state;
	struct cond yes = ATOM(PRINCIPAL, "level", EQ, V_INT(3));
	struct cond no = ATOM(PRINCIPAL, "level", EQ, V_INT(4));

	is_true(ALL(yes, yes));
	is_false(ALL(yes, no));
	is_true(ANY(no, yes));
	is_false(ANY(no, no));
	is_true(NOT(no));
	is_false(NOT(NOT(no)));
	is_true(((struct cond){.kind = COND_ALL}));
	is_false(((struct cond){.kind = COND_ANY}));
	is_true(NOT(ALL(yes, no)));
	is_false(NOT(ANY(yes, no)));
}

/* The value for what cannot be decided is put in at the atoms, below every negation. */
static void negation_is_pushed_to_the_atoms(void **state)
{
	(void)state;
	struct cond yes = ATOM(PRINCIPAL, "level", EQ, V_INT(3));
	struct cond no = ATOM(PRINCIPAL, "level", EQ, V_INT(4));
	struct cond lost = ATOM(CONTEXT, "purpose", EQ, V_STR("x"));

	is_undecided(lost);
	is_undecided(NOT(lost));
	is_undecided(NOT(NOT(lost)));
	is_undecided(ALL(yes, lost));
	is_false(ALL(no, lost));
	is_true(ANY(yes, lost));
	is_undecided(ANY(no, lost));
	is_undecided(NOT(ALL(yes, lost)));
	is_true(NOT(ALL(no, lost)));
	is_false(NOT(ANY(yes, lost)));
	is_undecided(NOT(ANY(no, NOT(lost))));
}

/* Chains of each kind, of as many levels as are looked at, and of one more. */
static void too_deep_is_undecided(void **state)
{
	(void)state;
	struct cond chain[COND_MAX_DEPTH + 1];
	size_t last = COND_MAX_DEPTH;

	chain[last] = ATOM(PRINCIPAL, "level", EQ, V_INT(3));
	for (int kind = COND_ALL; kind <= COND_NOT; kind++) {
		for (size_t i = last; i > 0; i--)
			chain[i - 1] = (struct cond){
			    .kind = (enum cond_kind)kind, .kids = &chain[i], .len = 1};
		is_undecided(chain[0]);
		assert_true(cond_mentions(&chain[0], OPERAND_ROW));
		assert_int_equal(truth_of(chain[1]), kind != COND_NOT || last % 2 == 1);
		assert_int_equal(truth_of(chain[2]), kind != COND_NOT || last % 2 == 0);
		assert_false(cond_mentions(&chain[1], OPERAND_ROW));
	}
}

static void mentions(void **state)
{
	(void)state;
	struct cond c = NOT(ALL(ATOM(PRINCIPAL, "level", EQ, V_INT(3)),
	    ATOM_REF(ROW, "region", EQ, RESOURCE, "domain")));

	assert_true(cond_mentions(&c, OPERAND_ROW));
	assert_true(cond_mentions(&c, OPERAND_RESOURCE));
	assert_true(cond_mentions(&c, OPERAND_PRINCIPAL));
	assert_false(cond_mentions(&c, OPERAND_CONTEXT));
	assert_false(cond_mentions(NULL, OPERAND_CONTEXT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(equality, setup, teardown),
	    cmocka_unit_test_setup_teardown(types_never_coerce, setup, teardown),
	    cmocka_unit_test_setup_teardown(sets, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_foreign_element_spoils_a_set, setup, teardown),
	    cmocka_unit_test_setup_teardown(orders, setup, teardown),
	    cmocka_unit_test_setup_teardown(patterns, setup, teardown),
	    cmocka_unit_test_setup_teardown(context_operands, setup, teardown),
	    cmocka_unit_test_setup_teardown(principal_operands, setup, teardown),
	    cmocka_unit_test_setup_teardown(resource_operands, setup, teardown),
	    cmocka_unit_test_setup_teardown(null_is_as_good_as_missing, setup, teardown),
	    cmocka_unit_test_setup_teardown(presence_is_always_decided, setup, teardown),
	    cmocka_unit_test_setup_teardown(connectives, setup, teardown),
	    cmocka_unit_test_setup_teardown(negation_is_pushed_to_the_atoms, setup, teardown),
	    cmocka_unit_test_setup_teardown(too_deep_is_undecided, setup, teardown),
	    cmocka_unit_test_setup_teardown(mentions, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
