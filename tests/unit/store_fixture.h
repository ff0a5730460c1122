#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

/*
 * A catalog file in a directory of its own, and a product in which every member says something. For the tests of
 * catalog/store; to be included after cmocka.h.
 */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "catalog/store/authored.h"
#include "catalog/store/epochs.h"
#include "catalog/store/pool.h"
#include "catalog/store/products.h"

/* ---- a catalog in a directory of its own ---- */

struct store_fixture {
	char dir[64];
	char path[96];
	struct pool *pool;
};

static inline int store_setup(void **state)
{
	struct store_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/meshfs-store-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/catalog.db", f->dir);
	*state = f;
	return 0;
}

static inline int store_teardown(void **state)
{
	struct store_fixture *f = *state;
	char command[128];

	pool_free(f->pool);
	(void)snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static inline int store_setup_open(void **state)
{
	struct mesh_err err = {0};
	struct store_fixture *f;

	(void)store_setup(state);
	f = *state;
	if (pool_new(f->path, true, &f->pool, &err) < 0)
		fail_msg("%s", err.text);
	return 0;
}

/* Runs SQL beside the store. */
static inline void store_sql(const struct store_fixture *f, const char *text)
{
	sqlite3 *handle;
	char *message = NULL;

	assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
	if (sqlite3_exec(handle, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static inline struct db *store_begin(struct store_fixture *f, int64_t *ret_epoch)
{
	struct mesh_err err = {0};
	struct db *db;

	assert_int_equal(pool_lock_writer(f->pool, &db, &err), 0);
	if (epochs_begin(db, ret_epoch, &err) < 0)
		fail_msg("%s", err.text);
	return db;
}

static inline void store_commit(struct store_fixture *f, struct db *db, int64_t epoch)
{
	struct epochs_row row = {epoch, epoch * 1000, "jane", "apply", "+1 product"};
	struct mesh_err err = {0};

	if (epochs_commit(db, &row, &err) < 0)
		fail_msg("%s", err.text);
	pool_unlock_writer(f->pool);
}

static inline struct db *store_take(struct store_fixture *f)
{
	struct db *db;

	assert_int_equal(pool_take(f->pool, &db, NULL), 0);
	return db;
}

/* ---- a product in which every member says something ---- */

static const char *const ladder[] = {"public", "internal", "secret"};
static const char *const one_tag[] = {"pii"};
static const char *const odd_tags[] = {"a \"quoted\" tag", "back\\slash", "żółw"};

#define LIST(array) ((struct strlist){(const char **)(array), ARRAY_LEN(array)})
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct mesh mesh = {
    .classifications = {(const char **)ladder, 3},
    .default_rank = 2,
};

static struct column columns[] = {
    {.name = "id",
	.logical_type = "integer",
	.physical_type = "INT",
	.rank = 0,
	.required = true,
	.unique = true,
	.primary_key = true},
    {.name = "address.street",
	.physical_name = "str",
	.description = "Where the parcel goes",
	.tags = {(const char **)one_tag, 1},
	.rank = 2},
};
static struct object objects[] = {
    {.name = "orders",
	.physical_name = "orders_*.csv",
	.physical_type = "file",
	.description = "Every order",
	.tags = {(const char **)odd_tags, 3},
	.rank = 2,
	.columns = columns,
	.columns_len = 2},
    {.name = "empty", .rank = 1},
};
static struct server servers[] = {
    {.name = "prod",
	.type = "local",
	.environment = "production",
	.format = "csv",
	.kind = SERVER_LOCAL,
	.location = "data/{model}",
	.path = "/srv/data/{model}",
	.sha256sums = "/srv/SUMS",
	.delimiter = ';'},
    {.name = "lake",
	.type = "s3",
	.kind = SERVER_OTHER,
	.location = "s3://x/",
	.credential_ref = "env:X"},
    {.name = "db",
	.type = "postgres",
	.kind = SERVER_POSTGRES,
	.credential_ref = "pgpass",
	.host = "db.sales",
	.port = "5432",
	.database = "sales",
	.schema = "public",
	.refresh_ns = 30 * WHEN_NS_PER_SEC},
    {.name = "embedded", .type = "custom", .kind = SERVER_SQLITE, .path = "/srv/o.sqlite"},
    {.name = "columnar", .type = "duckdb", .kind = SERVER_DUCKDB, .path = "/srv/o.duckdb"},
};
static struct sla slas[] = {
    {.property = "latency", .value = "4", .unit = "h", .element = "orders.id"}};
static struct contract contracts[] = {
    {.id = "c-1",
	.version = "1.0.0",
	.status = "active",
	.name = "Orders",
	.purpose = "Bills",
	.limitations = "none",
	.usage = "any",
	.file = "c/orders.odcs.yaml",
	.blob = HASH_A,
	.file_name = "orders.odcs.yaml",
	.objects = objects,
	.objects_len = 2,
	.servers = servers,
	.servers_len = ARRAY_LEN(servers),
	.slas = slas,
	.slas_len = 1,
	.end_of_life_ns = 77},
};
static struct port ports[] = {
    {.name = "orders",
	.version = "1.1.0",
	.entry = "orders",
	.description = "as files",
	.type = "files",
	.tags = {(const char **)one_tag, 1},
	.rank = 2,
	.contract = 0,
	.server = 1,
	.formats = 1U << PORT_CSV | 1U << PORT_PARQUET,
	.objects = objects,
	.objects_len = 2},
    {.name = "bare",
	.entry = "bare@0.9",
	.rank = 0,
	.contract = -1,
	.server = -1,
	.formats = 1U << PORT_CSV},
};
static struct member team[] = {
    {.username = "jane@x.org",
	.name = "Jane",
	.role = "owner",
	.date_in_ns = 5,
	.date_out_ns = WHEN_NONE},
    {.username = "bob", .date_in_ns = WHEN_NONE, .date_out_ns = -9},
};
static struct code_asset assets[] = {
    {.role = "generates", .path = "a.sql", .entrypoint = "main", .produces_port = "orders"}};
static struct product_file files[] = {
    {.path = "code/a.sql", .blob = HASH_A, .size = 5, .mtime_ns = 123}};

static inline struct product store_product(void)
{
	return (struct product){
	    .domain = "sales",
	    .name = "orders",
	    .version = "1.1.0",
	    .entry = "orders",
	    .id = "p-1",
	    .title = "Customer orders",
	    .purpose = "Everything ordered",
	    .limitations = "EU only",
	    .usage = "billing",
	    .status = "active",
	    .tenant = "retail",
	    .file = "o.odps.yaml",
	    .blob = HASH_A,
	    .tags = LIST(odd_tags),
	    .rank = 2,
	    .team = team,
	    .team_len = 2,
	    .team_name = "Orders team",
	    .ports = ports,
	    .ports_len = 2,
	    .contracts = contracts,
	    .contracts_len = 1,
	    .assets = assets,
	    .assets_len = 1,
	    .files = files,
	    .files_len = 1,
	    .end_of_life_ns = 77,
	};
}

static inline void store_write_blob(struct db *db)
{
	struct authored_file f = {.path = "x",
	    .domain = "sales",
	    .product = "orders",
	    .kind = "code",
	    .hash = HASH_A,
	    .bytes = "a\0b\nc",
	    .len = 5,
	    .mtime_ns = 9};
	struct mesh_err err = {0};
	int64_t fid;

	if (authored_write(db, &f, &fid, &err) < 0)
		fail_msg("%s", err.text);
}

static inline int64_t store_write_product(struct db *db, const struct product *p)
{
	struct mesh_err err = {0};
	int64_t pid = 0;

	if (products_write(db, &mesh, p, &pid, &err) < 0)
		fail_msg("%s", err.text);
	return pid;
}

#endif
