#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/base/buf.h"
#include "catalog/base/str.h"
#include "catalog/manifest/shape.h"
#include "catalog/manifest/standard.h"
#include "tests/lib/oom.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct checked {
	struct arena arena;
	struct diag_list diags;
	bool ok;
};

static int setup(void **state)
{
	struct checked *c = calloc(1, sizeof(*c));

	if (!c)
		return -1;
	arena_init(&c->arena);
	diag_list_init(&c->diags);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct checked *c = *state;

	diag_list_clear(&c->diags);
	arena_clear(&c->arena);
	free(c);
	return 0;
}

static void check_bytes(struct checked *c, const char *name, const char *bytes, size_t len)
{
	const struct yaml_node *root;

	diag_list_clear(&c->diags);
	root = yaml_parse(name, bytes, len, &c->arena, &c->diags);
	c->ok = root && standard_check(name, root, &c->diags);
	assert_true(root || c->diags.errors > 0);
	assert_int_equal(c->ok, c->diags.errors == 0);
}

static const struct diag *find(const struct checked *c, const char *rule, const char *word)
{
	for (size_t i = 0; i < c->diags.len; i++) {
		const struct diag *d = &c->diags.items[i];

		if (strcmp(d->rule, rule) == 0 && strstr(d->text, word))
			return d;
	}
	return NULL;
}

static void print_all(const struct checked *c)
{
	for (size_t i = 0; i < c->diags.len; i++)
		print_message("%s:%d [%s] %s\n", c->diags.items[i].file, c->diags.items[i].line,
		    c->diags.items[i].rule, c->diags.items[i].text);
}

/* ---- documents written here: a head and what follows it ---- */

#define CONTRACT(version) \
	"apiVersion: " version "\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\n"
#define PRODUCT "apiVersion: v1.0.0\nkind: DataProduct\nid: p\nversion: 1.0.0\nstatus: active\n"
#define PROPERTY "schema:\n- name: o\n  properties:\n  - name: p\n"
#define SERVER "servers:\n- server: s\n"

static void accept(struct checked *c, const char *text)
{
	check_bytes(c, "x.yaml", text, strlen(text));
	if (c->diags.len > 0) {
		print_message("%s\n", text);
		print_all(c);
	}
	assert_int_equal(c->diags.len, 0);
}

/* One error alone, of this rule, with this word in its text, on this line. */
static void refuse(
    struct checked *c, const char *text, const char *rule, const char *word, int line)
{
	check_bytes(c, "x.yaml", text, strlen(text));

	const struct diag *d = find(c, rule, word);

	if (c->diags.len != 1 || !d || d->line != line) {
		print_message("%s\nwanted: %d [%s] %s\n", text, line, rule, word);
		print_all(c);
	}
	assert_int_equal(c->diags.errors, 1);
	assert_int_equal(c->diags.warnings, 0);
	assert_non_null(d);
	assert_int_equal(d->line, line);
}

static void warn(struct checked *c, const char *text, const char *rule, int line)
{
	check_bytes(c, "x.yaml", text, strlen(text));

	const struct diag *d = find(c, rule, "");

	if (!d || c->diags.errors > 0)
		print_all(c);
	assert_true(c->ok);
	assert_non_null(d);
	assert_int_equal(d->line, line);
}

/* ---- the standards' own files ---- */

static const char *standards(void)
{
	const char *dir = getenv("MESHFS_STANDARDS");
	struct stat st;

	if (!dir)
		dir = "../shared/standards";
	return stat(dir, &st) == 0 ? dir : NULL;
}

static void check_file(struct checked *c, const char *path)
{
	FILE *f = fopen(path, "re");
	struct buf bytes;
	char chunk[4096];
	size_t n;

	assert_non_null(f);
	buf_init(&bytes);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&bytes, chunk, n);
	(void)fclose(f);
	check_bytes(c, path, bytes.data, bytes.len);
	buf_clear(&bytes);
}

static int check_examples(struct checked *c, const char *dir)
{
	char path[4096];
	struct dirent *entry;
	DIR *d;
	int n = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", standards(), dir);
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d))) {
		if (!str_ends(entry->d_name, ".yaml"))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s/%s", standards(), dir, entry->d_name);
		check_file(c, path);
		print_all(c);
		assert_true(c->ok);
		n++;
	}
	(void)closedir(d);
	return n;
}

static void official_examples_pass(void **state)
{
	if (!standards()) {
		print_message("MESHFS_STANDARDS does not name the standards' files\n");
		skip();
	}
	assert_true(check_examples(*state, "odps/examples") >= 2);
	assert_true(check_examples(*state, "odcs/examples") >= 12);
}

static void should_fail_for_its_own_reason(void **state)
{
	static const struct {
		const char *name, *rule, *word;
		int line;
	} cases[] = {
	    {"additional-unknown-property", "standard-unknown-key", "`unknownRootField`", 9},
	    {"enum-empty", "standard-empty", "`enum`", 15},
	    {"invalid-api-version", "standard-api-version", "`v4.0.0`", 5},
	    {"invalid-quality-dimension", "standard-value", "`validity` is no dimension", 20},
	    {"invalid-quality-type", "standard-value", "`unknown` is no type", 17},
	    {"map-missing-key", "standard-required", "`key`", 16},
	    {"missing-required-fields", "standard-required", "`id`", 4},
	    {"quality-element-field", "standard-unknown-key", "`element`", 18},
	    {"quality-multiple-operators", "standard-quality-operators", "`mustNotBe`", 20},
	    {"quality-sql-missing-query", "standard-required", "`query`", 17},
	    {"relationship-schema-level-missing-from-to", "standard-required", "`from`", 13},
	    {"schema-property-missing-name", "standard-required", "`name`", 13},
	    {"server-missing-conditional-fields", "standard-required", "`schema`", 10},
	    {"sla-missing-required-value", "standard-required", "`value`", 10},
	};
	struct checked *c = *state;

	if (!standards()) {
		print_message("MESHFS_STANDARDS does not name the standards' files\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/odcs/should-fail/%s.odcs.yaml", standards(),
		    cases[i].name);
		check_file(c, path);

		const struct diag *d = find(c, cases[i].rule, cases[i].word);

		if (!d)
			print_all(c);
		assert_false(c->ok);
		assert_non_null(d);
		assert_int_equal(d->line, cases[i].line);
	}
}

/* ---- kinds and versions ---- */

static void kinds(void **state)
{
	struct checked *c = *state;

	accept(c, PRODUCT);
	accept(c, CONTRACT("v3.1.0"));
	refuse(c, "kind: Mesh\n", "standard-kind", "DataProduct", 1);
	refuse(c, "- kind: DataProduct\n", "standard-kind", "DataProduct", 1);
	refuse(c, "{}\n", "standard-kind", "DataProduct", 1);
	assert_int_equal(standard_kind(NULL), STANDARD_NONE);
}

static void api_versions(void **state)
{
	static const char *const good[] = {"v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0"};
	struct checked *c = *state;
	char text[200];

	for (size_t i = 0; i < COUNT(good); i++) {
		(void)snprintf(text, sizeof(text),
		    "apiVersion: %s\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\n",
		    good[i]);
		accept(c, text);
	}
	accept(c, "apiVersion: v0.9.0\nkind: DataProduct\nid: p\nstatus: draft\n");
	refuse(c, "apiVersion: v1.1.0\nkind: DataProduct\nid: p\nstatus: draft\n",
	    "standard-api-version", "v1.0.0, v0.9.0", 1);
	refuse(c, "kind: DataContract\nid: c\nversion: 1.0.0\nstatus: a\napiVersion: 3.1\n",
	    "standard-api-version", "v3.1.0", 5);
	refuse(c, "kind: DataContract\nid: c\nversion: 1.0.0\nstatus: a\n", "standard-required",
	    "`apiVersion`", 1);
}

static void what_a_version_has(void **state)
{
	struct checked *c = *state;

	accept(c, CONTRACT("v3.2.0") "context: {verifiedStatements: [{question: why}]}\n");
	refuse(c, CONTRACT("v3.1.0") "context: x\n", "standard-unknown-key", "apiVersion", 6);
	accept(c, "apiVersion: v3.2.0\nkind: DataContract\nid: c\nversion: 1.0.0\n");
	refuse(c, "apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0.0\n",
	    "standard-required", "`status`", 1);
	accept(c, CONTRACT("v3.2.0") SERVER "  type: athena\n  schema: x\n  workgroup: w\n");
	accept(c, CONTRACT("v3.2.0") PROPERTY "    relationships: [{to: a.b.c}]\n");
	refuse(c, CONTRACT("v3.1.0") PROPERTY "    relationships: [{to: a.b.c}]\n",
	    "standard-reference", "`a.b.c`", 10);
}

static void older_forms(void **state)
{
	struct checked *c = *state;

	accept(c, CONTRACT("v3.1.0") "team: [{username: jane, role: owner}]\n");
	accept(c, CONTRACT("v3.1.0") "team: {name: x, members: [{username: jane}]}\n");
	accept(c,
	    CONTRACT("v3.0.2") PROPERTY
	    "    quality: [{rule: duplicateCount, mustBeLessThan: 10}]\n");
	refuse(c, CONTRACT("v3.1.0") PROPERTY "    quality: [{rule: duplicateCount}]\n",
	    "standard-unknown-key", "`rule`", 10);
	accept(c,
	    CONTRACT("v3.0.2") PROPERTY
	    "    logicalType: integer\n    logicalTypeOptions: {maximum: 3, exclusiveMaximum: true}\n");
	refuse(c,
	    CONTRACT("v3.1.0") PROPERTY
	    "    logicalType: integer\n    logicalTypeOptions: {maximum: 3, exclusiveMaximum: true}\n",
	    "standard-type", "`exclusiveMaximum`", 11);
}

#define V22                                                                                           \
	"kind: DataContract\nversion: 1.0.0\nuuid: u\ntype: tables\nstatus: active\ndatasetName: d\n" \
	"quantumName: q\n"

static void version_22(void **state)
{
	struct checked *c = *state;

	accept(c,
	    V22 "apiVersion: v2.2.2\ndataset:\n- table: t\n  priorTableName: null\n  columns:\n"
		"  - {column: a, logicalType: string, physicalType: text, isPrimaryKey: true}\n");
	accept(c, V22 "dataset: []\n");
	refuse(c, V22 "apiVersion: v2.2.1\n", "standard-required", "`dataset`", 1);
	refuse(c, V22 "dataset: [{table: t, columns: [{column: a, logicalType: string}]}]\n",
	    "standard-required", "`physicalType`", 8);
	refuse(c, V22 "dataset: [{table: null}]\n", "standard-required", "`table`", 8);
	warn(c, V22 "dataset: []\nextra: 1\n", "standard-unknown-key", 9);
	refuse(c, V22 "dataset: []\npassword: x\n", "standard-secret", "`password`", 9);
	accept(c, V22 "dataset: []\nusername: '${env.username}'\n");
}

/* ---- rules ---- */

static void keys_and_types(void **state)
{
	struct checked *c = *state;

	refuse(c, PRODUCT "outputPort: []\n", "standard-unknown-key", "did you mean `outputPorts`?",
	    6);
	refuse(c, PRODUCT "outputPorts: [{name: a}]\n", "standard-required",
	    "`version` in an output port", 6);
	refuse(c, PRODUCT "outputPorts: {name: a}\n", "standard-type", "a list, not a mapping", 6);
	refuse(c, PRODUCT "tags: [a, 1]\n", "standard-type", "put it in quotes", 6);
	refuse(c, PRODUCT "name:\n", "standard-type", "not null", 6);
	refuse(c, PRODUCT "name: true\n", "standard-type", "put it in quotes", 6);
	refuse(c, PRODUCT "outputPorts: [a]\n", "standard-type", "a mapping, not a string", 6);
	refuse(c, CONTRACT("v3.1.0") "id2: x\n", "standard-unknown-key", "did you mean `id`?", 6);
	accept(c, CONTRACT("v3.1.0") "description: {purpose: x, anything: [1]}\n");
	refuse(
	    c, CONTRACT("v3.1.0") "price: {priceAmount: .inf}\n", "standard-type", "a number", 6);
	refuse(c, CONTRACT("v3.1.0") "customProperties: [{id: 'a b', property: p, value: 1}]\n",
	    "standard-id", "`a b`", 6);
	accept(c, CONTRACT("v3.1.0") PROPERTY "    primaryKeyPosition: 1.0\n");
	refuse(c, CONTRACT("v3.1.0") PROPERTY "    primaryKeyPosition: 1.5\n", "standard-type",
	    "an integer", 10);
}

static void logical_types(void **state)
{
	struct checked *c = *state;

	accept(c,
	    CONTRACT("v3.1.0") PROPERTY
	    "    logicalType: array\n    items: {logicalType: object, properties: [{name: x}]}\n");
	refuse(c, CONTRACT("v3.1.0") PROPERTY "    logicalType: string\n    items: {}\n",
	    "standard-unknown-key", "`items`", 11);
	refuse(c, CONTRACT("v3.1.0") PROPERTY "    logicalTypeOptions: {minLength: 1}\n",
	    "standard-unknown-key", "without a logicalType", 10);
	refuse(c,
	    CONTRACT("v3.1.0") PROPERTY "    logicalType: strin\n    logicalTypeOptions: {x: 1}\n",
	    "standard-value", "did you mean `string`?", 10);
	refuse(c,
	    CONTRACT("v3.1.0") PROPERTY
	    "    logicalType: string\n    logicalTypeOptions: {minLength: -1}\n",
	    "standard-range", "`minLength`", 11);
	refuse(c,
	    CONTRACT("v3.1.0") PROPERTY
	    "    logicalType: object\n    logicalTypeOptions: {required: [a, b, a]}\n",
	    "standard-twice", "line 11", 11);
	refuse(c,
	    CONTRACT("v3.1.0") PROPERTY
	    "    logicalType: number\n    logicalTypeOptions: {multipleOf: 0}\n",
	    "standard-range", "`multipleOf`", 11);
	refuse(c, CONTRACT("v3.2.0") PROPERTY "    enum: [{value: 1}, {value: 1.0}]\n",
	    "standard-twice", "`enum`", 10);
	refuse(c, CONTRACT("v3.2.0") PROPERTY "    logicalType: map\n", "standard-required",
	    "`map`", 9);
	accept(c, CONTRACT("v3.2.0") PROPERTY "    physicalType: text\n");
}

static void references(void **state)
{
	static const char *const good[] = {"a.b", "_a.b1", "schema/x-1/properties/y", "/schema/x",
	    "https://h.example/dir/c.yaml#/schema/a/properties/b", "c.yaml#schema/a"};
	static const char *const bad[] = {"a", "1.b", "a.", "a.b.c", "schema/x/properties",
	    "schema//x", "c.yml#/schema/a", "#/schema/a", "c.yaml#", "schema/x/",
	    "x:/c.yaml#/schema/a", ".yaml#/s/a", "''"};
	struct checked *c = *state;
	char text[400];

	for (size_t i = 0; i < COUNT(good); i++) {
		(void)snprintf(text, sizeof(text),
		    CONTRACT("v3.1.0") PROPERTY "    relationships:\n    - to: %s\n", good[i]);
		accept(c, text);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		(void)snprintf(text, sizeof(text),
		    CONTRACT("v3.1.0") PROPERTY "    relationships:\n    - to: '%s'\n",
		    strcmp(bad[i], "''") == 0 ? "" : bad[i]);
		refuse(c, text, "standard-reference", "names no element", 11);
	}
	refuse(c, CONTRACT("v3.1.0") PROPERTY "    relationships: [{to: []}]\n", "standard-empty",
	    "`to`", 10);
	refuse(c, CONTRACT("v3.1.0") PROPERTY "    relationships: [{from: a.b, to: a.b}]\n",
	    "standard-unknown-key", "`from`", 10);
	refuse(c,
	    CONTRACT("v3.1.0") "schema:\n- name: o\n  relationships: [{from: a.b, to: [a.b]}]\n",
	    "standard-relationship", "both", 8);
}

static void quality(void **state)
{
	struct checked *c = *state;
#define QUALITY(text) CONTRACT("v3.1.0") PROPERTY "    quality:\n    - " text "\n"

	accept(c, QUALITY("{type: sql, query: q, mustBeBetween: [1, 2]}"));
	accept(c, QUALITY("{metric: rowCount, mustBe: 0}"));
	accept(c, QUALITY("{type: text, description: x}"));
	accept(c, QUALITY("{type: custom, engine: soda, implementation: {a: 1}}"));
	refuse(c, QUALITY("{type: library, metric: rowCount}"), "standard-quality-operators",
	    "needs", 11);
	refuse(c, QUALITY("{type: text, mustBe: 0}"), "standard-unknown-key", "`mustBe`", 11);
	refuse(
	    c, QUALITY("{type: sql, query: q, mustBeBetween: [1]}"), "standard-range", "two", 11);
	refuse(c, QUALITY("{type: sql, query: q, mustBeBetween: [1, 1.0]}"), "standard-range",
	    "two", 11);
	refuse(c, QUALITY("{metric: rowCounts, mustBe: 0}"), "standard-value", "`rowCount`", 11);
	refuse(
	    c, QUALITY("{type: custom, engine: x}"), "standard-required", "`implementation`", 11);
}

static void servers(void **state)
{
	struct checked *c = *state;

	accept(c, CONTRACT("v3.1.0") SERVER "  type: local\n  path: x\n  format: csv\n");
	accept(c, CONTRACT("v3.1.0") SERVER "  type: sftp\n  location: sftp://h/x\n");
	refuse(c, CONTRACT("v3.1.0") SERVER "  type: sftp\n  location: https://h/x\n",
	    "standard-value", "sftp", 9);
	refuse(c, CONTRACT("v3.1.0") SERVER "  type: locl\n  path: x\n", "standard-value",
	    "did you mean `local`?", 8);
	refuse(c, CONTRACT("v3.1.0") SERVER "  type: quux-db\n  path: x\n", "standard-value",
	    "`custom`", 8);
	refuse(c, CONTRACT("v3.1.0") SERVER "  type: local\n  path: x\n  format: csv\n  host: h\n",
	    "standard-unknown-key", "`host`", 11);
	refuse(c,
	    CONTRACT("v3.1.0") SERVER
	    "  type: postgres\n  host: h\n  port: \"5432\"\n  database: d\n  schema: s\n",
	    "standard-type", "`port` must be an integer", 10);
}

static void secrets(void **state)
{
	static const char *const names[] = {"password", "dbPassword", "secret", "client_secret",
	    "token", "accessKey", "access-key-id", "apiKey", "PRIVATE_KEY"};
	struct checked *c = *state;
	char text[500];

#define LOCAL CONTRACT("v3.1.0") SERVER "  type: local\n  path: x\n  format: csv\n"
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(text, sizeof(text), LOCAL "  %s: x\n", names[i]);
		refuse(c, text, "standard-secret", names[i], 11);
		(void)snprintf(text, sizeof(text),
		    LOCAL "  customProperties:\n  - property: %s\n    value: x\n", names[i]);
		refuse(c, text, "standard-secret", names[i], 12);
	}
	refuse(c, LOCAL "  customProperties: [{property: auth, value: [{token: x}]}]\n",
	    "standard-secret", "`token`", 11);
	refuse(c, CONTRACT("v3.1.0") SERVER "  type: api\n  location: https://u:p@h.example/x\n",
	    "standard-secret", "`location`", 9);
	accept(c,
	    CONTRACT("v3.1.0") SERVER "  type: api\n  location: https://u@h.example/x?a=b:c@d\n");
	accept(
	    c, LOCAL "  customProperties: [{property: credentialRef, value: 'env:DB_PASSWORD'}]\n");
}

static void lints(void **state)
{
	struct checked *c = *state;

	warn(c, "apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0\nstatus: active\n",
	    "lint-version-float", 4);
	warn(c, PRODUCT "outputPorts: [{name: a, version: 2}]\n", "lint-version-float", 6);
	warn(c, CONTRACT("v3.1.0") "slaProperties:\n- {property: latency, value: 4, unit: m}\n",
	    "lint-unit-m", 7);
	accept(
	    c, CONTRACT("v3.1.0") "slaProperties:\n- {property: latency, value: 4, unit: min}\n");
	warn(c,
	    CONTRACT("v3.1.0") "slaProperties:\n- {property: latency, value: 4, element: a.b}\n"
			       "- {property: freshness, value: 4, element: a.c}\n"
			       "- {property: freshness, value: 4, element: a.b}\n",
	    "lint-sla-twice", 9);
	warn(c, PRODUCT "team: {members: [{username: jane, dateIn: 1.2.2024}]}\n", "lint-date", 6);
	warn(c, PRODUCT "productCreatedTs: \"2024-02-30T00:00:00Z\"\n", "lint-date", 6);
	accept(c, PRODUCT "productCreatedTs: \"2024-02-29T00:00:00Z\"\n");
}

static void many_problems_end_the_check(void **state)
{
	struct checked *c = *state;
	struct buf b;

	buf_init(&b);
	buf_puts(&b, CONTRACT("v3.1.0"));
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "unknown%d: 1\n", i);
	check_bytes(c, "x.yaml", b.data, b.len);
	assert_false(c->ok);
	assert_non_null(find(c, "standard-many", ""));
	assert_true(c->diags.len < 600);

	/* Warnings are cut short too, and stay warnings. */
	buf_reset(&b);
	buf_puts(&b, V22 "dataset: []\n");
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "unknown%d: 1\n", i);
	check_bytes(c, "x.yaml", b.data, b.len);
	assert_true(c->ok);
	assert_non_null(find(c, "standard-many", ""));
	assert_true(c->diags.len < 600);
	buf_clear(&b);
}

static void nearest_words(void **state)
{
	static const char *const words[] = {"version", "status", "id", NULL};

	(void)state;
	assert_string_equal(shape_nearest("Version", words), "version");
	assert_string_equal(shape_nearest("verison", words), "version");
	assert_string_equal(shape_nearest("statuss", words), "status");
	assert_null(shape_nearest("xy", words));
	assert_null(shape_nearest("something", words));
	assert_null(shape_nearest("versionversionversionversionversionversion", words));
}

static int check_once(void *arg)
{
	struct checked c = {0};
	const struct yaml_node *root;
	int ret = 0;

	arena_init(&c.arena);
	diag_list_init(&c.diags);
	root = yaml_parse("x.yaml", arg, strlen(arg), &c.arena, &c.diags);
	c.ok = root && standard_check("x.yaml", root, &c.diags);
	if (c.ok || (root && c.diags.errors == 0))
		ret = -EIO; /* a lost message must not make a bad file good */
	else if (c.diags.oom)
		ret = -ENOMEM;
	diag_list_clear(&c.diags);
	arena_clear(&c.arena);
	return ret;
}

static void short_memory(void **state)
{
	char text[] = CONTRACT("v3.1.0") SERVER "  type: local\n  token: x\n" PROPERTY
						"    foo: 1\n    quality: [{type: sql}]\n  - {}\n";

	(void)state;
	oom_sweep(check_once, text, 1000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(official_examples_pass),
	    TEST(should_fail_for_its_own_reason),
	    TEST(kinds),
	    TEST(api_versions),
	    TEST(what_a_version_has),
	    TEST(older_forms),
	    TEST(version_22),
	    TEST(keys_and_types),
	    TEST(logical_types),
	    TEST(references),
	    TEST(quality),
	    TEST(servers),
	    TEST(secrets),
	    TEST(lints),
	    TEST(many_problems_end_the_check),
	    TEST(nearest_words),
	    TEST(short_memory),
	};

	return cmocka_run_group_tests_name("standard", tests, NULL, NULL);
}
