#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/base/when.h"
#include "catalog/policy/policy.h"
#include "tests/lib/oom.h"
#include "tests/lib/policy_world.h"

static struct world w;
static struct decision d;

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

static void start_again(void)
{
	world_clear(&w);
	world_init(&w);
}

static struct rule *add(enum effect effect, const char *id)
{
	return world_rule(&w, SCOPE_PRODUCT, effect, id, BIT(ACTION_LIST));
}

static bool decide(void)
{
	policy_decide(&w.rq, ACTION_LIST, &w.arena, &d);
	return d.allow;
}

/* ---- the decision ---- */

static void without_a_permit_it_is_denied(void **state)
{
	(void)state;
	assert_false(decide());
	assert_int_equal(d.rules_len, 0);
	add(EFFECT_RESTRICT, "r");
	assert_false(decide());
}

static void a_permit_allows_and_a_forbid_overrides(void **state)
{
	(void)state;
	struct rule *permit = add(EFFECT_PERMIT, "p");

	assert_true(decide());
	assert_int_equal(d.rules_len, 1);
	assert_ptr_equal(d.rules[0], permit);

	struct rule *forbid = add(EFFECT_FORBID, "f");

	add(EFFECT_PERMIT, "q");
	assert_false(decide());
	assert_int_equal(d.rules_len, 1);
	assert_ptr_equal(d.rules[0], forbid);
}

static void restricts_do_not_touch_other_actions(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	add(EFFECT_RESTRICT, "r")->limit = 1;
	assert_true(decide());
}

static void rules_for_columns_do_not_touch_other_actions(void **state)
{
	(void)state;
	struct rule *p = add(EFFECT_PERMIT, "p");

	p->resources.has_columns = true;
	assert_false(decide());
}

static void every_set_in_force_is_asked(void **state)
{
	(void)state;
	for (int level = SCOPE_MESH; level <= SCOPE_PRODUCT; level++) {
		start_again();
		world_rule(&w, (enum scope_level)level, EFFECT_PERMIT, "p", BIT(ACTION_LIST));
		assert_true(decide());
		for (int forbid = SCOPE_MESH; forbid <= SCOPE_PRODUCT; forbid++) {
			struct rule *r = world_rule(
			    &w, (enum scope_level)forbid, EFFECT_FORBID, "f", BIT(ACTION_LIST));

			assert_false(decide());
			r->principals.any = false;
			assert_true(decide());
		}
		w.rq.rules = (struct rules_in_force){0};
		assert_false(decide());
	}
}

static void read_is_not_decided_here(void **state)
{
	(void)state;
	world_permit_read(&w);
	policy_decide(&w.rq, ACTION_READ, &w.arena, &d);
	assert_false(d.allow);
}

/* ---- built-in rules ---- */

static void permit_everything(void)
{
	world_rule(&w, SCOPE_PRODUCT, EFFECT_PERMIT, "p", UINT32_MAX);
}

static void unfinished_products_are_the_team_s(void **state)
{
	(void)state;
	static const char *const hidden[] = {"proposed", "draft"};
	const uint32_t forbidden = BIT(ACTION_DISCOVER) | BIT(ACTION_LIST) |
	    BIT(ACTION_READ_METADATA) | BIT(ACTION_READ_CODE) | BIT(ACTION_READ_QUALITY) |
	    BIT(ACTION_READ_POLICY);

	permit_everything();
	for (size_t i = 0; i < 2 * ACTION_COUNT; i++) {
		enum action a = (enum action)(i / 2);

		if (a == ACTION_READ)
			continue;
		w.product.status = hidden[i % 2];
		w.team[0].username = "tess";
		assert_int_equal(world_allows(&w, a), (forbidden & BIT(a)) == 0);
		w.team[0].username = "ada";
		assert_true(world_allows(&w, a));
	}
	w.team[0].username = "tess";
	assert_true(world_view(&w).deny);
	w.team[0].username = "ada@x.org";
	assert_true(world_view(&w).identity);
}

static void finished_products_are_not(void **state)
{
	(void)state;
	static const char *const shown[] = {"active", "deprecated", "retired"};

	permit_everything();
	for (size_t i = 0; i < 3; i++) {
		w.product.status = shown[i];
		assert_true(world_allows(&w, ACTION_DISCOVER));
		assert_true(world_allows(&w, ACTION_READ_METADATA));
	}
}

static void retired_is_not_read_even_by_the_team(void **state)
{
	(void)state;
	permit_everything();
	w.team[0].username = "ada";
	w.product.status = "deprecated";
	assert_false(world_view(&w).deny);
	w.product.status = "retired";
	assert_true(world_view(&w).deny);
}

static void past_its_end_only_the_team_reads(void **state)
{
	(void)state;
	permit_everything();
	w.contract.end_of_life_ns = WORLD_NOW_NS + 1;
	assert_false(world_view(&w).deny);
	w.contract.end_of_life_ns = WORLD_NOW_NS;
	assert_true(world_view(&w).deny);
	assert_true(world_allows(&w, ACTION_READ_METADATA));
	w.team[0].username = "ada";
	assert_false(world_view(&w).deny);
}

static void built_in_rules_are_rules(void **state)
{
	(void)state;
	const struct ruleset *rs = policy_builtin();

	assert_true(rs->len >= 3);
	for (size_t i = 0; i < rs->len; i++) {
		assert_int_equal(rs->rules[i].scope.level, SCOPE_BUILTIN);
		assert_int_equal(rs->rules[i].effect, EFFECT_FORBID);
		assert_string_equal(rs->rules[i].file, "built-in");
	}
}

/* ---- reasons ---- */

static void reasons_name_the_rule_and_its_place(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	decide();
	assert_string_equal(d.reason, "allowed: product:sales/orders:p (p.policy.yaml:1)");
	add(EFFECT_PERMIT, "q");
	decide();
	assert_string_equal(
	    d.reason, "allowed: product:sales/orders:p (p.policy.yaml:1) and 1 more");
	world_rule(&w, SCOPE_DOMAIN, EFFECT_FORBID, "f", BIT(ACTION_LIST));
	decide();
	assert_string_equal(d.reason,
	    "denied: list on sales/orders/data/orders is forbidden by domain:sales:f (p.policy.yaml:1)");
	world_rule(&w, SCOPE_MESH, EFFECT_FORBID, "m", BIT(ACTION_LIST));
	decide();
	assert_string_equal(d.reason,
	    "denied: list on sales/orders/data/orders is forbidden by mesh:m (p.policy.yaml:1) and 1 more");
}

static void reasons_say_how_to_mend_it(void **state)
{
	(void)state;
	decide();
	assert_string_equal(d.reason,
	    "denied: no permit for list on sales/orders/data/orders matches ada without a purpose; "
	    "request access or ask tess");
	w.now.purpose = "billing";
	w.product.team_len = 0;
	decide();
	assert_string_equal(d.reason,
	    "denied: no permit for list on sales/orders/data/orders matches ada for purpose "
	    "billing; request access or ask the owners");

	struct rule *f = add(EFFECT_FORBID, "f");

	f->overridable_break_glass = true;
	decide();
	assert_non_null(strstr(d.reason, "breaking glass would lift it"));
	f->delegable = true;
	decide();
	assert_non_null(strstr(d.reason, "an exemption by its approvers would lift it"));
	w.product.status = "draft";
	f->principals.any = false;
	decide();
	assert_non_null(strstr(d.reason, "built-in:unfinished-for-the-team-only"));
}

static void reasons_name_every_level(void **state)
{
	(void)state;
	w.object.name = "lines";
	w.product.entry = "orders@1.0.0";
	decide();
	assert_non_null(strstr(d.reason, "list on sales/orders@1.0.0/data/orders/lines matches"));
	w.rq.resource.object = NULL;
	w.rq.resource.port = NULL;
	decide();
	assert_non_null(strstr(d.reason, "list on sales/orders@1.0.0 matches"));
	w.rq.resource.product = NULL;
	decide();
	assert_non_null(strstr(d.reason, "list on sales matches"));
	w.rq.resource.domain = NULL;
	decide();
	assert_non_null(strstr(d.reason, "list on the mesh matches"));
}

static void reasons_are_cut_at_a_character(void **state)
{
	(void)state;
	char id[400] = "";

	for (size_t i = 0; i < 130; i++)
		strcat(id, "\u20ac");
	for (size_t shift = 0; shift < 4; shift++) {
		start_again();
		add(EFFECT_FORBID, id)->file = "f";
		w.product.entry = &"orders"[shift];
		decide();
		assert_int_equal(strlen(d.reason) <= sizeof(d.reason) - 1, true);
		assert_true(str_is_utf8(d.reason, strlen(d.reason)));
		assert_true(str_ends(d.reason, "..."));
	}
}

static int decide_or_deny(void *arg)
{
	struct arena a;

	(void)arg;
	arena_init(&a);
	policy_decide(&w.rq, ACTION_LIST, &a, &d);
	arena_clear(&a);
	if (d.allow)
		return 0;
	assert_string_equal(d.reason, "denied: not enough memory to decide");
	assert_int_equal(d.rules_len, 0);
	return -ENOMEM;
}

static void without_memory_it_is_denied(void **state)
{
	(void)state;
	char ids[20][16];

	for (int i = 0; i < 20; i++) {
		snprintf(ids[i], sizeof(ids[i]), "p%d", i);
		add(EFFECT_PERMIT, ids[i]);
	}
	oom_sweep(decide_or_deny, NULL, 100);
}

static void shown_in_one_order(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "z");
	add(EFFECT_PERMIT, "a");
	world_rule(&w, SCOPE_MESH, EFFECT_PERMIT, "m", BIT(ACTION_LIST));
	assert_true(decide());
	assert_int_equal(d.rules_len, 3);
	assert_string_equal(d.rules[0]->id, "m");
	assert_string_equal(d.rules[1]->id, "a");
	assert_string_equal(d.rules[2]->id, "z");
}

/* ---- principals ---- */

static struct principals people(void)
{
	static const char *users[] = {"ada"};
	static const char *groups[] = {"ops", "dba"};
	static const char *mails[] = {"ada@x.org"};
	static struct role roles[] = {
	    {.name = "by-user", .users = {users, 1}},
	    {.name = "by-group", .groups = {groups, 2}},
	};
	static struct attribute attributes[] = {{"region", {.type = VALUE_STRING, .s = "EU"}}};
	static struct person persons[] = {{"ada", {mails, 1}, attributes, 1}};

	return (struct principals){
	    .roles = roles, .roles_len = 2, .people = persons, .people_len = 1};
}

static void a_principal_gets_roles_addresses_and_attributes(void **state)
{
	(void)state;
	struct principals p = people();
	struct principal who;
	char user[] = "ada";
	char group[] = "dba";
	const char *groups[] = {"x", group};

	assert_int_equal(
	    principal_build(&p, user, 7, (struct strlist){groups, 2}, &w.arena, &who), 0);
	user[0] = 'x';
	group[0] = 'x';
	groups[0] = NULL;
	assert_string_equal(who.user, "ada");
	assert_int_equal(who.uid, 7);
	assert_int_equal(who.groups.len, 2);
	assert_true(strlist_has(&who.groups, "dba"));
	assert_int_equal(who.roles.len, 2);
	assert_true(strlist_has(&who.emails, "ada@x.org"));
	assert_int_equal(who.attributes_len, 1);
	assert_string_equal(who.attributes[0].value.s, "EU");
}

static void an_unknown_principal_gets_nothing(void **state)
{
	(void)state;
	struct principals p = people();
	struct principal who;

	assert_int_equal(principal_build(&p, "uid:5", 5, (struct strlist){0}, &w.arena, &who), 0);
	assert_int_equal(who.groups.len + who.roles.len + who.emails.len + who.attributes_len, 0);
	assert_int_equal(principal_build(NULL, "ada", 5, LIST("ops"), &w.arena, &who), 0);
	assert_int_equal(who.roles.len + who.attributes_len, 0);
}

static int build_principal(void *arg)
{
	struct principals p = people();
	struct principal who;
	struct arena a;

	(void)arg;
	arena_init(&a);
	int error = principal_build(&p, "ada", 7, LIST("ops"), &a, &who);

	arena_clear(&a);
	return error;
}

static void a_principal_without_memory(void **state)
{
	(void)state;
	oom_sweep(build_principal, NULL, 50);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(without_a_permit_it_is_denied),
	    TEST(a_permit_allows_and_a_forbid_overrides),
	    TEST(restricts_do_not_touch_other_actions),
	    TEST(rules_for_columns_do_not_touch_other_actions),
	    TEST(every_set_in_force_is_asked),
	    TEST(read_is_not_decided_here),
	    TEST(unfinished_products_are_the_team_s),
	    TEST(finished_products_are_not),
	    TEST(retired_is_not_read_even_by_the_team),
	    TEST(past_its_end_only_the_team_reads),
	    TEST(built_in_rules_are_rules),
	    TEST(reasons_name_the_rule_and_its_place),
	    TEST(reasons_say_how_to_mend_it),
	    TEST(reasons_name_every_level),
	    TEST(reasons_are_cut_at_a_character),
	    TEST(without_memory_it_is_denied),
	    TEST(shown_in_one_order),
	    TEST(a_principal_gets_roles_addresses_and_attributes),
	    TEST(an_unknown_principal_gets_nothing),
	    TEST(a_principal_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
