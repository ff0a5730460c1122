#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "catalog/base/str.h"

static void equality_takes_null(void **state)
{
	(void)state;
	assert_true(str_eq("a", "a"));
	assert_false(str_eq("a", "A"));
	assert_false(str_eq("a", NULL));
	assert_false(str_eq(NULL, ""));
	assert_true(str_eq(NULL, NULL));
}

static void starts_and_ends(void **state)
{
	(void)state;
	assert_true(str_starts("sales/orders", "sales/"));
	assert_true(str_starts("x", ""));
	assert_false(str_starts("sal", "sales"));
	assert_false(str_starts(NULL, ""));
	assert_true(str_ends("x.odcs.yaml", ".yaml"));
	assert_true(str_ends("x", ""));
	assert_false(str_ends("aml", ".yaml"));
	assert_false(str_ends("x.yaml.bak", ".yaml"));
	assert_false(str_ends("x", NULL));
}

static void names(void **state)
{
	static const char *const good[] = {"a", "0", "Sales-EU_2.v1", "a..b", "a."};
	static const char *const bad[] = {
	    "", ".", "..", "-a", "_a", ".a", "a/b", "a b", "a\n", "\xc3\xa9", "a\xff", "a:b", "a*"};
	char name[257];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(str_is_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_is_name(bad[i]));
	assert_false(str_is_name(NULL));

	memset(name, 'x', sizeof(name));
	name[255] = '\0';
	assert_true(str_is_name(name));
	name[255] = 'x';
	name[256] = '\0';
	assert_false(str_is_name(name));
}

static void globs(void **state)
{
	static const struct {
		const char *pattern;
		const char *s;
		bool matches;
	} cases[] = {
	    {"", "", true},
	    {"", "a", false},
	    {"*", "", true},
	    {"*", "a/b", true},
	    {"**", "x", true},
	    {"a*", "a", true},
	    {"a*", "ba", false},
	    {"*.csv", "x.csv", true},
	    {"*.csv", "x.csv.gz", false},
	    {"*.csv", ".csv.csv", true},
	    {"a*b*c", "abbbc", true},
	    {"a*b*c", "acb", false},
	    {"*ab", "aab", true},
	    {"*aab*", "aaaab", true},
	    {"a?c", "abc", false},
	    {"a?c", "a?c", true},
	    {"[ab]", "a", false},
	    {"\\*", "*", false},
	    {"\\*", "\\x", true},
	    {"A", "a", false},
	    {"abc", "ab", false},
	    {"ab", "abc", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(str_glob(cases[i].pattern, cases[i].s), cases[i].matches);
}

/* Would take longer than the age of the universe if each star were retried. */
static void hostile_globs_end(void **state)
{
	char pattern[201];
	char s[4001];

	(void)state;
	for (size_t i = 0; i < 200; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[200] = '\0';
	memset(s, 'a', 4000);
	s[3999] = 'b';
	s[4000] = '\0';
	assert_false(str_glob(pattern, s));
	s[3999] = 'a';
	assert_true(str_glob(pattern, s));
}

static void utf8(void **state)
{
	static const char *const good[] = {"", "ascii", "\x7f", "\xc2\x80", "\xdf\xbf",
	    "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
	    "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
	    "\xc2\x41", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe",
	    "\xff", "a\xff", "\xe2\x82\xac\xe2\x82"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(str_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_is_utf8(bad[i], strlen(bad[i])));
	assert_true(str_is_utf8("a\0b", 3));
	assert_false(str_is_utf8("\xe2\x82\xac", 2));
}

static void utf8_code_points(void **state)
{
	uint32_t code = 7;

	(void)state;
	assert_int_equal(str_utf8_next("A", 1, &code), 1);
	assert_int_equal(code, 'A');
	assert_int_equal(str_utf8_next("\xe2\x82\xacx", 4, &code), 3);
	assert_int_equal(code, 0x20ac);
	assert_int_equal(str_utf8_next("\xf0\x9f\x98\x80", 4, &code), 4);
	assert_int_equal(code, 0x1f600);
	assert_int_equal(str_utf8_next("\xf0\x9f\x98\x80", 3, &code), 0);
	assert_int_equal(str_utf8_next("", 0, &code), 0);
	assert_int_equal(code, 0x1f600);
}

/* The vectors of the FNV authors for 64-bit FNV-1a. */
static void hash_is_fnv1a(void **state)
{
	(void)state;
	assert_true(str_hash(STR_HASH_SEED, "", 0) == 0xcbf29ce484222325ULL);
	assert_true(str_hash(STR_HASH_SEED, "a", 1) == 0xaf63dc4c8601ec8cULL);
	assert_true(str_hash(STR_HASH_SEED, "foobar", 6) == 0x85944171f73967e8ULL);
	assert_true(str_hash(str_hash(STR_HASH_SEED, "foo", 3), "bar", 3) == 0x85944171f73967e8ULL);
}

static void lists(void **state)
{
	const char *items[] = {"a", "b"};
	struct strlist list = {items, 2};

	(void)state;
	assert_true(strlist_has(&list, "b"));
	assert_false(strlist_has(&list, "c"));
	assert_false(strlist_has(&list, NULL));
	assert_false(strlist_has(&(struct strlist){0}, "a"));
	assert_false(strlist_has(NULL, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(equality_takes_null),
	    cmocka_unit_test(starts_and_ends),
	    cmocka_unit_test(names),
	    cmocka_unit_test(globs),
	    cmocka_unit_test(hostile_globs_end),
	    cmocka_unit_test(utf8),
	    cmocka_unit_test(utf8_code_points),
	    cmocka_unit_test(hash_is_fnv1a),
	    cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
