#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "fs/tree/place.h"

struct place_case {
	const char *path;
	enum place_kind kind;
	const char *purpose, *domain, *product, *port, *rel;
};

static void check(const struct place_case *c)
{
	struct place p;

	if (place_parse(c->path, &p) != 0)
		fail_msg("%s: not a place", c->path);
	if (p.kind != c->kind)
		fail_msg("%s: kind %d", c->path, p.kind);
	assert_true(str_eq(p.path, c->path));
	assert_true(str_eq(p.purpose, c->purpose));
	assert_true(str_eq(p.domain, c->domain));
	assert_true(str_eq(p.product, c->product));
	assert_true(str_eq(p.port, c->port));
	if (c->rel)
		assert_string_equal(p.rel, c->rel);
	place_clear(&p);
}

static void test_kinds(void **state)
{
	static const struct place_case cases[] = {
		{"", PLACE_ROOT, NULL, NULL, NULL, NULL, NULL},
		{".purpose", PLACE_PURPOSES, NULL, NULL, NULL, NULL, NULL},
		{".purpose/billing", PLACE_ROOT, "billing", NULL, NULL, NULL, NULL},
		{"sales", PLACE_DOMAIN, NULL, "sales", NULL, NULL, NULL},
		{"sales/orders@1.1.0", PLACE_PRODUCT, NULL, "sales", "orders@1.1.0", NULL, NULL},
		{"sales/orders/data", PLACE_DATA, NULL, "sales", "orders", NULL, NULL},
		{"sales/orders/data/o", PLACE_PORT, NULL, "sales", "orders", "o", ""},
		{"sales/orders/data/o/a/b.csv", PLACE_STORED, NULL, "sales", "orders", "o", "a/b.csv"},
		{".purpose/b/sales/orders/data/o/x", PLACE_STORED, "b", "sales", "orders", "o", "x"},
		{"sales/orders/metadata", PLACE_DOCS, NULL, "sales", "orders", NULL, ""},
		{"sales/orders/policy/my-access.yaml", PLACE_DOCS, NULL, "sales", "orders", NULL, "my-access.yaml"},
		{".meshfs", PLACE_DOCS, NULL, NULL, NULL, NULL, ""},
		{".meshfs/status.json", PLACE_DOCS, NULL, NULL, NULL, NULL, "status.json"},
		{".meshfs/searchable", PLACE_DOCS, NULL, NULL, NULL, NULL, "searchable"},
		{".meshfs/search", PLACE_SEARCH, NULL, NULL, NULL, NULL, NULL},
		{".meshfs/search/bird strikes", PLACE_SEARCH_WORDS, NULL, NULL, NULL, NULL, "bird strikes"},
		{".meshfs/search/x/sales:orders", PLACE_SEARCH_HIT, NULL, NULL, NULL, NULL, "x"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check(&cases[i]);
}

static void test_nowhere(void **state)
{
	static const char *const paths[] = {
		".git",			  "-x",			     "sales/orders/secret",
		".purpose/..",		  ".purpose/b/.purpose",     ".meshfs/search/x/y/z",
		"sales/orders/data2/o",	  ".purpose/b/.meshfs",
	};
	struct place p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (place_parse(paths[i], &p) != -ENOENT)
			fail_msg("%s is taken for a place", paths[i]);
}

static void test_in_mesh(void **state)
{
	(void)state;
	assert_string_equal(place_in_mesh("sales/orders"), "sales/orders");
	assert_string_equal(place_in_mesh(".purpose/b/sales/orders"), "sales/orders");
	assert_string_equal(place_in_mesh(".purpose/b"), "");
	assert_string_equal(place_in_mesh(".purpose"), ".purpose");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_nowhere),
		cmocka_unit_test(test_in_mesh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
