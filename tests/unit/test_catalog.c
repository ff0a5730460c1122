/* Apply, history and rollback through the door, on meshes that the test writes. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <utime.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "catalog/catalog.h"
#include "tests/unit/catalog_fixture.h"

static void test_nothing_applied_yet(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s = NULL;
	struct mesh_err err = {0};

	assert_int_equal(catalog_epoch(f->c, &err), 0);
	assert_int_equal(catalog_snapshot(f->c, 0, &s, &err), -ENOENT);
	assert_non_null(strstr(err.text, "nothing was applied"));
	assert_null(s);
}

static void test_first_apply(void **state)
{
	struct fixture *f = *state;

	fixture_apply(f);
	assert_int_equal(f->result.epoch, 1);
	assert_true(f->result.changed);
	assert_int_equal(f->result.kept.len, 0);
	assert_true(f->result.watch_dirs.len > 0);
	assert_int_equal(fixture_changes(f, '+', "product"), 3);
	assert_int_equal(fixture_changes(f, '+', "domain"), 2);
	assert_int_equal(fixture_changes(f, '+', "policy"), 3);
	assert_int_equal(fixture_changes(f, '+', "mesh"), 1);
	assert_int_equal(catalog_epoch(f->c, NULL), 1);

	struct snapshot *s = fixture_snapshot(f, 0);

	assert_int_equal(snapshot_epoch(s), 1);
	assert_true(snapshot_time_ns(s) > 0);
	assert_string_equal(snapshot_mesh(s)->id, "retail");
	assert_int_equal(snapshot_principals(s)->roles_len, 1);
	assert_int_equal(snapshot_mesh_rules(s)->len, 1);
	fixture_assert_products(s, "sales", "orders rates ");
	fixture_assert_products(s, "hr", "staff ");
	fixture_assert_products(s, "nowhere", "");
	snapshot_unref(s);
}

static void test_no_change_no_epoch(void **state)
{
	struct fixture *f = *state;
	char path[256];

	fixture_apply(f);
	fixture_path(f, "domains/sales/products/orders/orders.odps.yaml", path);
	assert_int_equal(utime(path, NULL), 0); /* as a fresh checkout does */
	fixture_path(f, "domains/sales/products/orders/code/orders.sql", path);
	assert_int_equal(utime(path, NULL), 0);
	fixture_apply(f);
	assert_false(f->result.changed);
	assert_int_equal(f->result.epoch, 1);
	assert_int_equal(f->result.changes_len, 0);
	assert_int_equal(catalog_epoch(f->c, NULL), 1);
}

static void test_a_change_writes_what_changed(void **state)
{
	struct fixture *f = *state;
	struct product *orders, *rates;

	fixture_apply(f);
	fixture_write_product(f, "sales", "rates", "1.0.1");
	fixture_apply(f);
	assert_int_equal(f->result.epoch, 2);
	assert_int_equal(f->result.changes_len, 1);
	assert_int_equal(f->result.changes[0].kind, '~');
	assert_string_equal(f->result.changes[0].name, "sales/rates");
	assert_int_equal(fixture_count(f, "SELECT count(*) FROM product"), 4);
	assert_int_equal(fixture_count(f, "SELECT count(*) FROM product_span WHERE since = 2"), 1);
	assert_int_equal(fixture_count(f, "SELECT count(*) FROM file_span WHERE since = 2"), 1);
	assert_int_equal(fixture_count(f, "SELECT count(*) FROM domain_span WHERE since = 2"), 0);

	struct snapshot *s = fixture_snapshot(f, 0), *old = fixture_snapshot(f, 1);

	orders = fixture_product(s, "sales", "orders");
	rates = fixture_product(s, "sales", "rates");
	assert_true(orders->changed_ns == snapshot_time_ns(old));
	assert_true(rates->changed_ns == snapshot_time_ns(s));
	assert_string_equal(rates->version, "1.0.1");
	product_unref(orders);
	product_unref(rates);
	snapshot_unref(s);
	snapshot_unref(old);
}

/* A contract that no port refers to is authored all the same, and kept. */
static void test_a_file_that_nothing_refers_to(void **state)
{
	struct fixture *f = *state;

	fixture_apply(f);
	fixture_write_contract(f, "sales", "orders", "unused");
	fixture_apply(f);
	assert_int_equal(f->diags.errors, 0);
	assert_true(f->result.changed);
	assert_int_equal(f->result.changes_len, 1);
	assert_string_equal(f->result.changes[0].name, "sales/orders");
}

static void test_dry_run_changes_nothing(void **state)
{
	struct fixture *f = *state;

	f->dry_run = true;
	fixture_apply(f);
	assert_true(f->result.changed);
	assert_int_equal(f->result.epoch, 0);
	assert_int_equal(fixture_changes(f, '+', "product"), 3);
	assert_int_equal(catalog_epoch(f->c, NULL), 0);
	assert_int_equal(fixture_count(f, "SELECT count(*) FROM blob"), 0);
}

static void test_broken_domain_stays_as_it_was(void **state)
{
	struct fixture *f = *state;

	fixture_apply(f);
	fixture_write(f, "domains/sales/products/orders/orders.odps.yaml", "kind: DataProduct\n");
	fixture_write_product(f, "sales", "rates", "2.0.0");
	fixture_write_product(f, "hr", "staff", "2.0.0");
	fixture_apply(f);
	assert_true(f->diags.errors > 0);
	assert_int_equal(f->result.epoch, 2);
	assert_int_equal(f->result.kept.len, 1);
	assert_string_equal(f->result.kept.items[0], "sales");
	assert_int_equal(f->result.changes_len, 1);
	assert_string_equal(f->result.changes[0].name, "hr/staff");

	struct snapshot *s = fixture_snapshot(f, 0);
	struct product *rates = fixture_product(s, "sales", "rates");

	assert_string_equal(rates->version, "1.0.0");
	product_unref(rates);
	snapshot_unref(s);
}

/* Not even its id can be read: it is known by where mesh.yaml says it lies. */
static void test_a_domain_that_cannot_say_its_name(void **state)
{
	struct fixture *f = *state;

	fixture_apply(f);
	fixture_write(f, "domains/sales/domain.yaml", "][");
	fixture_write_product(f, "hr", "staff", "2.0.0");
	fixture_apply(f);
	assert_int_equal(f->result.epoch, 2);
	assert_int_equal(f->result.kept.len, 1);

	struct snapshot *s = fixture_snapshot(f, 0);

	fixture_assert_products(s, "sales", "orders rates ");
	snapshot_unref(s);
	f->domain = "sales"; /* asked for alone it is found, and kept */
	fixture_apply(f);
	assert_false(f->result.changed);
	assert_int_equal(f->result.kept.len, 1);
}

static void test_broken_domain_that_was_never_good(void **state)
{
	struct fixture *f = *state;

	fixture_write(f, "domains/sales/domain.yaml", "id: sales\n");
	fixture_apply(f);
	assert_int_equal(f->result.kept.len, 1);

	struct snapshot *s = fixture_snapshot(f, 0);
	const struct snapshot_domain *d;

	assert_int_equal(snapshot_domain(s, "sales", &d, NULL), -ENOENT);
	fixture_assert_products(s, "hr", "staff ");
	snapshot_unref(s);
}

static void test_broken_head_applies_nothing(void **state)
{
	static const char *const files[] = {
	    "mesh.yaml", "principals.yaml", "policies/base.policy.yaml"};
	struct fixture *f = *state;

	fixture_apply(f);
	fixture_write_product(f, "hr", "staff", "2.0.0");
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		fixture_write(f, files[i], "kind: [\n");
		assert_int_equal(fixture_try_apply(f), -EINVAL);
		assert_non_null(strstr(f->err.text, "nothing was applied"));
		assert_true(f->diags.errors > 0);
		assert_int_equal(catalog_epoch(f->c, NULL), 1);
		fixture_write_mesh(f, "domains/sales", "domains/hr");
	}
	fixture_apply(f);
	assert_int_equal(f->result.epoch, 2);
}

static void test_a_domain_that_is_no_longer_listed(void **state)
{
	struct fixture *f = *state;

	fixture_apply(f);
	fixture_write_mesh(f, "domains/sales", NULL);
	fixture_apply(f);
	assert_int_equal(fixture_changes(f, '-', "domain"), 1);
	assert_int_equal(fixture_changes(f, '-', "product"), 1);
	assert_int_equal(fixture_changes(f, '~', "mesh"), 1);

	struct snapshot *s = fixture_snapshot(f, 0), *old = fixture_snapshot(f, 1);
	const struct snapshot_domain *d;

	assert_int_equal(snapshot_domain(s, "hr", &d, NULL), -ENOENT);
	assert_int_equal(snapshot_domain(old, "hr", &d, NULL), 0);
	fixture_assert_products(s, "hr", "");
	fixture_assert_products(old, "hr", "staff ");
	assert_int_equal(
	    fixture_count(f, "SELECT count(*) FROM file_span WHERE domain = 'hr' AND until > 2"),
	    0);
	snapshot_unref(s);
	snapshot_unref(old);
}

static void test_one_domain_alone(void **state)
{
	struct fixture *f = *state;

	fixture_apply(f);
	fixture_write_product(f, "sales", "rates", "2.0.0");
	fixture_write_product(f, "hr", "staff", "2.0.0");
	fixture_write(f, "domains/hr/domain.yaml", "kind: [\n"); /* none of its business */
	f->domain = "sales";
	fixture_apply(f);
	assert_int_equal(f->diags.errors, 0);
	assert_int_equal(f->result.epoch, 2);
	assert_int_equal(f->result.changes_len, 1);
	assert_string_equal(f->result.changes[0].name, "sales/rates");

	f->domain = "nowhere";
	assert_int_equal(fixture_try_apply(f), -ENOENT);
	assert_int_equal(catalog_epoch(f->c, NULL), 2);

	f->domain = "sales";
	fixture_write_mesh(f, "domains/sales", NULL);
	assert_int_equal(fixture_try_apply(f), -EINVAL);
	assert_string_equal(f->err.text,
	    "mesh.yaml differs from what the catalog has: apply the whole mesh before the domain "
	    "sales alone");
	assert_int_equal(catalog_epoch(f->c, NULL), 2);
}

static void test_one_domain_first(void **state)
{
	struct fixture *f = *state;

	f->domain = "hr";
	fixture_apply(f);
	assert_int_equal(f->result.epoch, 1);

	struct snapshot *s = fixture_snapshot(f, 0);

	fixture_assert_products(s, "hr", "staff ");
	fixture_assert_products(s, "sales", "");
	snapshot_unref(s);
}

/* A disk that takes no more, in the middle of an apply. */
static void test_no_room(void **state)
{
	struct fixture *f = *state;
	struct rlimit was, small;

	fixture_apply(f);
	fixture_write_product(f, "sales", "rates", "2.0.0");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = (struct rlimit){4096, was.rlim_max};
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);

	int rc = fixture_try_apply(f);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(rc == -EIO || rc == -ENOSPC);
	assert_non_null(strstr(f->err.text, f->catalog));
	assert_int_equal(catalog_epoch(f->c, NULL), 1);
	fixture_apply(f);
	assert_int_equal(f->result.epoch, 2);
}

/* ---- history ---- */

static int add_epoch(void *arg, const struct epoch_info *e)
{
	char *text = arg;

	(void)snprintf(text + strlen(text), 512 - strlen(text), "%d %s %s: %s\n", (int)e->epoch,
	    e->who, e->what, e->summary);
	return e->epoch == 2;
}

static void test_history_and_rollback(void **state)
{
	struct fixture *f = *state;
	struct apply_result result;
	char text[512] = "";

	fixture_apply(f);
	fixture_write_product(f, "sales", "rates", "2.0.0");
	fixture_remove(f, "domains/sales/products/orders");
	fixture_write(f, "domains/hr/policies/more.policy.yaml", NULL);
	fixture_apply(f);
	assert_int_equal(catalog_rollback(f->c, 1, "jane", &result, NULL), 0);
	assert_true(result.changed);
	assert_int_equal(result.epoch, 3);
	apply_result_clear(&result);

	assert_int_equal(catalog_history(f->c, add_epoch, text, NULL), 1);
	assert_string_equal(text,
	    "3 jane rollback to 1: +1 ~1 products, +1 -1 policies\n"
	    "2 tester apply: ~1 -1 products, +1 -1 policies\n");

	struct snapshot *now = fixture_snapshot(f, 0), *then = fixture_snapshot(f, 2);
	struct product *rates = fixture_product(now, "sales", "rates");
	const struct snapshot_domain *d;

	fixture_assert_products(now, "sales", "orders rates ");
	fixture_assert_products(then, "sales", "rates ");
	assert_string_equal(rates->version, "1.0.0");
	assert_true(rates->changed_ns == snapshot_time_ns(now));
	assert_int_equal(snapshot_domain(now, "hr", &d, NULL), 0);
	assert_int_equal(d->rules->len, 1);
	assert_int_equal(snapshot_domain(then, "hr", &d, NULL), 0);
	assert_int_equal(d->rules->len, 2);
	product_unref(rates);
	snapshot_unref(now);
	snapshot_unref(then);

	assert_int_equal(
	    catalog_rollback(f->c, 1, "jane", &result, NULL), 0); /* it is what stands */
	assert_false(result.changed);
	assert_int_equal(result.epoch, 3);
	apply_result_clear(&result);
	assert_int_equal(catalog_rollback(f->c, 9, "jane", &result, &f->err), -ENOENT);
	assert_string_equal(f->err.text, "there is no epoch 9");

	fixture_apply(f); /* the repository still says what it said */
	assert_int_equal(f->result.epoch, 4);
}

static void test_no_such_epoch(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s = NULL;

	fixture_apply(f);
	assert_int_equal(catalog_snapshot(f->c, 2, &s, NULL), -ENOENT);
	assert_int_equal(catalog_snapshot(f->c, -1, &s, NULL), -ENOENT);
	assert_null(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_nothing_applied_yet),
	    TEST(test_first_apply),
	    TEST(test_no_change_no_epoch),
	    TEST(test_a_change_writes_what_changed),
	    TEST(test_a_file_that_nothing_refers_to),
	    TEST(test_dry_run_changes_nothing),
	    TEST(test_broken_domain_stays_as_it_was),
	    TEST(test_a_domain_that_cannot_say_its_name),
	    TEST(test_broken_domain_that_was_never_good),
	    TEST(test_broken_head_applies_nothing),
	    TEST(test_a_domain_that_is_no_longer_listed),
	    TEST(test_one_domain_alone),
	    TEST(test_one_domain_first),
	    TEST(test_no_room),
	    TEST(test_history_and_rollback),
	    TEST(test_no_such_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
