#include "tests/unit/render_fixture.h"

#include <sys/stat.h>

#include "catalog/base/json.h"
#include "catalog/manifest/yaml.h"
#include "tests/lib/oom.h"

#define DAEMON_UID 500

static struct json *parse(const char *text)
{
	struct mesh_err err = {0};
	struct json *root = NULL;

	if (json_parse(text, strlen(text), &root, &err) < 0)
		fail_msg("%s in:\n%s", err.text, text);
	return root;
}

static void status_of(struct fixture *f, struct status *s)
{
	struct diag_list diags;

	assert_int_equal(status_init(s), 0);
	s->mesh_path = "/srv/mesh";
	s->catalog_path = "/var/lib/mesh.db";
	s->audit_dir = "/var/lib/audit";
	s->mountpoint = "/mnt/\"mesh\"";
	s->started_ns = FIXTURE_EPOCH_TIME;
	s->uid = DAEMON_UID;
	atomic_store(&s->passthrough, true);
	atomic_store(&s->opens, 12);
	atomic_store(&s->denials, 3);
	status_set_io(s, "the kernel reads \"stored\" files itself");
	diag_list_init(&diags);
	diag_add(&diags, DIAG_ERROR, "ref-contract", (struct diag_pos){"hidden/product.yaml", 1, 2},
	    "no contract");
	status_set_problems(s, &diags);
	diag_list_clear(&diags);
	f->env.status = s;
}

static void status_for_the_operator(void **state)
{
	static const uid_t operators[] = {0, DAEMON_UID};
	struct fixture f;
	struct status s;

	(void)state;
	fixture_init(&f);
	status_of(&f, &s);
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		AUTOFREE char *text = NULL;
		struct json *root;

		f.ask.asker.uid = operators[i];
		text = fixture_render(&f, render_status, NULL);
		root = parse(text);
		assert_string_equal(json_text(json_get(json_get(root, "mesh"), "id")), "retail");
		assert_int_equal(json_int(json_get(root, "epoch"), -1), 7);
		assert_string_equal(
		    json_text(json_get(root, "epoch_time")), "2026-11-06T21:20:00Z");
		assert_string_equal(json_text(json_get(root, "mountpoint")), "/mnt/\"mesh\"");
		assert_non_null(json_text(json_get(root, "version")));
		assert_true(json_bool(json_get(json_get(root, "passthrough"), "used")));
		assert_has(json_text(json_get(json_get(root, "passthrough"), "why")), "\"stored\"");
		assert_int_equal(json_int(json_get(root, "opens"), -1), 12);
		assert_int_equal(json_int(json_get(root, "denials"), -1), 3);
		assert_int_equal(json_int(json_get(root, "storage_errors"), -1), 0);
		assert_int_equal(json_int(json_get(json_get(root, "problems"), "errors"), -1), 1);
		assert_int_equal(json_len(json_get(json_get(root, "problems"), "details")), 1);
		assert_string_equal(
		    json_text(json_get(json_get(root, "audit"), "dir")), "/var/lib/audit");
		json_free(root);
	}
	status_clear(&s);
}

/* ---- what the tree, the cache and the engines say of themselves ---- */

static void fake_renderings(struct buf *out)
{
	buf_puts(out, "[{\"path\": \"hr/hidden/data/x.csv\", \"rows\": 17, \"seconds\": 0.5}]");
}

static void fake_cache(void *arg, struct buf *out)
{
	buf_printf(out, "{\"dir\": \"/c\", \"bytes\": %d}", *(const int *)arg);
}

static void status_of_renderings_and_cache(void **state)
{
	struct fixture f;
	struct status s;
	AUTOFREE char *none = NULL, *all = NULL, *others = NULL;
	struct json *root;
	int bytes = 5;

	(void)state;
	fixture_init(&f);
	status_of(&f, &s);
	f.ask.asker.uid = DAEMON_UID;
	none = fixture_render(&f, render_status, NULL);
	assert_has(none, "\"renderings\": [],\n  \"cache\": null,\n  \"libduckdb\": null,\n");
	s.print_renderings = fake_renderings;
	s.print_cache = fake_cache;
	s.print_cache_arg = &bytes;
	s.print_engines = render_engines;
	all = fixture_render(&f, render_status, NULL);
	root = parse(all);
	assert_int_equal(json_len(json_get(root, "renderings")), 1);
	assert_int_equal(
	    json_int(json_get(json_at(json_get(root, "renderings"), 0), "rows"), -1), 17);
	assert_int_equal(json_int(json_get(json_get(root, "cache"), "bytes"), -1), 5);
	assert_false(json_bool(json_get(json_get(root, "libduckdb"), "available")));
	assert_string_equal(
	    json_text(json_get(json_get(root, "libduckdb"), "why")), "libduckdb is not here");
	json_free(root);
	/* What is rendered names what others may not know to exist. */
	f.ask.asker.uid = 1001;
	fake_duckdb = true;
	others = fixture_render(&f, render_status, NULL);
	assert_lacks(others, "hidden");
	root = parse(others);
	assert_int_equal(json_len(json_get(root, "renderings")), 0);
	assert_true(json_bool(json_get(json_get(root, "libduckdb"), "available")));
	json_free(root);
	status_clear(&s);
}

static void a_cache_in_numbers(void **state)
{
	char dir[] = "/tmp/render-cache-XXXXXX", command[96];
	struct cache_options opt = {.max_bytes = 1000000};
	struct cache_shown shown = {.dir = "/a \"b\""};
	struct json *v;
	struct buf b;

	(void)state;
	assert_non_null(mkdtemp(dir));
	opt.dir = dir;
	assert_int_equal(cache_open(&opt, &shown.cache, NULL), 0);
	buf_init(&b);
	render_cache(&shown, &b);
	v = parse(b.data);
	assert_string_equal(json_text(json_get(v, "dir")), "/a \"b\"");
	assert_int_equal(json_int(json_get(v, "max_bytes"), -1), 1000000);
	for (size_t i = 0; i < 6; i++) {
		static const char *const keys[] = {
		    "bytes", "files", "hits", "misses", "evictions", "corrupt"};

		assert_int_equal(json_int(json_get(v, keys[i]), -1), 0);
	}
	json_free(v);
	buf_clear(&b);
	cache_close(shown.cache);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* The texts of errors name what others may not know to exist. */
static void status_for_others(void **state)
{
	struct fixture f;
	struct status s;
	AUTOFREE char *text = NULL;
	struct json *root;

	(void)state;
	fixture_init(&f);
	status_of(&f, &s);
	text = fixture_render(&f, render_status, NULL);
	root = parse(text);
	assert_int_equal(json_int(json_get(json_get(root, "problems"), "errors"), -1), 1);
	assert_null(json_get(json_get(root, "problems"), "details"));
	assert_lacks(text, "hidden");
	json_free(root);
	status_clear(&s);
}

static void status_without_a_mount(void **state)
{
	struct fixture f;
	AUTOFREE char *text = NULL;
	struct json *root;

	(void)state;
	fixture_init(&f);
	text = fixture_render(&f, render_status, NULL);
	root = parse(text);
	assert_int_equal(json_int(json_get(root, "epoch"), -1), 7);
	assert_null(json_get(root, "opens"));
	json_free(root);
}

/* ---- whoami.yaml ---- */

static void who_am_i(void **state)
{
	static const struct value set[] = {
	    {.type = VALUE_INT, .i = -5}, {.type = VALUE_STRING, .s = "no"}};
	static const struct attribute attributes[] = {
	    {"region", {.type = VALUE_STRING, .s = "EU: #1"}},
	    {"level", {.type = VALUE_DECIMAL, .i = -15000}},
	    {"since", {.type = VALUE_TIME, .i = 86400 * WHEN_NS_PER_SEC}},
	    {"active", {.type = VALUE_BOOL, .i = 1}},
	    {"sites", {.type = VALUE_SET, .set = set, .set_len = 2}},
	    {"none", {.type = VALUE_NULL}},
	};
	const struct yaml_node *root, *found;
	struct diag_list diags;
	struct fixture f;
	struct arena a;
	AUTOFREE char *text = NULL;

	(void)state;
	fixture_init(&f);
	f.caller.principal.attributes = attributes;
	f.caller.principal.attributes_len = ARRAY_LEN(attributes);
	text = fixture_render(&f, render_whoami, NULL);
	arena_init(&a);
	diag_list_init(&diags);
	root = yaml_parse("whoami.yaml", text, strlen(text), &a, &diags);
	assert_non_null(root);
	assert_string_equal(yaml_scalar(yaml_get(root, "user")), "bob");
	assert_string_equal(yaml_scalar(yaml_get(root, "uid")), "1001");
	assert_string_equal(yaml_str(yaml_get(root, "groups")->items[0]), "staff");
	assert_string_equal(yaml_str(yaml_get(root, "roles")->items[0]), "analyst");
	assert_string_equal(yaml_scalar(yaml_get(root, "mesh")), "retail");
	assert_int_equal(yaml_get(root, "purposes")->len, 2);
	assert_int_equal(yaml_get(root, "epoch")->i, 7);
	found = yaml_get(root, "attributes");
	assert_string_equal(yaml_str(yaml_get(found, "region")), "EU: #1");
	assert_string_equal(yaml_scalar(yaml_get(found, "level")), "-1.5000");
	assert_string_equal(yaml_scalar(yaml_get(found, "since")), "1970-01-02T00:00:00Z");
	assert_int_equal(yaml_get(found, "active")->type, YAML_BOOL);
	assert_int_equal(yaml_get(found, "sites")->items[0]->i, -5);
	assert_string_equal(yaml_str(yaml_get(found, "sites")->items[1]), "no");
	assert_int_equal(yaml_get(found, "none")->type, YAML_NULL);
	diag_list_clear(&diags);
	arena_clear(&a);
}

static void nobody_in_particular(void **state)
{
	struct fixture f;
	AUTOFREE char *text = NULL;

	(void)state;
	fixture_init(&f);
	f.caller.principal = (struct principal){.user = "uid:4000000000", .uid = 4000000000};
	text = fixture_render(&f, render_whoami, NULL);
	assert_has(text, "uid: 4000000000\ngroups: []\nroles: []\nattributes: {}\n");
}

/* ---- README.md ---- */

static void about_the_mount(void **state)
{
	struct fixture f;
	AUTOFREE char *text = NULL, *again = NULL;

	(void)state;
	fixture_init(&f);
	f.mesh.name = "Retail <mesh>";
	text = fixture_render(&f, render_about, NULL);
	assert_true(str_starts(text, "# Retail \\<mesh>\n"));
	assert_has(text, ".purpose/PURPOSE/DOMAIN/PRODUCT/data/PORT/");
	assert_has(text, "- **Purpose:** billing\n- **Purpose:** fraud\n");
	assert_has(text, ".meshfs/search/");
	assert_has(text, "meshfs warm DOMAIN/PRODUCT\n");
	f.caller.principal.user = "eve";
	f.ask.context.now_ns++;
	again = fixture_render(&f, render_about, NULL);
	assert_string_equal(text, again);
}

/* ---- audit ---- */

struct log {
	char dir[64];
	struct fixture f;
	struct status status;
};

static void log_append(struct audit *a, const char *user, const char *product, int n)
{
	struct audit_record r = {
	    .time_ns = FIXTURE_NOW,
	    .uid = 1001,
	    .user = user,
	    .action = "read",
	    .resource = "x",
	    .product = product,
	    .decision = "allow",
	};

	for (int i = 0; i < n; i++)
		assert_int_equal(audit_append(a, &r, NULL), 0);
}

static void log_init(struct log *l, int orders)
{
	struct audit_options opt = {.dir = l->dir};
	struct audit *a = NULL;

	(void)strcpy(l->dir, "/tmp/render-audit-XXXXXX");
	assert_non_null(mkdtemp(l->dir));
	assert_int_equal(audit_open(&opt, &a, NULL), 0);
	log_append(a, "bob", "sales/orders", orders);
	log_append(a, "eve", "sales/orders", 2);
	log_append(a, "bob", "sales/orders@1.0.0", 1);
	log_append(a, "bob", "hr/salaries", 1);
	audit_close(a);
	fixture_init(&l->f);
	assert_int_equal(status_init(&l->status), 0);
	l->status.audit_dir = l->dir;
	l->f.env.status = &l->status;
}

static void log_clear(struct log *l)
{
	char command[96];

	(void)snprintf(command, sizeof(command), "rm -r %s", l->dir);
	assert_int_equal(system(command), 0);
	status_clear(&l->status);
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void records_of_the_product(void **state)
{
	struct log l;
	AUTOFREE char *all = NULL, *own = NULL;

	(void)state;
	log_init(&l, 3);
	all = fixture_render(&l.f, render_audit, NULL);
	assert_int_equal(lines(all), 5);
	assert_has(all, "\"eve\"");
	assert_lacks(all, "salaries");
	assert_lacks(all, "1.0.0");
	own = fixture_render(&l.f, render_my_audit, NULL);
	assert_int_equal(lines(own), 3);
	assert_lacks(own, "eve");
	log_clear(&l);
}

static void the_last_thousand(void **state)
{
	struct log l;
	AUTOFREE char *all = NULL, *own = NULL;

	(void)state;
	log_init(&l, 1200);
	all = fixture_render(&l.f, render_audit, NULL);
	assert_int_equal(lines(all), 1000);
	assert_has(all, "\"eve\"");
	own = fixture_render(&l.f, render_my_audit, NULL);
	assert_int_equal(lines(own), 1000);
	assert_has(own, "\"seq\":1200,");
	log_clear(&l);
}

static void no_audit_no_records(void **state)
{
	struct fixture f;
	struct status s;
	struct doc d = {.path = "audit.jsonl"};
	struct buf b;

	(void)state;
	fixture_init(&f);
	buf_init(&b);
	assert_int_equal(render_audit(&d, &f.env, &b), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(status_init(&s), 0);
	f.env.status = &s;
	assert_int_equal(render_my_audit(&d, &f.env, &b), 0);
	s.audit_dir = "/nonexistent/audit";
	assert_int_equal(render_audit(&d, &f.env, &b), -EIO);
	status_clear(&s);
	buf_clear(&b);
}

/* ---- short memory ---- */

static int render_all(void *arg)
{
	struct fixture *f = arg;
	struct doc d = {.path = "x"};
	struct buf b;
	int rc;

	buf_init(&b);
	rc = render_status(&d, &f->env, &b);
	if (rc == 0)
		rc = render_whoami(&d, &f->env, &b);
	if (rc == 0)
		rc = render_about(&d, &f->env, &b);
	buf_clear(&b);
	return rc;
}

static void short_memory(void **state)
{
	struct fixture f;
	struct status s;

	(void)state;
	fixture_init(&f);
	status_of(&f, &s);
	oom_sweep(render_all, &f, 200);
	status_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(status_for_the_operator),
	    cmocka_unit_test(status_of_renderings_and_cache),
	    cmocka_unit_test(a_cache_in_numbers),
	    cmocka_unit_test(status_for_others),
	    cmocka_unit_test(status_without_a_mount),
	    cmocka_unit_test(who_am_i),
	    cmocka_unit_test(nobody_in_particular),
	    cmocka_unit_test(about_the_mount),
	    cmocka_unit_test(records_of_the_product),
	    cmocka_unit_test(the_last_thousand),
	    cmocka_unit_test(no_audit_no_records),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
