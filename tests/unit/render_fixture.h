#ifndef TESTS_UNIT_RENDER_FIXTURE_H
#define TESTS_UNIT_RENDER_FIXTURE_H

/*
 * A mesh, a product and a caller made by hand for the tests of fs/render, with what a catalog would answer. The
 * functions of catalog.h that rendering reaches are replaced here, so that a product may hold what no manifest could.
 * Everything is built anew by fixture_init; a test changes what it wants.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "fs/render/render.h"
#include "fs/storage/duckdb_lib.h"

#define FIXTURE_NOW (1795000000LL * WHEN_NS_PER_SEC)
#define FIXTURE_EPOCH_TIME (1794000000LL * WHEN_NS_PER_SEC)
#define FIXTURE_CHANGED (1793000000LL * WHEN_NS_PER_SEC)

#define LIST(...)                                                          \
	{                                                                  \
		(const char *[]){__VA_ARGS__},                             \
		    sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *) \
	}

/* ---- what stands for the catalog ---- */

struct snapshot {
	int64_t epoch, time_ns;
};

struct fake_blob {
	const char *hash, *bytes;
};
static struct fake_blob fake_blobs[4];
static struct mesh *fake_mesh;
static struct principals fake_principals;

int64_t snapshot_epoch(const struct snapshot *s)
{
	return s->epoch;
}

int64_t snapshot_time_ns(const struct snapshot *s)
{
	return s->time_ns;
}

const struct mesh *snapshot_mesh(const struct snapshot *s)
{
	(void)s;
	return fake_mesh;
}

const struct principals *snapshot_principals(const struct snapshot *s)
{
	(void)s;
	return &fake_principals;
}

const struct ruleset *snapshot_mesh_rules(const struct snapshot *s)
{
	(void)s;
	return NULL;
}

int snapshot_rules(struct snapshot *s, const char *domain, const struct product *p,
    struct rules_in_force *ret, struct mesh_err *err)
{
	(void)s;
	(void)domain;
	(void)p;
	(void)err;
	memset(ret, 0, sizeof(*ret));
	return 0;
}

int catalog_blob(struct catalog *c, const char *hash, struct buf *out, struct mesh_err *err)
{
	(void)c;
	for (size_t i = 0; i < ARRAY_LEN(fake_blobs); i++) {
		if (!fake_blobs[i].hash || strcmp(fake_blobs[i].hash, hash) != 0)
			continue;
		buf_puts(out, fake_blobs[i].bytes);
		return buf_error(out);
	}
	return mesh_err_set(err, -ENOENT, "no bytes under %s", hash);
}

/* ---- what stands for the library ---- */

static bool fake_duckdb;

bool duckdb_lib_available(const char **ret_why)
{
	*ret_why = fake_duckdb ? NULL : "libduckdb is not here";
	return fake_duckdb;
}

/* ---- the mesh ---- */

enum { CLASS_PUBLIC, CLASS_INTERNAL, CLASS_CONFIDENTIAL };

struct fixture {
	struct mesh mesh;
	struct snapshot snap;
	struct world world;
	struct caller caller;
	struct column columns[4];
	struct object objects[2];
	struct port ports[2];
	struct contract contracts[2];
	struct server servers[1]; /* of the first contract; no port uses it until fixture_server */
	struct sla slas[1];
	struct member team[2];
	struct product_file files[3];
	struct product product;
	struct rule rules[8]; /* of the mesh */
	struct ruleset mesh_rules;
	struct ask ask;
	struct doc_env env;
};

#define BIT(action) (UINT32_C(1) << (action))

/* A rule for everybody; those of a fixture_rule differ in what the test sets. */
static inline struct rule *fixture_rule(
    struct fixture *f, const char *id, enum effect effect, uint32_t actions)
{
	struct rule *r = &f->rules[f->mesh_rules.len++];

	*r = (struct rule){
	    .id = id,
	    .policy = "base",
	    .scope = {.level = SCOPE_MESH},
	    .file = "policies/base.policy.yaml",
	    .line = (int)f->mesh_rules.len,
	    .effect = effect,
	    .actions = actions,
	    .principals = {.any = true},
	    .from_ns = WHEN_NONE,
	    .until_ns = WHEN_NONE,
	};
	return r;
}

/* A permit for read needs the authority of the domain; this one has it. */
static inline struct rule *fixture_permit_read(struct fixture *f, const char *id)
{
	struct rule *r = fixture_rule(f, id, EFFECT_PERMIT, BIT(ACTION_READ));

	r->scope = (struct scope){.level = SCOPE_DOMAIN, .domain = "sales"};
	return r;
}

static inline void fixture_product(struct fixture *f)
{
	static const char *pii[] = {"pii"};

	f->columns[0] = (struct column){
	    .name = "id", .logical_type = "integer", .rank = CLASS_INTERNAL, .required = true};
	f->columns[1] = (struct column){
	    .name = "email",
	    .logical_type = "string",
	    .rank = CLASS_CONFIDENTIAL,
	    .tags = {pii, 1},
	    .description = "Where to write to",
	};
	f->columns[2] = (struct column){.name = "address.street", .logical_type = "string"};
	f->columns[3] = (struct column){
	    .name = "address.since", .logical_type = "date", .required = true};
	f->objects[0] = (struct object){
	    .name = "orders",
	    .description = "One row an order",
	    .rank = CLASS_CONFIDENTIAL,
	    .columns = f->columns,
	    .columns_len = 4,
	};
	f->objects[1] = (struct object){
	    .name = "secrets", .rank = CLASS_CONFIDENTIAL, .columns = f->columns, .columns_len = 1};
	f->slas[0] = (struct sla){"latency", "4", "d", "orders.id"};
	f->contracts[0] = (struct contract){
	    .id = "c-1",
	    .name = "Orders contract",
	    .version = "1.2.0",
	    .blob = "hash-contract",
	    .file_name = "orders.odcs.yaml",
	    .objects = f->objects,
	    .objects_len = 2,
	    .servers = f->servers,
	    .servers_len = 1,
	    .slas = f->slas,
	    .slas_len = 1,
	    .end_of_life_ns = WHEN_NONE,
	};
	f->ports[0] = (struct port){
	    .name = "orders",
	    .entry = "orders",
	    .version = "1.2.0",
	    .type = "tables",
	    .description = "All orders",
	    .rank = CLASS_CONFIDENTIAL,
	    .server = -1,
	    .objects = f->objects,
	    .objects_len = 1,
	};
	f->ports[1] = (struct port){
	    .name = "hidden-port",
	    .entry = "hidden-port",
	    .version = "2",
	    .rank = CLASS_CONFIDENTIAL,
	    .server = -1,
	    .objects = f->objects + 1,
	    .objects_len = 1,
	};
	f->team[0] = (struct member){"ann@example.org", "Ann", "steward", 0, WHEN_NONE};
	f->team[1] = (struct member){"jane@example.org", "Jane Doe", "owner", 0, WHEN_NONE};
	f->files[0] = (struct product_file){"README.md", "hash-readme", 10, 1000};
	f->files[1] = (struct product_file){"code/run.py", "hash-code", 10, 2000};
	f->product = (struct product){
	    .domain = "sales",
	    .name = "orders",
	    .entry = "orders",
	    .version = "1.2.0",
	    .title = "Orders",
	    .purpose = "Know what was ordered.",
	    .status = "active",
	    .blob = "hash-product",
	    .rank = CLASS_CONFIDENTIAL,
	    .team = f->team,
	    .team_len = 2,
	    .team_name = "Order people",
	    .ports = f->ports,
	    .ports_len = 2,
	    .contracts = f->contracts,
	    .contracts_len = 1,
	    .files = f->files,
	    .files_len = 2,
	    .end_of_life_ns = WHEN_NONE,
	    .changed_ns = FIXTURE_CHANGED,
	};
}

/* Puts the ports on a server. */
static inline void fixture_server(struct fixture *f, enum server_kind kind, const char *format)
{
	f->servers[0] = (struct server){.name = "s", .kind = kind, .format = format};
	f->ports[0].server = f->ports[1].server = 0;
	f->ports[0].formats = f->ports[1].formats = 1U << PORT_CSV | 1U << PORT_JSONL;
}

static inline void fixture_init(struct fixture *f)
{
	static const char *classes[] = {"public", "internal", "confidential"};
	static const char *purposes[] = {"billing", "fraud"};
	static const char *groups[] = {"staff"};
	static const char *roles[] = {"analyst"};

	memset(f, 0, sizeof(*f));
	fake_duckdb = false;
	f->mesh.id = "retail";
	f->mesh.name = "Retail mesh";
	f->mesh.classifications = (struct strlist){classes, 3};
	f->mesh.default_rank = CLASS_CONFIDENTIAL;
	f->mesh.purposes = (struct strlist){purposes, 2};
	fake_mesh = &f->mesh;
	fake_blobs[0] = (struct fake_blob){"hash-product", "kind: DataProduct\n"};
	fake_blobs[1] = (struct fake_blob){"hash-contract", "kind: DataContract\n"};
	fake_blobs[2] = (struct fake_blob){"hash-readme", "Written *by hand* <b>.\n"};
	fake_blobs[3] = (struct fake_blob){"hash-code", "print(1)\n"};
	f->snap = (struct snapshot){.epoch = 7, .time_ns = FIXTURE_EPOCH_TIME};
	f->world.snap = &f->snap;
	f->caller.principal = (struct principal){
	    .user = "bob", .uid = 1001, .groups = {groups, 1}, .roles = {roles, 1}};
	fixture_product(f);
	f->mesh_rules.scope.level = SCOPE_MESH;
	f->mesh_rules.rules = f->rules;
	f->ask = (struct ask){
	    .world = &f->world,
	    .caller = &f->caller,
	    .asker = {.uid = 1001},
	    .context = {.now_ns = FIXTURE_NOW, .weekday = 1, .minute_of_day = 600, .host = "h"},
	    .resource = {.mesh = &f->mesh, .domain = "sales", .product = &f->product},
	    .rules = {.mesh = &f->mesh_rules},
	};
	f->env = (struct doc_env){.ask = &f->ask, .product = &f->product};
}

/* The document's bytes as a string; the caller frees. Fails the test on an error or a NUL inside. */
static inline char *fixture_render(struct fixture *f,
    int (*render)(const struct doc *, const struct doc_env *, struct buf *), const void *what)
{
	struct doc d = {.path = "test", .what = what};
	struct buf b;
	size_t len;
	char *text;

	buf_init(&b);
	assert_int_equal(render(&d, &f->env, &b), 0);
	text = buf_take(&b, &len);
	assert_non_null(text);
	assert_int_equal(strlen(text), len);
	return text;
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

#endif
