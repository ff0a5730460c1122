/*
 * The loader under every single allocation failure.
 *
 * timeout: 240
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "catalog/manifest/load.h"
#include "tests/lib/mesh_dir.h"
#include "tests/lib/oom.h"
#include "tests/unit/arena_each.h"

/* Without a failure everything must be there: one that is passed over in silence shows as a product that is missing. */
struct expectation {
	const char *dir;
	size_t rules, domains, products, files, ports;
};

struct counts {
	size_t products, files, ports;
};

static int count_domain(struct loader *l, size_t i, struct counts *c)
{
	struct domain_load *d;
	struct mesh_err err;
	int rc = loader_domain(l, i, &d, &err);

	if (rc < 0) {
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(err.code, -ENOMEM);
		return rc;
	}
	assert_true(d->ok);
	assert_string_equal(d->key, i == 0 ? "sales" : "logistics");
	c->products += d->products_len;
	c->files += d->files.len;
	for (size_t j = 0; j < d->products_len; j++)
		c->ports += d->products[j]->ports_len;
	domain_load_free(d);
	return 0;
}

static int load(void *arg)
{
	const struct expectation *e = arg;
	struct counts c = {0, 0, 0};
	struct diag_list diags;
	struct mesh_err err;
	struct loader *l;
	int rc;

	diag_list_init(&diags);
	rc = loader_new(e->dir, &diags, &l, &err);
	if (rc == 0) {
		assert_true(loader_head_ok(l));
		assert_int_equal(loader_head(l)->rules->len, e->rules);
		assert_int_equal(loader_domains(l), e->domains);
		for (size_t i = 0; rc == 0 && i < loader_domains(l); i++)
			rc = count_domain(l, i, &c);
		loader_free(l);
	}
	if (rc == 0) {
		assert_int_equal(diags.errors, 0);
		assert_int_equal(c.products, e->products);
		assert_int_equal(c.files, e->files);
		assert_int_equal(c.ports, e->ports);
	}
	diag_list_clear(&diags);
	return rc;
}

static void test_good(void **state)
{
	struct mesh_dir dir;
	struct expectation e = {NULL, 5, 2, 4, 16, 6};

	(void)state;
	mesh_dir_init(&dir);
	mesh_dir_add(&dir, "good");
	e.dir = dir.path;
	oom_sweep(load, &e, 20000);
	mesh_dir_clear(&dir);
}

/* Reports need memory too: whatever fails, a broken mesh never passes for a good one. */
static int load_broken(void *arg)
{
	struct diag_list diags;
	struct domain_load *d;
	struct mesh_err err;
	struct loader *l;
	int rc;

	diag_list_init(&diags);
	rc = loader_new(arg, &diags, &l, &err);
	if (rc == 0) {
		rc = loader_domain(l, 0, &d, &err);
		if (rc == 0) {
			assert_false(d->ok);
			domain_load_free(d);
		}
		loader_free(l);
	}
	diag_list_clear(&diags);
	return rc;
}

static void test_broken(void **state)
{
	static const char *const cases[] = {"should-fail-storage-outside",
	    "should-fail-exemption-unapproved", "should-fail-product-missing",
	    "should-fail-domain-broken"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mesh_dir dir;

		mesh_dir_init(&dir);
		mesh_dir_add(&dir, "good");
		mesh_dir_add(&dir, cases[i]);
		oom_sweep(load_broken, dir.path, 20000);
		mesh_dir_clear(&dir);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
