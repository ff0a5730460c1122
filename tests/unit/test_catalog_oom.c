/* Lack of memory at every allocation of an apply and of a snapshot: it fails or it does not, and an
 * epoch is whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/oom.h"
#include "tests/unit/catalog_fixture.h"

#define MAX_RUNS 200000

/* Only a plan: each run starts from the same catalog, and none waits for the disk. */
static int plan(void *arg)
{
	struct fixture *f = arg;

	return fixture_try_apply(f);
}

static void test_apply(void **state)
{
	struct fixture *f = *state;

	fixture_write_all_small(f);
	f->dry_run = true;
	oom_sweep(plan, f, MAX_RUNS);
	assert_int_equal(catalog_epoch(f->c, NULL), 0);
}

static int look_at_all(void *arg)
{
	struct fixture *f = arg;
	struct snapshot *s;
	struct product *p;
	struct rules_in_force rules;
	char names[64] = "";
	int rc = catalog_snapshot(f->c, 0, &s, NULL);

	if (rc < 0)
		return rc;
	rc = snapshot_product(s, "sales", "orders", &p, NULL);
	if (rc == 0) {
		rc = snapshot_rules(s, "sales", p, &rules, NULL);
		product_unref(p);
	}
	if (rc == 0)
		rc = snapshot_products(s, "sales", NULL, fixture_add_name, names);
	if (rc == 0)
		assert_string_equal(names, "orders ");
	snapshot_unref(s);
	return rc;
}

static void test_snapshot(void **state)
{
	struct fixture *f = *state;

	fixture_write_all_small(f);
	fixture_apply(f);
	oom_sweep(look_at_all, f, MAX_RUNS);
}

static int take_hit(void *arg, const struct search_hit *h)
{
	(void)h;
	++*(int *)arg;
	return 0;
}

/* On connections of its own each time: one that ran out of memory once may know that a statement
 * cannot be prepared. */
static int search(void *arg)
{
	struct fixture *f = arg;
	struct snapshot *s;
	struct catalog *c;
	int hits = 0;
	int rc = catalog_open(f->catalog, CATALOG_READ, &c, NULL);

	if (rc < 0)
		return rc;
	rc = catalog_snapshot(c, 0, &s, NULL);
	if (rc == 0) {
		rc = snapshot_search(s, "ord amount", 5, take_hit, &hits, NULL);
		snapshot_unref(s);
	}
	if (rc == 0)
		assert_int_equal(hits, 1);
	catalog_close(c);
	return rc;
}

static void test_search(void **state)
{
	struct fixture *f = *state;

	fixture_write_all_small(f);
	fixture_apply(f);
	oom_sweep(search, f, MAX_RUNS);
}

/* Real commits, with failures spread over the whole apply: old or new, and the next apply works. */
static void test_commit(void **state)
{
	struct fixture *f = *state;
	bool through = false;

	fixture_apply(f);
	for (long n = 1; !through; n += 97) {
		int64_t before = catalog_epoch(f->c, NULL), after;
		char version[32];

		(void)snprintf(version, sizeof(version), "3.0.%ld", n);
		fixture_write_product(f, "sales", "orders", version);
		fixture_write_product(f, "hr", "staff", version);
		(void)oom_fail_nth(n);

		int rc = fixture_try_apply(f);

		through = oom_fail_nth(0) < n;
		after = catalog_epoch(f->c, NULL);
		assert_true(rc == 0 || rc == -ENOMEM);
		assert_int_equal(after, rc == 0 ? before + 1 : before);
		if (rc == 0)
			assert_int_equal(fixture_changes(f, '~', "product"), 2);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_apply),
	    TEST(test_snapshot),
	    TEST(test_search),
	    TEST(test_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
