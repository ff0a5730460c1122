/* What stands in an epoch, for one reader and for many, while others apply. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "catalog/catalog.h"
#include "tests/unit/catalog_fixture.h"

static void test_a_snapshot_does_not_move(void **state)
{
	struct fixture *f = *state;

	fixture_apply(f);

	struct snapshot *s = fixture_snapshot(f, 0);
	struct product *p;

	fixture_write_mesh(f, "domains/sales", NULL);
	fixture_write_product(f, "sales", "rates", "2.0.0");
	fixture_remove(f, "domains/sales/products/orders");
	fixture_apply(f);
	fixture_assert_products(s, "sales", "orders rates ");
	fixture_assert_products(s, "hr", "staff ");
	p = fixture_product(s, "sales", "rates");
	assert_string_equal(p->version, "1.0.0");
	product_unref(p);
	snapshot_unref(s);
}

static void test_products_are_shared(void **state)
{
	struct fixture *f = *state;

	fixture_apply(f);

	struct snapshot *s = fixture_snapshot(f, 0);
	struct product *one = fixture_product(s, "sales", "orders"),
		       *two = fixture_product(s, "sales", "orders");
	struct product *none = NULL;

	assert_ptr_equal(one, two);
	assert_int_equal(snapshot_product(s, "sales", "order", &none, NULL), -ENOENT);
	assert_int_equal(snapshot_product(s, "hr", "orders", &none, NULL), -ENOENT);
	assert_null(none);
	snapshot_unref(s);
	assert_string_equal(one->entry, "orders"); /* outlives the snapshot */
	product_unref(one);
	product_unref(two);
}

static int stop_at_once(void *arg, const char *name)
{
	(void)name;
	++*(int *)arg;
	return 1;
}

static void test_lists_go_on_after_a_name(void **state)
{
	struct fixture *f = *state;
	int calls = 0;

	fixture_apply(f);

	struct snapshot *s = fixture_snapshot(f, 0);
	char names[128] = "";

	assert_int_equal(snapshot_domains(s, NULL, fixture_add_name, names), 0);
	assert_string_equal(names, "hr sales ");
	names[0] = '\0';
	assert_int_equal(snapshot_domains(s, "hr", fixture_add_name, names), 0);
	assert_string_equal(names, "sales ");
	names[0] = '\0';
	assert_int_equal(snapshot_products(s, "sales", "orders", fixture_add_name, names), 0);
	assert_string_equal(names, "rates ");
	assert_int_equal(snapshot_products(s, "sales", NULL, stop_at_once, &calls), 1);
	assert_int_equal(calls, 1);
	snapshot_unref(s);
}

static void test_rules_in_force(void **state)
{
	struct fixture *f = *state;
	struct rules_in_force rules;

	fixture_apply(f);

	struct snapshot *s = fixture_snapshot(f, 0);
	struct product *orders = fixture_product(s, "sales", "orders"),
		       *rates = fixture_product(s, "sales", "rates");

	assert_int_equal(snapshot_rules(s, "sales", orders, &rules, NULL), 0);
	assert_string_equal(rules.mesh->rules[0].id, "all-discover");
	assert_string_equal(rules.mesh->rules[0].file, "policies/base.policy.yaml");
	assert_int_equal(rules.domain->len, 0);
	assert_string_equal(rules.domain_info->id, "sales");
	assert_int_equal(rules.product->len, 1);
	assert_string_equal(rules.product->rules[0].id, "orders-read");
	assert_int_equal(snapshot_rules(s, "sales", rates, &rules, NULL), 0);
	assert_null(rules.product);
	assert_int_equal(snapshot_rules(s, "hr", NULL, &rules, NULL), 0);
	assert_string_equal(rules.domain->rules[0].id, "hr-read");
	assert_int_equal(snapshot_rules(s, NULL, NULL, &rules, NULL), 0);
	assert_null(rules.domain);
	assert_int_equal(snapshot_rules(s, "nowhere", NULL, &rules, NULL), -ENOENT);
	product_unref(orders);
	product_unref(rates);
	snapshot_unref(s);
}

static void test_authored_bytes(void **state)
{
	struct fixture *f = *state;
	char path[256];
	struct buf kept;

	fixture_apply(f);

	struct snapshot *s = fixture_snapshot(f, 0);
	struct product *p = fixture_product(s, "sales", "orders");

	buf_init(&kept);
	assert_int_equal(catalog_blob(f->c, p->blob, &kept, NULL), 0);
	fixture_path(f, "domains/sales/products/orders/orders.odps.yaml", path);
	fixture_assert_file_is(path, &kept);
	buf_clear(&kept);
	assert_int_equal(catalog_blob(f->c, p->contracts[0].blob, &kept, NULL), 0);
	fixture_path(f, "domains/sales/products/orders/contracts/orders.odcs.yaml", path);
	fixture_assert_file_is(path, &kept);
	buf_clear(&kept);
	assert_int_equal(p->files_len, 1);
	assert_int_equal(catalog_blob(f->c, p->files[0].blob, &kept, NULL), 0);
	fixture_path(f, "domains/sales/products/orders/code/orders.sql", path);
	fixture_assert_file_is(path, &kept);
	buf_clear(&kept);
	product_unref(p);
	snapshot_unref(s);
}

/* The mesh goes on without the class and the purpose that a broken domain uses: it must not become
 * more open by that. */
static void test_a_kept_domain_fails_closed(void **state)
{
	struct fixture *f = *state;
	const struct snapshot_domain *d = NULL;
	struct product *p;

	fixture_apply(f);
	fixture_write(f, "domains/hr/products/staff/staff.odps.yaml", "kind: [\n");
	fixture_write_ladder(f, "[internal, public, utmost]", "[audit]");
	fixture_apply(f);
	assert_int_equal(f->result.kept.len, 1);

	struct snapshot *s = fixture_snapshot(f, 0), *old = fixture_snapshot(f, 1);

	p = fixture_product(old, "hr", "staff");
	assert_int_equal(p->ports[0].rank, 2);
	product_unref(p);
	p = fixture_product(s, "hr", "staff");
	assert_int_equal(
	    p->ports[0].objects[0].columns[1].rank, 2); /* was secret, which is no more */
	assert_int_equal(p->ports[0].objects[0].columns[0].rank, 1); /* public */
	assert_int_equal(p->rank, 2);
	product_unref(p);
	assert_int_equal(
	    snapshot_domain(s, "hr", &d, &f->err), -EINVAL); /* its rule names the purpose */
	assert_non_null(
	    strstr(f->err.text, "epoch 2 cannot be used: domains/hr/policies/hr.policy.yaml:"));
	assert_null(d);
	assert_int_equal(snapshot_domain(old, "hr", &d, NULL), 0);
	snapshot_unref(s);
	snapshot_unref(old);
}

static int take_hit(void *arg, const struct search_hit *h)
{
	char *text = arg;

	(void)snprintf(text + strlen(text), 256 - strlen(text), "%s/%s ", h->domain, h->entry);
	assert_null(strchr(h->snippet, '\n'));
	return 0;
}

static void test_search(void **state)
{
	struct fixture *f = *state;
	char text[256] = "";

	fixture_apply(f);
	fixture_remove(f, "domains/sales/products/orders");
	fixture_apply(f);

	struct snapshot *s = fixture_snapshot(f, 0), *old = fixture_snapshot(f, 1);

	assert_int_equal(snapshot_search(s, "sales", 10, take_hit, text, NULL), 0);
	assert_string_equal(text, "sales/rates ");
	text[0] = '\0';
	assert_int_equal(snapshot_search(old, "order", 10, take_hit, text, NULL), 0);
	assert_string_equal(text, "sales/orders ");
	text[0] = '\0';
	assert_int_equal(
	    snapshot_search(old, "amount", 2, take_hit, text, NULL), 0); /* a column of all three */
	assert_int_equal(strlen(text) > 0 ? 2 : 0, 2);
	snapshot_unref(s);
	snapshot_unref(old);
}

static void test_opened_for_reading(void **state)
{
	struct fixture *f = *state;
	struct catalog *c;

	fixture_apply(f);
	assert_int_equal(catalog_open(f->catalog, CATALOG_READ, &c, NULL), 0);
	assert_string_equal(catalog_path(c), f->catalog);
	assert_int_equal(catalog_epoch(c, NULL), 1);
	assert_int_equal(catalog_rollback(c, 1, "jane", &f->result, &f->err), -EROFS);
	fixture_write_product(f, "hr", "staff", "2.0.0");
	fixture_apply(f);
	assert_int_equal(catalog_epoch(c, NULL), 2); /* as another process sees it */
	catalog_close(c);
}

/* ---- readers while somebody applies ---- */

struct race {
	struct fixture *f;
	atomic_int done;
	atomic_int looks;
};

/* In each epoch every product has one and the same version. */
static void look(struct fixture *f)
{
	static const char *const names[][2] = {
	    {"sales", "orders"}, {"sales", "rates"}, {"hr", "staff"}};
	struct snapshot *s;
	char version[32] = "";

	assert_int_equal(catalog_snapshot(f->c, 0, &s, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct snapshot_domain *d;
		struct product *p;

		assert_int_equal(snapshot_domain(s, names[i][0], &d, NULL), 0);
		assert_int_equal(snapshot_product(s, names[i][0], names[i][1], &p, NULL), 0);
		if (i == 0)
			(void)snprintf(version, sizeof(version), "%s", p->version);
		assert_string_equal(p->version, version);
		product_unref(p);
	}
	snapshot_unref(s);
}

static void *reader(void *arg)
{
	struct race *race = arg;

	while (!atomic_load(&race->done)) {
		look(race->f);
		(void)atomic_fetch_add(&race->looks, 1);
	}
	return NULL;
}

static void test_readers_while_applying(void **state)
{
	struct fixture *f = *state;
	struct race race = {.f = f};
	pthread_t threads[3];

	fixture_apply(f);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, &race), 0);
	for (int i = 0; i < 30 || atomic_load(&race.looks) < 100; i++) {
		char version[32];

		(void)snprintf(version, sizeof(version), "2.0.%d", i);
		fixture_write_product(f, "sales", "orders", version);
		fixture_write_product(f, "sales", "rates", version);
		fixture_write_product(f, "hr", "staff", version);
		fixture_apply(f);
	}
	atomic_store(&race.done, 1);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(catalog_epoch(f->c, NULL) >= 31);
}

/* One snapshot, shared: domains and products are loaded once whoever asks first. */
static void *share(void *arg)
{
	struct snapshot *s = arg;

	for (int i = 0; i < 200; i++) {
		const struct snapshot_domain *d, *again;
		struct product *p;

		assert_int_equal(snapshot_domain(s, i % 2 ? "sales" : "hr", &d, NULL), 0);
		assert_int_equal(snapshot_domain(s, i % 2 ? "sales" : "hr", &again, NULL), 0);
		assert_ptr_equal(d, again);
		assert_int_equal(
		    snapshot_product(s, "sales", i % 3 ? "orders" : "rates", &p, NULL), 0);
		product_unref(p);
	}
	snapshot_unref(s);
	return NULL;
}

static void test_one_snapshot_many_threads(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[4];

	fixture_apply(f);

	struct snapshot *s = fixture_snapshot(f, 0);

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, share, snapshot_ref(s)), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	snapshot_unref(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_snapshot_does_not_move),
	    TEST(test_products_are_shared),
	    TEST(test_lists_go_on_after_a_name),
	    TEST(test_rules_in_force),
	    TEST(test_authored_bytes),
	    TEST(test_a_kept_domain_fails_closed),
	    TEST(test_search),
	    TEST(test_opened_for_reading),
	    TEST(test_readers_while_applying),
	    TEST(test_one_snapshot_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
