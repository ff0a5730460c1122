#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "catalog/base/json.h"
#include "tests/lib/oom.h"

static struct json *parse(const char *text)
{
	struct json *root = NULL;
	struct mesh_err err = {0};

	assert_int_equal(json_parse(text, strlen(text), &root, &err), 0);
	assert_non_null(root);
	return root;
}

static void refuse(const char *text, size_t len, const char *reason)
{
	struct json *const before = (struct json *)&text;
	struct json *root = before;
	struct mesh_err err = {0};

	assert_int_equal(json_parse(text, len, &root, &err), -EINVAL);
	assert_ptr_equal(root, before);
	assert_int_equal(err.code, -EINVAL);
	assert_non_null(strstr(err.text, reason));
}

static void values_of_each_kind(void **state)
{
	struct json *root = parse("{\"s\":\"\\u00e9\",\"i\":-9223372036854775808,\"r\":1.0,"
				  "\"t\":true,\"f\":false,\"n\":null,\"a\":[1,\"x\",{}]}");
	const struct json *array = json_get(root, "a");

	(void)state;
	assert_string_equal(json_text(json_get(root, "s")), "\xc3\xa9");
	assert_true(json_int(json_get(root, "i"), 5) == INT64_MIN);
	assert_int_equal(json_int(json_get(root, "r"), 5), 5);
	assert_true(json_bool(json_get(root, "t")));
	assert_false(json_bool(json_get(root, "f")));
	assert_false(json_bool(json_get(root, "i")));
	assert_non_null(json_get(root, "n"));
	assert_null(json_get(root, "absent"));
	assert_int_equal(json_len(array), 3);
	assert_int_equal(json_int(json_at(array, 0), 0), 1);
	assert_string_equal(json_text(json_at(array, 1)), "x");
	assert_null(json_at(array, 3));
	json_free(root);
}

static void the_wrong_kind_is_nothing(void **state)
{
	struct json *root = parse("[7]");

	(void)state;
	assert_null(json_get(root, "a"));
	assert_null(json_text(root));
	assert_null(json_text(json_at(root, 0)));
	assert_int_equal(json_len(json_at(root, 0)), 0);
	assert_null(json_at(json_at(root, 0), 0));
	assert_null(json_get(NULL, "a"));
	assert_null(json_text(NULL));
	assert_int_equal(json_int(NULL, 3), 3);
	assert_false(json_bool(NULL));
	assert_int_equal(json_len(NULL), 0);
	assert_null(json_at(NULL, 0));
	json_free(root);
	json_free(NULL);
}

static void scalars_are_documents(void **state)
{
	struct json *root = parse(" \"x\" \n");

	(void)state;
	assert_string_equal(json_text(root), "x");
	json_free(root);
	root = parse("true");
	assert_true(json_bool(root));
	json_free(root);
}

static void bad_documents(void **state)
{
	static const char *const bad[] = {"", " ", "{", "[1,]", "{\"a\":1,}", "{} {}", "[1] x",
	    "'a'", "nul", "01", "+1", "\"a\nb\"", "\"\\u0000\"", "{\"\\u0000\":1}", "\"\\ud800\"",
	    "\"\xff\"", "\xef\xbb\xbf{}", "NaN", "// c\n1", "99999999999999999999", "[}",
	    "{\"a\":1,\"a\":2}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(bad[i], strlen(bad[i]), "line ");
	refuse("{\"a\":1,\n \"a\":2}", 15, "line 2, column ");
	refuse("[\0]", 3, "NUL");
	refuse("1\0", 2, "NUL");
	assert_int_equal(json_parse("[", 1, &(struct json *){NULL}, NULL), -EINVAL);
}

static void depth_is_bounded(void **state)
{
	char text[2 * 65];
	struct json *root = NULL;

	(void)state;
	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	assert_int_equal(json_parse(text, 128, &root, NULL), 0);
	json_free(root);

	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	refuse(text, sizeof(text), "64 levels");

	/* Brackets in strings nest nothing, and siblings do not add up. */
	memset(text, '[', sizeof(text));
	text[0] = '"';
	memcpy(text + 1, "\\\"", 2);
	text[sizeof(text) - 1] = '"';
	assert_int_equal(json_parse(text, sizeof(text), &root, NULL), 0);
	json_free(root);
	text[0] = '[';
	for (size_t i = 1; i + 3 <= sizeof(text); i += 3)
		memcpy(text + i, "[],", 3);
	memcpy(text + 127, "[]]", 3);
	assert_int_equal(json_parse(text, sizeof(text), &root, NULL), 0);
	assert_int_equal(json_len(root), 43);
	json_free(root);
}

static int parse_once(void *arg)
{
	struct json *root = NULL;
	struct mesh_err err = {0};
	int r = json_parse(arg, strlen(arg), &root, &err);

	json_free(root);
	if (r != err.code)
		return -EPROTO;
	/* What the library says where a token's memory is missing. */
	return r == -EINVAL ? -ENOMEM : r;
}

static void short_memory(void **state)
{
	char text[] = "{\"a\": [1, 2.5, \"a string that is longer than most\", {}, null],"
		      " \"another key\": {\"x\": [[]], \"y\": true}}";

	(void)state;
	oom_sweep(parse_once, text, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_of_each_kind),
	    cmocka_unit_test(the_wrong_kind_is_nothing),
	    cmocka_unit_test(scalars_are_documents),
	    cmocka_unit_test(bad_documents),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
