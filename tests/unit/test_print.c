#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/base/when.h"
#include "catalog/policy/policy.h"
#include "tests/lib/policy_world.h"

static struct world w;
static struct buf out;

static int setup(void **state)
{
	(void)state;
	world_init(&w);
	buf_init(&out);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_clear(&out);
	world_clear(&w);
	return 0;
}

static void assert_printed(const char *expected)
{
	assert_int_equal(buf_error(&out), 0);
	assert_string_equal(out.data ? out.data : "", expected);
	buf_reset(&out);
}

static void prints_cond(struct cond c, const char *expected)
{
	cond_print(&c, &out);
	assert_printed(expected);
}

static void conditions(void **state)
{
	(void)state;
	struct cond purpose = ATOM(
	    CONTEXT, "purpose", IN, V_SET(V_STR("billing"), V_STR("churn-model")));
	struct cond region = ATOM_REF(ROW, "region", EQ, PRINCIPAL, "region");
	struct cond level = ATOM(PRINCIPAL, "level", GE, V_INT(-3));

	prints_cond(purpose, "purpose in {billing, churn-model}");
	prints_cond(region, "row.region eq principal.region");
	prints_cond(level, "principal.level ge -3");
	prints_cond(
	    ATOM(RESOURCE, "status", NE, V_STR("two words")), "resource.status ne \"two words\"");
	prints_cond(ATOM(RESOURCE, "status", NE, V_STR("")), "resource.status ne \"\"");
	prints_cond(ATOM(CONTEXT, "purpose", ABSENT, V_BOOL(true)), "purpose absent");
	prints_cond(ATOM(CONTEXT, "purpose", ABSENT, V_BOOL(false)), "purpose present");
	prints_cond(ALL(purpose, ANY(region, level)),
	    "purpose in {billing, churn-model} and (row.region eq principal.region or principal.level ge -3)");
	prints_cond(NOT(ALL(level, NOT(level))),
	    "not (principal.level ge -3 and not principal.level ge -3)");
	prints_cond((struct cond){.kind = COND_ALL}, "always");
	prints_cond((struct cond){.kind = COND_ANY}, "never");
}

static void values(void **state)
{
	(void)state;
	static const struct {
		struct value v;
		const char *text;
	} rows[] = {
	    {{.type = VALUE_DECIMAL, .i = 15000}, "1.5"},
	    {{.type = VALUE_DECIMAL, .i = -1}, "-0.0001"},
	    {{.type = VALUE_DECIMAL, .i = 10000}, "1.0"},
	    {{.type = VALUE_DECIMAL, .i = INT64_MIN}, "-922337203685477.5808"},
	    {{.type = VALUE_BOOL, .i = 1}, "true"},
	    {{.type = VALUE_BOOL, .i = 0}, "false"},
	    {{.type = VALUE_TIME, .i = WORLD_NOW_NS}, "2026-11-26T12:00:00Z"},
	    {{.type = VALUE_TIME, .i = WORLD_NOW_NS + 1}, "2026-11-26T12:00:00.000000001Z"},
	    {{.type = VALUE_NULL}, "null"},
	    {{.type = VALUE_MISSING}, "missing"},
	    {{.type = VALUE_SET}, "{}"},
	};
	char expected[80];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cond c = ATOM(ROW, "x", EQ, rows[i].v);

		(void)strcpy(expected, "row.x eq ");
		(void)strcat(expected, rows[i].text);
		prints_cond(c, expected);
	}
}

static void every_operation(void **state)
{
	(void)state;
	static const char *const names[] = {
	    "eq", "ne", "in", "notIn", "lt", "le", "gt", "ge", "like", "notLike", "contains"};

	for (size_t i = 0; i < 11; i++) {
		char expected[32] = "row.x ";
		struct cond c = ATOM(ROW, "x", EQ, V_INT(1));

		c.op = (enum cond_op)i;
		(void)strcat(strcat(expected, names[i]), " 1");
		prints_cond(c, expected);
	}
}

static void masks(void **state)
{
	(void)state;
	static const struct {
		struct mask m;
		const char *text;
	} rows[] = {
	    {{.fn = MASK_NONE}, "none"},
	    {{.fn = MASK_NULL}, "null"},
	    {{.fn = MASK_EMAIL}, "email"},
	    {{.fn = MASK_HASH, .length = 16}, "hash(length 16, key mesh)"},
	    {{.fn = MASK_HASH, .length = 16, .text = "k"}, "hash(length 16, key k)"},
	    {{.fn = MASK_REDACT}, "redact(text REDACTED)"},
	    {{.fn = MASK_REDACT, .text = "(x)"}, "redact(text \"(x)\")"},
	    {{.fn = MASK_BUCKET, .width = 10, .origin = -1}, "bucket(width 10, origin -1)"},
	    {{.fn = MASK_ROUND, .to = 5}, "round(to 5)"},
	    {{.fn = MASK_DATE_TRUNCATE, .unit = UNIT_QUARTER}, "dateTruncate(unit quarter)"},
	    {{.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 48}, "ipTruncate(v4 24, v6 48)"},
	    {{.fn = MASK_PARTIAL, .keep_first = 1, .keep_last = 2},
		"partial(keepFirst 1, keepLast 2, char *)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mask_print(&rows[i].m, &out);
		assert_printed(rows[i].text);
	}
}

static void row_filters(void **state)
{
	(void)state;
	struct cond eu = ATOM(ROW, "r", EQ, V_STR("EU"));
	struct cond both = ALL(eu, ATOM(ROW, "n", GT, V_INT(1)));
	const struct cond *one[] = {&both}, *two[] = {&eu, &both};

	row_filter_print(&(struct row_filter){0}, &out);
	assert_printed("");
	row_filter_print(&(struct row_filter){one, 1, NULL, 0}, &out);
	assert_printed("row.r eq EU and row.n gt 1");
	row_filter_print(&(struct row_filter){two, 2, NULL, 0}, &out);
	assert_printed("row.r eq EU or (row.r eq EU and row.n gt 1)");
	row_filter_print(&(struct row_filter){two, 2, two, 1}, &out);
	assert_printed("(row.r eq EU or (row.r eq EU and row.n gt 1)) and row.r eq EU");
}

static struct rule *add(enum effect effect, const char *id, struct strlist columns)
{
	struct rule *r = world_rule(&w, SCOPE_PRODUCT, effect, id, BIT(ACTION_READ));

	r->resources.has_columns = columns.len > 0;
	r->resources.column_names = columns;
	return r;
}

static void prints_view(const char *expected)
{
	struct view v = world_view(&w);

	view_print(&v, &out);
	assert_printed(expected);
}

static void views(void **state)
{
	(void)state;
	struct cond eu = ATOM(ROW, "region", EQ, V_STR("EU"));
	struct rule *rows, *mask;

	prints_view("denied");
	add(EFFECT_PERMIT, "p", (struct strlist){0});
	prints_view("identity");
	mask = add(EFFECT_RESTRICT, "m", LIST("email"));
	mask->mask = (struct mask){.fn = MASK_HASH, .length = 16};
	rows = add(EFFECT_RESTRICT, "r", (struct strlist){0});
	rows->rows = &eu;
	prints_view("email: hash(length 16, key mesh); rows: row.region eq EU");
	add(EFFECT_FORBID, "f", LIST("amount"));
	rows->limit = 10;
	rows->min_group = 5;
	prints_view(
	    "email: hash(length 16, key mesh); amount: left out; rows: row.region eq EU; limit: 10; minGroup: 5");
	rows->resources.has_columns = true;
	rows->resources.column_names = LIST("id");
	rows->min_group = 0;
	prints_view(
	    "id where row.region eq EU; email: hash(length 16, key mesh); amount: left out; limit: 10");
	buf_puts(&out, "- ");
	rows->rows = NULL;
	mask->mask.fn = MASK_NONE;
	prints_view("- amount: left out; limit: 10");
}

static void a_short_rule(void **state)
{
	(void)state;
	world_rule(
	    &w, SCOPE_MESH, EFFECT_PERMIT, "everyone", BIT(ACTION_DISCOVER) | BIT(ACTION_LIST));
	rule_print(&w.rules[SCOPE_MESH][0], NULL, 2, &out);
	assert_printed("  - id: everyone\n"
		       "    policy: p\n"
		       "    scope: mesh\n"
		       "    file: p.policy.yaml\n"
		       "    line: 1\n"
		       "    effect: permit\n"
		       "    principals: {any: true}\n"
		       "    actions: [discover, list]\n");
}

static void a_rule_with_everything(void **state)
{
	(void)state;
	struct cond when = ANY(ATOM(CONTEXT, "minuteOfDay", LT, V_INT(360)),
	    NOT(ATOM(CONTEXT, "purpose", PRESENT, (struct value){0})));
	struct cond unless = ATOM(CONTEXT, "purpose", IN, V_SET(V_STR("a"), V_STR("yes")));
	struct cond rows = ALL(
	    ATOM_REF(ROW, "region", EQ, PRINCIPAL, "region"), ATOM(ROW, "t", GE, V_TIME(0)));
	struct rule *r = world_rule(&w, SCOPE_PRODUCT, EFFECT_RESTRICT, "r", BIT(ACTION_READ));

	r->principals = (struct principal_sel){
	    .team = true, .users = LIST("ada"), .groups = LIST("g", "h"), .roles = LIST("r")};
	r->except = (struct principal_sel){.roles = LIST("data-steward")};
	r->resources = (struct selector){.domains = LIST("s*"),
	    .products = LIST("p"),
	    .ports = LIST("q"),
	    .objects = LIST("o"),
	    .status = LIST("active"),
	    .tags = {LIST("a"), LIST("b"), LIST("c")},
	    .classification = {true, 5},
	    .has_columns = true,
	    .column_names = LIST("*_id"),
	    .column_tags = {.any = LIST("pii")},
	    .column_classification = {true, UINT64_C(1) << 63}};
	r->when = &when;
	r->unless = &unless;
	r->rows = &rows;
	r->from_ns = 0;
	r->until_ns = WORLD_NOW_NS;
	r->mask = (struct mask){.fn = MASK_HASH, .length = 16, .text = "k"};
	r->limit = 10;
	r->min_group = 5;
	r->recheck = true;
	r->notify = LIST("ciso");
	r->overridable_break_glass = true;
	r->delegable = true;
	r->approvers = (struct principal_sel){.roles = LIST("data-steward")};
	r->delegable_max_ns = 90 * WORLD_DAY_NS;
	rule_print(r, NULL, 0, &out);
	assert_printed(
	    "- id: r\n"
	    "  policy: p\n"
	    "  scope: product:sales/orders\n"
	    "  file: p.policy.yaml\n"
	    "  line: 1\n"
	    "  effect: restrict\n"
	    "  principals: {team: true, users: [ada], groups: [g, h], roles: [r]}\n"
	    "  except: {roles: [data-steward]}\n"
	    "  actions: [read]\n"
	    "  resources: {domains: [s*], products: [p], ports: [q], objects: [o], status: [active], "
	    "tags: {any: [a], all: [b], none: [c]}, classification: {ranks: [0, 2]}, "
	    "columns: {names: [\"*_id\"], tags: {any: [pii]}, classification: {ranks: [63]}}}\n"
	    "  when: {any: [{minuteOfDay: {lt: 360}}, {not: {purpose: {present: true}}}]}\n"
	    "  unless: {purpose: {in: [a, \"yes\"]}}\n"
	    "  rows: {all: [{row.region: {eq: {ref: principal.region}}}, "
	    "{row.t: {ge: 1970-01-01T00:00:00Z}}]}\n"
	    "  validity: {from: 1970-01-01T00:00:00Z, until: 2026-11-26T12:00:00Z}\n"
	    "  mask: {fn: hash, length: 16, key: k}\n"
	    "  limit: 10\n"
	    "  minGroup: 5\n"
	    "  recheck: true\n"
	    "  notify: [ciso]\n"
	    "  overridable: breakGlass\n"
	    "  delegable: {approvers: {roles: [data-steward]}, maxDuration: P90D}\n");
}

static void names_of_cells_are_quoted(void **state)
{
	(void)state;
	struct cond rows = ATOM_REF(ROW, "a: {b", EQ, ROW, "c d");
	struct rule *r = world_rule(&w, SCOPE_PRODUCT, EFFECT_RESTRICT, "r", BIT(ACTION_READ));

	r->rows = &rows;
	rule_print(r, NULL, 0, &out);
	assert_non_null(strstr(out.data, "  rows: {\"row.a: {b\": {eq: {ref: row.c d}}}\n"));
}

static void break_glass(void **state)
{
	(void)state;
	struct rule *r = world_rule(&w, SCOPE_DOMAIN, EFFECT_PERMIT, "r", BIT(ACTION_READ));
	static const struct {
		int64_t sec;
		const char *text;
	} rows[] = {
	    {3600, "PT1H"}, {5400, "PT90M"}, {61, "PT61S"}, {2 * 86400, "P2D"}, {0, "PT0S"}};

	r->break_glass = true;
	r->notify = LIST("ciso");
	for (size_t i = 0; i < 5; i++) {
		r->break_glass_max_ns = rows[i].sec * WHEN_NS_PER_SEC;
		rule_print(r, NULL, 0, &out);
		assert_non_null(strstr(out.data, "scope: domain:sales\n"));

		char *tail = strstr(out.data, "  breakGlass: {maxDuration: ");

		assert_non_null(tail);
		tail += strlen("  breakGlass: {maxDuration: ");
		assert_memory_equal(tail, rows[i].text, strlen(rows[i].text));
		assert_string_equal(tail + strlen(rows[i].text), ", notify: [ciso]}\n");
		buf_reset(&out);
	}
}

static void built_in_rules_can_be_printed(void **state)
{
	(void)state;
	const struct ruleset *rs = policy_builtin();

	for (size_t i = 0; i < rs->len; i++)
		rule_print(&rs->rules[i], NULL, 0, &out);
	assert_non_null(strstr(out.data,
	    "- id: unfinished-for-the-team-only\n  policy: built-in\n  scope: built-in\n"));
	assert_non_null(strstr(out.data, "  except: {team: true}\n"));
	assert_non_null(strstr(out.data, "  resources: {status: [proposed, draft]}\n"));
	assert_non_null(strstr(out.data,
	    "  when: {all: [{resource.endOfLife: {present: true}}, {now: {ge: {ref: resource.endOfLife}}}]}\n"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(conditions),
	    TEST(values),
	    TEST(every_operation),
	    TEST(masks),
	    TEST(row_filters),
	    TEST(views),
	    TEST(a_short_rule),
	    TEST(a_rule_with_everything),
	    TEST(names_of_cells_are_quoted),
	    TEST(break_glass),
	    TEST(built_in_rules_can_be_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
