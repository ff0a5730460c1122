/* Repositories that are broken or hostile: each is refused with a reason, and what is next to it goes on. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/manifest/load.h"
#include "tests/lib/mesh_dir.h"

#define ORDERS "domains/sales/products/orders/"

struct fixture {
	struct mesh_dir dir;
	struct diag_list diags;
	bool head_ok, sales_ok, logistics_ok;
	size_t sales_files;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	mesh_dir_init(&f->dir);
	mesh_dir_add(&f->dir, "good");
	diag_list_init(&f->diags);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	diag_list_clear(&f->diags);
	mesh_dir_clear(&f->dir);
	free(f);
	return 0;
}

static void load(struct fixture *f)
{
	struct domain_load *d;
	struct mesh_err err;
	struct loader *l;

	assert_int_equal(loader_new(f->dir.path, &f->diags, &l, &err), 0);
	f->head_ok = loader_head_ok(l);
	for (size_t i = 0; i < loader_domains(l); i++) {
		assert_int_equal(loader_domain(l, i, &d, &err), 0);
		if (str_eq(d->key, "logistics"))
			f->logistics_ok = d->ok;
		else
			f->sales_ok = d->ok;
		if (!str_eq(d->key, "logistics"))
			f->sales_files = d->files.len;
		domain_load_free(d);
	}
	loader_free(l);
}

static size_t count(const struct fixture *f, const char *rule, const char *file)
{
	size_t n = 0;

	for (size_t i = 0; i < f->diags.len; i++)
		n += f->diags.items[i].severity == DIAG_ERROR &&
		    str_starts(f->diags.items[i].rule, rule) &&
		    str_eq(f->diags.items[i].file, file);
	return n;
}

/* One error of this kind about this file of sales, and logistics goes on. */
static void expect_sales(struct fixture *f, const char *rule, const char *file)
{
	load(f);
	assert_int_equal(count(f, rule, file), 1);
	assert_int_equal(f->diags.errors, 1);
	assert_true(f->head_ok);
	assert_false(f->sales_ok);
	assert_true(f->logistics_ok);
}

static void test_no_repository(void **state)
{
	struct fixture *f = *state;
	struct mesh_dir empty;
	struct mesh_err err;
	struct loader *l = NULL;

	mesh_dir_init(&empty);
	assert_int_equal(loader_new(empty.path, &f->diags, &l, &err), -ENOENT);
	assert_non_null(strstr(err.text, "mesh.yaml"));
	assert_int_equal(loader_new(mesh_dir_at(&empty, "none"), &f->diags, &l, &err), -ENOENT);
	mesh_dir_text(&empty, "mesh.yaml", "");
	assert_int_equal(
	    loader_new(mesh_dir_at(&empty, "mesh.yaml"), &f->diags, &l, &err), -ENOTDIR);
	assert_null(l);
	assert_int_equal(f->diags.len, 0);
	assert_int_equal(loader_new(empty.path, &f->diags, &l, &err),
	    0); /* an empty one can be told what is wrong */
	assert_false(loader_head_ok(l));
	assert_int_equal(loader_domains(l), 0);
	assert_int_equal(f->diags.errors, 1);
	loader_free(l);
	mesh_dir_clear(&empty);
}

static void test_mesh_is_a_directory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlink(mesh_dir_at(&f->dir, "mesh.yaml")), 0);
	assert_int_equal(mkdir(mesh_dir_at(&f->dir, "mesh.yaml"), 0755), 0);
	load(f);
	assert_false(f->head_ok);
	assert_int_equal(count(f, "file-type", "mesh.yaml"), 1);
}

static void test_too_large(void **state)
{
	struct fixture *f = *state;
	size_t len = ((size_t)4 << 20) + 1;
	char *bytes = malloc(len);

	assert_non_null(bytes);
	memset(bytes, '#', len);
	mesh_dir_write(&f->dir, ORDERS "code/big", bytes, len - 1);
	mesh_dir_write(&f->dir, ORDERS "contracts/big.odcs.yaml", bytes, len);
	free(bytes);
	expect_sales(f, "file-size", ORDERS "contracts/big.odcs.yaml");
}

static void test_alias_bomb(void **state)
{
	struct fixture *f = *state;

	mesh_dir_text(&f->dir, "domains/sales/policies/bomb.policy.yaml",
	    "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
	    "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
	    "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n");
	expect_sales(f, "yaml-", "domains/sales/policies/bomb.policy.yaml");
}

static void test_too_deep(void **state)
{
	struct fixture *f = *state;
	char text[512] = "a: ";

	for (int i = 0; i < 65; i++)
		strcat(text, "[");
	for (int i = 0; i < 65; i++)
		strcat(text, "]");
	mesh_dir_text(&f->dir, "domains/sales/policies/tests/deep.test.yaml", text);
	expect_sales(f, "yaml-", "domains/sales/policies/tests/deep.test.yaml");
}

static void test_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {{"id: a\0b\n", 8}, {"id: a\x01z\n", 9}, {"id: \"\xff\xfe\"\n", 9},
	    {"id: \xc0\x80\n", 7}, {"", 0}, {"a: 1\n---\nb: 2\n", 14}, {"a: 1\na: 2\n", 10}};
	struct fixture *f = *state;
	char path[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(path, sizeof(path), "domains/sales/policies/x%zu.policy.yaml", i);
		mesh_dir_write(&f->dir, path, bad[i].bytes, bad[i].len);
	}
	load(f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(path, sizeof(path), "domains/sales/policies/x%zu.policy.yaml", i);
		assert_int_equal(count(f, "yaml-", path), 1);
	}
	assert_false(f->sales_ok);
	assert_true(f->logistics_ok);
}

static void test_links_that_lead_out(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("/etc/passwd", mesh_dir_at(&f->dir, ORDERS "code/passwd")), 0);
	assert_int_equal(
	    symlink("../../../../domain.yaml", mesh_dir_at(&f->dir, ORDERS "code/lib/up")), 0);
	assert_int_equal(symlink("loop", mesh_dir_at(&f->dir, ORDERS "code/loop")), 0);
	assert_int_equal(symlink("..", mesh_dir_at(&f->dir, ORDERS "code/lib/dir")), 0);
	assert_int_equal(symlink("../lib", mesh_dir_at(&f->dir, ORDERS "code/lib/inner")), 0);
	assert_int_equal(symlink("/etc", mesh_dir_at(&f->dir, "domains/sales/products/etc")), 0);
	load(f);
	assert_int_equal(count(f, "file-link", ORDERS "code/passwd"), 1);
	assert_int_equal(count(f, "file-link", ORDERS "code/lib/up"), 1);
	assert_int_equal(count(f, "file-read", ORDERS "code/loop"), 1);
	assert_false(f->sales_ok);
	for (size_t i = 0; i < f->diags.len; i++)
		assert_null(strstr(f->diags.items[i].text, "root:"));
	assert_int_equal(f->sales_files, 13);
}

static void test_domain_link(void **state)
{
	struct fixture *f = *state;
	struct mesh_dir other;

	mesh_dir_init(&other);
	assert_int_equal(symlink(other.path, mesh_dir_at(&f->dir, "domains/link")), 0);
	mesh_dir_text(&f->dir, "mesh.yaml",
	    "apiVersion: meshfs/v1\nkind: Mesh\nid: m\nclassifications: [a]\ndomains: [{path: domains/link}]\n");
	load(f);
	assert_int_equal(count(f, "domain-directory", "mesh.yaml"), 1);
	mesh_dir_clear(&other);
}

static void test_special_files(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(mesh_dir_at(&f->dir, ORDERS "contracts/pipe.odcs.yaml"), 0644), 0);
	expect_sales(f, "file-type", ORDERS "contracts/pipe.odcs.yaml");
}

static void test_too_much_code(void **state)
{
	struct fixture *f = *state;
	size_t len = (size_t)4 << 20;
	char *bytes = calloc(1, len), path[128];

	assert_non_null(bytes);
	for (int i = 0; i < 17; i++) {
		(void)snprintf(path, sizeof(path), ORDERS "code/blob%d", i);
		mesh_dir_write(&f->dir, path, bytes, len);
	}
	free(bytes);
	load(f);
	assert_int_equal(count(f, "file-size", "domains/sales/products/orders"), 1);
	assert_false(f->sales_ok);
}

static void test_deep_code(void **state)
{
	struct fixture *f = *state;
	char path[512] = ORDERS "code";

	for (int i = 0; i < 40; i++)
		strcat(path, "/d");
	strcat(path, "/x");
	mesh_dir_text(&f->dir, path, "x");
	expect_sales(f, "file-depth", "domains/sales/products/orders");
}

/* Nesting and wide names multiply; the sum must stay bounded. */
static void test_long_names(void **state)
{
	struct fixture *f = *state;
	size_t cap = (size_t)3 << 20, at;
	char *text = malloc(cap + 200000);

	assert_non_null(text);
	at = (size_t)sprintf(text,
	    "apiVersion: v3.1.0\nkind: DataContract\nid: wide\nversion: 1.0.0\nstatus: active\nschema:\n"
	    "  - name: wide\n    properties:\n      - logicalType: object\n        name: ");
	memset(text + at, 'a', cap - at);
	at = cap;
	at += (size_t)sprintf(text + at, "\n        properties: [");
	for (int i = 0; i < 10000; i++)
		at += (size_t)sprintf(text + at, "{name: c%d},", i);
	at += (size_t)sprintf(text + at, "]\n");
	mesh_dir_write(&f->dir, ORDERS "contracts/wide.odcs.yaml", text, at);
	free(text);
	expect_sales(f, "column-name", ORDERS "contracts/wide.odcs.yaml");
}

static void test_check_file(void **state)
{
	static const char *const good[] = {"mesh.yaml", "principals.yaml",
	    "policies/baseline.policy.yaml", "policies/tests/pii.test.yaml",
	    "domains/sales/domain.yaml", ORDERS "orders.odps.yaml",
	    ORDERS "contracts/orders.odcs.yaml", ORDERS "policies/access.policy.yaml",
	    "domains/sales/products/legacy/contracts/ledger.odcs.yaml"};
	struct fixture *f = *state;
	struct mesh_err err;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(
		    load_check_file(mesh_dir_at(&f->dir, good[i]), &f->diags, &err), 0);
		assert_int_equal(f->diags.errors, 0);
	}
	assert_int_equal(
	    load_check_file(mesh_dir_at(&f->dir, "none.yaml"), &f->diags, &err), -ENOENT);
	mesh_dir_text(&f->dir, "x.yaml", "kind: Poem\n");
	assert_int_equal(load_check_file(mesh_dir_at(&f->dir, "x.yaml"), &f->diags, &err), 0);
	assert_int_equal(count(f, "manifest-kind", mesh_dir_at(&f->dir, "x.yaml")), 1);
	mesh_dir_text(&f->dir, "y.yaml",
	    "apiVersion: meshfs/v1\nkind: AccessPolicy\nid: y\nscope: product:..\nrules: []\n");
	assert_int_equal(load_check_file(mesh_dir_at(&f->dir, "y.yaml"), &f->diags, &err), 0);
	assert_int_equal(count(f, "policy-scope", mesh_dir_at(&f->dir, "y.yaml")), 1);
	mesh_dir_text(&f->dir, "z.yaml",
	    "apiVersion: meshfs/v1\nkind: AccessPolicy\nid: y\nscope: product:a/..\nrules: []\n");
	assert_int_equal(load_check_file(mesh_dir_at(&f->dir, "z.yaml"), &f->diags, &err), 0);
	assert_int_equal(count(f, "policy-scope", mesh_dir_at(&f->dir, "z.yaml")), 1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_no_repository),
	    CASE(test_mesh_is_a_directory),
	    CASE(test_too_large),
	    CASE(test_alias_bomb),
	    CASE(test_too_deep),
	    CASE(test_bytes),
	    CASE(test_links_that_lead_out),
	    CASE(test_domain_link),
	    CASE(test_special_files),
	    CASE(test_too_much_code),
	    CASE(test_deep_code),
	    CASE(test_long_names),
	    CASE(test_check_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
