#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/base/when.h"
#include "catalog/policy/policy.h"
#include "tests/lib/oom.h"
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

static void start_again(void)
{
	world_clear(&w);
	world_init(&w);
}

static struct rule *add(enum effect effect, const char *id)
{
	return world_rule(&w, SCOPE_PRODUCT, effect, id, BIT(ACTION_LIST));
}

/* ---- uniform ---- */

static enum uniform uniform(void)
{
	return policy_uniform(&w.rq, ACTION_LIST);
}

static void uniform_denies(void **state)
{
	(void)state;
	struct rule *permit = add(EFFECT_PERMIT, "p");
	struct rule *forbid = add(EFFECT_FORBID, "f");

	assert_int_equal(uniform(), UNIFORM_DENY); /* forbids all */
	forbid->actions = 0;
	permit->resources.ports = LIST("dump");
	assert_int_equal(uniform(), UNIFORM_DENY); /* no permit reaches it */
	permit->resources.ports = (struct strlist){0};
	permit->resources.has_columns = true;
	assert_int_equal(uniform(), UNIFORM_DENY);
	permit->resources.has_columns = false;
	assert_int_equal(uniform(), UNIFORM_ALLOW);
}

/* Each of these makes a permit, and a forbid beside it, depend on who asks or when. */
static void make_conditional(struct rule *r, int how)
{
	static const struct cond always = {.kind = COND_ALL};
	static const char *ada[] = {"ada"};

	switch (how) {
	case 0:
		r->principals = (struct principal_sel){.users = {ada, 1}};
		break;
	case 1:
		r->except.users = (struct strlist){ada, 1};
		break;
	case 2:
		r->except.team = true;
		break;
	case 3:
		r->when = &always;
		break;
	case 4:
		r->unless = &always;
		break;
	case 5:
		r->from_ns = 0;
		break;
	case 6:
		r->until_ns = INT64_MAX;
		break;
	case 7:
		r->overridable_break_glass = true;
		break;
	case 8:
		r->delegable = true;
		break;
	case 9:
		r->break_glass = true;
		break;
	default:
		fail();
	}
}

static void uniform_varies(void **state)
{
	(void)state;
	for (int how = 0; how < 10; how++) {
		start_again();
		make_conditional(add(EFFECT_PERMIT, "p"), how);
		assert_int_equal(uniform(), UNIFORM_VARIES);
		add(EFFECT_PERMIT, "for-all");
		assert_int_equal(uniform(), UNIFORM_ALLOW);
		make_conditional(add(EFFECT_PERMIT, "q"), how);
		assert_int_equal(uniform(), UNIFORM_ALLOW);
		make_conditional(add(EFFECT_FORBID, "f"), how);
		assert_int_equal(uniform(), UNIFORM_VARIES);
		add(EFFECT_FORBID, "for-all");
		assert_int_equal(uniform(), UNIFORM_DENY);
	}
}

static void uniform_knows_the_built_in_rules(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	w.product.status = "draft";
	assert_int_equal(uniform(), UNIFORM_VARIES);
}

static void uniform_reads_are_never_allowed_for_all(void **state)
{
	(void)state;
	assert_int_equal(policy_uniform(&w.rq, ACTION_READ), UNIFORM_DENY);
	world_permit_read(&w);
	assert_int_equal(policy_uniform(&w.rq, ACTION_READ), UNIFORM_VARIES);
	world_rule(&w, SCOPE_MESH, EFFECT_FORBID, "f", BIT(ACTION_READ));
	assert_int_equal(policy_uniform(&w.rq, ACTION_READ), UNIFORM_DENY);
}

/* ---- fingerprints ---- */

static uint64_t print_of(struct resource at)
{
	struct request rq = w.rq;

	rq.resource = at;
	if (!at.product)
		rq.rules.product = NULL;
	return policy_fingerprint(&rq, ACTION_LIST);
}

static struct resource of_domain(void)
{
	return (struct resource){.mesh = &w.mesh, .domain = "sales"};
}

static struct resource of_product(void)
{
	return (struct resource){&w.mesh, "sales", &w.product, NULL, NULL};
}

static void equal_rules_equal_fingerprints(void **state)
{
	(void)state;
	struct rule *r = world_rule(&w, SCOPE_DOMAIN, EFFECT_PERMIT, "p", BIT(ACTION_LIST));

	assert_int_equal(print_of(of_domain()), print_of(of_product()));
	r->resources.products = LIST("orders");
	assert_int_not_equal(print_of(of_domain()), print_of(of_product()));
	assert_int_equal(print_of(of_product()), print_of(w.rq.resource));
	add(EFFECT_FORBID, "f")->resources.ports = LIST("orders");
	assert_int_not_equal(print_of(of_product()), print_of(w.rq.resource));
}

static void rules_that_cannot_match_leave_no_trace(void **state)
{
	(void)state;
	uint64_t before = print_of(w.rq.resource);

	add(EFFECT_RESTRICT, "r");
	add(EFFECT_PERMIT, "c")->resources.has_columns = true;
	world_rule(&w, SCOPE_MESH, EFFECT_PERMIT, "other", BIT(ACTION_READ_CODE));
	assert_int_equal(print_of(w.rq.resource), before);
	add(EFFECT_PERMIT, "p")->principals = (struct principal_sel){0};
	assert_int_not_equal(print_of(w.rq.resource), before);
}

/* Same rules, but the answer depends on the resource: parent and child must differ. */
static void what_looks_at_the_resource_tells_it_apart(void **state)
{
	(void)state;
	struct cond on_status = ATOM(RESOURCE, "status", EQ, V_STR("active"));

	for (int how = 0; how < 5; how++) {
		start_again();

		struct rule *r = world_rule(&w, SCOPE_DOMAIN, EFFECT_FORBID, "f", BIT(ACTION_LIST));

		assert_int_equal(print_of(of_domain()), print_of(of_product()));
		r->principals.team = how == 0;
		r->except.team = how == 1;
		r->when = how == 2 ? &on_status : NULL;
		r->unless = how == 3 ? &on_status : NULL;
		r->delegable = how == 4;
		w.exemptions[0] = (struct exemption){.rule = "f", .until_ns = WHEN_NONE};
		w.sets[SCOPE_PRODUCT].exemptions_len = how == 4;
		assert_int_not_equal(print_of(of_domain()), print_of(of_product()));
	}
}

static void other_products_are_other_resources(void **state)
{
	(void)state;
	struct product other = w.product;
	struct port port = w.ports[0];
	struct object object = w.object;
	struct resource at = w.rq.resource;
	uint64_t before;

	world_rule(&w, SCOPE_MESH, EFFECT_FORBID, "f", BIT(ACTION_LIST))->principals.team = true;
	before = print_of(at);
	other.entry = "other";
	at.product = &other;
	assert_int_not_equal(print_of(at), before);
	at = w.rq.resource;
	port.entry = "other";
	at.port = &port;
	assert_int_not_equal(print_of(at), before);
	at = w.rq.resource;
	object.name = "other";
	at.object = &object;
	assert_int_not_equal(print_of(at), before);
}

/* A rule is known by where it stands: each part of that counts, and where one part ends. */
static void other_rules_have_other_fingerprints(void **state)
{
	(void)state;
	struct rule *r = world_rule(&w, SCOPE_MESH, EFFECT_FORBID, "ab", BIT(ACTION_LIST));
	const struct rule first = *r;
	uint64_t prints[9];

	for (int i = 0; i < 9; i++) {
		*r = first;
		if (i == 1)
			r->scope.level = SCOPE_BUILTIN;
		if (i == 2)
			r->scope = (struct scope){SCOPE_DOMAIN, "sales", NULL};
		if (i == 3)
			r->scope = (struct scope){SCOPE_PRODUCT, "sales", "orders"};
		if (i == 4)
			r->policy = "q";
		if (i == 5)
			r->id = "x";
		if (i == 6)
			r->file = "q";
		if (i == 7)
			r->line = 99;
		if (i == 8) {
			r->policy = "pa";
			r->id = "b";
		}
		prints[i] = print_of(w.rq.resource);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(prints[i], prints[k]);
	}
}

static void draft_products_differ_from_their_domain(void **state)
{
	(void)state;
	w.product.status = "draft";
	assert_int_not_equal(print_of(of_domain()), print_of(of_product()));
}

static void fingerprints_of_reads_are_the_resource_s_own(void **state)
{
	(void)state;
	struct request rq = w.rq;
	uint64_t object = policy_fingerprint(&rq, ACTION_READ);

	rq.resource.object = NULL;
	assert_int_not_equal(policy_fingerprint(&rq, ACTION_READ), object);
}

static void fingerprints_without_memory_differ(void **state)
{
	(void)state;
	struct request rq = w.rq;
	uint64_t child;

	oom_fail_nth(1);
	child = policy_fingerprint(&rq, ACTION_LIST);
	rq.resource = of_domain();
	oom_fail_nth(1);
	assert_int_not_equal(policy_fingerprint(&rq, ACTION_LIST), child);
	oom_fail_nth(0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(uniform_denies),
	    TEST(uniform_varies),
	    TEST(uniform_knows_the_built_in_rules),
	    TEST(uniform_reads_are_never_allowed_for_all),
	    TEST(equal_rules_equal_fingerprints),
	    TEST(rules_that_cannot_match_leave_no_trace),
	    TEST(what_looks_at_the_resource_tells_it_apart),
	    TEST(other_products_are_other_resources),
	    TEST(other_rules_have_other_fingerprints),
	    TEST(draft_products_differ_from_their_domain),
	    TEST(fingerprints_of_reads_are_the_resource_s_own),
	    TEST(fingerprints_without_memory_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
