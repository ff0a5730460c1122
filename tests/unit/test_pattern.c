#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "fs/storage/pattern.h"

struct match_case {
	const char *pattern, *rel;
	enum pattern_match want;
};

static void test_match(void **state)
{
	static const struct match_case cases[] = {
		{"*.csv", "", PATTERN_ON_WAY},
		{"*.csv", "a.csv", PATTERN_MATCH},
		{"*.csv", "a.txt", PATTERN_NONE},
		{"*.csv", ".hidden.csv", PATTERN_NONE},
		{"*.csv", "sub/a.csv", PATTERN_NONE},
		{"*/x.csv", "a", PATTERN_ON_WAY},
		{"*/x.csv", "a/x.csv", PATTERN_MATCH},
		{"*/x.csv", "a/y.csv", PATTERN_NONE},
		{"*/x.csv", "a/b/x.csv", PATTERN_NONE},
		{"orders", "orders", PATTERN_MATCH},
		{"orders", "orders/2026/a.csv", PATTERN_MATCH},
		{"orders", "other", PATTERN_NONE},
		{"**/*.parquet", "a.parquet", PATTERN_MATCH},
		{"**/*.parquet", "a/b/c.parquet", PATTERN_MATCH},
		{"**/*.parquet", "a/b", PATTERN_ON_WAY},
		{"**/*.parquet", "a/b/c.csv", PATTERN_ON_WAY},
		{"a/**", "a", PATTERN_MATCH},
		{"year=*/[0-9]*.csv", "year=2026/01.csv", PATTERN_MATCH},
		{"year=*/[0-9]*.csv", "year=2026/x.csv", PATTERN_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (pattern_match(cases[i].pattern, cases[i].rel) != cases[i].want)
			fail_msg("%s on %s: %d", cases[i].pattern, cases[i].rel,
				 pattern_match(cases[i].pattern, cases[i].rel));
}

/* A pattern that is too long selects nothing rather than something else. */
static void test_too_long(void **state)
{
	char pattern[4 * PATTERN_MAX_COMPONENTS + 16] = "";

	(void)state;
	for (int i = 0; i < PATTERN_MAX_COMPONENTS + 1; i++)
		strcat(pattern, "*/");
	strcat(pattern, "x");
	assert_int_equal(pattern_match(pattern, "a"), PATTERN_NONE);
	assert_int_equal(pattern_match(pattern, ""), PATTERN_NONE);
}

static void test_root_len(void **state)
{
	(void)state;
	assert_int_equal(pattern_root_len("/srv/sales"), 10);
	assert_int_equal(pattern_root_len("/srv/sales/*.csv"), 10);
	assert_int_equal(pattern_root_len("/srv/{model}/a"), 4);
	assert_int_equal(pattern_root_len("/srv/a{model}.csv"), 4);
	assert_int_equal(pattern_root_len("/srv/[ab]/c"), 4);
	assert_int_equal(pattern_root_len("/srv/what?/c"), 4);
	assert_int_equal(pattern_root_len("/*"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_root_len),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
