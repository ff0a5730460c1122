#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/base/when.h"
#include "catalog/policy/match.h"
#include "tests/lib/policy_world.h"

static struct world w;

static int setup(void **state)
{
	(void)state;
	world_init(&w);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_clear(&w);
	return 0;
}

static struct rule *rule(enum effect effect)
{
	return world_rule(&w, SCOPE_PRODUCT, effect, "r", BIT(ACTION_LIST) | BIT(ACTION_READ));
}

static bool matches(const struct rule *r)
{
	return match_rule(r, &w.rq, ACTION_LIST);
}

/* ---- reach ---- */

static void only_listed_actions(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_FORBID);

	r->actions = BIT(ACTION_READ_CODE) | BIT(ACTION_APPROVE_ACCESS);
	for (int a = 0; a < ACTION_COUNT; a++)
		assert_int_equal(match_rule(r, &w.rq, (enum action)a),
		    a == ACTION_READ_CODE || a == ACTION_APPROVE_ACCESS);
}

static void scope_contains_what_lies_below(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_FORBID);

	r->scope = (struct scope){.level = SCOPE_MESH};
	assert_true(matches(r));
	r->scope = (struct scope){SCOPE_DOMAIN, "sales", NULL};
	assert_true(matches(r));
	r->scope = (struct scope){SCOPE_DOMAIN, "sale", NULL};
	assert_false(matches(r));
	r->scope = (struct scope){SCOPE_PRODUCT, "sales", "orders"};
	assert_true(matches(r));
	r->scope = (struct scope){SCOPE_PRODUCT, "sales", "order"};
	assert_false(matches(r));
	r->scope = (struct scope){SCOPE_PRODUCT, "logistics", "orders"};
	assert_false(matches(r));
}

static void a_scope_does_not_contain_what_lies_above(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_FORBID);

	w.rq.resource = (struct resource){.mesh = &w.mesh, .domain = "sales"};
	assert_false(matches(r));
	r->scope = (struct scope){SCOPE_DOMAIN, "sales", NULL};
	assert_true(matches(r));
	w.rq.resource = (struct resource){.mesh = &w.mesh};
	assert_false(matches(r));
	r->scope = (struct scope){.level = SCOPE_MESH};
	assert_true(matches(r));
}

/* The product's own domain counts, whatever the path said. */
static void the_product_names_its_domain(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_FORBID);

	r->scope = (struct scope){SCOPE_DOMAIN, "sales", NULL};
	w.rq.resource.domain = "logistics";
	assert_true(matches(r));
	w.rq.resource.domain = NULL;
	assert_true(matches(r));
}

static void all_versions_of_a_product(void **state)
{
	(void)state;
	w.product.entry = "orders@1.0.0";
	assert_true(matches(rule(EFFECT_FORBID)));
}

static void authority_for_permits_of_read(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);

	r->scope = (struct scope){.level = SCOPE_MESH};
	assert_false(match_reach(r, &w.rq, ACTION_READ));
	assert_true(match_reach(r, &w.rq, ACTION_LIST));
	w.domain.mesh_may_grant = LIST("other");
	assert_false(match_reach(r, &w.rq, ACTION_READ));
	w.domain.mesh_may_grant = LIST("other", "r");
	assert_true(match_reach(r, &w.rq, ACTION_READ));
	w.rq.rules.domain_info = NULL;
	assert_false(match_reach(r, &w.rq, ACTION_READ));

	r->scope = (struct scope){SCOPE_DOMAIN, "sales", NULL};
	assert_true(match_reach(r, &w.rq, ACTION_READ));
	w.product.sealed = true;
	assert_false(match_reach(r, &w.rq, ACTION_READ));
	assert_true(match_reach(r, &w.rq, ACTION_LIST));

	r->scope = (struct scope){SCOPE_PRODUCT, "sales", "orders"};
	assert_true(match_reach(r, &w.rq, ACTION_READ));
	r->scope = (struct scope){.level = SCOPE_BUILTIN};
	assert_false(match_reach(r, &w.rq, ACTION_READ));
}

static void authority_to_restrict_needs_no_grant(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_FORBID);

	w.product.sealed = true;
	w.rq.rules.domain_info = NULL;
	for (int level = SCOPE_BUILTIN; level <= SCOPE_DOMAIN; level++) {
		r->scope = (struct scope){(enum scope_level)level, "sales", NULL};
		r->effect = EFFECT_FORBID;
		assert_true(match_reach(r, &w.rq, ACTION_READ));
		r->effect = EFFECT_RESTRICT;
		assert_true(match_reach(r, &w.rq, ACTION_READ));
	}
}

/* ---- callers ---- */

static void principals_are_alternatives(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);

	r->principals = (struct principal_sel){0};
	assert_false(matches(r));
	r->principals = (struct principal_sel){.users = LIST("bob", "ada")};
	assert_true(matches(r));
	r->principals = (struct principal_sel){.users = LIST("Ada", "ad", "adam", "a*")};
	assert_false(matches(r));
	r->principals = (struct principal_sel){.groups = LIST("nobody", "analysts")};
	assert_true(matches(r));
	r->principals = (struct principal_sel){.groups = LIST("steward", "ada")};
	assert_false(matches(r));
	r->principals = (struct principal_sel){.roles = LIST("steward")};
	assert_true(matches(r));
	r->principals = (struct principal_sel){.roles = LIST("staff")};
	assert_false(matches(r));
	r->principals = (struct principal_sel){
	    .users = LIST("bob"), .groups = LIST("x"), .roles = LIST("steward")};
	assert_true(matches(r));
	r->principals = (struct principal_sel){.any = true};
	assert_true(matches(r));
}

static void except_takes_away(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_FORBID);

	r->except = (struct principal_sel){.users = LIST("bob")};
	assert_true(matches(r));
	r->except = (struct principal_sel){.roles = LIST("steward")};
	assert_false(matches(r));
	r->except = (struct principal_sel){.any = true};
	assert_false(matches(r));
}

static void the_team_by_user_or_address_and_date(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);

	r->principals = (struct principal_sel){.team = true};
	assert_false(matches(r));
	w.team[0].username = "ada";
	assert_true(matches(r));
	w.team[0].username = "ada@x.org";
	assert_true(matches(r));
	w.team[0].date_in_ns = WORLD_NOW_NS;
	assert_true(matches(r));
	w.team[0].date_in_ns = WORLD_NOW_NS + 1;
	assert_false(matches(r));
	w.team[0].date_in_ns = WHEN_NONE;
	w.team[0].date_out_ns = WORLD_NOW_NS + 1;
	assert_true(matches(r));
	w.team[0].date_out_ns = WORLD_NOW_NS;
	assert_false(matches(r));
	w.team[0].date_out_ns = WHEN_NONE;
	w.team[0].username = "ada@y.org";
	assert_false(matches(r));
	w.team[0].username = NULL;
	assert_false(matches(r));
}

static void outside_of_a_product_there_is_no_team(void **state)
{
	(void)state;
	struct rule *r = world_rule(&w, SCOPE_MESH, EFFECT_FORBID, "r", BIT(ACTION_LIST));

	w.team[0].username = "ada";
	w.rq.resource = (struct resource){.mesh = &w.mesh, .domain = "sales"};
	r->principals = (struct principal_sel){.team = true};
	assert_false(matches(r));
	r->principals = (struct principal_sel){.any = true};
	r->except = (struct principal_sel){.team = true};
	assert_true(matches(r));
}

static void validity_is_half_open(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);

	r->from_ns = WORLD_NOW_NS;
	assert_true(matches(r));
	r->from_ns = WORLD_NOW_NS + 1;
	assert_false(matches(r));
	r->from_ns = WHEN_NONE;
	r->until_ns = WORLD_NOW_NS + 1;
	assert_true(matches(r));
	r->until_ns = WORLD_NOW_NS;
	assert_false(matches(r));
}

static void break_glass(void **state)
{
	(void)state;
	struct rule *permit = rule(EFFECT_PERMIT);
	struct rule *forbid = rule(EFFECT_FORBID);

	permit->break_glass = true;
	forbid->overridable_break_glass = true;
	assert_false(matches(permit));
	assert_true(matches(forbid));
	w.now.break_glass = true;
	assert_true(matches(permit));
	assert_false(matches(forbid));
	forbid->overridable_break_glass = false;
	assert_true(matches(forbid));
	w.now.break_glass = false;
	forbid->break_glass = true; /* no such rule compiles; if one did, it must not weaken */
	assert_true(matches(forbid));
}

/* ---- exemptions ---- */

static struct rule *delegable(enum scope_level level)
{
	struct rule *r = world_rule(&w, level, EFFECT_FORBID, "strict", BIT(ACTION_LIST));
	static const char *ada[] = {"ada"};

	r->delegable = true;
	w.exemptions[0] = (struct exemption){.rule = "strict",
	    .principals = {.users = {ada, 1}},
	    .from_ns = WORLD_NOW_NS,
	    .until_ns = WORLD_NOW_NS + 1};
	w.sets[SCOPE_PRODUCT].exemptions_len = 1;
	return r;
}

static void an_exemption_is_an_except_with_an_end(void **state)
{
	(void)state;
	struct rule *r = delegable(SCOPE_MESH);
	const char *someone[] = {"ada", "bob"};

	w.exemptions[0].principals.users = (struct strlist){someone, 2};
	assert_false(matches(r));
	w.now.now_ns++;
	assert_true(matches(r));
	w.now.now_ns -= 2;
	assert_true(matches(r));
	w.exemptions[0].from_ns = WHEN_NONE;
	assert_false(matches(r));
	w.exemptions[0].until_ns = WHEN_NONE;
	assert_true(matches(r));
	w.exemptions[0].until_ns = WORLD_NOW_NS;
	w.exemptions[0].principals.users = (struct strlist){someone + 1, 1};
	assert_true(matches(r));
}

static void exemptions_open_only_delegable_doors(void **state)
{
	(void)state;
	struct rule *r = delegable(SCOPE_MESH);

	assert_false(matches(r));
	r->delegable = false;
	assert_true(matches(r));
	r->delegable = true;
	w.exemptions[0].rule = "strict2";
	assert_true(matches(r));
	w.exemptions[0].rule = "strict";
	r->scope = (struct scope){SCOPE_DOMAIN, "sales", NULL};
	assert_false(matches(r));
	r->scope = (struct scope){SCOPE_PRODUCT, "sales", "orders"};
	assert_true(matches(r));
	r->scope = (struct scope){.level = SCOPE_BUILTIN};
	assert_true(matches(r));
	r->scope = (struct scope){.level = SCOPE_MESH};
	r->effect = EFFECT_PERMIT;
	assert_true(matches(r));
	r->effect = EFFECT_FORBID;
	w.sets[SCOPE_PRODUCT].scope.product = "other";
	assert_true(matches(r));
	w.sets[SCOPE_PRODUCT].scope.product = "orders";
	w.rq.rules.product = NULL;
	assert_true(matches(r));
}

/* ---- selectors ---- */

static void names_are_globs(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);
	struct strlist *keys[] = {&r->resources.domains, &r->resources.products,
	    &r->resources.ports, &r->resources.objects, &r->resources.status};
	const char *const yes[] = {"sa*s", "orders", "*", "o*r*s", "act*"};
	const char *const no[] = {"Sales", "order", "orders?", "", "*x*"};

	for (size_t i = 0; i < 5; i++) {
		const char *globs[] = {"none", yes[i]};

		*keys[i] = (struct strlist){globs, 2};
		assert_true(matches(r));
		globs[1] = no[i];
		assert_false(matches(r));
		*keys[i] = (struct strlist){0};
	}
}

static void keys_are_conjunctions(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);

	r->resources.domains = LIST("sales");
	r->resources.ports = LIST("orders");
	assert_true(matches(r));
	r->resources.status = LIST("retired");
	assert_false(matches(r));
}

/* One row per key and level: a key that the level does not have does not hold, for any effect. */
static void undefined_keys_do_not_hold(void **state)
{
	(void)state;
	struct rule *r = world_rule(&w, SCOPE_MESH, EFFECT_FORBID, "r", BIT(ACTION_LIST));
	struct resource mesh = {.mesh = &w.mesh};
	struct resource domain = {.mesh = &w.mesh, .domain = "sales"};
	struct resource product = {&w.mesh, "sales", &w.product, NULL, NULL};
	struct resource port = {&w.mesh, "sales", &w.product, &w.ports[0], NULL};
	struct resource object = w.rq.resource;
	struct selector none = {0};
	struct selector selectors[] = {none, none, none, none, none, none, none};
	static const char *any[] = {"*"}, *tag[] = {"nothing"};
	const struct strlist all = {any, 1};
	const struct resource *levels[] = {&mesh, &domain, &product, &port, &object};
	/* the first level that has the key */
	const size_t first[] = {1, 2, 3, 4, 2, 2, 2};

	selectors[0].domains = all;
	selectors[1].products = all;
	selectors[2].ports = all;
	selectors[3].objects = all;
	selectors[4].status = all;
	selectors[5].tags.none = (struct strlist){tag, 1};
	selectors[6].classification = (struct class_sel){true, UINT64_MAX};
	for (int e = EFFECT_PERMIT; e <= EFFECT_FORBID; e++) {
		r->effect = (enum effect)e;
		for (size_t i = 0; i < 5 * 7; i++) {
			w.rq.resource = *levels[i % 5];
			r->resources = selectors[i / 5];
			assert_int_equal(matches(r), i % 5 >= first[i / 5]);
		}
	}
}

static void a_product_without_status(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);

	r->resources.status = LIST("*");
	w.product.status = NULL;
	assert_false(matches(r));
}

static void tags(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);
	struct tag_sel *t = &r->resources.tags;

	t->any = LIST("x", "finance");
	assert_true(matches(r));
	t->any = LIST("x", "pii"); /* a column's */
	assert_false(matches(r));
	*t = (struct tag_sel){.all = LIST("sales", "finance")};
	assert_true(matches(r));
	*t = (struct tag_sel){.all = LIST("sales", "x")};
	assert_false(matches(r));
	*t = (struct tag_sel){.none = LIST("x", "pii")};
	assert_true(matches(r));
	*t = (struct tag_sel){.none = LIST("x", "sales")};
	assert_false(matches(r));
	*t = (struct tag_sel){.any = LIST("sales"), .all = LIST("finance"), .none = LIST("x")};
	assert_true(matches(r));
	*t = (struct tag_sel){.any = LIST("sal*")};
	assert_false(matches(r));
}

static void the_level_s_own_tags_and_classification(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);

	r->resources.tags.any = LIST("finance");
	assert_true(matches(r));
	w.rq.resource.object = NULL;
	assert_true(matches(r));
	w.rq.resource.port = &w.ports[1];
	assert_false(matches(r));
	w.rq.resource.port = NULL;
	assert_false(matches(r));
	r->resources.tags.any = LIST("sales");
	r->resources.classification = (struct class_sel){true, UINT64_C(1) << 2};
	assert_true(matches(r));
	w.rq.resource.port = &w.ports[1];
	assert_false(matches(r));
	w.ports[1].rank = 2;
	assert_true(matches(r));
	w.ports[1].rank = -1;
	assert_false(matches(r));
	w.ports[1].rank = 64;
	assert_false(matches(r));
}

static void columns(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);
	struct asked q = {.at = w.rq.resource, .column = &w.columns[1]};

	assert_true(match_column(r, &q));
	r->resources.has_columns = true;
	assert_true(match_column(r, &q));
	assert_false(matches(r));
	r->resources.column_names = LIST("id", "e*l");
	assert_true(match_column(r, &q));
	r->resources.column_names = LIST("id");
	assert_false(match_column(r, &q));
	r->resources.column_names = LIST("email");
	r->resources.column_tags = (struct tag_sel){
	    .any = LIST("pii"), .all = LIST("sales"), .none = LIST("x")};
	assert_true(match_column(r, &q));
	r->resources.column_tags.none = LIST("finance");
	assert_false(match_column(r, &q));
	r->resources.column_tags = (struct tag_sel){0};
	r->resources.column_classification = (struct class_sel){true, 4};
	assert_true(match_column(r, &q));
	r->resources.column_classification.ranks = 8 | 3;
	assert_false(match_column(r, &q));
	q.column = NULL;
	r->resources = (struct selector){.has_columns = true};
	assert_false(match_column(r, &q));
}

static void when_and_unless(void **state)
{
	(void)state;
	struct rule *r = rule(EFFECT_PERMIT);
	struct cond in_purpose = ATOM(CONTEXT, "purpose", EQ, V_STR("billing"));

	r->when = &in_purpose;
	assert_false(matches(r));
	r->effect = EFFECT_FORBID;
	assert_true(matches(r)); /* missing: true in a forbid */
	w.now.purpose = "other";
	assert_false(matches(r));
	w.now.purpose = "billing";
	assert_true(matches(r));
	r->effect = EFFECT_PERMIT;
	assert_true(matches(r));

	r->when = NULL;
	r->unless = &in_purpose;
	assert_false(matches(r));
	w.now.purpose = "other";
	assert_true(matches(r));
	w.now.purpose = NULL;
	assert_false(matches(r)); /* a permit: the negated atom is false */
	r->effect = EFFECT_FORBID;
	assert_true(matches(r));
}

static void end_of_life_is_the_contract_s(void **state)
{
	(void)state;
	struct asked q = {.at = w.rq.resource};

	w.product.end_of_life_ns = 7;
	assert_int_equal(asked_end_of_life_ns(&q), WHEN_NONE);
	w.contract.end_of_life_ns = 8;
	assert_int_equal(asked_end_of_life_ns(&q), 8);
	q.at.port = &w.ports[1];
	q.at.object = NULL;
	assert_int_equal(asked_end_of_life_ns(&q), 7);
	q.at.port = NULL;
	assert_int_equal(asked_end_of_life_ns(&q), 7);
	q.at.product = NULL;
	assert_int_equal(asked_end_of_life_ns(&q), WHEN_NONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(only_listed_actions),
	    TEST(scope_contains_what_lies_below),
	    TEST(a_scope_does_not_contain_what_lies_above),
	    TEST(the_product_names_its_domain),
	    TEST(all_versions_of_a_product),
	    TEST(authority_for_permits_of_read),
	    TEST(authority_to_restrict_needs_no_grant),
	    TEST(principals_are_alternatives),
	    TEST(except_takes_away),
	    TEST(the_team_by_user_or_address_and_date),
	    TEST(outside_of_a_product_there_is_no_team),
	    TEST(validity_is_half_open),
	    TEST(break_glass),
	    TEST(an_exemption_is_an_except_with_an_end),
	    TEST(exemptions_open_only_delegable_doors),
	    TEST(names_are_globs),
	    TEST(keys_are_conjunctions),
	    TEST(undefined_keys_do_not_hold),
	    TEST(a_product_without_status),
	    TEST(tags),
	    TEST(the_level_s_own_tags_and_classification),
	    TEST(columns),
	    TEST(when_and_unless),
	    TEST(end_of_life_is_the_contract_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
