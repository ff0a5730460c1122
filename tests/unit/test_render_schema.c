#include "tests/unit/render_fixture.h"

#include "catalog/base/json.h"
#include "tests/lib/oom.h"

static struct json *parse(const char *text)
{
	struct mesh_err err = {0};
	struct json *root = NULL;

	if (json_parse(text, strlen(text), &root, &err) < 0)
		fail_msg("%s in:\n%s", err.text, text);
	return root;
}

static const struct json *property(const struct json *schema, const char *name)
{
	const struct json *p = json_get(json_get(schema, "properties"), name);

	if (!p)
		fail_msg("no property %s", name);
	return p;
}

static void columns(void **state)
{
	struct fixture f;
	AUTOFREE char *text = NULL;
	const struct json *p;
	struct json *root;

	(void)state;
	fixture_init(&f);
	text = fixture_render(&f, render_json_schema, &f.objects[0]);
	root = parse(text);
	assert_string_equal(
	    json_text(json_get(root, "$schema")), "https://json-schema.org/draft/2020-12/schema");
	assert_string_equal(json_text(json_get(root, "title")), "orders");
	assert_string_equal(json_text(json_get(root, "type")), "object");
	assert_string_equal(json_text(json_get(root, "description")), "One row an order");
	assert_string_equal(json_text(json_get(root, "x-classification")), "confidential");
	assert_int_equal(json_len(json_get(root, "required")), 1);
	assert_string_equal(json_text(json_at(json_get(root, "required"), 0)), "id");
	p = property(root, "id");
	assert_string_equal(json_text(json_get(p, "type")), "integer");
	assert_string_equal(json_text(json_get(p, "x-classification")), "internal");
	assert_null(json_get(p, "x-tags"));
	p = property(root, "email");
	assert_string_equal(json_text(json_at(json_get(p, "type"), 0)), "string");
	assert_string_equal(json_text(json_at(json_get(p, "type"), 1)), "null");
	assert_string_equal(json_text(json_get(p, "description")), "Where to write to");
	assert_string_equal(json_text(json_at(json_get(p, "x-tags"), 0)), "pii");
	json_free(root);
}

static void nested_columns_are_objects_again(void **state)
{
	struct fixture f;
	AUTOFREE char *text = NULL;
	const struct json *p;
	struct json *root;

	(void)state;
	fixture_init(&f);
	text = fixture_render(&f, render_json_schema, &f.objects[0]);
	root = parse(text);
	p = property(root, "address");
	assert_string_equal(json_text(json_at(json_get(p, "type"), 0)), "object");
	assert_string_equal(json_text(json_at(json_get(p, "required"), 0)), "since");
	assert_string_equal(json_text(json_get(property(p, "since"), "format")), "date");
	assert_string_equal(json_text(json_get(property(p, "since"), "type")), "string");
	assert_non_null(property(p, "street"));
	assert_null(json_get(json_get(root, "properties"), "address.street"));
	json_free(root);
}

static void types(void **state)
{
	static const struct {
		const char *logical, *json, *format;
	} cases[] = {
	    {"timestamp", "string", "date-time"},
	    {"date", "string", "date"},
	    {"time", "string", NULL},
	    {"number", "number", NULL},
	    {"Boolean", "boolean", NULL},
	    {"array", "array", NULL},
	    {"object", "object", NULL},
	    {"geometry", NULL, NULL},
	    {NULL, NULL, NULL},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTOFREE char *text = NULL;
		const struct json *p;
		struct json *root;

		fixture_init(&f);
		f.columns[0].logical_type = cases[i].logical;
		text = fixture_render(&f, render_json_schema, &f.objects[0]);
		root = parse(text);
		p = property(root, "id");
		assert_true(str_eq(json_text(json_get(p, "type")), cases[i].json));
		assert_true(str_eq(json_text(json_get(p, "format")), cases[i].format));
		json_free(root);
	}
}

/* A dot may stand anywhere in a name that its authors wrote themselves. */
static void strange_names(void **state)
{
	static const char *const names[] = {
	    "a", "a.b", ".", "", "..", "a.", ".a", "\"\\\n</script>"};
	struct column columns_of[ARRAY_LEN(names)];
	struct object o = {.name = "o", .columns = columns_of, .columns_len = ARRAY_LEN(names)};
	struct fixture f;
	AUTOFREE char *text = NULL;
	struct json *root;

	(void)state;
	fixture_init(&f);
	memset(columns_of, 0, sizeof(columns_of));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		columns_of[i].name = names[i];
		columns_of[i].required = true;
	}
	text = fixture_render(&f, render_json_schema, &o);
	root = parse(text);
	assert_int_equal(json_len(json_get(root, "required")), 3);
	assert_non_null(property(property(root, "a"), "b"));
	assert_non_null(property(property(root, "a"), ""));
	assert_non_null(property(property(property(root, ""), ""), ""));
	assert_non_null(property(property(root, ""), "a"));
	assert_non_null(property(root, "\"\\\n</script>"));
	json_free(root);
}

static void deep_names_end(void **state)
{
	char name[1024];
	struct column c = {.name = name};
	struct object o = {.name = "o", .columns = &c, .columns_len = 1};
	struct fixture f;
	AUTOFREE char *text = NULL;
	const struct json *at;
	struct json *root;
	size_t depth = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[sizeof(name) - 1] = '\0';
	fixture_init(&f);
	text = fixture_render(&f, render_json_schema, &o);
	/* The reader takes no more than 64 levels. */
	root = parse(text);
	for (at = root; json_get(json_get(at, "properties"), "a"); at = property(at, "a"))
		depth++;
	assert_int_equal(depth, 23);
	json_free(root);
}

static void no_columns(void **state)
{
	struct object o = {.name = "o"};
	struct fixture f;
	AUTOFREE char *text = NULL;
	struct json *root;

	(void)state;
	fixture_init(&f);
	text = fixture_render(&f, render_json_schema, &o);
	root = parse(text);
	assert_non_null(json_get(root, "properties"));
	assert_null(json_get(root, "required"));
	json_free(root);
}

static int render_one(void *arg)
{
	struct fixture *f = arg;
	struct doc d = {.what = &f->objects[0]};
	struct buf b;
	int rc;

	buf_init(&b);
	rc = render_json_schema(&d, &f->env, &b);
	buf_clear(&b);
	return rc;
}

static void short_memory(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	oom_sweep(render_one, &f, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns),
	    cmocka_unit_test(nested_columns_are_objects_again),
	    cmocka_unit_test(types),
	    cmocka_unit_test(strange_names),
	    cmocka_unit_test(deep_names_end),
	    cmocka_unit_test(no_columns),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
