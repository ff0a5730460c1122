/* The cache of products: what it keeps, what goes first, and who owns what. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "catalog/catalog_cache.h"

static struct product *make(const char *domain, const char *entry)
{
	struct product *p = product_new();

	assert_non_null(p);
	p->domain = arena_strdup(&p->arena, domain);
	p->entry = arena_strdup(&p->arena, entry);
	assert_true(p->domain && p->entry);
	return p;
}

static void put(struct catalog_cache *c, const char *domain, const char *entry)
{
	struct product *p = make(domain, entry);

	catalog_cache_put(c, p);
	product_unref(p);
}

static bool has(struct catalog_cache *c, const char *domain, const char *entry)
{
	struct product *p = catalog_cache_get(c, domain, entry);
	bool found = p != NULL;

	if (found) {
		assert_string_equal(p->domain, domain);
		assert_string_equal(p->entry, entry);
	}
	product_unref(p);
	return found;
}

static void test_the_one_used_longest_ago_goes(void **state)
{
	struct catalog_cache *c = catalog_cache_new(3);

	(void)state;
	assert_non_null(c);
	assert_false(has(c, "d", "a"));
	put(c, "d", "a");
	put(c, "d", "b");
	put(c, "d", "c");
	assert_true(has(c, "d", "a")); /* now the newest */
	put(c, "d", "e");
	assert_false(has(c, "d", "b"));
	assert_true(has(c, "d", "a"));
	assert_true(has(c, "d", "c"));
	assert_true(has(c, "d", "e"));
	put(c, "d", "f");
	assert_false(has(c, "d", "a"));
	catalog_cache_free(c);
}

static void test_names_are_not_run_together(void **state)
{
	struct catalog_cache *c = catalog_cache_new(4);

	(void)state;
	put(c, "ab", "c");
	assert_false(has(c, "a", "bc"));
	assert_false(has(c, "c", "ab"));
	assert_true(has(c, "ab", "c"));
	catalog_cache_free(c);
}

static void test_the_first_one_stays(void **state)
{
	struct catalog_cache *c = catalog_cache_new(4);
	struct product *first = make("d", "a"), *second = make("d", "a"), *got;

	(void)state;
	catalog_cache_put(c, first);
	catalog_cache_put(c, second);
	got = catalog_cache_get(c, "d", "a");
	assert_ptr_equal(got, first);
	product_unref(got);
	product_unref(first);
	product_unref(second);
	catalog_cache_free(c);
}

static void test_references_outlive_the_cache(void **state)
{
	struct catalog_cache *c = catalog_cache_new(1);
	struct product *p;

	(void)state;
	put(c, "d", "a");
	p = catalog_cache_get(c, "d", "a");
	put(c, "d", "b"); /* drops a from the cache */
	assert_string_equal(p->entry, "a");
	catalog_cache_free(c);
	assert_int_equal(atomic_load(&p->refs), 1);
	product_unref(p);
	catalog_cache_free(NULL);
}

static void test_many_names(void **state)
{
	struct catalog_cache *c = catalog_cache_new(100);
	char entry[16];
	int kept = 0;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(entry, sizeof(entry), "p%d", i);
		put(c, "d", entry);
	}
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(entry, sizeof(entry), "p%d", i);
		kept += has(c, "d", entry);
		assert_int_equal(kept, i < 4900 ? 0 : i - 4899);
	}
	catalog_cache_free(c);
}

static void *hammer(void *arg)
{
	struct catalog_cache *c = arg;
	char entry[16];

	for (int i = 0; i < 2000; i++) {
		(void)snprintf(entry, sizeof(entry), "p%d", i % 37);
		if (!has(c, "d", entry))
			put(c, "d", entry);
	}
	return NULL;
}

static void test_many_threads(void **state)
{
	struct catalog_cache *c = catalog_cache_new(16);
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, c), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	catalog_cache_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_one_used_longest_ago_goes),
	    cmocka_unit_test(test_names_are_not_run_together),
	    cmocka_unit_test(test_the_first_one_stays),
	    cmocka_unit_test(test_references_outlive_the_cache),
	    cmocka_unit_test(test_many_names),
	    cmocka_unit_test(test_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
