#include "tests/unit/render_fixture.h"

#include "fs/render/layout.h"
#include "fs/render/names.h"
#include "tests/lib/oom.h"

struct listed {
	struct fixture f;
	struct arena arena;
	struct doc_list list;
};

static void list_init(struct listed *l, enum doc_section section)
{
	arena_init(&l->arena);
	assert_int_equal(docs_list(section, &l->f.env, &l->arena, &l->list), 0);
	for (size_t i = 1; i < l->list.len; i++)
		assert_true(strcmp(l->list.items[i - 1].path, l->list.items[i].path) < 0);
}

static void assert_paths(const struct listed *l, const char *const *paths, size_t len)
{
	assert_int_equal(l->list.len, len);
	for (size_t i = 0; i < len; i++)
		assert_string_equal(l->list.items[i].path, paths[i]);
}

static void metadata_of_a_product(void **state)
{
	static const char *const paths[] = {
	    "README.md",
	    "code/run.py",
	    "contracts/orders.odcs.yaml",
	    "index.html",
	    "product.odps.yaml",
	    "schema/orders.schema.json",
	    "schema/secrets.schema.json",
	};
	struct listed l;
	const struct doc *d;

	(void)state;
	fixture_init(&l.f);
	list_init(&l, DOC_METADATA);
	assert_paths(&l, paths, ARRAY_LEN(paths));
	d = docs_find(&l.list, "code/run.py");
	assert_int_equal(d->action, ACTION_READ_CODE);
	assert_true(d->recorded);
	assert_int_equal(d->mtime_ns, 2000);
	d = docs_find(&l.list, "README.md");
	assert_int_equal(d->action, ACTION_READ_METADATA);
	assert_false(d->recorded || d->own || d->by_caller || d->changing);
	assert_int_equal(d->mtime_ns, FIXTURE_CHANGED);
	arena_clear(&l.arena);
}

static void policy_documents(void **state)
{
	static const char *const paths[] = {
	    "audit.jsonl", "effective.yaml", "my-access.yaml", "my-audit.jsonl"};
	struct listed l;
	const struct doc *d;

	(void)state;
	fixture_init(&l.f);
	list_init(&l, DOC_POLICY);
	assert_paths(&l, paths, ARRAY_LEN(paths));
	d = docs_find(&l.list, "audit.jsonl");
	assert_true(d->changing && d->recorded && !d->own && !d->by_caller);
	assert_int_equal(d->action, ACTION_READ_AUDIT);
	assert_int_equal(d->mtime_ns, FIXTURE_NOW);
	d = docs_find(&l.list, "my-audit.jsonl");
	assert_true(d->changing && d->recorded && d->own && d->by_caller);
	d = docs_find(&l.list, "my-access.yaml");
	assert_true(d->own && d->by_caller && !d->changing);
	assert_int_equal(d->mtime_ns, FIXTURE_EPOCH_TIME);
	d = docs_find(&l.list, "effective.yaml");
	assert_true(!d->own && !d->by_caller && d->action == ACTION_READ_POLICY);
	arena_clear(&l.arena);
}

static void documents_about_the_mount(void **state)
{
	static const char *const paths[] = {"README.md", "status.json", "whoami.yaml"};
	struct listed l;

	(void)state;
	fixture_init(&l.f);
	l.f.env.product = NULL;
	list_init(&l, DOC_ABOUT);
	assert_paths(&l, paths, ARRAY_LEN(paths));
	for (size_t i = 0; i < l.list.len; i++)
		assert_true(l.list.items[i].own);
	assert_true(docs_find(&l.list, "status.json")->by_caller);
	assert_true(docs_find(&l.list, "status.json")->changing);
	assert_false(docs_find(&l.list, "README.md")->by_caller);
	arena_clear(&l.arena);
}

static void finding(void **state)
{
	struct listed l;

	(void)state;
	fixture_init(&l.f);
	l.f.files[2] = (struct product_file){"code/a/b/c.sql", "hash-code", 1, 1};
	l.f.product.files_len = 3;
	list_init(&l, DOC_METADATA);
	assert_null(docs_find(&l.list, "readme.md"));
	assert_null(docs_find(&l.list, ""));
	assert_null(docs_find(&l.list, "code"));
	assert_true(docs_has_dir(&l.list, ""));
	assert_true(docs_has_dir(&l.list, "code"));
	assert_true(docs_has_dir(&l.list, "code/a"));
	assert_true(docs_has_dir(&l.list, "code/a/b"));
	assert_false(docs_has_dir(&l.list, "code/a/b/c.sql"));
	assert_false(docs_has_dir(&l.list, "cod"));
	assert_false(docs_has_dir(&l.list, "code/"));
	assert_false(docs_has_dir(&l.list, "zzz"));
	assert_false(docs_has_dir(&(struct doc_list){0}, "code"));
	assert_null(docs_find(&(struct doc_list){0}, "code"));
	arena_clear(&l.arena);
}

/* "code-x" and "code.x" sort between "code" and "code/". */
static void directories_beside_longer_names(void **state)
{
	struct doc docs[] = {
	    {.path = "code"}, {.path = "code-x"}, {.path = "code.x/y"}, {.path = "code/z"}};
	struct doc_list l = {docs, ARRAY_LEN(docs)};

	(void)state;
	assert_true(docs_has_dir(&l, "code"));
	assert_true(docs_has_dir(&l, "code.x"));
	assert_false(docs_has_dir(&l, "code-x"));
	l.len = 3;
	assert_false(docs_has_dir(&l, "code"));
}

static void files_that_cannot_be_shown_are_left_out(void **state)
{
	static const char *const bad[] = {
	    "code/../x", "code//x", "code/", "other/x", "/code/x", "code/a\nb"};
	struct listed l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fixture_init(&l.f);
		l.f.files[1].path = bad[i];
		list_init(&l, DOC_METADATA);
		assert_int_equal(l.list.len, 6);
		arena_clear(&l.arena);
	}
}

static void without_authored_bytes_no_document(void **state)
{
	struct listed l;

	(void)state;
	fixture_init(&l.f);
	l.f.product.blob = NULL;
	l.f.contracts[0].blob = NULL;
	l.f.files[1].blob = NULL;
	list_init(&l, DOC_METADATA);
	assert_null(docs_find(&l.list, "product.odps.yaml"));
	assert_false(docs_has_dir(&l.list, "contracts"));
	assert_false(docs_has_dir(&l.list, "code"));
	arena_clear(&l.arena);
}

static void who_may(void **state)
{
	struct listed l;

	(void)state;
	fixture_init(&l.f);
	list_init(&l, DOC_POLICY);
	assert_true(doc_may(docs_find(&l.list, "my-access.yaml"), &l.f.env));
	assert_true(doc_may(docs_find(&l.list, "my-audit.jsonl"), &l.f.env));
	assert_false(doc_may(docs_find(&l.list, "effective.yaml"), &l.f.env));
	assert_false(doc_may(docs_find(&l.list, "audit.jsonl"), &l.f.env));
	(void)fixture_rule(&l.f, "policy", EFFECT_PERMIT, BIT(ACTION_READ_POLICY));
	assert_true(doc_may(docs_find(&l.list, "effective.yaml"), &l.f.env));
	assert_false(doc_may(docs_find(&l.list, "audit.jsonl"), &l.f.env));
	arena_clear(&l.arena);
}

/* ---- names ---- */

static void hostile_names_become_valid_ones(void **state)
{
	static const struct {
		const char *name, *path;
	} cases[] = {
	    {"../../etc/passwd", "schema/x._.._etc_passwd.schema.json"},
	    {"", "schema/x.schema.json"},
	    {".", "schema/x.schema.json"},
	    {"a b|c", "schema/a_b_c.schema.json"},
	    {"gr\xc3\xb6\xc3\x9f"
	     "e",
		"schema/gr__e.schema.json"},
	    {"a@1", "schema/a_1.schema.json"},
	    {"\xff\xfe", "schema/x_.schema.json"},
	    {"-x", "schema/xx.schema.json"},
	};
	struct listed l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture_init(&l.f);
		l.f.objects[0].name = cases[i].name;
		list_init(&l, DOC_METADATA);
		if (!docs_find(&l.list, cases[i].path))
			fail_msg("no %s", cases[i].path);
		for (size_t k = 0; k < l.list.len; k++)
			assert_true(layout_is_path(l.list.items[k].path));
		arena_clear(&l.arena);
	}
}

static void long_names_are_cut(void **state)
{
	struct listed l;
	char name[2000];

	(void)state;
	fixture_init(&l.f);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	l.f.objects[0].name = l.f.objects[1].name = name;
	l.f.contracts[0].file_name = name;
	l.f.ports[1].contract = -1;
	list_init(&l, DOC_METADATA);
	for (size_t i = 0; i < l.list.len; i++)
		assert_true(layout_is_path(l.list.items[i].path));
	arena_clear(&l.arena);
}

static void equal_names_are_numbered(void **state)
{
	struct fixture f;
	struct arena a;
	struct layout l;

	(void)state;
	fixture_init(&f);
	arena_init(&a);
	f.product.contracts_len = 2;
	f.contracts[1] = f.contracts[0];
	f.objects[0].name = "a b";
	f.objects[1].name = "a.b";
	f.ports[1].contract = 1;
	assert_int_equal(layout_build(&f.product, &a, &l), 0);
	assert_string_equal(l.contracts[0], "contracts/orders.odcs.yaml");
	assert_string_equal(l.contracts[1], "contracts/orders-2.odcs.yaml");
	assert_int_equal(l.objects_len, 4);
	assert_string_equal(l.objects[0].path, "schema/a_b.schema.json");
	assert_string_equal(l.objects[1].path, "schema/a.b.schema.json");
	assert_string_equal(l.objects[2].path, "schema/a.b-2.schema.json");
	assert_null(l.objects[2].port);
	assert_string_equal(l.objects[3].path, "schema/a_b-2.schema.json");
	arena_clear(&a);
}

/* Two ports of one contract show the same objects: one schema each. An older port's are named after its version. */
static void schemas_of_several_ports(void **state)
{
	struct fixture f;
	struct arena a;
	struct layout l;

	(void)state;
	fixture_init(&f);
	arena_init(&a);
	f.ports[1].objects = f.objects;
	assert_int_equal(layout_build(&f.product, &a, &l), 0);
	assert_int_equal(l.objects_len, 2);
	assert_ptr_equal(l.objects[0].port, &f.ports[0]);
	assert_string_equal(l.objects[1].path, "schema/secrets.schema.json");
	f.ports[1].entry = "orders@1.0.0";
	f.ports[1].contract = 1;
	f.product.contracts_len = 2;
	f.contracts[1] = f.contracts[0];
	f.contracts[1].objects_len = 1;
	assert_int_equal(layout_build(&f.product, &a, &l), 0);
	assert_string_equal(l.objects[1].path, "schema/orders@1.0.0.schema.json");
	arena_clear(&a);
}

static void strange_contract_files(void **state)
{
	static const struct {
		const char *name, *path;
	} cases[] = {
	    {"..", "contracts/x.odcs.yaml"},
	    {".hidden", "contracts/xhidden"},
	    {"noending", "contracts/noending"},
	    {"a b.odcs.yaml", "contracts/a_b.odcs.yaml"},
	    {"a.x\ny", "contracts/a.odcs.yaml"},
	    {NULL, "contracts/contract.odcs.yaml"},
	};
	struct listed l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture_init(&l.f);
		l.f.contracts[0].file_name = cases[i].name;
		list_init(&l, DOC_METADATA);
		if (!docs_find(&l.list, cases[i].path))
			fail_msg("no %s", cases[i].path);
		arena_clear(&l.arena);
	}
}

static void paths(void **state)
{
	char name[300];

	(void)state;
	assert_true(layout_is_path("a"));
	assert_true(layout_is_path("a/.b/..c"));
	assert_false(layout_is_path(""));
	assert_false(layout_is_path("a/"));
	assert_false(layout_is_path("/a"));
	assert_false(layout_is_path("a/./b"));
	assert_false(layout_is_path(".."));
	assert_false(layout_is_path("a\x7f"));
	memset(name, 'a', 256);
	name[256] = '\0';
	assert_false(layout_is_path(name));
	name[255] = '\0';
	assert_true(layout_is_path(name));
}

static void the_table_of_names(void **state)
{
	struct arena a;
	struct names n = {.arena = &a};
	char key[16];
	int values[1000];

	(void)state;
	arena_init(&a);
	assert_null(names_get(&n, "x", 1));
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		(void)snprintf(key, sizeof(key), "k%zu", i);
		assert_int_equal(names_put(&n, arena_strdup(&a, key), strlen(key), &values[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		(void)snprintf(key, sizeof(key), "k%zu", i);
		assert_ptr_equal(names_get(&n, key, strlen(key)), &values[i]);
	}
	assert_null(names_get(&n, "k", 1));
	assert_null(names_get(&n, "k1000", 5));
	arena_clear(&a);
}

/* ---- bytes ---- */

static void authored_bytes(void **state)
{
	struct fixture f;
	struct doc d = {.path = "product.odps.yaml", .what = "gone"};
	struct buf b;
	AUTOFREE char *text = NULL;

	(void)state;
	fixture_init(&f);
	text = fixture_render(&f, render_blob, "hash-product");
	assert_string_equal(text, "kind: DataProduct\n");
	buf_init(&b);
	assert_int_equal(render_blob(&d, &f.env, &b), -EIO);
	buf_clear(&b);
}

static int list_all(void *arg)
{
	struct fixture *f = arg;
	struct arena a;
	int rc = 0;

	arena_init(&a);
	for (int section = DOC_METADATA; rc == 0 && section <= DOC_ABOUT; section++) {
		struct doc_list l;

		rc = docs_list((enum doc_section)section, &f->env, &a, &l);
	}
	arena_clear(&a);
	return rc;
}

static void short_memory(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	oom_sweep(list_all, &f, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(metadata_of_a_product),
	    cmocka_unit_test(policy_documents),
	    cmocka_unit_test(documents_about_the_mount),
	    cmocka_unit_test(finding),
	    cmocka_unit_test(directories_beside_longer_names),
	    cmocka_unit_test(files_that_cannot_be_shown_are_left_out),
	    cmocka_unit_test(without_authored_bytes_no_document),
	    cmocka_unit_test(who_may),
	    cmocka_unit_test(hostile_names_become_valid_ones),
	    cmocka_unit_test(long_names_are_cut),
	    cmocka_unit_test(equal_names_are_numbered),
	    cmocka_unit_test(schemas_of_several_ports),
	    cmocka_unit_test(strange_contract_files),
	    cmocka_unit_test(paths),
	    cmocka_unit_test(the_table_of_names),
	    cmocka_unit_test(authored_bytes),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
