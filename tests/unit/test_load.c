/* The good fixture, field by field. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/when.h"
#include "catalog/manifest/load.h"
#include "tests/lib/mesh_dir.h"

struct fixture {
	struct mesh_dir dir;
	struct diag_list diags;
	struct loader *loader;
	struct domain_load *sales, *logistics;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct mesh_err err;

	mesh_dir_init(&f->dir);
	mesh_dir_add(&f->dir, "good");
	mesh_dir_text(
	    &f->dir, "domains/sales/products/orders/code/lib/orders.sql~", "left by an editor");
	mesh_dir_text(&f->dir, "domains/sales/products/orders/code/.git/config", "hidden");
	mesh_dir_text(&f->dir, "domains/sales/products/.hidden/x.yaml", "x");
	mesh_dir_text(&f->dir, "domains/sales/products/orders/stray.yaml", "x");
	diag_list_init(&f->diags);
	assert_int_equal(loader_new(f->dir.path, &f->diags, &f->loader, &err), 0);
	assert_int_equal(loader_domain(f->loader, 0, &f->sales, &err), 0);
	assert_int_equal(loader_domain(f->loader, 1, &f->logistics, &err), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	domain_load_free(f->sales);
	domain_load_free(f->logistics);
	loader_free(f->loader);
	diag_list_clear(&f->diags);
	mesh_dir_clear(&f->dir);
	free(f);
	return 0;
}

static const struct rule *rule_named(const struct ruleset *rs, const char *id)
{
	for (size_t i = 0; i < rs->len; i++)
		if (str_eq(rs->rules[i].id, id))
			return &rs->rules[i];
	fail_msg("no rule %s", id);
	return NULL;
}

static const struct product *product_named(const struct domain_load *d, const char *entry)
{
	for (size_t i = 0; i < d->products_len; i++)
		if (str_eq(d->products[i]->entry, entry))
			return d->products[i];
	fail_msg("no product %s", entry);
	return NULL;
}

static const struct port *port_named(const struct product *p, const char *entry)
{
	for (size_t i = 0; i < p->ports_len; i++)
		if (str_eq(p->ports[i].entry, entry))
			return &p->ports[i];
	fail_msg("no port %s", entry);
	return NULL;
}

static void assert_list(struct strlist l, const char *want)
{
	char got[1024] = "";

	for (size_t i = 0; i < l.len; i++) {
		strcat(got, i ? " " : "");
		strcat(got, l.items[i]);
	}
	assert_string_equal(got, want);
}

static void test_head(void **state)
{
	struct fixture *f = *state;
	const struct mesh_head *h = loader_head(f->loader);
	const struct mesh *m = &h->mesh;

	assert_true(loader_head_ok(f->loader));
	assert_int_equal(f->diags.errors, 0);
	assert_int_equal(f->diags.warnings, 2); /* the agreement and the stray file */
	assert_string_equal(m->id, "fixture");
	assert_string_equal(m->timezone, "UTC");
	assert_list(m->classifications, "public internal confidential restricted");
	assert_int_equal(m->default_rank, 2);
	assert_list(m->purposes, "billing churn-model");
	assert_int_equal(m->domains_len, 2);
	assert_list(
	    m->domains[0].storage, "/srv/sales s3://sales-lake/ postgres://db.sales:5432/sales");
	assert_string_equal(m->audit_path, "/var/lib/meshfs/audit");
	assert_true(m->audit_sync_always);
	assert_int_equal(loader_domains(f->loader), 2);
	assert_string_equal(loader_domain_key(f->loader, 1), "logistics");
	assert_int_equal(h->watch_dirs.len, 4);
	assert_true(strlist_has(&h->watch_dirs, mesh_dir_at(&f->dir, "domains")));
	assert_string_equal(h->watch_dirs.items[0], f->dir.path);
	assert_int_equal(h->files.len, 5);
	assert_string_equal(h->files.items[0].path, "mesh.yaml");
	assert_string_equal(h->files.items[4].kind, "policy-test");
	assert_null(h->files.items[0].domain);
}

static void test_principals(void **state)
{
	struct fixture *f = *state;
	const struct principals *p = &loader_head(f->loader)->principals;
	const struct person *ada = principals_person(p, "ada");

	assert_int_equal(p->roles_len, 2);
	assert_list(p->roles[0].users, "grace");
	assert_list(p->roles[1].groups, "analysts");
	assert_non_null(ada);
	assert_list(ada->emails, "ada@fixture.example a.l@fixture.example");
	assert_int_equal(ada->attributes_len, 4);
	assert_int_equal(ada->attributes[0].value.type, VALUE_STRING);
	assert_int_equal(ada->attributes[1].value.type, VALUE_INT);
	assert_int_equal(ada->attributes[2].value.type, VALUE_DECIMAL);
	assert_int_equal(ada->attributes[2].value.i, 12500);
	assert_int_equal(ada->attributes[3].value.type, VALUE_SET);
	assert_int_equal(ada->attributes[3].value.set_len, 2);
	assert_string_equal(principals_user(p, "grace@fixture.example"), "grace");
}

static void test_mesh_rules(void **state)
{
	struct fixture *f = *state;
	const struct ruleset *rs = loader_head(f->loader)->rules;
	const struct rule *mask = rule_named(rs, "mask-pii"),
			  *hours = rule_named(rs, "out-of-hours");
	const struct rule *glass = rule_named(rs, "emergency"),
			  *open = rule_named(rs, "public-is-open");

	assert_int_equal(rs->len, 5); /* those of the draft are not in force */
	assert_string_equal(mask->policy, "baseline");
	assert_string_equal(mask->file, "policies/baseline.policy.yaml");
	assert_int_equal(mask->line, 18);
	assert_int_equal(mask->scope.level, SCOPE_MESH);
	assert_int_equal(mask->effect, EFFECT_RESTRICT);
	assert_int_equal(mask->actions, 1u << ACTION_READ);
	assert_true(mask->principals.any);
	assert_list(mask->except.roles, "data-steward");
	assert_true(mask->resources.has_columns);
	assert_list(mask->resources.column_tags.any, "pii");
	assert_int_equal(mask->mask.fn, MASK_HASH);
	assert_int_equal(mask->mask.length, 16);
	assert_string_equal(mask->mask.text, "mesh");
	assert_int_equal(mask->unless->kind, COND_ATOM);
	assert_int_equal(mask->unless->op, OP_IN);
	assert_string_equal(mask->unless->literal.set[0].s, "billing");
	assert_true(mask->delegable);
	assert_int_equal(mask->delegable_max_ns, 90 * 86400 * WHEN_NS_PER_SEC);
	assert_int_equal(mask->from_ns, WHEN_NONE);
	assert_int_equal(hours->resources.classification.ranks & 15, 8);
	assert_int_equal(open->resources.classification.ranks & 15, 1);
	assert_true(hours->overridable_break_glass);
	assert_int_equal(hours->when->kind, COND_ANY);
	assert_int_equal(hours->when->len, 2);
	assert_int_equal(hours->when->kids[0].literal.i, 360);
	assert_int_equal(hours->when->kids[1].kind, COND_NOT);
	assert_int_equal(hours->when->kids[1].kids[0].op, OP_LT);
	assert_true(glass->break_glass);
	assert_int_equal(glass->break_glass_max_ns, 3600 * WHEN_NS_PER_SEC);
	assert_list(glass->notify, "ciso");
}

static void test_domain(void **state)
{
	struct fixture *f = *state;
	const struct domain *d = &f->sales->domain;
	const struct rule *r = rule_named(f->sales->rules, "own-region-only");
	int64_t ns;

	assert_true(f->sales->ok);
	assert_string_equal(f->sales->key, "sales");
	assert_string_equal(d->id, "sales");
	assert_string_equal(d->description, "From the order to the money.");
	assert_string_equal(d->dir, mesh_dir_at(&f->dir, "domains/sales"));
	assert_string_equal(d->file, "domains/sales/domain.yaml");
	assert_int_equal(d->storage.len, 3);
	assert_list(d->tags, "core");
	assert_int_equal(d->owners_len, 2);
	assert_int_equal(d->owners[0].date_out_ns, WHEN_NONE);
	assert_list(d->bounded_context, "orders");
	assert_list(d->mesh_may_grant, "public-is-open");
	assert_int_equal(r->scope.level, SCOPE_DOMAIN);
	assert_string_equal(r->scope.domain, "sales");
	assert_int_equal(r->limit, 1000);
	assert_int_equal(r->min_group, 5);
	assert_true(r->recheck);
	assert_list(r->notify, "sales-office");
	assert_int_equal(r->rows->kind, COND_ALL);
	assert_true(r->rows->kids[0].has_ref);
	assert_int_equal(r->rows->kids[0].left.space, OPERAND_ROW);
	assert_int_equal(r->rows->kids[0].ref.space, OPERAND_PRINCIPAL);
	assert_string_equal(r->rows->kids[0].ref.name, "region");
	assert_int_equal(r->rows->kids[1].literal.type, VALUE_TIME);
	assert_int_equal(when_parse("2026-01-01", &ns), 0);
	assert_int_equal(r->rows->kids[1].literal.i, ns);
}

static void test_product(void **state)
{
	struct fixture *f = *state;
	const struct product *p = product_named(f->sales, "orders"),
			     *old = product_named(f->sales, "orders@1.1.0");
	int64_t ns;

	assert_int_equal(f->sales->products_len, 3);
	assert_string_equal(p->domain, "sales");
	assert_string_equal(p->name, "orders");
	assert_string_equal(p->version, "1.2.0");
	assert_string_equal(p->title, "Orders");
	assert_string_equal(p->id, "8e4c1a52-orders");
	assert_string_equal(p->file, "domains/sales/products/orders/orders.odps.yaml");
	assert_string_equal(p->purpose, "What was ordered.");
	assert_list(p->tags, "finance core");
	assert_int_equal(p->rank, 3);
	assert_true(p->sealed);
	assert_false(old->sealed);
	assert_int_equal(p->team_len, 2);
	assert_string_equal(p->team[0].role, "owner");
	assert_int_equal(when_parse("2025-01-01", &ns), 0);
	assert_int_equal(p->team[1].date_out_ns, ns);
	assert_int_equal(p->contracts_len, 2);
	assert_int_equal(old->contracts_len, 1); /* the one that its port keeps */
	assert_string_equal(old->contracts[0].version, "1.9.0");
	assert_int_equal(when_parse("2030-01-01", &ns), 0);
	assert_int_equal(p->end_of_life_ns, ns);
	assert_int_equal(p->assets_len, 2);
	assert_string_equal(p->assets[0].path, "lib/orders.sql");
	assert_string_equal(p->assets[0].produces_port, "orders");
	assert_string_equal(p->assets[1].path, "lib");
	assert_string_equal(product_named(f->logistics, "shipments")->team[0].username, "carl");
}

static void test_product_rules(void **state)
{
	struct fixture *f = *state;
	const struct product *p = product_named(f->sales, "orders"),
			     *old = product_named(f->sales, "orders@1.1.0");
	const struct rule *r = rule_named(p->rules, "marketing-reads");
	int64_t ns;

	assert_ptr_not_equal(p->rules, old->rules);
	assert_null(product_named(f->sales, "legacy")->rules);
	assert_string_equal(rule_named(old->rules, "marketing-reads")->file, r->file);
	assert_int_equal(r->scope.level, SCOPE_PRODUCT);
	assert_string_equal(r->scope.product, "orders");
	assert_true(r->principals.team);
	assert_list(r->resources.ports, "orders");
	assert_int_equal(r->resources.column_classification.ranks & 15, 7);
	assert_int_equal(when_parse("2027-06-30T23:59:59Z", &ns), 0);
	assert_int_equal(r->until_ns, ns);
	assert_int_equal(p->rules->exemptions_len, 1);
	assert_int_equal(old->rules->exemptions_len, 1);
	assert_string_equal(p->rules->exemptions[0].rule, "mask-pii");
	assert_list(p->rules->exemptions[0].principals.groups, "collections");
	assert_list(p->rules->exemptions[0].approvals, "grace@fixture.example");
	assert_int_equal(when_parse("2026-11-02T09:00:00Z", &ns), 0);
	assert_int_equal(p->rules->exemptions[0].from_ns, ns);
}

static void test_ports(void **state)
{
	struct fixture *f = *state;
	const struct product *p = product_named(f->sales, "orders");
	const struct port *now = port_named(p, "orders"), *old = port_named(p, "orders@1.9.0");
	const struct contract *c = &p->contracts[now->contract];
	const struct server *s = &c->servers[now->server];

	assert_string_equal(now->version, "1.10.0"); /* later than 1.9.0 */
	assert_string_equal(old->name, "orders");
	assert_string_equal(p->contracts[old->contract].version, "1.9.0");
	assert_int_equal(old->server, 0);
	assert_list(now->tags, "raw finance core");
	assert_int_equal(now->rank, 3);
	assert_int_equal(old->rank, 0);
	assert_string_equal(s->name, "lake"); /* meshfsServer */
	assert_int_equal(s->kind, SERVER_LOCAL);
	assert_string_equal(s->path, "/srv/sales/orders/*.csv");
	assert_string_equal(s->location, "/srv/sales//orders/./*.csv");
	assert_string_equal(s->credential_ref, "env:ORDERS");
	assert_string_equal(c->servers[2].path, mesh_dir_at(&f->dir, "domains/sales/data/orders"));
	assert_string_equal(
	    c->servers[2].sha256sums, mesh_dir_at(&f->dir, "domains/sales/data/orders/SHA256SUMS"));
	assert_int_equal(c->servers[0].kind, SERVER_OTHER);
	assert_null(c->servers[0].path);
	assert_string_equal(c->file_name, "orders.odcs.yaml");
	assert_int_equal(now->formats, 1U << PORT_CSV | 1U << PORT_JSONL);
	assert_int_equal(old->formats, 1U << PORT_CSV);
	p = product_named(f->logistics, "shipments");
	assert_int_equal(p->ports[0].server, 0);
	assert_int_equal(p->contracts[0].servers[0].kind, SERVER_OTHER);
	assert_int_equal(p->ports[1].contract, -1);
	assert_int_equal(p->ports[1].rank, 2); /* nothing is classified: the default */
}

static const struct server *server_named(const struct product *p, const char *name)
{
	for (size_t i = 0; i < p->contracts_len; i++)
		for (size_t j = 0; j < p->contracts[i].servers_len; j++)
			if (str_eq(p->contracts[i].servers[j].name, name))
				return &p->contracts[i].servers[j];
	fail_msg("no server %s", name);
	return NULL;
}

static void test_databases(void **state)
{
	struct fixture *f = *state;
	const struct product *p = product_named(f->sales, "orders");
	const struct server *s = server_named(p, "db");

	assert_int_equal(s->kind, SERVER_POSTGRES);
	assert_string_equal(s->host, "db.sales");
	assert_string_equal(s->port, "5432");
	assert_string_equal(s->database, "sales");
	assert_string_equal(s->schema, "public");
	assert_int_equal(s->refresh_ns, 300 * WHEN_NS_PER_SEC);
	assert_null(s->path);
	s = server_named(p, "live");
	assert_int_equal(s->kind, SERVER_POSTGRES);
	assert_int_equal(s->refresh_ns, 30 * WHEN_NS_PER_SEC);
	s = server_named(p, "embedded");
	assert_int_equal(s->kind, SERVER_SQLITE);
	assert_string_equal(s->path, mesh_dir_at(&f->dir, "domains/sales/data/orders.sqlite"));
	assert_string_equal(s->location, "data//orders.sqlite");
	assert_int_equal(s->refresh_ns, 0);
	s = server_named(p, "columnar");
	assert_int_equal(s->kind, SERVER_DUCKDB);
	assert_string_equal(s->path, mesh_dir_at(&f->dir, "domains/sales/data/orders.duckdb"));
	assert_string_equal(s->location, "data/orders.duckdb");
	assert_string_equal(s->schema, "main");
	assert_int_equal(s->refresh_ns, 3600 * WHEN_NS_PER_SEC);
}

static void test_delimiters(void **state)
{
	struct fixture *f = *state;
	const struct product *p = product_named(f->sales, "orders");

	assert_int_equal(server_named(p, "semicolons")->delimiter, ';');
	assert_int_equal(server_named(p, "semicolons")->kind, SERVER_OTHER);
	assert_int_equal(server_named(p, "tabs")->delimiter, '\t');
	assert_int_equal(server_named(p, "documents")->delimiter, 0);
	assert_int_equal(server_named(p, "lake")->delimiter, 0);
}

static void assert_column(
    const struct object *o, size_t i, const char *name, int rank, const char *tags)
{
	assert_true(i < o->columns_len);
	assert_string_equal(o->columns[i].name, name);
	assert_int_equal(o->columns[i].rank, rank);
	assert_list(o->columns[i].tags, tags);
}

static void test_columns(void **state)
{
	struct fixture *f = *state;
	const struct product *p = product_named(f->sales, "orders");
	const struct port *port = port_named(p, "orders");
	const struct object *own = p->contracts[port->contract].objects, *o = port->objects;

	assert_int_equal(port->objects_len, 2);
	assert_int_equal(o->columns_len, 7);
	assert_column(own, 0, "order_id", 0, "finance core");
	assert_column(o, 0, "order_id", 0, "finance core raw");
	assert_true(o->columns[0].primary_key && o->columns[0].required && o->columns[0].unique);
	assert_column(o, 2, "note", 2, "finance core raw"); /* unclassified: the default */
	assert_column(
	    o, 3, "customer.email", 2, "finance core pii contact raw"); /* its parent's is higher */
	assert_column(o, 4, "customer.card", 3, "finance core pii raw");
	assert_column(o, 5, "items.sku", 1, "finance core raw");
	assert_column(own, 6, "items.labels", 2, "finance core raw");
	assert_int_equal(o->rank, 3);
	assert_int_equal(o[1].rank, 2); /* no columns: the default */
	o = product_named(f->sales, "legacy")->ports[0].objects; /* ODCS v2.2.2 */
	assert_column(o, 0, "booking", 1, "core");
	assert_true(o->columns[0].primary_key && o->columns[0].required && o->columns[0].unique);
	assert_column(o, 1, "amount", 3, "finance core");
	assert_false(o->columns[1].required);
}

static const struct manifest_file *file_at(const struct domain_load *d, const char *path)
{
	for (size_t i = 0; i < d->files.len; i++)
		if (str_eq(d->files.items[i].path, path))
			return &d->files.items[i];
	return NULL;
}

static void test_files(void **state)
{
	struct fixture *f = *state;
	const struct product *p = product_named(f->sales, "orders");
	const struct manifest_file *sql, *link, *odps;

	assert_int_equal(f->sales->files.len, 13);
	sql = file_at(f->sales, "domains/sales/products/orders/code/lib/orders.sql");
	link = file_at(f->sales, "domains/sales/products/orders/code/current.sql");
	odps = file_at(f->sales, "domains/sales/products/orders/orders.odps.yaml");
	assert_non_null(sql);
	assert_non_null(link); /* a link that stays inside is read */
	assert_non_null(odps);
	assert_string_equal(sql->kind, "code");
	assert_string_equal(sql->domain, "sales");
	assert_string_equal(sql->product, "orders");
	assert_int_equal(sql->len, 10);
	assert_memory_equal(sql->bytes, "select 1;\n", 10);
	assert_string_equal(
	    sql->hash, "4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c");
	assert_string_equal(p->blob, odps->hash);
	assert_int_equal(p->files_len, 3);
	assert_string_equal(p->files[0].path, "README.md");
	assert_string_equal(p->files[2].path, "code/lib/orders.sql");
	assert_string_equal(p->files[2].blob, sql->hash);
	assert_int_equal(p->files[2].size, 10);
	assert_true(p->files[2].mtime_ns > 0);
	assert_true(strlist_has(
	    &f->sales->watch_dirs, mesh_dir_at(&f->dir, "domains/sales/products/orders/code/lib")));
	assert_true(
	    strlist_has(&f->sales->watch_dirs, mesh_dir_at(&f->dir, "domains/sales/policies")));
}

static void test_domain_outside(void **state)
{
	struct fixture *f = *state;
	struct diag_list diags;
	struct mesh_dir dir;
	struct mesh_err err;
	struct loader *l;
	struct domain_load *d;
	char text[8192];

	mesh_dir_init(&dir);
	(void)snprintf(text, sizeof(text),
	    "apiVersion: meshfs/v1\nkind: Mesh\nid: m\nclassifications: [public]\ndomains: [{path: %s/domains/logistics/}]\n",
	    f->dir.path);
	mesh_dir_text(&dir, "mesh.yaml", text);
	diag_list_init(&diags);
	assert_int_equal(loader_new(dir.path, &diags, &l, &err), 0);
	assert_string_equal(loader_domain_key(l, 0), "logistics");
	assert_int_equal(loader_domain(l, 0, &d, &err), 0);
	assert_true(d->ok);
	assert_string_equal(d->domain.dir, mesh_dir_at(&f->dir, "domains/logistics"));
	assert_string_equal(d->domain.file, "logistics:/domain.yaml");
	assert_string_equal(
	    d->products[0]->file, "logistics:/products/shipments/shipments.odps.yaml");
	domain_load_free(d);
	loader_free(l);
	diag_list_clear(&diags);
	mesh_dir_clear(&dir);
}

static void test_unchanged_bytes_give_the_same_rules(void **state)
{
	struct fixture *f = *state;
	const struct mesh_head *h = loader_head(f->loader);
	struct scope scope = {SCOPE_MESH, NULL, NULL};
	struct ruleset *rs = ruleset_new(scope);
	struct diag_list diags;

	diag_list_init(&diags);
	for (size_t i = 0; i < h->files.len; i++) {
		const struct manifest_file *m = &h->files.items[i];
		struct policy_source src = {m->path, m->bytes, m->len};

		if (str_eq(m->kind, "policy"))
			assert_int_equal(policy_file_load(&src, &h->mesh, rs, &diags), 0);
	}
	assert_int_equal(diags.len, 0);
	assert_int_equal(rs->len, h->rules->len);
	for (size_t i = 0; i < rs->len; i++) {
		assert_string_equal(rs->rules[i].id, h->rules->rules[i].id);
		assert_string_equal(rs->rules[i].file, h->rules->rules[i].file);
	}
	ruleset_free(rs);
	diag_list_clear(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_head),
	    cmocka_unit_test(test_principals),
	    cmocka_unit_test(test_mesh_rules),
	    cmocka_unit_test(test_domain),
	    cmocka_unit_test(test_product),
	    cmocka_unit_test(test_product_rules),
	    cmocka_unit_test(test_ports),
	    cmocka_unit_test(test_databases),
	    cmocka_unit_test(test_delimiters),
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_domain_outside),
	    cmocka_unit_test(test_unchanged_bytes_give_the_same_rules),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
