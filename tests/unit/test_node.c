#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "fs/tree/node.h"

static void test_one_node_per_content(void **state)
{
	struct node_table *t = node_table_new();
	struct node *a, *b, *c;

	(void)state;
	assert_int_equal(node_lookup(t, "sales/orders", "", NULL, &a), 0);
	assert_int_equal(node_lookup(t, "sales/orders", "", NULL, &b), 0);
	assert_int_equal(node_lookup(t, "sales/orders", "other", NULL, &c), 0);
	assert_ptr_equal(a, b);
	assert_int_not_equal(a->id, c->id);
	assert_int_equal(a->id, node_id("sales/orders", ""));
	assert_int_equal(node_count(t), 3); /* and the root */
	node_put(t, a);
	node_put(t, b);
	node_put(t, c);
	node_table_free(t);
}

static void test_forget(void **state)
{
	struct node_table *t = node_table_new();
	struct node *a, *b;
	uint64_t id;

	(void)state;
	assert_int_equal(node_lookup(t, "a", "", NULL, &a), 0);
	assert_int_equal(node_lookup(t, "a", "", NULL, &b), 0);
	id = a->id;
	node_put(t, a);
	node_put(t, b);
	node_forget(t, id, 1);
	assert_int_equal(node_count(t), 2);
	a = node_get(t, id);
	node_forget(t, id, 1);
	/* Held by a request: it stays until that is through. */
	assert_int_equal(node_count(t), 2);
	node_put(t, a);
	assert_int_equal(node_count(t), 1);
	assert_null(node_get(t, id));
	/* More than was counted, or of a node that is not there: nothing happens. */
	node_forget(t, id, 5);
	node_forget(t, NODE_ROOT_ID, 5);
	assert_int_equal(node_count(t), 1);
	node_table_free(t);
}

static void test_no_place(void **state)
{
	struct node_table *t = node_table_new();
	struct node *n;

	(void)state;
	assert_int_equal(node_lookup(t, "a/b/c", "", NULL, &n), -ENOENT);
	assert_int_equal(node_count(t), 1);
	node_table_free(t);
}

static void test_ids_are_usable(void **state)
{
	char path[32];

	(void)state;
	assert_int_equal(node_id("", ""), NODE_ROOT_ID);
	for (int i = 0; i < 100000; i++) {
		uint64_t id;

		(void)snprintf(path, sizeof(path), "d%d", i);
		id = node_id(path, "");
		assert_true(id > NODE_ROOT_ID && id != UINT64_MAX);
	}
	/* The border between path and tag is part of the name. */
	assert_int_not_equal(node_id("ab", "c"), node_id("a", "bc"));
}

static void test_many(void **state)
{
	struct node_table *t = node_table_new();
	char path[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct node *n;

		(void)snprintf(path, sizeof(path), "d%d", i);
		assert_int_equal(node_lookup(t, path, "", NULL, &n), 0);
		node_put(t, n);
	}
	assert_int_equal(node_count(t), 20001);
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(path, sizeof(path), "d%d", i);
		node_forget(t, node_id(path, ""), 1);
	}
	assert_int_equal(node_count(t), 1);
	node_table_free(t);
}

/* ---- many threads look up and forget the same names ---- */

#define THREADS 4
#define ROUNDS 20000

static void *churn(void *arg)
{
	struct node_table *t = arg;
	unsigned seed = (unsigned)(uintptr_t)&seed;

	for (int i = 0; i < ROUNDS; i++) {
		char path[16];
		struct node *n;
		uint64_t id;

		(void)snprintf(path, sizeof(path), "d%d", rand_r(&seed) % 8);
		if (node_lookup(t, path, "", NULL, &n) != 0)
			return "look-up failed";
		if (strcmp(n->place.path, path) != 0)
			return "another node came back";
		id = n->id;
		node_put(t, n);
		node_forget(t, id, 1);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct node_table *t = node_table_new();
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, t), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(node_count(t), 1);
	node_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_node_per_content), cmocka_unit_test(test_forget),
		cmocka_unit_test(test_no_place),	     cmocka_unit_test(test_ids_are_usable),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
