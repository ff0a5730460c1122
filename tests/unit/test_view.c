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

enum { ID, EMAIL, AMOUNT, REGION };

static struct world w;
static struct view v;

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

static struct rule *add(enum effect effect, const char *id)
{
	return world_rule(&w, SCOPE_PRODUCT, effect, id, BIT(ACTION_READ));
}

static struct rule *on_columns(struct rule *r, struct strlist names)
{
	r->resources.has_columns = true;
	r->resources.column_names = names;
	return r;
}

static void look(void)
{
	v = world_view(&w);
}

static void look_with(struct strlist extra)
{
	assert_int_equal(policy_view(&w.rq, extra, &w.arena, &v), 0);
}

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
	assert_non_null(strstr(v.columns[ID].why, "no permit for read on sales/orders/data/orders matches ada"));
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
	on_columns(add(EFFECT_FORBID, "f"), (struct strlist){0})->resources.column_tags.any = LIST("pii");
	look();
	assert_false(v.deny);
	assert_true(v.columns[EMAIL].dropped);
	assert_false(v.columns[ID].dropped);
	assert_string_equal(v.columns[EMAIL].why, "forbidden by product:sales/orders:f (p.policy.yaml:2)");
	assert_non_null(strstr(v.reason, "email left out: forbidden by product:sales/orders:f (p.policy.yaml:2)"));
}

static void a_forbid_without_columns_denies(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	add(EFFECT_FORBID, "f");
	look();
	assert_true(v.deny);
	assert_non_null(strstr(v.reason, "denied: read on sales/orders/data/orders: forbidden by product:sales/orders:f"));
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

/* Content of a port that is of no known object may be any of its objects, and hold any of their columns. */
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
	w.object.columns_len = 0;
	look();
	assert_true(v.deny);
}

/* ---- masks ---- */

static void masks_are_merged_per_column(void **state)
{
	(void)state;
	add(EFFECT_PERMIT, "p");
	on_columns(add(EFFECT_RESTRICT, "a"), LIST("email"))->mask = (struct mask){.fn = MASK_EMAIL};
	on_columns(add(EFFECT_RESTRICT, "b"), LIST("email", "id"))->mask = (struct mask){.fn = MASK_HASH, .length = 16};
	on_columns(add(EFFECT_RESTRICT, "c"), LIST("*"))->mask = (struct mask){.fn = MASK_HASH, .length = 8};
	look();
	assert_false(v.deny);
	assert_false(v.identity);
	assert_int_equal(v.columns[EMAIL].mask.fn, MASK_HASH);
	assert_int_equal(v.columns[EMAIL].mask.length, 8);
	assert_int_equal(v.columns[REGION].mask.length, 8);
	assert_non_null(strstr(v.reason, "id and 3 more masked by product:sales/orders:b (p.policy.yaml:3)"));
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
	assert_non_null(strstr(v.reason, "id and 3 more filtered by rows by product:sales/orders:r (p.policy.yaml:2)"));
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

	add(EFFECT_PERMIT, "p");
	add(EFFECT_RESTRICT, "r")->rows = &own;
	look();

	const struct row_filter *f = &v.columns[ID].rows;

	assert_int_equal(f->restricts_len, 1);
	assert_int_equal(f->permits_len, 0);
	assert_false(f->restricts[0]->has_ref);
	assert_string_equal(f->restricts[0]->literal.s, "EU");
	w.ada.attributes_len = 0; /* the view does not look at the caller again */
	assert_true(visible(ID, "EU", 1));
	look();
	assert_false(visible(ID, "EU", 1));
	assert_false(v.identity);
}

#define ROWS_ARE(c, region, amount, expected)                                              \
	do {                                                                               \
		struct cond rows_ = c;                                                     \
		world_clear(&w);                                                           \
		world_init(&w);                                                            \
		add(EFFECT_PERMIT, "p")->rows = &rows_;                                    \
		look();                                                                    \
		assert_int_equal(visible(ID, region, amount), expected);                   \
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

static void resource_references_differ_by_column(void **state)
{
	(void)state;
	struct cond c = ATOM_REF(ROW, "region", EQ, RESOURCE, "column");

	add(EFFECT_PERMIT, "p")->rows = &c;
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
	assert_non_null(strstr(v.reason, "rows limited by product:sales/orders:r (p.policy.yaml:2)"));
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
	look();
	assert_true(v.identity);
	assert_true(v.recheck);
	assert_int_equal(v.notify.len, 3);
	assert_string_equal(v.notify.items[0], "audit");
	assert_string_equal(v.notify.items[1], "ciso");
	assert_string_equal(v.notify.items[2], "dpo");
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
	struct cond one = ALL(ATOM(ROW, "region", IN, V_SET(V_STR("US"), V_STR("EU"))), ATOM(ROW, "amount", GT, V_INT(1)));
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
			on_columns(r, (struct strlist){id, 1})->mask = (struct mask){.fn = MASK_HASH, .length = 8};
		if (i == 13)
			r->mask = (struct mask){.fn = MASK_NULL};
		key_of(&w, keys[i]);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(keys[i], keys[k]);
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
	static char text[40][8];
	struct strlist extra = {names, 40};
	struct cond c = ALL(ATOM_REF(ROW, "region", IN, PRINCIPAL, "regions"), ATOM(ROW, "amount", GT, V_INT(1)));

	for (int i = 0; i < 40; i++) {
		snprintf(text[i], sizeof(text[i]), "c%d", i);
		names[i] = text[i];
	}
	add(EFFECT_PERMIT, "p");
	on_columns(add(EFFECT_RESTRICT, "r"), LIST("c1*"))->rows = &c;
	on_columns(add(EFFECT_FORBID, "f"), LIST("c3*"));
	on_columns(add(EFFECT_RESTRICT, "m"), LIST("*"))->mask = (struct mask){.fn = MASK_HASH, .length = 8};
	oom_sweep(view_or_deny, &extra, 500);
	w.rq.resource.object = NULL;
	oom_sweep(view_or_deny, &extra, 500);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
	    TEST(many_unknown_columns),
	    TEST(an_object_without_columns_is_one_column),
	    TEST(content_of_a_port),
	    TEST(opaque_content_is_what_it_may_be),
	    TEST(opaque_content_of_a_product),
	    TEST(masks_are_merged_per_column),
	    TEST(a_forbid_beats_a_mask),
	    TEST(a_restrict_permits_nothing),
	    TEST(a_restrict_filters_rows),
	    TEST(permits_are_alternatives_for_rows),
	    TEST(cells_of_one_row_may_differ),
	    TEST(null_cells_are_never_shown_by_a_filter),
	    TEST(references_become_literals),
	    TEST(known_operands_are_put_in),
	    TEST(resource_references_differ_by_column),
	    TEST(what_keeps_a_view_from_being_the_identity),
	    TEST(recheck_and_notify_leave_the_identity),
	    TEST(the_smallest_limit_and_the_largest_group),
	    TEST(equal_content_has_equal_keys),
	    TEST(recheck_is_not_content),
	    TEST(different_content_has_different_keys),
	    TEST(no_row_has_one_key),
	    TEST(without_memory_it_is_a_deny),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
