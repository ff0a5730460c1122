/*
 * For render.sh: makes the table, and renders it in one of two ways, each in a process of its own
 * that prints what it took as JSON.
 *
 * render table ROWS >FILE render meshfs IN OUT render duckdb LIBDUCKDB.SO IN OUT
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/cost.h"
#include "tests/bench/write_csv.h"

static void fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "render: %s: %s\n", what, why);
	exit(1);
}

/* ---- the table ---- */

static void make_table(long rows)
{
	static const char *const regions[] = {"EU", "US", "APAC", "LATAM", "MEA", "ANZ"};
	uint64_t x = 88172645463325252ULL;

	puts("id,email,age,date,amount,region");
	for (long i = 0; i < rows; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		printf("%ld,user%" PRIu64 "@example.org,%u,20%02u-%02u-%02u,%u.%02u,%s\n", i,
		    x % 10000000, (unsigned)(x >> 20) % 80 + 18, (unsigned)(x >> 24) % 26,
		    (unsigned)(x >> 30) % 12 + 1, (unsigned)(x >> 34) % 28 + 1,
		    (unsigned)(x >> 40) % 10000, (unsigned)(x >> 50) % 100, regions[(x >> 56) % 6]);
	}
	if (fflush(stdout) != 0)
		fail("table", "cannot be written");
}

/* ---- meshfs ---- */

static struct column columns[] = {
    {.name = "id", .logical_type = "integer"},
    {.name = "email", .logical_type = "string"},
    {.name = "age", .logical_type = "integer"},
    {.name = "date", .logical_type = "date"},
    {.name = "amount", .logical_type = "number"},
    {.name = "region", .logical_type = "string"},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
static const struct object object = {.name = "orders", .columns = columns, .columns_len = COLUMNS};

static const struct hash_key *key_of(void *arg, const char *name)
{
	static const struct hash_key key = {"0123456789abcdef0123456789abcdef", 32};

	(void)arg;
	(void)name;
	return &key;
}

static int render(int in, int out, const struct view *v, atomic_ulong *rows, struct mesh_err *err)
{
	struct table_source *s;
	int rc = source_text_open(in, "orders.csv", &object, &s, err);

	if (rc < 0)
		return rc;
	return write_csv(s, (struct plan_options){.view = v, .object = &object, .key = key_of}, out, rows, err);
}

static void run_meshfs(const char *from, const char *to)
{
	const struct cond eu = {.kind = COND_ATOM,
	    .left = {OPERAND_ROW, "region"},
	    .op = OP_NE,
	    .literal = {.type = VALUE_STRING, .s = "EU"}};
	const struct cond *restricts[] = {&eu};
	struct view_column shown[COLUMNS] = {0};
	const struct view view = {.columns = shown, .columns_len = COLUMNS};
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct cost cost = cost_begin();
	struct mesh_err err = {0};
	atomic_ulong rows = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		shown[i].name = columns[i].name;
		shown[i].rows = (struct row_filter){.restricts = restricts, .restricts_len = 1};
	}
	shown[1].mask = (struct mask){.fn = MASK_HASH, .length = 64};
	if (in < 0 || out < 0)
		fail(in < 0 ? from : to, "cannot be opened");
	if (render(in, out, &view, &rows, &err) < 0)
		fail(from, err.text);
	cost_print_rows(&cost, rows);
}

/* ---- DuckDB, by the few functions of its C interface that are needed ---- */

typedef struct {
	uint64_t private_columns, private_rows, private_changed;
	void *private_columns_data;
	char *private_message;
	void *internal;
} duckdb_result;

static void *duckdb;

static void *symbol(const char *name)
{
	void *p = dlsym(duckdb, name);

	if (!p)
		fail(name, "not in the library");
	return p;
}

static uint64_t query(void *connection, const char *sql)
{
	int (*run)(void *, const char *, duckdb_result *) = (int (*)(
	    void *, const char *, duckdb_result *))symbol("duckdb_query");
	uint64_t (*changed)(duckdb_result *) = (uint64_t(*)(duckdb_result *))symbol(
	    "duckdb_rows_changed");
	const char *(*error)(duckdb_result *) = (const char *(*)(duckdb_result *))symbol(
	    "duckdb_result_error");
	duckdb_result r = {0};

	if (run(connection, sql, &r) != 0)
		fail(sql, error(&r));
	return changed(&r);
}

static void run_duckdb(const char *library, const char *from, const char *to)
{
	int (*open_db)(const char *, void **);
	int (*connect)(void *, void **);
	void *db, *connection;
	char sql[8192];
	struct cost cost;

	duckdb = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (!duckdb)
		fail(library, dlerror());
	open_db = (int (*)(const char *, void **))symbol("duckdb_open");
	connect = (int (*)(void *, void **))symbol("duckdb_connect");
	if (open_db(NULL, &db) != 0 || connect(db, &connection) != 0)
		fail(library, "no database can be opened");
	(void)query(connection, "SET threads = 1");
	(void)query(connection, "SET autoinstall_known_extensions = false");
	(void)query(connection, "SET autoload_known_extensions = false");
	(void)snprintf(sql, sizeof(sql),
	    "COPY (SELECT id, sha256(email) AS email, age, date, amount, region "
	    "FROM read_csv('%s', header = true, %s) "
	    "WHERE region <> 'EU') TO '%s' (FORMAT csv, HEADER)",
	    from, getenv("DUCKDB_READ") ? getenv("DUCKDB_READ") : "all_varchar = true", to);
	cost = cost_begin();
	cost_print_rows(&cost, query(connection, sql));
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "table") == 0)
		make_table(strtol(argv[2], NULL, 10));
	else if (argc == 4 && strcmp(argv[1], "meshfs") == 0)
		run_meshfs(argv[2], argv[3]);
	else if (argc == 5 && strcmp(argv[1], "duckdb") == 0)
		run_duckdb(argv[2], argv[3], argv[4]);
	else
		fail("usage", "table ROWS | meshfs IN OUT | duckdb LIBRARY IN OUT");
	return 0;
}
