#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/view_fixture.h"

/* ---- columns ---- */

static void all_permitted_is_the_identity(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	look();
	assert_false(v.deny);
	assert_true(v.identity);
	assert_int_equal(v.columns_len, 4);
	assert_string_equal(v.columns[EMAIL].name, "email");
	assert_string_equal(v.columns[REGION].name, "region");
	assert_int_equal(v.rules_len, 1);
	assert_int_equal(strlen(v.key), 64);
}

static void without_a_permit_every_column_is_dropped(void **state)
{
	(void)state;
	look();
	assert_true(v.deny);
	assert_false(v.identity);
	assert_true(v.columns[ID].dropped);
	assert_non_null(strstr(
	    v.columns[ID].why, "no permit for read on sales/orders/data/orders matches ada"));
	assert_non_null(strstr(v.reason, v.columns[ID].why));
}

static void a_column_without_a_permit_is_dropped(void **state)
{
	(void)state;
	on_columns(add(EFFECT_PERMIT, "p"), LIST("id", "amount"));
	look();
	assert_false(v.deny);
	assert_false(v.identity);
	assert_false(v.columns[ID].dropped);
	assert_true(v.columns[EMAIL].dropped);
	assert_false(v.columns[AMOUNT].dropped);
	assert_true(v.columns[REGION].dropped);
}

static void a_forbidden_column_is_dropped(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	on_columns(add(EFFECT_FORBID, "f"), (struct strlist){0})->resources.column_tags.any = LIST(
	    "pii");
	look();
	assert_false(v.deny);
	assert_true(v.columns[EMAIL].dropped);
	assert_false(v.columns[ID].dropped);
	assert_string_equal(
	    v.columns[EMAIL].why, "forbidden by product:sales/orders:f (p.policy.yaml:2)");
	assert_non_null(strstr(
	    v.reason, "email left out: forbidden by product:sales/orders:f (p.policy.yaml:2)"));
}

static void a_forbid_without_columns_denies(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	add(EFFECT_FORBID, "f");
	look();
	assert_true(v.deny);
	assert_non_null(strstr(v.reason,
	    "denied: read on sales/orders/data/orders: forbidden by product:sales/orders:f"));
}

static void columns_by_classification(void **state)
{
	(void)state;
	struct rule *p = on_columns(add(EFFECT_PERMIT, "p"), (struct strlist){0});

	p->resources.column_classification = (struct class_sel){true, 3}; /* at most internal */
	look();
	assert_true(v.columns[EMAIL].dropped);
	assert_false(v.columns[REGION].dropped);
	p->resources.column_classification.ranks = 4;
	look();
	assert_false(v.columns[EMAIL].dropped);
	assert_true(v.columns[REGION].dropped);
}

static void conditions_may_look_at_the_column(void **state)
{
	(void)state;
	struct cond c = ATOM(RESOURCE, "column", NE, V_STR("email"));

	add(EFFECT_PERMIT, "p")->when = &c;
	look();
	assert_true(v.columns[EMAIL].dropped);
	assert_false(v.columns[ID].dropped);
	assert_false(v.columns[REGION].dropped);
}

static void other_actions_do_not_matter(void **state)
{
	(void)state;
	world_rule(&w, SCOPE_PRODUCT, EFFECT_PERMIT, "p", ~BIT(ACTION_READ));
	look();
	assert_true(v.deny);
}

static void a_column_lists_its_rules_in_order(void **state)
{
	(void)state;
	struct rule *p = add(EFFECT_PERMIT, "p");
	struct rule *m = world_rule(&w, SCOPE_MESH, EFFECT_RESTRICT, "z", BIT(ACTION_READ));
	struct rule *a = on_columns(add(EFFECT_RESTRICT, "a"), LIST("email"));

	look();
	assert_int_equal(v.columns[ID].rules_len, 2);
	assert_int_equal(v.columns[EMAIL].rules_len, 3);
	assert_ptr_equal(v.columns[EMAIL].rules[0], m);
	assert_ptr_equal(v.columns[EMAIL].rules[1], a);
	assert_ptr_equal(v.columns[EMAIL].rules[2], p);
	assert_int_equal(v.rules_len, 3);
	assert_ptr_equal(v.rules[1], a);
}

static void only_a_product_has_content(void **state)
{
	(void)state;
	world_rule(&w, SCOPE_MESH, EFFECT_PERMIT, "p", BIT(ACTION_READ));
	w.domain.mesh_may_grant = LIST("p");
	look();
	assert_false(v.deny);
	w.rq.resource = (struct resource){.mesh = &w.mesh, .domain = "sales"};
	look();
	assert_true(v.deny);
}

/* ---- authority ---- */

static void mesh_and_domain_permits_need_authority(void **state)
{
	(void)state;
	world_rule(&w, SCOPE_MESH, EFFECT_PERMIT, "m", BIT(ACTION_READ));
	look();
	assert_true(v.deny);
	w.domain.mesh_may_grant = LIST("m");
	look();
	assert_true(v.identity);
	w.domain.mesh_may_grant = (struct strlist){0};
	world_rule(&w, SCOPE_DOMAIN, EFFECT_PERMIT, "d", BIT(ACTION_READ));
	look();
	assert_true(v.identity);
	w.product.sealed = true;
	look();
	assert_true(v.deny);
	add(EFFECT_PERMIT, "p");
	look();
	assert_true(v.identity);
}

/* ---- extra columns ---- */

static void unknown_columns_take_the_default(void **state)
{
	(void)state;
	struct rule *p = on_columns(add(EFFECT_PERMIT, "p"), (struct strlist){0});

	p->resources.column_classification = (struct class_sel){true, 7}; /* at most confidential */
	look_with(LIST("ssn", "id", "ssn", "zip"));
	assert_int_equal(v.columns_len, 6);
	assert_string_equal(v.columns[4].name, "ssn");
	assert_string_equal(v.columns[5].name, "zip");
	assert_false(v.columns[ID].dropped);
	assert_true(v.columns[4].dropped);
	p->resources.column_classification.ranks = 8;
	look_with(LIST("ssn"));
	assert_true(v.columns[ID].dropped);
	assert_false(v.columns[4].dropped);
	p->resources.column_classification.given = false;
	p->resources.column_tags.any = LIST("pii");
	look_with(LIST("ssn"));
	assert_true(v.columns[4].dropped);
	p->resources.column_tags.any = LIST("finance"); /* the object's, inherited */
	look_with(LIST("ssn"));
	assert_false(v.columns[4].dropped);
}

/* An object is classified as its most sensitive column, known or not. */
static void an_unknown_column_raises_the_object(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p")->resources.classification = (struct class_sel){true, 7};
	look();
	assert_true(v.identity);
	look_with(LIST("ssn"));
	assert_true(v.deny);
	w.mesh.default_rank = 1;
	look_with(LIST("ssn"));
	assert_true(v.identity);
	assert_int_equal(v.columns_len, 5);
	/* which opens no door that the contract's classification keeps shut */
	w.mesh.default_rank = 3;
	w.rules[SCOPE_PRODUCT][0].resources.classification.ranks = 8;
	look_with(LIST("ssn"));
	assert_true(v.deny);
	w.rules[SCOPE_PRODUCT][0].resources.classification.ranks = 12;
	look_with(LIST("ssn"));
	assert_true(v.identity);
	add(EFFECT_FORBID, "f")->resources.classification = (struct class_sel){true, 4};
	look_with(LIST("ssn"));
	assert_true(v.deny);
}

static void nested_columns_inherit(void **state)
{
	(void)state;
	struct rule *p = add(EFFECT_PERMIT, "p");
	struct rule *f = on_columns(add(EFFECT_FORBID, "f"), (struct strlist){0});

	f->resources.column_tags.any = LIST("pii");
	w.mesh.default_rank = 0;
	look_with(LIST("email.local", "emails", "e"));
	assert_true(v.columns[4].dropped);
	assert_false(v.columns[5].dropped);
	assert_false(v.columns[6].dropped);
	f->resources.column_tags.any = (struct strlist){0};
	f->resources.column_classification = (struct class_sel){true, 4};
	look_with(LIST("email.local.x", "id.y"));
	assert_true(v.columns[4].dropped);
	assert_false(v.columns[5].dropped);
	p->actions = 0;
}

/* "address" in the storage may hold the contract's "address.street". */
static void a_column_may_hold_the_contract_s(void **state)
{
	(void)state;
	struct rule *p = on_columns(add(EFFECT_PERMIT, "p"), LIST("*"));
	struct rule *f = on_columns(add(EFFECT_FORBID, "f"), (struct strlist){0});
	static const char *pii[] = {"pii"};

	w.columns[0] = (struct column){.name = "address.zip", .rank = 1};
	w.columns[1] = (struct column){.name = "address-x", .rank = 1};
	w.columns[2] = (struct column){.name = "address.street", .tags = {pii, 1}, .rank = 1};
	w.mesh.default_rank = 0;
	f->resources.column_tags.any = LIST("pii");
	look_with(LIST("address", "addres", "address.s"));
	assert_true(v.columns[2].dropped);
	assert_false(v.columns[0].dropped);
	assert_true(v.columns[4].dropped);
	assert_false(v.columns[5].dropped);
	assert_false(v.columns[6].dropped);
	/* a permit must be one for all that it holds */
	f->actions = 0;
	p->resources.column_names = LIST("address", "address.zip");
	look_with(LIST("address"));
	assert_true(v.columns[4].dropped);
	p->resources.column_names = LIST("address", "address.*");
	look_with(LIST("address"));
	assert_false(v.columns[4].dropped);
	p->resources.column_names = LIST("address.*");
	look_with(LIST("address"));
	assert_true(v.columns[4].dropped);
}

/* "*": the columns of this content cannot be told. It is classified as its object, beside the
 * contract's columns. */
static void content_whose_columns_cannot_be_told(void **state)
{
	(void)state;
	struct rule *p = on_columns(add(EFFECT_PERMIT, "p"), (struct strlist){0});

	p->resources.column_classification = (struct class_sel){true, 7};
	look_with(LIST("*"));
	assert_int_equal(v.columns_len, 5);
	assert_string_equal(v.columns[4].name, "*");
	assert_true(v.identity);
	p->resources.column_classification.ranks = 3;
	look_with(LIST("*"));
	assert_true(v.columns[4].dropped);
	assert_true(v.columns[EMAIL].dropped);
}

static void many_unknown_columns(void **state)
{
	(void)state;
	enum { N = 3000 };
	static char names[N][12];
	static const char *list[2 * N];

	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "c%d", (i * 7919) % N);
		list[i] = list[2 * N - 1 - i] = names[i];
	}
	add(EFFECT_PERMIT, "p");
	look_with((struct strlist){list, 2 * N});
	assert_int_equal(v.columns_len, N + 4);
	assert_string_equal(v.columns[4].name, "c0");
	assert_string_equal(v.columns[5].name, names[1]);
	assert_true(v.identity);
}

/* ---- opaque content ---- */

static void opaque_object(void)
{
	w.object.columns_len = 0;
}

static void an_object_without_columns_is_one_column(void **state)
{
	(void)state;
	struct rule *p = on_columns(add(EFFECT_PERMIT, "p"), (struct strlist){0});

	opaque_object();
	look();
	assert_int_equal(v.columns_len, 1);
	assert_string_equal(v.columns[0].name, "*");
	assert_true(v.identity);
	p->resources.column_names = LIST("id");
	look();
	assert_true(v.deny);
	p->resources.column_names = LIST("*");
	look();
	assert_true(v.identity);
	p->resources.column_tags.any = LIST("finance");
	look();
	assert_true(v.identity);
	p->resources.column_tags.any = LIST("pii");
	look();
	assert_true(v.deny);
	p->resources.column_tags.any = (struct strlist){0};
	p->resources.column_classification = (struct class_sel){true, 4}; /* the object's */
	look();
	assert_true(v.identity);
	p->resources.column_classification.ranks = 3;
	look();
	assert_true(v.deny);
	look_with(LIST("only"));
	assert_int_equal(v.columns_len, 1);
	assert_string_equal(v.columns[0].name, "only");
}

static void content_of_a_port(void **state)
{
	(void)state;
	struct rule *p = add(EFFECT_PERMIT, "p");

	w.rq.resource.object = NULL;
	w.rq.resource.port = &w.ports[1];
	look_with(LIST("ignored"));
	assert_int_equal(v.columns_len, 1);
	assert_string_equal(v.columns[0].name, "*");
	assert_true(v.identity);
	p->resources.classification = (struct class_sel){true, 2};
	look();
	assert_true(v.identity);
	p->resources.classification.ranks = 4;
	look();
	assert_true(v.deny);
	p->resources.classification.given = false;
	p->resources.objects = LIST("*");
	look();
	assert_true(v.deny);
}

/* Content of a port that is of no known object may be any of its objects, and hold any of their
 * columns. */
static void opaque_content_is_what_it_may_be(void **state)
{
	(void)state;
	struct rule *p = add(EFFECT_PERMIT, "p");
	struct rule *f = add(EFFECT_FORBID, "f");

	w.rq.resource.object = NULL;
	f->resources.objects = LIST("orders");
	look();
	assert_true(v.deny);
	f->resources.objects = LIST("other");
	look();
	assert_true(v.identity);
	on_columns(f, LIST("email"))->resources.objects = (struct strlist){0};
	look();
	assert_true(v.deny);
	f->resources.column_names = (struct strlist){0};
	f->resources.column_tags.any = LIST("pii");
	look();
	assert_true(v.deny);
	f->effect = EFFECT_RESTRICT;
	f->mask.fn = MASK_HASH;
	look();
	assert_false(v.deny);
	assert_false(v.identity);
	f->actions = 0;
	on_columns(p, LIST("*"))->resources.column_tags.none = LIST("pii");
	look();
	assert_true(v.deny);
	p->resources.column_tags.none = LIST("x");
	look();
	assert_true(v.identity);
}

static void opaque_content_of_a_product(void **state)
{
	(void)state;
	struct rule *f = add(EFFECT_FORBID, "f");

	add(EFFECT_PERMIT, "p");
	w.rq.resource.object = NULL;
	w.rq.resource.port = NULL;
	f->resources.ports = LIST("other");
	look();
	assert_true(v.identity);
	f->resources.ports = LIST("dump"); /* has no objects */
	look();
	assert_true(v.deny);
	f->resources.ports = LIST("orders");
	look();
	assert_true(v.deny);
	f->resources.ports = (struct strlist){0};
	f->resources.objects = LIST("orders");
	look();
	assert_true(v.deny);
	f->resources.objects = LIST("other");
	look();
	assert_true(v.identity);
}

static void opaque_content_may_be_an_object_without_columns(void **state)
{
	(void)state;
	struct rule *f = add(EFFECT_FORBID, "f");

	add(EFFECT_PERMIT, "p");
	w.object.columns_len = 0;
	w.rq.resource.object = NULL;
	f->resources.objects = LIST("other");
	look();
	assert_true(v.identity);
	f->resources.objects = LIST("orders");
	look();
	assert_true(v.deny);
	w.rq.resource.port = NULL;
	look();
	assert_true(v.deny);
	/* with the object's tags and classification */
	w.object.rank = 3;
	f->resources.objects = (struct strlist){0};
	on_columns(f, LIST("*"))->resources.column_classification = (struct class_sel){true, 8};
	look();
	assert_true(v.deny);
	w.object.rank = 1;
	look();
	assert_true(v.identity);
}

/* ---- masks ---- */

static void masks_are_merged_per_column(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p")->mask = (struct mask){
	    .fn = MASK_NULL}; /* of a permit: means nothing */
	on_columns(add(EFFECT_RESTRICT, "a"), LIST("email"))->mask = (struct mask){
	    .fn = MASK_EMAIL};
	on_columns(add(EFFECT_RESTRICT, "b"), LIST("email", "id"))->mask = (struct mask){
	    .fn = MASK_HASH, .length = 16};
	on_columns(add(EFFECT_RESTRICT, "c"), LIST("*"))->mask = (struct mask){
	    .fn = MASK_HASH, .length = 8};
	look();
	assert_false(v.deny);
	assert_false(v.identity);
	assert_int_equal(v.columns[EMAIL].mask.fn, MASK_HASH);
	assert_int_equal(v.columns[EMAIL].mask.length, 8);
	assert_int_equal(v.columns[REGION].mask.length, 8);
	assert_non_null(
	    strstr(v.reason, "id and 3 more masked by product:sales/orders:b (p.policy.yaml:3)"));
}

static void a_forbid_beats_a_mask(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	add(EFFECT_RESTRICT, "r")->mask.fn = MASK_NULL;
	on_columns(add(EFFECT_FORBID, "f"), LIST("id"));
	look();
	assert_true(v.columns[ID].dropped);
	assert_int_equal(v.columns[ID].mask.fn, MASK_NONE);
	assert_int_equal(v.columns[EMAIL].mask.fn, MASK_NULL);
}

static void a_restrict_permits_nothing(void **state)
{
	(void)state;
	add(EFFECT_RESTRICT, "r")->mask.fn = MASK_NULL;
	look();
	assert_true(v.deny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(all_permitted_is_the_identity),
	    TEST(without_a_permit_every_column_is_dropped),
	    TEST(a_column_without_a_permit_is_dropped),
	    TEST(a_forbidden_column_is_dropped),
	    TEST(a_forbid_without_columns_denies),
	    TEST(columns_by_classification),
	    TEST(conditions_may_look_at_the_column),
	    TEST(other_actions_do_not_matter),
	    TEST(a_column_lists_its_rules_in_order),
	    TEST(only_a_product_has_content),
	    TEST(mesh_and_domain_permits_need_authority),
	    TEST(unknown_columns_take_the_default),
	    TEST(an_unknown_column_raises_the_object),
	    TEST(nested_columns_inherit),
	    TEST(a_column_may_hold_the_contract_s),
	    TEST(content_whose_columns_cannot_be_told),
	    TEST(many_unknown_columns),
	    TEST(an_object_without_columns_is_one_column),
	    TEST(content_of_a_port),
	    TEST(opaque_content_is_what_it_may_be),
	    TEST(opaque_content_of_a_product),
	    TEST(opaque_content_may_be_an_object_without_columns),
	    TEST(masks_are_merged_per_column),
	    TEST(a_forbid_beats_a_mask),
	    TEST(a_restrict_permits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
