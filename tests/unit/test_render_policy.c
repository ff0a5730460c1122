#include "tests/unit/render_fixture.h"

#include "catalog/manifest/yaml.h"
#include "fs/render/rendition.h"
#include "fs/render/why.h"
#include "tests/lib/oom.h"

/* A document read back. */
struct back {
	struct arena arena;
	struct diag_list diags;
	char *text; /* owned */
	const struct yaml_node *root;
};

static void back_init(struct back *b, char *text)
{
	b->text = text;
	arena_init(&b->arena);
	diag_list_init(&b->diags);
	b->root = yaml_parse("doc", text, strlen(text), &b->arena, &b->diags);
	if (!b->root)
		fail_msg("%s in:\n%s", b->diags.len ? b->diags.items[0].text : "?", text);
}

static void back_clear(struct back *b)
{
	diag_list_clear(&b->diags);
	arena_clear(&b->arena);
	free(b->text);
}

static const char *scalar(const struct yaml_node *n, const char *key)
{
	return yaml_scalar(yaml_get(n, key));
}

static const struct yaml_node *item(const struct yaml_node *n, const char *key, size_t i)
{
	const struct yaml_node *list = yaml_get(n, key);

	if (!list || list->type != YAML_SEQ || i >= list->len)
		fail_msg("no element %zu of %s", i, key);
	return list->items[i];
}

#define META (BIT(ACTION_DISCOVER) | BIT(ACTION_LIST) | BIT(ACTION_READ_METADATA))

static void access_of(struct fixture *f, struct back *b)
{
	back_init(b, fixture_render(f, render_my_access, NULL));
}

/* ---- my-access.yaml ---- */

static void all_is_allowed(void **state)
{
	const struct yaml_node *port, *object;
	struct fixture f;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	(void)fixture_permit_read(&f, "read-all");
	access_of(&f, &b);
	assert_string_equal(scalar(b.root, "user"), "bob");
	assert_string_equal(scalar(b.root, "domain"), "sales");
	assert_string_equal(scalar(b.root, "product"), "orders");
	assert_string_equal(scalar(b.root, "owner"), "jane@example.org");
	assert_int_equal(yaml_get(b.root, "purpose")->type, YAML_NULL);
	assert_int_equal(yaml_get(b.root, "purposes")->len, 2);
	assert_string_equal(scalar(b.root, "purposePath"), ".purpose/<purpose>/sales/orders");
	assert_int_equal(yaml_get(b.root, "ports")->len, 2);
	port = item(b.root, "ports", 0);
	assert_string_equal(scalar(port, "port"), "orders");
	assert_string_equal(scalar(port, "path"), "data/orders");
	assert_string_equal(scalar(port, "list"), "allow");
	object = item(port, "objects", 0);
	assert_string_equal(scalar(object, "read"), "allow");
	assert_string_equal(scalar(object, "view"), "identity");
	assert_null(yaml_get(object, "reason"));
	assert_null(yaml_get(object, "mend"));
	assert_string_equal(yaml_scalar(item(object, "rules", 0)),
	    "permit domain:sales:read-all (policies/base.policy.yaml:2)");
	assert_int_equal(yaml_get(object, "columns")->len, 1);
	assert_string_equal(scalar(item(object, "columns", 0), "gets"), "raw");
	assert_null(yaml_get(port, "otherFiles"));
	back_clear(&b);
}

static void actions_with_their_rules(void **state)
{
	const struct yaml_node *actions, *a;
	struct fixture f;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META | BIT(ACTION_READ_CODE));
	(void)fixture_rule(&f, "no-code", EFFECT_FORBID, BIT(ACTION_READ_CODE));
	access_of(&f, &b);
	actions = yaml_get(b.root, "actions");
	assert_int_equal(actions->len, ACTION_COUNT - 1);
	a = yaml_get(actions, "discover");
	assert_string_equal(scalar(a, "allowed"), "true");
	assert_string_equal(
	    yaml_scalar(item(a, "rules", 0)), "permit mesh:see (policies/base.policy.yaml:1)");
	a = yaml_get(actions, "readCode");
	assert_string_equal(scalar(a, "allowed"), "false");
	assert_string_equal(
	    yaml_scalar(item(a, "rules", 0)), "forbid mesh:no-code (policies/base.policy.yaml:2)");
	assert_has(scalar(a, "reason"), "mesh:no-code");
	assert_string_equal(scalar(yaml_get(actions, "readAudit"), "allowed"), "false");
	back_clear(&b);
}

/* Everybody reads, but addresses are masked. */
static void fixture_masked(struct fixture *f)
{
	static const char *pii[] = {"pii"};
	struct rule *r;

	fixture_init(f);
	(void)fixture_rule(f, "see", EFFECT_PERMIT, META);
	(void)fixture_permit_read(f, "read-all");
	r = fixture_rule(f, "mask-pii", EFFECT_RESTRICT, BIT(ACTION_READ));
	r->resources.has_columns = true;
	r->resources.column_tags.any = (struct strlist){pii, 1};
	r->mask = (struct mask){.fn = MASK_HASH, .length = 16, .text = "mesh"};
}

static void what_cannot_be_rendered_is_refused_with_the_reason(void **state)
{
	const struct yaml_node *object, *email;
	struct fixture f;
	struct back b;

	(void)state;
	fixture_masked(&f);
	access_of(&f, &b);
	object = item(item(b.root, "ports", 0), "objects", 0);
	assert_string_equal(scalar(object, "read"), "deny");
	assert_true(str_starts(scalar(object, "reason"),
	    "needs a filtered view, which cannot be produced: the port is on no storage that can be read here; email "
	    "masked by mesh:mask-pii"));
	assert_null(yaml_get(object, "served"));
	assert_has(scalar(object, "mend"), "ask jane@example.org");
	assert_has(scalar(object, "mend"), ".purpose/<purpose>/sales/orders");
	assert_int_equal(yaml_get(object, "columns")->len, 3);
	email = item(object, "columns", 1);
	assert_string_equal(yaml_scalar(item(email, "names", 0)), "email");
	assert_string_equal(scalar(email, "gets"), "masked");
	assert_has(scalar(email, "mask"), "hash(");
	assert_int_equal(yaml_get(email, "rules")->len, 2);
	assert_int_equal(yaml_get(item(object, "columns", 2), "names")->len, 2);
	back_clear(&b);
}

static void what_can_be_rendered_is_served(void **state)
{
	const struct yaml_node *object;
	struct fixture f;
	struct back b;

	(void)state;
	fixture_masked(&f);
	fixture_server(&f, SERVER_LOCAL, "CSV");
	access_of(&f, &b);
	object = item(item(b.root, "ports", 0), "objects", 0);
	assert_string_equal(scalar(object, "read"), "allow");
	assert_true(
	    str_starts(scalar(object, "served"), "filtered: email masked by mesh:mask-pii"));
	assert_has(scalar(object, "view"), "email: hash(");
	assert_null(yaml_get(object, "reason"));
	assert_null(yaml_get(object, "mend"));
	assert_null(yaml_get(object, "files"));
	object = item(item(b.root, "ports", 1), "objects", 0);
	assert_string_equal(scalar(object, "served"), "as stored");
	back_clear(&b);
}

/* Format, ending of the path, what the caller gets. */
static void what_can_be_rendered(void **state)
{
	static const struct {
		enum server_kind kind;
		const char *format, *path, *physical_name;
		uint32_t formats;
		bool duckdb, want;
	} cases[] = {
	    {SERVER_LOCAL, "csv", "/data/x", NULL, 1, false, true},
	    {SERVER_LOCAL, "csv", "/data/x.pdf", NULL, 1, false, false},
	    {SERVER_LOCAL, "pdf", "/data/*.csv.gz", NULL, 1, false, true},
	    {SERVER_LOCAL, "csv", "/data", "x.parquet", 1, false, false},
	    {SERVER_LOCAL, "parquet", "/data", NULL, 1, true, true},
	    {SERVER_LOCAL, "pdf", "/data.v1/x", NULL, 1, true, false},
	    {SERVER_LOCAL, NULL, "/data", NULL, 1, true, false},
	    {SERVER_OTHER, "csv", NULL, NULL, 1, true, false},
	    {SERVER_SQLITE, NULL, "/x.db", NULL, 1, false, true},
	    {SERVER_SQLITE, NULL, "/x.db", NULL, 1U << PORT_PARQUET, false, false},
	    {SERVER_POSTGRES, NULL, NULL, NULL, 1, false, true},
	    {SERVER_DUCKDB, NULL, "/x.db", NULL, 1, false, false},
	    {SERVER_DUCKDB, NULL, "/x.db", NULL, 1, true, true},
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *why = NULL;
		bool can;

		fixture_server(&f, cases[i].kind, cases[i].format);
		f.servers[0].path = cases[i].path;
		f.objects[0].physical_name = cases[i].physical_name;
		f.ports[0].formats = cases[i].formats;
		fake_duckdb = cases[i].duckdb;
		f.ask.resource.port = &f.ports[0];
		f.ask.resource.object = &f.objects[0];
		can = rendition_possible(&f.ask, NULL, &why);
		if (can != cases[i].want)
			fail_msg("case %zu: %s", i, why ? why : "can");
		assert_true(can || why);
		f.ask.resource.object = NULL;
		assert_false(rendition_possible(&f.ask, NULL, &why));
		assert_non_null(why);
	}
}

static void files_of_a_database(void **state)
{
	const struct yaml_node *port, *object;
	struct fixture f;
	struct back b;

	(void)state;
	fixture_masked(&f);
	fixture_server(&f, SERVER_SQLITE, NULL);
	access_of(&f, &b);
	port = item(b.root, "ports", 1);
	object = item(port, "objects", 0);
	assert_string_equal(yaml_scalar(item(object, "files", 0)), "secrets.csv");
	assert_string_equal(yaml_scalar(item(object, "files", 1)), "secrets.jsonl");
	assert_int_equal(yaml_get(object, "files")->len, 2);
	assert_string_equal(scalar(object, "served"), "the whole table");
	assert_null(yaml_get(port, "otherFiles"));
	object = item(item(b.root, "ports", 0), "objects", 0);
	assert_true(str_starts(scalar(object, "served"), "filtered: email"));
	back_clear(&b);
}

static void dropped_columns_say_why(void **state)
{
	static const char *email_only[] = {"email"};
	const struct yaml_node *object;
	struct fixture f;
	struct rule *r;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	(void)fixture_permit_read(&f, "read-all");
	r = fixture_rule(&f, "no-email", EFFECT_FORBID, BIT(ACTION_READ));
	r->resources.has_columns = true;
	r->resources.column_names = (struct strlist){email_only, 1};
	access_of(&f, &b);
	object = item(item(b.root, "ports", 0), "objects", 0);
	assert_string_equal(scalar(item(object, "columns", 1), "gets"), "dropped");
	assert_has(scalar(item(object, "columns", 1), "why"),
	    "mesh:no-email (policies/base.policy.yaml:3)");
	assert_has(scalar(object, "mend"), "forbid");
	back_clear(&b);
}

static void nothing_permitted(void **state)
{
	const struct yaml_node *object;
	struct fixture f;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	f.ask.context.purpose = "billing";
	access_of(&f, &b);
	assert_string_equal(scalar(b.root, "purpose"), "billing");
	assert_null(yaml_get(b.root, "purposePath"));
	object = item(item(b.root, "ports", 0), "objects", 0);
	assert_string_equal(scalar(object, "read"), "deny");
	assert_string_equal(scalar(object, "view"), "denied");
	assert_has(scalar(object, "reason"), "no permit for read");
	assert_string_equal(
	    scalar(object, "mend"), "to be permitted, ask jane@example.org of the product");
	assert_int_equal(yaml_get(object, "rules")->len, 0);
	back_clear(&b);
}

/* What he may not discover is not named, whichever rule hides it. */
static void hidden_ports_are_not_named(void **state)
{
	static const char *ports[] = {"hidden-*"};
	struct fixture f;
	struct rule *r;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	r = fixture_rule(&f, "hide", EFFECT_FORBID, BIT(ACTION_DISCOVER));
	r->resources.ports = (struct strlist){ports, 1};
	access_of(&f, &b);
	assert_int_equal(yaml_get(b.root, "ports")->len, 1);
	assert_lacks(b.text, "hidden-port");
	assert_lacks(b.text, "secrets");
	back_clear(&b);
}

static void hidden_objects_are_not_named(void **state)
{
	static const char *objects[] = {"secrets"};
	struct fixture f;
	struct rule *r;
	struct back b;

	(void)state;
	fixture_init(&f);
	f.ports[0].objects_len = 2;
	f.product.ports_len = 1;
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	r = fixture_rule(&f, "hide", EFFECT_FORBID, BIT(ACTION_DISCOVER));
	r->resources.objects = (struct strlist){objects, 1};
	access_of(&f, &b);
	assert_int_equal(yaml_get(item(b.root, "ports", 0), "objects")->len, 1);
	assert_non_null(yaml_get(item(b.root, "ports", 0), "otherFiles"));
	assert_lacks(b.text, "secrets");
	back_clear(&b);
}

/* Column names are metadata. */
static void columns_need_read_metadata(void **state)
{
	static const char *email_only[] = {"email"};
	const struct yaml_node *object;
	struct fixture f;
	struct rule *r;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, BIT(ACTION_DISCOVER));
	(void)fixture_permit_read(&f, "read-all");
	r = fixture_rule(&f, "no-contact", EFFECT_FORBID, BIT(ACTION_READ));
	r->resources.has_columns = true;
	r->resources.column_names = (struct strlist){email_only, 1};
	access_of(&f, &b);
	object = item(item(b.root, "ports", 0), "objects", 0);
	assert_string_equal(scalar(object, "read"), "deny");
	assert_true(str_ends(scalar(object, "reason"), "can be read here"));
	assert_string_equal(scalar(yaml_get(object, "columns"), "of"), "4");
	assert_string_equal(scalar(yaml_get(object, "columns"), "dropped"), "1");
	assert_lacks(b.text, "email");
	back_clear(&b);
	fixture_server(&f, SERVER_LOCAL, "csv");
	access_of(&f, &b);
	object = item(item(b.root, "ports", 0), "objects", 0);
	assert_string_equal(scalar(object, "read"), "allow");
	assert_string_equal(scalar(object, "served"), "filtered");
	assert_lacks(b.text, "email");
	back_clear(&b);
}

static void nothing_visible(void **state)
{
	struct fixture f;
	struct back b;

	(void)state;
	fixture_init(&f);
	access_of(&f, &b);
	assert_int_equal(yaml_get(b.root, "ports")->type, YAML_SEQ);
	assert_int_equal(yaml_get(b.root, "ports")->len, 0);
	back_clear(&b);
}

static void the_hour_leaves_no_trace(void **state)
{
	struct fixture f;
	AUTOFREE char *one = NULL, *other = NULL;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	one = fixture_render(&f, render_my_access, NULL);
	f.ask.context.now_ns += 12345 * WHEN_NS_PER_SEC;
	f.ask.context.weekday = 3;
	f.ask.asker.pid = 99;
	f.snap.epoch++;
	other = fixture_render(&f, render_my_access, NULL);
	assert_string_equal(one, other);
	assert_null(f.ask.resource.port);
}

static const char hostile[] = "a: [b] #c \"d\" 'e' {f} - \\ | > % @ `";

static void hostile_names(void **state)
{
	struct fixture f;
	struct rule *r;
	struct back b;

	(void)state;
	fixture_init(&f);
	f.product.domain = f.product.entry = f.product.version = hostile;
	f.ports[0].entry = f.ports[0].name = f.objects[0].name = f.columns[1].name = hostile;
	f.team[1].username = hostile;
	f.caller.principal.user = hostile;
	f.mesh.purposes = (struct strlist)LIST(hostile, "yes");
	r = fixture_rule(&f, hostile, EFFECT_PERMIT, META);
	r->file = hostile;
	access_of(&f, &b);
	assert_string_equal(scalar(item(b.root, "ports", 0), "port"), hostile);
	assert_string_equal(scalar(b.root, "user"), hostile);
	assert_string_equal(yaml_str(item(b.root, "purposes", 1)), "yes");
	back_clear(&b);
}

/* ---- effective.yaml ---- */

static bool has_rule(const struct back *b, const char *id)
{
	const struct yaml_node *rules = yaml_get(b->root, "rules");

	for (size_t i = 0; i < rules->len; i++)
		if (str_eq(scalar(rules->items[i], "id"), id))
			return true;
	return false;
}

static void rules_in_force(void **state)
{
	static const char *others[] = {"logistics"}, *secret[] = {"secret-plan"},
			  *ours[] = {"ord*"};
	struct fixture f;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "for-all", EFFECT_PERMIT, META);
	fixture_rule(&f, "elsewhere", EFFECT_PERMIT, META)->resources.domains = (struct strlist){
	    others, 1};
	fixture_rule(&f, "plan", EFFECT_FORBID, META)->resources.products = (struct strlist){
	    secret, 1};
	fixture_rule(&f, "ours", EFFECT_FORBID, META)->resources.products = (struct strlist){
	    ours, 1};
	back_init(&b, fixture_render(&f, render_effective, NULL));
	assert_true(has_rule(&b, "for-all"));
	assert_true(has_rule(&b, "ours"));
	assert_false(has_rule(&b, "elsewhere"));
	assert_false(has_rule(&b, "plan"));
	assert_lacks(b.text, "secret-plan");
	for (size_t i = 0; i < policy_builtin()->len; i++)
		assert_true(has_rule(&b, policy_builtin()->rules[i].id));
	assert_int_equal(yaml_get(b.root, "exemptions")->len, 0);
	assert_int_equal(yaml_get(b.root, "classifications")->len, 3);
	back_clear(&b);
}

static void every_scope_and_exemptions(void **state)
{
	static const char *grants[] = {"for-all"};
	struct exemption e = {
	    .rule = "mask-pii",
	    .principals = {.users = LIST("ann", "yes")},
	    .from_ns = WHEN_NONE,
	    .until_ns = 86400 * WHEN_NS_PER_SEC,
	    .approvals = LIST("jane"),
	    .file = "domains/sales/x.policy.yaml",
	    .line = 9,
	};
	struct domain domain = {.id = "sales", .mesh_may_grant = {grants, 1}};
	struct ruleset of_domain, of_product;
	const struct yaml_node *found;
	struct fixture f;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "for-all", EFFECT_PERMIT, META);
	(void)fixture_permit_read(&f, "of-domain");
	(void)fixture_permit_read(&f, "of-product");
	f.mesh_rules.len = 1;
	of_domain = (struct ruleset){.rules = f.rules + 1, .len = 1};
	of_product = (struct ruleset){
	    .rules = f.rules + 2, .len = 1, .exemptions = &e, .exemptions_len = 1};
	f.ask.rules.domain = &of_domain;
	f.ask.rules.product = &of_product;
	f.ask.rules.domain_info = &domain;
	back_init(&b, fixture_render(&f, render_effective, NULL));
	assert_true(
	    has_rule(&b, "for-all") && has_rule(&b, "of-domain") && has_rule(&b, "of-product"));
	assert_string_equal(yaml_scalar(item(b.root, "meshMayGrant", 0)), "for-all");
	found = item(b.root, "exemptions", 0);
	assert_string_equal(scalar(found, "rule"), "mask-pii");
	assert_string_equal(scalar(found, "until"), "1970-01-02T00:00:00Z");
	assert_null(yaml_get(found, "from"));
	assert_string_equal(yaml_str(item(yaml_get(found, "principals"), "users", 1)), "yes");
	assert_string_equal(scalar(found, "line"), "9");
	back_clear(&b);
}

static void effective_is_the_same_for_everybody(void **state)
{
	struct fixture f;
	AUTOFREE char *one = NULL, *other = NULL;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	one = fixture_render(&f, render_effective, NULL);
	f.caller.principal.user = "eve";
	f.ask.context.now_ns += 1000 * 86400 * WHEN_NS_PER_SEC;
	f.ask.context.purpose = "fraud";
	f.snap.epoch++;
	other = fixture_render(&f, render_effective, NULL);
	assert_string_equal(one, other);
}

/* ---- explain ---- */

static void explain(struct fixture *f, enum action action, struct strlist extra, struct back *b)
{
	struct buf out;

	buf_init(&out);
	assert_int_equal(
	    render_explain(&f->ask, "sales/orders/data/orders/a.csv", action, extra, &out), 0);
	back_init(b, buf_take(&out, NULL));
}

static void explain_a_read(void **state)
{
	struct fixture f;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_permit_read(&f, "read-all");
	f.ask.resource.port = &f.ports[0];
	f.ask.resource.object = &f.objects[0];
	explain(&f, ACTION_READ, (struct strlist){0}, &b);
	assert_string_equal(scalar(b.root, "path"), "sales/orders/data/orders/a.csv");
	assert_string_equal(scalar(b.root, "user"), "bob");
	assert_string_equal(scalar(b.root, "action"), "read");
	assert_string_equal(scalar(b.root, "decision"), "allow");
	assert_string_equal(scalar(b.root, "view"), "identity");
	assert_string_equal(
	    yaml_scalar(item(b.root, "see", 0)), "sales/orders/policy/my-access.yaml");
	back_clear(&b);
}

/* A column that only the file has is decided too. */
static void explain_with_columns_of_the_storage(void **state)
{
	static const char *extra[] = {"surprise"};
	struct fixture f;
	struct rule *r;
	struct back b;

	(void)state;
	fixture_init(&f);
	r = fixture_permit_read(&f, "read-known");
	r->resources.has_columns = true;
	r->resources.column_names = (struct strlist)LIST("id", "email", "address.*");
	f.ask.resource.port = &f.ports[0];
	f.ask.resource.object = &f.objects[0];
	explain(&f, ACTION_READ, (struct strlist){0}, &b);
	assert_string_equal(scalar(b.root, "decision"), "allow");
	back_clear(&b);
	explain(&f, ACTION_READ, (struct strlist){extra, 1}, &b);
	assert_string_equal(scalar(b.root, "decision"), "deny");
	assert_has(scalar(b.root, "reason"), "surprise");
	back_clear(&b);
}

static void explain_other_actions(void **state)
{
	struct fixture f;
	struct back b;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	explain(&f, ACTION_READ_AUDIT, (struct strlist){0}, &b);
	assert_string_equal(scalar(b.root, "decision"), "deny");
	assert_has(scalar(b.root, "reason"), "no permit for readAudit");
	assert_has(scalar(b.root, "mend"), "jane@example.org");
	back_clear(&b);
	explain(&f, ACTION_LIST, (struct strlist){0}, &b);
	assert_string_equal(scalar(b.root, "decision"), "allow");
	assert_int_equal(yaml_get(b.root, "rules")->len, 1);
	assert_null(yaml_get(b.root, "mend"));
	back_clear(&b);
	f.ask.resource.product = NULL;
	explain(&f, ACTION_READ_AUDIT, (struct strlist){0}, &b);
	assert_string_equal(
	    scalar(b.root, "mend"), "to be permitted, ask the owners of the domain");
	assert_null(yaml_get(b.root, "see"));
	back_clear(&b);
}

/* ---- short memory ---- */

/* A decision that memory was short for is a denial that says so, so that not every run fails. */
static int render_all(void *arg)
{
	struct fixture *f = arg;
	struct doc d = {.path = "x"};
	struct buf b;
	int rc;

	buf_init(&b);
	rc = render_effective(&d, &f->env, &b);
	if (rc == 0)
		rc = render_my_access(&d, &f->env, &b);
	if (rc == 0)
		rc = render_explain(&f->ask, "p", ACTION_READ, (struct strlist){0}, &b);
	buf_clear(&b);
	return rc;
}

static void short_memory(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	(void)fixture_rule(&f, "see", EFFECT_PERMIT, META);
	(void)fixture_permit_read(&f, "read-all");
	oom_sweep(render_all, &f, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_is_allowed),
	    cmocka_unit_test(actions_with_their_rules),
	    cmocka_unit_test(what_cannot_be_rendered_is_refused_with_the_reason),
	    cmocka_unit_test(what_can_be_rendered_is_served),
	    cmocka_unit_test(what_can_be_rendered),
	    cmocka_unit_test(files_of_a_database),
	    cmocka_unit_test(dropped_columns_say_why),
	    cmocka_unit_test(nothing_permitted),
	    cmocka_unit_test(hidden_ports_are_not_named),
	    cmocka_unit_test(hidden_objects_are_not_named),
	    cmocka_unit_test(columns_need_read_metadata),
	    cmocka_unit_test(nothing_visible),
	    cmocka_unit_test(the_hour_leaves_no_trace),
	    cmocka_unit_test(hostile_names),
	    cmocka_unit_test(rules_in_force),
	    cmocka_unit_test(every_scope_and_exemptions),
	    cmocka_unit_test(effective_is_the_same_for_everybody),
	    cmocka_unit_test(explain_a_read),
	    cmocka_unit_test(explain_with_columns_of_the_storage),
	    cmocka_unit_test(explain_other_actions),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
