/* timeout: 180 */
#include <sys/mman.h>

#include "fs/storage/duckdb_writer.h"
#include "tests/unit/duckdb_fixture.h"

static int open_out(const char *name)
{
	int fd = open(duck_path(name), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static struct cell text(const char *s)
{
	return (struct cell){.type = CELL_TEXT, .s = s, .len = strlen(s)};
}

static struct cell number(int64_t i)
{
	return (struct cell){.type = CELL_INT, .i = i};
}

static struct cell real(double f)
{
	return (struct cell){.type = CELL_REAL, .f = f};
}

static struct table_column columns[] = {
    {.name = "s", .source_name = "s", .logical_type = "string"},
    {.name = "i", .source_name = "i", .logical_type = "integer"},
    {.name = "n", .source_name = "n", .logical_type = "number"},
    {.name = "b", .source_name = "b", .logical_type = "boolean"},
    {.name = "d", .source_name = "d", .logical_type = "date"},
    {.name = "t", .source_name = "t", .logical_type = "timestamp"},
    {.name = "o", .source_name = "o", .logical_type = "object"},
    {.name = "a \"b\"", .source_name = "q"},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
static const struct table_schema schema = {columns, COLUMNS};

static void write_rows(const char *name, const struct cell (*rows)[COLUMNS], size_t len)
{
	AUTOFD int fd = open_out(name);
	struct table_writer *w;
	struct mesh_err err = {0};

	assert_int_equal(table_parquet_writer(fd, &schema, NULL, &w, &err), 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(w->ops->row(w, rows[i], &err), 0);
	if (w->ops->finish(w, &err) != 0)
		fail_msg("%s", err.text);
	w->ops->close(w);
}

/* The number of rows of the file for which the condition holds. */
static int64_t holds(const char *name, const char *condition)
{
	return duck_sql("SELECT count(*) FROM '%s' WHERE %s", duck_path(name), condition);
}

static void test_types(void **state)
{
	const struct cell rows[][COLUMNS] = {
	    {text("ü"), text("-12"), text("1.25"), text("true"), text("2024-02-29"),
		text("2024-02-29T01:02:03.5+01:00"),
		{.type = CELL_JSON, .s = "{\"x\":[1]}", .len = 9}, text("")},
	    {number(7), number(INT64_MIN), real(0.1), {.type = CELL_BOOL, .i = 1},
		text("10000-01-01"), text("2024-02-29 01:02:03"), {.type = CELL_NULL},
		{.type = CELL_BOOL, .i = 0}},
	    {real(0.5), real(3.0), number(4), number(1), text("infinity"), text("2024-02-29"),
		text("7"), number(-3)},
	};

	(void)state;
	write_rows("types.parquet", rows, 3);
	assert_int_equal(
	    duck_sql(
		"SELECT count(*) FROM (DESCRIBE FROM '%s') WHERE (column_name, column_type) IN "
		"(('s','VARCHAR'),('i','BIGINT'),('n','DOUBLE'),('b','BOOLEAN'),('d','DATE'),"
		"('t','TIMESTAMP WITH TIME ZONE'),('o','JSON'),('a \"b\"','VARCHAR'))",
		duck_path("types.parquet")),
	    8);
	assert_int_equal(
	    holds("types.parquet",
		"s = 'ü' AND i = -12 AND n = 1.25 AND b AND d = '2024-02-29' AND "
		"t = make_timestamptz(2024,2,29,0,2,3.5,'UTC') AND (o->>'$.x[0]') = '1' AND \"a \"\"b\"\"\" = ''"),
	    1);
	assert_int_equal(
	    holds("types.parquet",
		"s = '7' AND i = -9223372036854775808 AND n = 0.1::DOUBLE AND b AND d = '10000-01-01' AND "
		"t = make_timestamptz(2024,2,29,1,2,3,'UTC') AND o IS NULL AND \"a \"\"b\"\"\" = 'false'"),
	    1);
	assert_int_equal(
	    holds("types.parquet",
		"s = '0.5' AND i = 3 AND n = 4 AND b AND d = 'infinity' AND "
		"t = make_timestamptz(2024,2,29,0,0,0,'UTC') AND o::VARCHAR = '7' AND \"a \"\"b\"\"\" = '-3'"),
	    1);
}

/* No cell costs the file, and none becomes another value. */
static void test_unfit(void **state)
{
	static const char *const ints[] = {
	    "", " 1", "1 ", "1.5", "1e3", "0x10", "9223372036854775808", "one"};
	static const char *const reals[] = {"", " 1", "0x10", "1e", "inf", "nan", "1,5", "1_000"};
	static const char *const dates[] = {
	    "", "2024-02-30", "29.2.2024", "2024-02-29T00:00:00Z", "soon", "2024", "0", "x"};
	struct cell rows[8][COLUMNS];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		rows[i][0] = (struct cell){.type = CELL_TEXT, .s = "\xff\xfe", .len = 2};
		rows[i][1] = i == 0 ? real(1.5) : text(ints[i]);
		rows[i][2] = i == 0 ? (struct cell){.type = CELL_BOOL, .i = 1} : text(reals[i]);
		rows[i][3] = i == 0 ? number(2) : text("yes");
		rows[i][4] = text(dates[i]);
		rows[i][5] = i == 0 ? number(20240229) : text("24:00");
		rows[i][6] = text("{\"a\":");
		rows[i][7] = (struct cell){.type = CELL_BLOB, .s = "\x80", .len = 1};
	}
	write_rows("unfit.parquet", (const struct cell(*)[COLUMNS])rows, 8);
	assert_int_equal(
	    holds("unfit.parquet",
		"COALESCE(s, i::VARCHAR, n::VARCHAR, b::VARCHAR, d::VARCHAR, t::VARCHAR, o::VARCHAR, \"a \"\"b\"\"\") IS NULL"),
	    8);
}

static void test_empty(void **state)
{
	(void)state;
	write_rows("empty.parquet", NULL, 0);
	assert_int_equal(holds("empty.parquet", "true"), 0);
	assert_int_equal(
	    duck_sql("SELECT count(*) FROM (DESCRIBE FROM '%s')", duck_path("empty.parquet")), 8);
}

/* Many chunks, rows of many sizes: in order, none lost. */
static void test_many(void **state)
{
	AUTOFREE char *wide = calloc(1, 100000);
	AUTOFD int fd = open_out("many.parquet");
	struct cell row[COLUMNS];
	struct table_writer *w;
	struct mesh_err err = {0};

	(void)state;
	memset(wide, 'x', 100000);
	for (size_t i = 0; i < COLUMNS; i++)
		row[i].type = CELL_NULL;
	assert_int_equal(table_parquet_writer(fd, &schema, NULL, &w, &err), 0);
	for (int64_t i = 0; i < 20000; i++) {
		row[0] = (struct cell){
		    .type = CELL_TEXT, .s = wide, .len = i % 100 == 0 ? 100000 : (size_t)(i % 50)};
		row[1] = number(i);
		assert_int_equal(w->ops->row(w, row, &err), 0);
	}
	assert_int_equal(w->ops->finish(w, &err), 0);
	w->ops->close(w);
	assert_int_equal(
	    duck_sql(
		"SELECT count(*) FROM (SELECT i, s, row_number() OVER () - 1 AS n FROM '%s') WHERE i = n AND "
		"len(s) = CASE WHEN i %% 100 = 0 THEN 100000 ELSE i %% 50 END",
		duck_path("many.parquet")),
	    20000);
}

/* A Parquet file copied as it is keeps its types and every value. */
static void test_like(void **state)
{
	static const char types[] =
	    "SELECT 1.10::DECIMAL(12,3) c1, 0.1::FLOAT c2, 18446744073709551615::UBIGINT c3, TIMESTAMP '2024-01-01 00:00:00' c4, "
	    "TIMESTAMPTZ '2024-01-01 00:00:00+01' c5, TIMESTAMP_NS '2024-01-01 00:00:00.123456789' c6, TIME '01:02:03' c7, "
	    "'\\xFF\\x00'::BLOB c8, {'a': DATE '2024-01-01', 'b': [1, NULL]} c9, MAP {'k': 1.5::DOUBLE} c10, [[1], []] c11";
	struct duck_reading g = {.file = "like.parquet"};
	struct mesh_err err = {0};
	AUTOFD int fd = open_out("alike.parquet");
	struct table_writer *w;
	int rc;

	(void)state;
	duck_sql(
	    "COPY (%s UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) TO '%s' (FORMAT parquet)",
	    types, duck_path("like.parquet"));
	duck_start(&g);
	assert_int_equal(table_parquet_writer(fd, &g.reader->schema, g.source, &w, &err), 0);
	while ((rc = duck_next(&g)) == 1)
		assert_int_equal(w->ops->row(w, g.cells, &err), 0);
	assert_int_equal(rc, 0);
	assert_int_equal(w->ops->finish(w, &err), 0);
	w->ops->close(w);
	duck_close(&g);
	assert_int_equal(
	    duck_sql("SELECT count(*) FROM ((DESCRIBE FROM '%s') EXCEPT (DESCRIBE FROM '%s'))",
		duck_path("like.parquet"), duck_path("alike.parquet")),
	    0);
	assert_int_equal(duck_sql("SELECT count(*) FROM ((FROM '%s') EXCEPT ALL (FROM '%s'))",
			     duck_path("like.parquet"), duck_path("alike.parquet")),
	    0);
}

/* ---- failures ---- */

static const struct cell some_row[COLUMNS] = {{.type = CELL_TEXT, .s = "some text", .len = 9},
    {.type = CELL_INT, .i = 1}, {.type = CELL_NULL}, {.type = CELL_NULL}, {.type = CELL_NULL},
    {.type = CELL_NULL}, {.type = CELL_NULL}, {.type = CELL_NULL}};

/* Until something fails; what it was. */
static int write_many(int fd, struct mesh_err *err)
{
	struct table_writer *w;
	int rc = table_parquet_writer(fd, &schema, NULL, &w, err);

	assert_int_equal(rc, 0);
	for (int i = 0; rc == 0 && i < 300000; i++)
		rc = w->ops->row(w, some_row, err);
	if (rc == 0)
		rc = w->ops->finish(w, err);
	/* It stays failed. */
	assert_true(rc < 0);
	assert_true(w->ops->row(w, some_row, NULL) < 0);
	assert_true(w->ops->finish(w, NULL) < 0);
	w->ops->close(w);
	return rc;
}

static void test_disk_full(void **state)
{
	AUTOFD int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	struct mesh_err err = {0};

	(void)state;
	assert_int_equal(write_many(fd, &err), -ENOSPC);
	assert_int_equal(err.code, -ENOSPC);
}

static void test_not_writable(void **state)
{
	AUTOFD int fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
	struct mesh_err err = {0};

	(void)state;
	assert_true(write_many(fd, &err) < 0);
	assert_true(strlen(err.text) > 0);
}

static void test_abandoned(void **state)
{
	AUTOFD int fd = open_out("abandoned.parquet");
	struct table_writer *w;

	(void)state;
	assert_int_equal(table_parquet_writer(fd, &schema, NULL, &w, NULL), 0);
	w->ops->close(w);
	assert_int_equal(table_parquet_writer(fd, &schema, NULL, &w, NULL), 0);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(w->ops->row(w, some_row, NULL), 0);
	w->ops->close(w);
}

/* A cache file may have no name yet; a pipe never has one. */
static void test_nameless(void **state)
{
	AUTOFD int fd = open(duck_dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	AUTOFD int mem = memfd_create("out", MFD_CLOEXEC);
	int fds[] = {fd, mem};
	struct mesh_err err = {0};
	char magic[4];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct table_writer *w;

		assert_true(fds[i] >= 0);
		assert_int_equal(table_parquet_writer(fds[i], &schema, NULL, &w, &err), 0);
		assert_int_equal(w->ops->row(w, some_row, &err), 0);
		if (w->ops->finish(w, &err) != 0)
			fail_msg("%s", err.text);
		w->ops->close(w);
		assert_int_equal(pread(fds[i], magic, 4, 0), 4);
		assert_memory_equal(magic, "PAR1", 4);
	}
}

static void test_no_columns(void **state)
{
	struct table_schema none = {NULL, 0};
	struct table_writer *w = NULL;

	(void)state;
	assert_int_equal(table_parquet_writer(1, &none, NULL, &w, NULL), -EINVAL);
	assert_null(w);
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
	    cmocka_unit_test(test_unfit),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_like),
	    cmocka_unit_test(test_disk_full),
	    cmocka_unit_test(test_not_writable),
	    cmocka_unit_test(test_abandoned),
	    cmocka_unit_test(test_nameless),
	    cmocka_unit_test(test_no_columns),
	};
	int rc = duck_up();

	return rc != 0 ? rc : cmocka_run_group_tests(tests, NULL, remove_all);
}
