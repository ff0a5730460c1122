/* timeout: 180 */
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "tests/lib/oom.h"
#include "tests/unit/duckdb_fixture.h"

/* ---- what is read ---- */

static void check_cells(struct duck_reading *g, const char *const *want, size_t len)
{
	assert_int_equal(duck_next(g), 1);
	assert_int_equal(g->reader->schema.len, len);
	for (size_t i = 0; i < len; i++) {
		const char *got = duck_show(&g->cells[i]);

		if (strcmp(got, want[i]) != 0)
			fail_msg("column %zu is %s, not %s", i, got, want[i]);
	}
}

#define CHECK_CELLS(g, ...)                                            \
	do {                                                           \
		static const char *const _want[] = {__VA_ARGS__};      \
		check_cells(g, _want, sizeof(_want) / sizeof(*_want)); \
	} while (0)

static const char typed_select[] =
    "SELECT 1::TINYINT a, 65535::USMALLINT b, 18446744073709551615::UBIGINT c, 1.50::DECIMAL(9,2) d, 0.1::FLOAT e, "
    "0.25::DOUBLE f, true g, DATE '2024-02-29' h, TIMESTAMP '2024-02-29 01:02:03.5' i, "
    "TIMESTAMPTZ '2024-02-29 01:02:03+01' j, TIME '01:02:03' k, 'a long text, more than twelve' l, encode('é') m, "
    "'\\xFF'::BLOB n, '{\"x\": [1, \"NaN\"]}'::JSON o, [1.5, 'nan'::DOUBLE] p, {'q': 'r'} q, "
    "'00000000-0000-0000-0000-000000000001'::UUID r, '' s "
    "UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";

static void check_typed(struct duck_reading *g)
{
	duck_start(g);
	CHECK_CELLS(g, "int:1", "int:65535", "text:18446744073709551615", "text:1.50", "text:0.1",
	    "real:0.25", "bool:true", "text:2024-02-29", "text:2024-02-29T01:02:03.500000",
	    "text:2024-02-29T00:02:03Z", "text:01:02:03", "text:a long text, more than twelve",
	    "text:é", "blob:\xff", "json:{\"x\":[1,\"NaN\"]}", "text:[1.5,NaN]",
	    "json:{\"q\":\"r\"}", "text:00000000-0000-0000-0000-000000000001", "text:");
	CHECK_CELLS(g, "null", "null", "null", "null", "null", "null", "null", "null", "null",
	    "null", "null", "null", "null", "null", "null", "null", "null", "null", "null");
	assert_int_equal(duck_next(g), 0);
	assert_int_equal(duck_next(g), 0);
	assert_string_equal(g->source->schema.columns[9].logical_type, "timestamp");
	assert_string_equal(source_duckdb_type(g->source, "d"), "DECIMAL(9,2)");
	assert_null(source_duckdb_type(g->source, "zz"));
	duck_close(g);
}

static void test_types(void **state)
{
	struct duck_reading parquet = {.file = "types.parquet"};
	struct duck_reading table = {.file = "types.duckdb", .table = "a \"table\""};

	(void)state;
	duck_sql("COPY (%s) TO '%s' (FORMAT parquet)", typed_select, duck_path("types.parquet"));
	duck_sql("ATTACH '%s' AS d; CREATE TABLE d.\"a \"\"table\"\"\" AS %s",
	    duck_path("types.duckdb"), typed_select);
	check_typed(&parquet);
	check_typed(&table);
}

/* A text column longer than a chunk, read in part and in another order of files than of columns. */
static void test_projection(void **state)
{
	static const size_t columns[] = {0, 2};
	struct duck_reading g = {.file = "many.parquet"};
	long row = 0;

	(void)state;
	duck_sql(
	    "COPY (SELECT i, repeat('x', 1000) wide, 'row ' || i AS name FROM range(10000) t(i)) TO '%s' (FORMAT parquet)",
	    duck_path("many.parquet"));
	assert_int_equal(duck_open(&g), 0);
	assert_int_equal(
	    duck_read(&g, (struct table_request){.columns = columns, .columns_len = 2}), 0);
	for (; duck_next(&g) == 1; row++) {
		char want[32];

		(void)snprintf(want, sizeof(want), "text:row %ld", row);
		assert_int_equal(g.cells[0].i, row);
		assert_string_equal(duck_show(&g.cells[1]), want);
	}
	assert_int_equal(row, 10000);
	g.reader->ops->close(g.reader);
	assert_int_equal(duck_read(&g, (struct table_request){.columns = columns}), 0);
	assert_int_equal(duck_drain(&g), 10000); /* no column, all rows */
	duck_close(&g);
}

static struct column known[] = {
    {.name = "customer", .logical_type = "string", .physical_name = "CUST"},
    {.name = "address.street", .logical_type = "string"},
    {.name = "address.geo.lat", .logical_type = "number"},
    {.name = "amount", .logical_type = "integer"},
};
static const struct object object = {.name = "t", .columns = known, .columns_len = 4};

static void test_contract(void **state)
{
	static const char *const names[] = {
	    "customer", "address.street", "address.geo.lat", "address.geo.lon", "other", "amount"};
	static const char *const types[] = {
	    "string", "string", "number", "number", "object", "integer"};
	struct duck_reading g = {.file = "nested.parquet", .object = &object};

	(void)state;
	duck_sql(
	    "COPY (SELECT 'c' \"CUST\", {'street': 's', 'geo': {'lat': 1.5::DOUBLE, 'lon': 2.5::DOUBLE}} address, "
	    "{'street': 's'} other, 7.0::DOUBLE amount UNION ALL SELECT 'd', NULL, NULL, NULL) TO '%s' (FORMAT parquet)",
	    duck_path("nested.parquet"));
	duck_start(&g);
	assert_int_equal(g.source->schema.len, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(g.source->schema.columns[i].name, names[i]);
		assert_string_equal(g.source->schema.columns[i].logical_type, types[i]);
	}
	assert_string_equal(g.source->schema.columns[0].source_name, "CUST");
	CHECK_CELLS(
	    &g, "text:c", "text:s", "real:1.5", "real:2.5", "json:{\"street\":\"s\"}", "real:7");
	CHECK_CELLS(&g, "text:d", "null", "null", "null", "null", "null");
	duck_close(&g);
}

static void test_versions(void **state)
{
	struct duck_reading a = {.file = "v.parquet"}, b = {.file = "v.parquet"};
	struct duck_reading t = {.file = "v.duckdb", .table = "t"},
			    u = {.file = "v.duckdb", .table = "u"};
	struct timespec soon[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	(void)state;
	duck_sql("COPY (SELECT 1 a) TO '%s' (FORMAT parquet)", duck_path("v.parquet"));
	duck_sql("ATTACH '%s' AS d; CREATE TABLE d.t AS SELECT 1 a; CREATE TABLE d.u AS SELECT 2 a",
	    duck_path("v.duckdb"));
	assert_int_equal(duck_open(&a), 0);
	assert_int_equal(duck_open(&b), 0);
	assert_int_equal(strlen(a.source->version), 64);
	assert_string_equal(a.source->version, b.source->version);
	duck_close(&b);
	assert_int_equal(utimensat(AT_FDCWD, duck_path("v.parquet"), soon, 0), 0);
	assert_int_equal(duck_open(&b), 0);
	assert_string_not_equal(a.source->version, b.source->version);
	assert_int_equal(duck_open(&t), 0);
	assert_int_equal(duck_open(&u), 0);
	assert_string_not_equal(t.source->version, u.source->version);
	duck_close(&a);
	duck_close(&b);
	duck_close(&t);
	duck_close(&u);
}

/* ---- ends ---- */

static void *cancel_soon(void *arg)
{
	struct timespec a_while = {.tv_nsec = 100000000};

	(void)nanosleep(&a_while, NULL);
	atomic_store((table_cancel *)arg, true);
	return NULL;
}

/* A view that would work for hours before its first row. */
static void test_cancel(void **state)
{
	table_cancel cancel = false;
	struct duck_reading g = {.file = "slow.duckdb", .table = "slow", .cancel = &cancel};
	pthread_t thread;

	(void)state;
	duck_sql(
	    "ATTACH '%s' AS d; CREATE VIEW d.slow AS SELECT count(*) n FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) %% 7 = 3",
	    duck_path("slow.duckdb"));
	duck_start(&g);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &cancel), 0);
	assert_int_equal(duck_next(&g), -EINTR);
	assert_int_equal(pthread_join(thread, NULL), 0);
	duck_close(&g);

	/* Closing without asking for a row ends it as well. */
	atomic_store(&cancel, false);
	duck_start(&g);
	duck_close(&g);

	/* Cancelled before it begins. */
	atomic_store(&cancel, true);
	duck_start(&g);
	assert_int_equal(duck_next(&g), -EINTR);
	duck_close(&g);
}

static void test_abandoned(void **state)
{
	struct duck_reading g = {.file = "long.parquet"};

	(void)state;
	duck_sql("COPY (SELECT i FROM range(200000) t(i)) TO '%s' (FORMAT parquet)",
	    duck_path("long.parquet"));
	duck_start(&g);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(duck_next(&g), 1);
	duck_close(&g);
}

static void test_changed(void **state)
{
	struct duck_reading g = {.file = "changed.parquet"};
	struct timespec soon[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	(void)state;
	duck_sql("COPY (SELECT i FROM range(10) t(i)) TO '%s' (FORMAT parquet)",
	    duck_path("changed.parquet"));
	duck_start(&g);
	assert_int_equal(utimensat(AT_FDCWD, duck_path("changed.parquet"), soon, 0), 0);
	assert_int_equal(duck_drain(&g), -ESTALE);
	assert_int_equal(g.err.code, -ESTALE);
	assert_int_equal(duck_next(&g), 0);
	duck_close(&g);
}

/* The descriptor is what counts, whatever becomes of the name. */
static void test_unlinked(void **state)
{
	struct duck_reading g = {.file = "gone.parquet"};

	(void)state;
	duck_sql("COPY (SELECT i FROM range(10) t(i)) TO '%s' (FORMAT parquet)",
	    duck_path("gone.parquet"));
	assert_int_equal(duck_open(&g), 0);
	assert_int_equal(unlink(duck_path("gone.parquet")), 0);
	assert_int_equal(duck_read(&g, (struct table_request){.limit = 0}), 0);
	assert_int_equal(duck_drain(&g), 10);
	duck_close(&g);
}

/* ---- refusals ---- */

static void check_refused(struct duck_reading g, int code, const char *part)
{
	int rc = duck_open(&g);

	if (rc != code || !strstr(g.err.text, part))
		fail_msg("%d %s, not %d %s", rc, g.err.text, code, part);
	assert_null(g.source);
	duck_close(&g);
}

static void write_file(const char *name, const char *data, size_t len)
{
	AUTOFD int fd = open(duck_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
}

static void test_no_table(void **state)
{
	(void)state;
	write_file("text.parquet", "id,name\n1,x\n", 12);
	write_file("empty.parquet", "", 0);
	duck_sql(
	    "ATTACH '%s' AS d; CREATE TABLE d.t AS SELECT 1 a; CREATE SCHEMA d.s; CREATE TABLE d.s.u AS SELECT 2 b",
	    duck_path("two.duckdb"));
	check_refused((struct duck_reading){.file = "text.parquet"}, -EIO, "text.parquet");
	check_refused((struct duck_reading){.file = "empty.parquet"}, -EIO, "empty.parquet");
	check_refused((struct duck_reading){.file = "text.parquet", .table = "t"}, -EIO, "DuckDB");
	check_refused(
	    (struct duck_reading){.file = "two.duckdb", .table = "u"}, -ENOENT, "two.duckdb");
	check_refused((struct duck_reading){.file = "two.duckdb", .schema = "s", .table = "t"},
	    -ENOENT, "two.duckdb");
	check_refused((struct duck_reading){.file = "two.duckdb", .table = "t\"; SELECT 1; --"},
	    -ENOENT, "two.duckdb");

	struct duck_reading in_schema = {.file = "two.duckdb", .schema = "s", .table = "u"};

	duck_start(&in_schema);
	assert_int_equal(duck_drain(&in_schema), 1);
	duck_close(&in_schema);
}

/* What a view in somebody's file would like to read. */
static void test_views_reach_nothing(void **state)
{
	static const char *const views[] = {
	    "SELECT * FROM read_csv('/etc/passwd')",
	    "SELECT * FROM read_text('/proc/self/environ')",
	    "SELECT * FROM read_blob('/proc/self/fd/0')",
	    "SELECT * FROM glob('/etc/*')",
	    "SELECT * FROM read_parquet('http://127.0.0.1:1/x')",
	    "SELECT getenv('PATH')",
	    "SELECT * FROM sniff_csv('/etc/passwd')",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		struct duck_reading g = {.file = "views.duckdb", .table = "v"};

		(void)unlink(duck_path("views.duckdb"));
		duck_sql(
		    "ATTACH '%s' AS d; CREATE TABLE d.t AS SELECT 1 a", duck_path("views.duckdb"));
		/* Some of these cannot even be made without looking; then there is nothing to read either. */
		const struct duckdb_lib *lib = duckdb_lib_get(NULL);
		struct duckdb_connection *connection;
		struct duckdb_result result;
		struct duckdb_database *db;
		char sql[1024];

		assert_int_equal(lib->open_ext(duck_path("views.duckdb"), &db, NULL, NULL), 0);
		assert_int_equal(lib->connect(db, &connection), 0);
		(void)snprintf(sql, sizeof(sql), "CREATE VIEW v AS %s", views[i]);
		(void)lib->query(connection, sql, &result);
		lib->destroy_result(&result);
		lib->disconnect(&connection);
		lib->close(&db);
		if (duck_open(&g) == 0 &&
		    (duck_read(&g, (struct table_request){.limit = 0}) < 0 || duck_next(&g) == 1))
			fail_msg("%s gave %s", views[i], duck_show(&g.cells[0]));
		duck_close(&g);
	}
}

/* A view over the file's own tables is a table like any other. */
static void test_view(void **state)
{
	struct duck_reading g = {.file = "view.duckdb", .table = "v"};

	(void)state;
	duck_sql(
	    "ATTACH '%s' AS d; USE d; CREATE TABLE t AS SELECT i FROM range(100) t(i); CREATE VIEW v AS SELECT i + 1 j FROM t WHERE i < 5",
	    duck_path("view.duckdb"));
	duck_start(&g);
	assert_int_equal(duck_drain(&g), 5);
	duck_close(&g);
}

/* Another process that has it open for writing holds a lock until it is killed. Returns its id. */
static int lock_elsewhere(const char *name, FILE **ret)
{
	char command[PATH_MAX + 256];
	int pid = 0;

	(void)snprintf(command, sizeof(command),
	    "exec python3 -c 'import fcntl, os, sys, time; f = open(sys.argv[1], \"r+\"); fcntl.lockf(f, fcntl.LOCK_EX); "
	    "print(os.getpid(), flush=True); time.sleep(100)' '%s'",
	    duck_path(name));
	*ret = popen(command, "r");
	assert_non_null(*ret);
	assert_int_equal(fscanf(*ret, "%d", &pid), 1);
	return pid;
}

/* What a writer has not checkpointed lies beside the file. */
static void test_in_use(void **state)
{
	FILE *other;
	int pid;

	(void)state;
	duck_sql("ATTACH '%s' AS d; CREATE TABLE d.t AS SELECT 1 a", duck_path("used.duckdb"));
	write_file("used.duckdb.wal", "some log", 8);
	check_refused((struct duck_reading){.file = "used.duckdb", .table = "t"}, -EBUSY,
	    "changes that were not checkpointed");
	assert_int_equal(unlink(duck_path("used.duckdb.wal")), 0);

	pid = lock_elsewhere("used.duckdb", &other);
	check_refused((struct duck_reading){.file = "used.duckdb", .table = "t"}, -EBUSY,
	    "open for writing elsewhere");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_not_equal(pclose(other), 0);
}

/* ---- hostile files ---- */

static char *slurp(const char *name, size_t *ret_len)
{
	AUTOFD int fd = open(duck_path(name), O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *data;

	assert_int_equal(fstat(fd, &st), 0);
	data = malloc((size_t)st.st_size);
	assert_non_null(data);
	assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
	*ret_len = (size_t)st.st_size;
	return data;
}

/* Read to the end or to an error; both are right. */
static void survive(const char *name)
{
	struct duck_reading g = {.file = name};

	if (duck_open(&g) == 0 && g.source->schema.len <= 30 &&
	    duck_read(&g, (struct table_request){.limit = 0}) == 0)
		(void)duck_drain(&g);
	duck_close(&g);
}

static void test_damaged(void **state)
{
	size_t len, rest = 12345;
	char *data;

	(void)state;
	duck_sql(
	    "COPY (SELECT i, 'name ' || i AS n, {'a': i, 'b': [i, i]} s, i / 3 AS d FROM range(3000) t(i)) TO '%s' (FORMAT parquet)",
	    duck_path("good.parquet"));
	data = slurp("good.parquet", &len);
	for (int i = 0; i < 60; i++) {
		size_t at, cut = len;
		char kept;

		rest = rest * 1103515245 + 12345;
		/* Half of them in the footer, which tells where everything else is. */
		at = i % 2 ? len - 1 - rest / 65536 % (len < 600 ? len : 600) : rest / 65536 % len;
		kept = data[at];
		data[at] = (char)(kept ^ (char)(1 << i % 8));
		if (i % 7 == 6)
			cut = at;
		write_file("bad.parquet", data, cut);
		data[at] = kept;
		survive("bad.parquet");
	}
	free(data);
}

/* DuckDB quotes the cell that it cannot read; whoever reads the sentence may not be one who sees the cell. */
static void test_cells_are_not_quoted(void **state)
{
	struct duck_reading g = {.file = "quoted.duckdb", .table = "v"};

	(void)state;
	duck_sql(
	    "ATTACH '%s' AS d; USE d; CREATE TABLE t AS SELECT 'very secret' s; CREATE VIEW v AS SELECT CAST(s AS INTEGER) i FROM t",
	    duck_path("quoted.duckdb"));
	duck_start(&g);
	assert_int_equal(duck_next(&g), -EIO);
	assert_null(strstr(g.err.text, "secret"));
	assert_string_equal(g.err.text, "DuckDB: Conversion Error");
	duck_close(&g);
}

/* ---- memory ---- */

static struct cond big_region(void)
{
	static struct cond kids[2];

	kids[0] = duck_is("i", OP_GE, duck_number(VALUE_INT, 5));
	kids[1] = duck_is("n", OP_EQ, duck_word("row 7"));
	return (struct cond){.kind = COND_ALL, .kids = kids, .len = 2};
}

static int read_once(void *arg)
{
	struct cond keep = big_region();
	struct duck_reading g = {.file = arg};
	int rc = duck_open(&g);

	if (rc == 0)
		rc = duck_read(&g, (struct table_request){.keep = &keep});
	if (rc == 0)
		rc = (int)duck_drain(&g);
	duck_close(&g);
	return rc > 0 ? 0 : rc;
}

static void test_memory(void **state)
{
	(void)state;
	duck_sql("COPY (SELECT i, 'row ' || i AS n FROM range(10) t(i)) TO '%s' (FORMAT parquet)",
	    duck_path("oom.parquet"));
	oom_sweep(read_once, (void *)"oom.parquet", 300);
}

static int remove_all(void **state)
{
	(void)state;
	duck_down();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_projection),
	    cmocka_unit_test(test_contract),
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_abandoned),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_unlinked),
	    cmocka_unit_test(test_no_table),
	    cmocka_unit_test(test_views_reach_nothing),
	    cmocka_unit_test(test_view),
	    cmocka_unit_test(test_in_use),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_cells_are_not_quoted),
	    cmocka_unit_test(test_memory),
	};
	int rc = duck_up();

	return rc != 0 ? rc : cmocka_run_group_tests(tests, NULL, remove_all);
}
