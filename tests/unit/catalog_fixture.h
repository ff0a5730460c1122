#ifndef TESTS_UNIT_CATALOG_FIXTURE_H
#define TESTS_UNIT_CATALOG_FIXTURE_H

/*
 * A small mesh in a directory of its own, and a catalog beside it: two domains, three products,
 * policies on all three levels. For the tests of the catalog; to be included after cmocka.h.
 */

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/catalog.h"

struct fixture {
	char dir[128];
	char mesh[160], catalog[160];
	struct catalog *c;
	struct diag_list diags; /* of the last apply */
	struct apply_result result; /* of the last apply that returned 0 */
	struct mesh_err err; /* of the last apply that did not */
	const char *domain; /* what to apply */
	bool dry_run;
};

static inline void fixture_path(const struct fixture *f, const char *name, char path[256])
{
	assert_true(snprintf(path, 256, "%s/%s", f->mesh, name) < 256);
}

static inline void fixture_run(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* Writes a file and the directories that it needs. NULL: the domain hr's second policy. */
static inline void fixture_write(const struct fixture *f, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	if (!text)
		text =
		    "apiVersion: meshfs/v1\nkind: AccessPolicy\nid: more\nscope: domain:hr\nversion: 1.0.0\n"
		    "status: active\nrules:\n"
		    "  - {id: more, effect: forbid, principals: {users: [bob]}, actions: [read]}\n";
	fixture_path(f, name, path);
	for (char *slash = path + strlen(f->mesh); (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void fixture_remove(const struct fixture *f, const char *name)
{
	char command[320];

	(void)snprintf(command, sizeof(command), "rm -r '%s/%s'", f->mesh, name);
	fixture_run(command);
}

static inline void fixture_write_contract(
    const struct fixture *f, const char *domain, const char *product, const char *contract)
{
	char name[200], text[1024];

	(void)snprintf(name, sizeof(name), "domains/%s/products/%s/contracts/%s.odcs.yaml", domain,
	    product, contract);
	(void)snprintf(text, sizeof(text),
	    "apiVersion: v3.1.0\nkind: DataContract\nid: %s-%s\nversion: 1.0.0\nstatus: active\n"
	    "servers: [{server: file, type: local, path: data, format: csv}]\n"
	    "schema: [{name: %s, properties: [{name: id, classification: public},"
	    " {name: amount, classification: secret}]}]\n",
	    domain, contract, contract);
	fixture_write(f, name, text);
}

static inline void fixture_write_product(
    const struct fixture *f, const char *domain, const char *product, const char *version)
{
	char name[200], text[1024];

	(void)snprintf(
	    name, sizeof(name), "domains/%s/products/%s/%s.odps.yaml", domain, product, product);
	(void)snprintf(text, sizeof(text),
	    "apiVersion: v1.0.0\nkind: DataProduct\nid: %s-%s\nversion: %s\nstatus: active\n"
	    "outputPorts: [{name: %s, version: 1.0.0, contractId: %s-%s}]\n",
	    domain, product, version, product, domain, product);
	fixture_write(f, name, text);
}

static inline void fixture_write_ladder(
    const struct fixture *f, const char *ladder, const char *purposes)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "apiVersion: meshfs/v1\nkind: Mesh\nid: retail\nname: Retail\nclassifications: %s\n"
	    "defaultClassification: public\npurposes: %s\n"
	    "domains:\n  - {path: domains/sales}\n  - {path: domains/hr}\n",
	    ladder, purposes);
	if (!strstr(ladder, "secret")) /* only hr is kept then */
		fixture_write(f, "domains/sales/products/orders/contracts/orders.odcs.yaml",
		    "apiVersion: v3.1.0\nkind: DataContract\nid: sales-orders\nversion: 1.0.0\nstatus: active\n"
		    "schema: [{name: orders, properties: [{name: id}]}]\n");
	if (!strstr(ladder, "secret"))
		fixture_write(f, "domains/sales/products/rates/contracts/rates.odcs.yaml",
		    "apiVersion: v3.1.0\nkind: DataContract\nid: sales-rates\nversion: 1.0.0\nstatus: active\n"
		    "schema: [{name: rates, properties: [{name: id}]}]\n");
	fixture_write(f, "mesh.yaml", text);
}

/* mesh.yaml with one or two domains, principals.yaml, and the policy of the mesh. */
static inline void fixture_write_mesh(const struct fixture *f, const char *one, const char *two)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "apiVersion: meshfs/v1\nkind: Mesh\nid: retail\nname: Retail\n"
	    "classifications: [public, internal, secret]\ndefaultClassification: public\n"
	    "purposes: [audit, payroll]\ndomains:\n  - {path: %s}\n%s%s%s",
	    one, two ? "  - {path: " : "", two ? two : "", two ? "}\n" : "");
	fixture_write(f, "mesh.yaml", text);
	fixture_write(f, "principals.yaml",
	    "apiVersion: meshfs/v1\nkind: Principals\nroles:\n  - {role: auditor, users: [jane]}\n");
	fixture_write(f, "policies/base.policy.yaml",
	    "apiVersion: meshfs/v1\nkind: AccessPolicy\nid: base\nscope: mesh\nversion: 1.0.0\n"
	    "status: active\nrules:\n"
	    "  - {id: all-discover, effect: permit, principals: {any: true}, actions: [discover, list]}\n");
}

static inline void fixture_write_domain(const struct fixture *f, const char *id)
{
	char name[200], text[1024];

	(void)snprintf(name, sizeof(name), "domains/%s/domain.yaml", id);
	(void)snprintf(text, sizeof(text),
	    "apiVersion: meshfs/v1\nkind: Domain\nid: %s\nname: Domain %s\n"
	    "owners: [{user: jane, role: owner, dateIn: \"2026-01-01\"}]\n",
	    id, id);
	fixture_write(f, name, text);
}

static inline void fixture_write_all(const struct fixture *f)
{
	fixture_write_mesh(f, "domains/sales", "domains/hr");
	fixture_write_domain(f, "sales");
	fixture_write_domain(f, "hr");
	fixture_write_product(f, "sales", "orders", "1.0.0");
	fixture_write_contract(f, "sales", "orders", "orders");
	fixture_write(f, "domains/sales/products/orders/code/orders.sql", "SELECT 1;\n");
	fixture_write(f, "domains/sales/products/orders/policies/orders.policy.yaml",
	    "apiVersion: meshfs/v1\nkind: AccessPolicy\nid: orders\nscope: product:sales/orders\n"
	    "version: 1.0.0\nstatus: active\nrules:\n"
	    "  - {id: orders-read, effect: permit, principals: {any: true}, actions: [read]}\n");
	fixture_write_product(f, "sales", "rates", "1.0.0");
	fixture_write_contract(f, "sales", "rates", "rates");
	fixture_write_product(f, "hr", "staff", "1.0.0");
	fixture_write_contract(f, "hr", "staff", "staff");
	fixture_write(f, "domains/hr/policies/hr.policy.yaml",
	    "apiVersion: meshfs/v1\nkind: AccessPolicy\nid: hr\nscope: domain:hr\nversion: 1.0.0\n"
	    "status: active\nrules:\n"
	    "  - id: hr-read\n    effect: permit\n    principals: {any: true}\n    actions: [read]\n"
	    "    when: {purpose: {in: [payroll]}}\n");
}

/* One domain, one product: for what is done ten thousand times. */
static inline void fixture_write_all_small(const struct fixture *f)
{
	fixture_write_mesh(f, "domains/sales", NULL);
	fixture_remove(f, "domains/hr");
	fixture_remove(f, "domains/sales/products/rates");
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *base = getenv("T") ? getenv("T") : "/tmp";

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/meshfs-catalog-XXXXXX", base);
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->mesh, sizeof(f->mesh), "%s/mesh", f->dir);
	(void)snprintf(f->catalog, sizeof(f->catalog), "%s/catalog.db", f->dir);
	assert_int_equal(mkdir(f->mesh, 0755), 0);
	fixture_write_all(f);
	diag_list_init(&f->diags);
	if (catalog_open(f->catalog, CATALOG_WRITE, &f->c, &f->err) < 0)
		fail_msg("%s", f->err.text);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	char command[256];

	apply_result_clear(&f->result);
	diag_list_clear(&f->diags);
	catalog_close(f->c);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	fixture_run(command);
	free(f);
	return 0;
}

static inline int fixture_try_apply(struct fixture *f)
{
	struct apply_request rq = {f->mesh, f->domain, "tester", f->dry_run};

	apply_result_clear(&f->result);
	diag_list_clear(&f->diags);
	diag_list_init(&f->diags);
	return catalog_apply(f->c, &rq, &f->diags, &f->result, &f->err);
}

/* Applies what is in the directory; it must succeed. */
static inline void fixture_apply(struct fixture *f)
{
	struct buf text;

	if (fixture_try_apply(f) == 0)
		return;
	buf_init(&text);
	diag_print(&f->diags, DIAG_TEXT, &text);
	fail_msg("%s\n%s", f->err.text, text.data ? text.data : "");
}

static inline int fixture_changes(const struct fixture *f, char kind, const char *what)
{
	int n = 0;

	for (size_t i = 0; i < f->result.changes_len; i++)
		n += f->result.changes[i].kind == kind &&
		    strcmp(f->result.changes[i].what, what) == 0;
	return n;
}

static inline struct snapshot *fixture_snapshot(struct fixture *f, int64_t epoch)
{
	struct snapshot *s;

	if (catalog_snapshot(f->c, epoch, &s, &f->err) < 0)
		fail_msg("%s", f->err.text);
	return s;
}

static inline struct product *fixture_product(
    struct snapshot *s, const char *domain, const char *entry)
{
	struct mesh_err err = {0};
	struct product *p;

	if (snapshot_product(s, domain, entry, &p, &err) < 0)
		fail_msg("%s", err.text);
	return p;
}

static inline int fixture_add_name(void *arg, const char *name)
{
	strcat(arg, name);
	strcat(arg, " ");
	return 0;
}

static inline void fixture_assert_products(struct snapshot *s, const char *domain, const char *want)
{
	char names[256] = "";

	assert_int_equal(snapshot_products(s, domain, NULL, fixture_add_name, names), 0);
	assert_string_equal(names, want);
}

/* The one number that a query gives. */
static inline int fixture_count(const struct fixture *f, const char *sql)
{
	sqlite3 *handle;
	sqlite3_stmt *stmt;
	int count;

	assert_int_equal(sqlite3_open(f->catalog, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	count = sqlite3_column_int(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	return count;
}

static inline void fixture_assert_file_is(const char *path, const struct buf *want)
{
	FILE *file = fopen(path, "r");
	char bytes[4096];
	size_t len;

	assert_non_null(file);
	len = fread(bytes, 1, sizeof(bytes), file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(len, want->len);
	assert_memory_equal(bytes, want->data, len);
}

#endif
