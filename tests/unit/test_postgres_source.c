/* timeout: 180 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"
#include "tests/unit/postgres_fixture.h"

/* ---- against psql ---- */

static char *slurp(const char *path)
{
	AUTOFILE FILE *f = fopen(path, "r");
	struct buf b;
	char part[65536];
	size_t n;

	assert_non_null(f);
	buf_init(&b);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	return buf_take(&b, NULL);
}

/* The table as this source reads it and the CSV writer writes it. */
static char *rendered(const char *table)
{
	struct pg_reading g = {.table = table};
	char path[PATH_MAX + 16];
	AUTOFD int fd = -1;
	struct table_writer *w;
	int rc;

	(void)snprintf(path, sizeof(path), "%s/ours", pg_dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	pg_start(&g);
	assert_int_equal(table_csv_writer(fd, ',', &g.reader->schema, &w, NULL), 0);
	while ((rc = pg_next(&g)) == 1)
		assert_int_equal(w->ops->row(w, g.cells, NULL), 0);
	assert_int_equal(rc, 0);
	assert_int_equal(w->ops->finish(w, NULL), 0);
	w->ops->close(w);
	pg_close(&g);
	return slurp(path);
}

/* `query` in psql's own CSV. */
static char *by_psql(const char *query)
{
	char command[PATH_MAX * 3], path[PATH_MAX + 16];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/theirs", pg_dir);
	(void)snprintf(command, sizeof(command),
	    "exec psql -X -q -h %s -p %s -U postgres -d postgres", pg_dir, pg_port);
	f = popen(command, "w");
	assert_non_null(f);
	assert_true(
	    fprintf(f, "set timezone = 'UTC';\n\\copy (%s) to '%s' csv header\n", query, path) > 0);
	assert_int_equal(pclose(f), 0);
	return slurp(path);
}

static void same_as_psql(const char *table, const char *query)
{
	AUTOFREE char *ours = rendered(table), *theirs = by_psql(query);

	if (strcmp(ours, theirs) != 0) {
		size_t i = 0;

		while (ours[i] == theirs[i])
			i++;
		i -= i < 40 ? i : 40;
		fail_msg("%s: '%.80s' should be '%.80s'", table, ours + i, theirs + i);
	}
}

static void test_types_like_psql(void **state)
{
	(void)state;
	pg_sql(
	    "CREATE DOMAIN price AS numeric(12,2); CREATE DOMAIN dear AS price CHECK (VALUE > 0);"
	    "CREATE DOMAIN small AS int; CREATE TYPE mood AS ENUM ('sad', 'so, so'); CREATE TYPE pair AS (a int, b text)");
	pg_sql(
	    "CREATE TABLE types (i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, p dear, d small, t text,"
	    " v varchar(9), c char(4), b bool, dt date, ti time, tz timetz, ts timestamp, tt timestamptz, iv interval,"
	    " u uuid, j json, jb jsonb, by bytea, arr int[], txt text[], m mood, co pair, ip inet, o oid)");
	pg_sql(
	    "INSERT INTO types VALUES"
	    "(1, -2, 9223372036854775807, 0.1, 0.3, 12345678901234567890.123, 1.5, 7, 'x', 'y', 'z', true, '2026-11-22',"
	    " '12:30:00.5', '12:30+02', '2026-11-22 23:30:00.25', '2026-11-22 23:30:00-02', '1 year 2 days 03:04:05',"
	    " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\": [1, null]}', '{\"b\":1}', '\\x00ff', '{1,NULL,3}',"
	    " '{a,\"b,c\"}', 'so, so', '(1,\"x,y\")', '192.0.2.1/24', 4294967295),"
	    "(-32768, 0, -9223372036854775808, 'NaN', '-Infinity', 'NaN', NULL, NULL, '', '', '', false, '0044-03-15 BC',"
	    " '24:00', '00:00-15', 'infinity', '-infinity', '-1 day', NULL, 'null', '\"\"', '', '{}', '{NULL,\"NULL\",\"\"}',"
	    " NULL, '(,)', '::1', 0),"
	    "(NULL, NULL, NULL, 1e20, 1.5e-300, 1e-20, 0.01, NULL, E'a\\nb\\tc\\\\d\\re', '\"', ',', NULL, 'infinity', NULL,"
	    " NULL, '0044-03-15 12:00 BC', '10000-01-01 00:00+00', NULL, NULL, E'{\"a\":\\n1}', '1', E'\\\\x0a5c09', NULL, NULL,"
	    " 'sad', NULL, NULL, NULL)");
	same_as_psql("types",
	    "SELECT i2, i4, i8, f4, f8, n, p, d, t, v, c, CASE WHEN b THEN 'true' ELSE CASE WHEN NOT b THEN 'false' END END AS b,"
	    " dt, ti, tz, regexp_replace(ts::text, '^([-0-9]+) ([0-9:.]+)$', '\\1T\\2') AS ts,"
	    " regexp_replace(tt::text, '^([-0-9]+) ([0-9:.]+)[+]00$', '\\1T\\2Z') AS tt,"
	    " iv, u, j, jb, by, arr, txt, m, co, ip, o FROM types");
}

/* Lines of nothing but what COPY, CSV and JSON each treat with care. */
static void test_random_text_like_psql(void **state)
{
	(void)state;
	pg_sql("SELECT setseed(0.25)");
	pg_sql(
	    "CREATE TABLE nasty AS SELECT id, t AS a, CASE WHEN id % 3 > 0 THEN reverse(t) END AS b FROM"
	    " (SELECT i AS id, array_to_string(ARRAY(SELECT (ARRAY['\"', ',', E'\\n', E'\\r', E'\\t', E'\\\\', '\\N', '\\.', 'a', ' ', 'é',"
	    "  '漢', '😀', '', E'\\b', E'\\f', E'\\v', E'\\u0001', E'\\u00a0', E'\\\\n'])[1 + floor(random() * 20)::int]"
	    "  FROM generate_series(1, i % 9)), '') AS t FROM generate_series(1, 3000) i) x");
	same_as_psql("nasty", "SELECT * FROM nasty");
	pg_sql(
	    "CREATE TABLE \"we\"\"ird; name\" (\"a,\"\"b\" int, \"select\" text, \"Ünï\" int); INSERT INTO \"we\"\"ird; name\""
	    " VALUES (1, 'x', 2)");
	same_as_psql("we\"ird; name", "SELECT * FROM \"we\"\"ird; name\"");
	pg_sql("CREATE TABLE empty (a int, b text)");
	same_as_psql("empty", "SELECT * FROM empty");
}

/* ---- what is read ---- */

static void test_schema(void **state)
{
	struct column known[] = {
	    {.name = "key", .physical_name = "id", .logical_type = "integer"},
	    {.name = "note", .logical_type = "string"},
	    {.name = "absent", .logical_type = "string"},
	};
	struct object object = {.columns = known, .columns_len = 3};
	struct pg_reading g = {.table = "shape", .object = &object};

	(void)state;
	pg_sql(
	    "CREATE TABLE shape (id int, gone text, note text, more int); ALTER TABLE shape DROP COLUMN gone;"
	    "INSERT INTO shape VALUES (1, 'x', 2)");
	assert_int_equal(pg_open(&g), 0);
	assert_int_equal(g.source->schema.len, 3);
	assert_string_equal(g.source->schema.columns[0].name, "key");
	assert_string_equal(g.source->schema.columns[0].source_name, "id");
	assert_string_equal(g.source->schema.columns[0].logical_type, "integer");
	assert_string_equal(g.source->schema.columns[1].name, "note");
	assert_string_equal(g.source->schema.columns[2].name, "more");
	assert_null(g.source->schema.columns[2].logical_type);
	assert_int_equal(strlen(g.source->version), 64);
	pg_close(&g);
}

static void test_some_columns(void **state)
{
	static const size_t columns[] = {0, 2};
	struct pg_reading g = {.table = "shape"};

	(void)state;
	assert_int_equal(pg_open(&g), 0);
	assert_int_equal(pg_read(&g, (struct table_request){columns, 2, NULL, 0, NULL}), 0);
	assert_int_equal(g.reader->schema.len, 2);
	assert_string_equal(g.reader->schema.columns[1].name, "more");
	assert_int_equal(pg_next(&g), 1);
	assert_int_equal(g.cells[0].i, 1);
	assert_int_equal(g.cells[1].i, 2);
	assert_int_equal(pg_next(&g), 0);
	assert_int_equal(pg_next(&g), 0);
	pg_close(&g);
	/* Rows that have no cells still count. */
	assert_int_equal(pg_open(&g), 0);
	assert_int_equal(pg_read(&g, (struct table_request){columns, 0, NULL, 0, NULL}), 0);
	assert_int_equal(pg_drain(&g), 1);
	pg_close(&g);
}

static void test_limit(void **state)
{
	struct pg_reading g = {.table = "nasty"};

	(void)state;
	assert_int_equal(pg_open(&g), 0);
	assert_int_equal(pg_read(&g, (struct table_request){.limit = 7}), 0);
	assert_int_equal(pg_drain(&g), 7);
	g.reader->ops->close(g.reader);
	/* One rendering may read more than once, from one snapshot. */
	assert_int_equal(pg_read(&g, (struct table_request){.limit = 0}), 0);
	assert_int_equal(pg_drain(&g), 3000);
	pg_close(&g);
}

static void test_kinds_of_relations(void **state)
{
	static const char *const tables[] = {"kind_view", "kind_mat", "kind_part"};

	(void)state;
	pg_sql(
	    "CREATE VIEW kind_view AS SELECT * FROM shape; CREATE MATERIALIZED VIEW kind_mat AS SELECT * FROM shape;"
	    "CREATE TABLE kind_part (i int) PARTITION BY RANGE (i);"
	    "CREATE TABLE kind_part_1 PARTITION OF kind_part DEFAULT; INSERT INTO kind_part VALUES (3);"
	    "CREATE SEQUENCE kind_seq; CREATE INDEX kind_index ON shape (id)");
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct pg_reading g = {.table = tables[i]};

		pg_start(&g);
		assert_int_equal(pg_drain(&g), 1);
		pg_close(&g);
	}

	struct pg_reading sequence = {.table = "kind_seq"}, index = {.table = "kind_index"};

	assert_int_equal(pg_open(&sequence), -ENOENT);
	assert_int_equal(pg_open(&index), -ENOENT);
}

/* Without UTF-8 to rely on, text that is none is bytes. */
static void test_ascii_database(void **state)
{
	struct server server = pg_server;
	struct pg_reading g = {.table = "bytes", .server = &server};

	(void)state;
	pg_sql(
	    "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
	server.database = "ascii";
	pg_connect("ascii");
	pg_sql(
	    "SET client_encoding = SQL_ASCII; CREATE TABLE bytes (a text); INSERT INTO bytes VALUES (E'\\xff'), (E'\\xc3\\xa9')");
	pg_connect("postgres");
	pg_start(&g);
	assert_int_equal(pg_next(&g), 1);
	assert_int_equal(g.cells[0].type, CELL_BLOB);
	assert_int_equal(pg_next(&g), 1);
	assert_int_equal(g.cells[0].type, CELL_TEXT);
	pg_close(&g);
}

/* ---- versions and snapshots ---- */

static void version_of(const char *table, char ret[65])
{
	struct pg_reading g = {.table = table};

	assert_int_equal(pg_open(&g), 0);
	memcpy(ret, g.source->version, 65);
	pg_close(&g);
}

static void test_version(void **state)
{
	char a[65], b[65];

	(void)state;
	version_of("shape", a);
	version_of("shape", b);
	assert_string_equal(a, b);
	version_of("nasty", b);
	assert_string_not_equal(a, b);
	pg_sql("UPDATE shape SET note = 'y'");
	version_of("shape", b);
	assert_string_not_equal(a, b);
	/* Nobody knows what a view reads. */
	version_of("kind_view", a);
	version_of("kind_view", b);
	assert_string_not_equal(a, b);
	pg_sql("ALTER TABLE shape ENABLE ROW LEVEL SECURITY");
	version_of("shape", a);
	version_of("shape", b);
	assert_string_not_equal(a, b);
	pg_sql("ALTER TABLE shape DISABLE ROW LEVEL SECURITY");
}

static void test_snapshot(void **state)
{
	struct pg_reading g = {.table = "moving"};
	PGresult *res;

	(void)state;
	pg_sql("CREATE TABLE moving AS SELECT i FROM generate_series(1, 100) i");
	assert_int_equal(pg_open(&g), 0);
	pg_sql(
	    "INSERT INTO moving SELECT i FROM generate_series(1, 50) i; DELETE FROM moving WHERE i < 10");
	assert_int_equal(pg_read(&g, (struct table_request){.limit = 0}), 0);
	assert_int_equal(pg_drain(&g), 100);
	/* To an older snapshot a truncated table is empty. */
	pg_sql("SET lock_timeout = '100ms'");
	res = PQexec(pg_conn, "TRUNCATE moving");
	assert_string_equal(PQresultErrorField(res, PG_DIAG_SQLSTATE), "55P03");
	PQclear(res);
	pg_sql("RESET lock_timeout");
	pg_close(&g);
	pg_sql("TRUNCATE moving");
}

/* Nothing that a view calls can write. */
static void test_read_only(void **state)
{
	struct pg_reading g = {.table = "writing"};

	(void)state;
	pg_sql("CREATE FUNCTION write_it() RETURNS int LANGUAGE plpgsql AS "
	       "'BEGIN INSERT INTO shape VALUES (99); RETURN 1; END';"
	       "CREATE VIEW writing AS SELECT write_it() AS x");
	pg_start(&g);
	assert_int_equal(pg_next(&g), -EIO);
	assert_non_null(strstr(g.err.text, "25006"));
	pg_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_types_like_psql),
	    cmocka_unit_test(test_random_text_like_psql),
	    cmocka_unit_test(test_schema),
	    cmocka_unit_test(test_some_columns),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_kinds_of_relations),
	    cmocka_unit_test(test_ascii_database),
	    cmocka_unit_test(test_version),
	    cmocka_unit_test(test_snapshot),
	    cmocka_unit_test(test_read_only),
	};
	int status = pg_up();

	if (status == 0)
		status = cmocka_run_group_tests(tests, NULL, NULL);
	if (status != 77)
		pg_down();
	return status;
}
