/* Places by their text, and the order of versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/manifest/place.h"
#include "catalog/manifest/version.h"

static void assert_normal(const char *path, const char *want)
{
	char buf[256];

	strcpy(buf, path);
	place_normalise(buf);
	assert_string_equal(buf, want);
}

static void test_normalise(void **state)
{
	(void)state;
	assert_normal("/", "/");
	assert_normal("//", "/");
	assert_normal("/./", "/");
	assert_normal("/a/b", "/a/b");
	assert_normal("/a//b/./c/", "/a/b/c");
	assert_normal("/a/.b/..c", "/a/.b/..c");
}

static void test_dotdot(void **state)
{
	(void)state;
	assert_true(place_has_dotdot(".."));
	assert_true(place_has_dotdot("a/../b"));
	assert_true(place_has_dotdot("/a/.."));
	assert_true(place_has_dotdot("a//..//b"));
	assert_false(place_has_dotdot("a/..b/...c"));
	assert_false(place_has_dotdot(""));
}

static void test_below(void **state)
{
	(void)state;
	assert_true(place_below("/srv/sales/x", "/srv/sales"));
	assert_true(place_below("/srv/sales", "/srv/sales/"));
	assert_false(place_below("/srv/sales2", "/srv/sales"));
	assert_false(place_below("/srv", "/srv/sales"));
	assert_true(place_below("/anything", "/"));
}

static void test_allowed(void **state)
{
	const char *items[] = {
	    "/srv/sales", "s3://lake/sales/", "https://x.example/feed", "postgres://db:5432/sales"};
	struct strlist l = {items, 4};

	(void)state;
	assert_true(place_allowed("/srv/sales/*.csv", &l));
	assert_false(place_allowed("/srv/*/x", &l));
	assert_true(place_allowed("s3://lake/sales/x.csv", &l));
	assert_false(place_allowed("s3://lake/sales-secret/x.csv", &l));
	assert_false(place_allowed("s3://lake/sales/../hr/x", &l));
	assert_false(place_allowed("s3://lake/sales/%2e%2E/hr/x", &l));
	assert_false(place_allowed("https://x.example@evil.example/feed", &l));
	assert_false(place_allowed("https://x.example.evil/feed", &l));
	assert_false(place_allowed("https://x.example/feed2", &l));
	assert_true(place_allowed("https://x.example/feed/today", &l));
	assert_true(place_allowed("postgres://db:5432/sales", &l));
	assert_false(place_allowed("postgres://db:5432/sales2", &l));
	assert_false(place_allowed("http://x.example/feed", &l));
}

static void test_prefix(void **state)
{
	(void)state;
	assert_true(place_is_prefix("/srv"));
	assert_true(place_is_prefix("s3://b/"));
	assert_false(place_is_prefix("srv"));
	assert_false(place_is_prefix("/srv/../etc"));
	assert_false(place_is_prefix("/srv/*"));
	assert_false(place_is_prefix("ftp://x/"));
	assert_false(place_is_prefix("s3://"));
	assert_false(place_is_prefix("https://joe:pw@x/"));
}

static void test_fixed_len(void **state)
{
	(void)state;
	assert_int_equal(place_fixed_len("/a/b"), 4);
	assert_int_equal(place_fixed_len("/a/b/*.csv"), 4);
	assert_int_equal(place_fixed_len("/a/b-*/c"), 2);
	assert_int_equal(place_fixed_len("/a/{model}.csv"), 2);
	assert_int_equal(place_fixed_len("/*"), 1);
}

static void test_versions(void **state)
{
	/* In rising order; the first line is semver.org's own. */
	static const char *const order[] = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
	    "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2",
	    "1.2.0", "1.9.0", "1.10.0", "v2", "2.0.0-rc1.x", "10", "99999999999999999999999.1",
	    "100000000000000000000000", "x"};

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (size_t j = 0; j < sizeof(order) / sizeof(order[0]); j++) {
			int got = version_compare(order[i], order[j]);

			if (i < j ? got >= 0 : i > j ? got <= 0 : got != 0)
				fail_msg("%s and %s: %d", order[i], order[j], got);
		}
	assert_int_equal(version_compare("1.0.0+a", "1.0.0+b"), 0);
	assert_int_equal(version_compare("v1.0", "1.0"), 0);
	assert_int_equal(version_compare("01.0", "1.0"), 0);
	assert_true(version_compare(NULL, "0") < 0);
	assert_int_equal(version_compare(NULL, NULL), 0);
	assert_true(version_compare("", "0") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_normalise),
	    cmocka_unit_test(test_dotdot),
	    cmocka_unit_test(test_below),
	    cmocka_unit_test(test_allowed),
	    cmocka_unit_test(test_prefix),
	    cmocka_unit_test(test_fixed_len),
	    cmocka_unit_test(test_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
