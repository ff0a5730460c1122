#include <stdio.h>

#include "tests/unit/table_fixture.h"

#include "fs/table/json_scan.h"
#include "tests/lib/oom.h"

static struct column columns[] = {
    {.name = "id", .logical_type = "integer"},
    {.name = "email", .logical_type = "string"},
    {.name = "address.street", .logical_type = "string"},
    {.name = "address.zip.code", .logical_type = "string", .physical_name = "c"},
    {.name = "amount", .logical_type = "number"},
    {.name = "ok", .logical_type = "boolean", .physical_name = "is_ok"},
    {.name = "tags", .logical_type = "array"},
};
static const struct object object = {.name = "t", .columns = columns, .columns_len = 7};

static void check(const char *data, const char *want)
{
	check_rendering(
	    (struct rendering){
		.name = "t.jsonl", .data = data, .object = &object, .format = TABLE_JSONL},
	    want);
}

static void check_csv(const char *data, const char *want)
{
	check_rendering(
	    (struct rendering){.name = "t.ndjson", .data = data, .object = &object}, want);
}

static void check_bad(const char *data, const char *part)
{
	check_refused(
	    (struct rendering){.name = "t.jsonl", .data = data, .object = &object}, -EINVAL, part);
}

#define LINE(id, email, street, code, amount, ok, tags)                      \
	"{\"id\":" id ",\"email\":" email ",\"address\":{\"street\":" street \
	",\"zip\":{\"code\":" code "}},\"amount\":" amount ",\"ok\":" ok ",\"tags\":" tags "}\n"
#define NULLS LINE("null", "null", "null", "null", "null", "null", "null")

static void nested(void **state)
{
	(void)state;
	check(LINE("1", "\"a@b\"", "\"x\"", "\"y\"", "1.50", "true", "[1, {\"k\": 2}]"),
	    LINE("1", "\"a@b\"", "\"x\"", "\"y\"", "1.50", "true", "[1, {\"k\": 2}]"));
	check(
	    " { \"address\" : { \"zip\":{\"code\": \"y\" } , \"street\":\"x\"} , \"id\" : -7 } \r\n",
	    LINE("-7", "null", "\"x\"", "\"y\"", "null", "null", "null"));
	check("{\"address\":{\"zip\":{\"c\":\"y\"}},\"is_ok\":false}",
	    LINE("null", "null", "null", "\"y\"", "null", "false", "null"));
}

static void left_out(void **state)
{
	(void)state;
	check("{}\n", NULLS);
	check("{\"secret\":{\"email\":\"x\"},\"address\":{\"town\":1},\"zip\":{\"code\":2}}\n",
	    NULLS);
	/* Where columns lie inside, the rest is not shown either. */
	check(
	    "{\"address\":\"x\"}\n{\"address\":[{\"street\":\"x\"}]}\n{\"address\":{\"zip\":3}}\n",
	    NULLS NULLS NULLS);
	/* A name with a dot is another member than one of a member. */
	check("{\"address.street\":\"x\"}\n", NULLS);
	check("{\"secret\":1,\"secret\":2}\n", NULLS);
}

static void lines(void **state)
{
	(void)state;
	check("", "");
	check("\n \n\r\n{}\n\n{}", NULLS NULLS);
	check(
	    "\xef\xbb\xbf{\"id\":1}\n", LINE("1", "null", "null", "null", "null", "null", "null"));
}

static void numbers(void **state)
{
	(void)state;
	check("{\"id\":9223372036854775807,\"amount\":0.10}\n",
	    LINE("9223372036854775807", "null", "null", "null", "0.10", "null", "null"));
	check("{\"id\":12345678901234567890123,\"amount\":1e999}\n",
	    LINE("12345678901234567890123", "null", "null", "null", "1e999", "null", "null"));
	check("{\"id\":-0,\"amount\":-1.5E+3,\"email\":1.10,\"ok\":0}\n",
	    LINE("-0", "1.10", "null", "null", "-1.5E+3", "0", "null"));
	check("{\"id\":\"5\",\"amount\":\"x\",\"ok\":\"true\"}\n",
	    LINE("5", "null", "null", "null", "\"x\"", "true", "null"));
}

static void strings(void **state)
{
	(void)state;
	check("{\"email\":\"\\u00e4\\n\\\"\\/\\\\\\ud83d\\ude00\"}\n",
	    LINE("null", "\"\xc3\xa4\\n\\\"/\\\\\xf0\x9f\x98\x80\"", "null", "null", "null", "null",
		"null"));
	check("{\"em\\u0061il\":\"x\",\"tags\":\"\\u00e4\"}\n",
	    LINE("null", "\"x\"", "null", "null", "null", "null", "\"\xc3\xa4\""));
	check("{\"email\":\"\\ud83d\\u0041\\udc00\",\"tags\":[\"\\u00e4\"]}\n",
	    LINE("null",
		"\"\xef\xbf\xbd"
		"A\xef\xbf\xbd\"",
		"null", "null", "null", "null", "[\"\\u00e4\"]"));
	check_csv("{\"id\":1,\"email\":\"a,\\\"b\",\"tags\":[\"x\", 1]}\n",
	    "id,email,address.street,address.zip.code,amount,ok,tags\n1,\"a,\"\"b\",,,,,\"[\"\"x\"\", 1]\"\n");
	check_csv("{\"email\":\"\"}\n{\"email\":null}\n",
	    "id,email,address.street,address.zip.code,amount,ok,tags\n,\"\",,,,,\n,,,,,,\n");
}

static void refused(void **state)
{
	static const char *const bad[] = {"{\"id\":1", "[1]", "1", "{\"id\":01}", "{\"id\":1}}",
	    "{\"id\":1,}", "{id:1}", "{\"id\" 1}", "{\"email\":\"\\x\"}", "{\"email\":\"\\u12\"}",
	    "{\"email\":\"a\tb\"}", "{\"email\":\"x}", "{\"id\":.5}", "{\"id\":1.}", "{\"id\":1e}",
	    "{\"id\":-}", "{\"id\":tru}", "{\"x\":nul}", "{\"x\":\"\\q\"}", "{\"x\":[1,]}",
	    "{\"x\":{\"y\"}}", "{\"id\":1} {\"id\":2}", "{,}", "{\"x\":\"\\ud800\\u00zz\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char data[128];

		(void)snprintf(data, sizeof(data), "{}\n%s\n{}\n", bad[i]);
		check_bad(data, "line 2 is not one JSON object");
	}
	check_bad("{\"email\":\"\xff\"}\n", "line 1 is not UTF-8");
	check_bad("{\"id\":1,\"id\":1}\n", "line 1 has a member twice");
	check_bad("{\"ok\":true,\"is_ok\":true}\n", "line 1 has a member twice");
	check_bad("{\"address\":{\"street\":1},\"address\":{}}\n", "line 1 has a member twice");
	check_bad("{\"address\":{\"zip\":{\"code\":1,\"c\":2}}}\n", "line 1 has a member twice");
	check_refused(
	    (struct rendering){.name = "t.jsonl", .data = "{}\n"}, -EOPNOTSUPP, "contract");
}

static void depth(void **state)
{
	const struct object tags = {.name = "t", .columns = &columns[6], .columns_len = 1};
	char data[512];

	(void)state;
	for (int levels = 60; levels < 70; levels++) {
		char *p = stpcpy(data, "{\"tags\":");

		p = memset(p, '[', (size_t)levels) + levels;
		p = memset(p, ']', (size_t)levels) + levels;
		strcpy(p, "}\n");
		if (levels > JSON_SCAN_LEVELS)
			check_bad(data, "line 1 is not one JSON object");
		else
			check_rendering((struct rendering){.name = "t.jsonl",
					    .data = data,
					    .object = &tags,
					    .format = TABLE_JSONL},
			    data);
	}
}

static void long_lines(void **state)
{
	size_t len = (size_t)3 << 20;
	char *data = malloc(len + 64), *want = malloc(len + 256);
	char *p;

	(void)state;
	assert_true(data && want);
	p = stpcpy(data, "{\"email\":\"");
	memset(p, 'x', len);
	strcpy(p + len, "\"}\n{}\n");
	p = stpcpy(want, "{\"id\":null,\"email\":\"");
	memset(p, 'x', len);
	strcpy(p + len,
	    "\",\"address\":{\"street\":null,\"zip\":{\"code\":null}},\"amount\":null,\"ok\":null,"
	    "\"tags\":null}\n" NULLS);
	check(data, want);
	free(data);
	free(want);
}

/* ---- the writer ---- */

static void check_shape(const char *const *names, size_t len, const char *want)
{
	struct table_column c[FIXTURE_COLUMNS] = {0};
	const struct table_schema schema = {c, len};
	struct cell cells[FIXTURE_COLUMNS] = {0};
	int fd = memfd_create("out", MFD_CLOEXEC);
	struct table_writer *w;
	char got[512] = "";

	for (size_t i = 0; i < len; i++) {
		c[i].name = names[i];
		cells[i] = (struct cell){.type = CELL_INT, .i = (int64_t)i};
	}
	assert_int_equal(table_jsonl_writer(fd, &schema, &w, NULL), 0);
	assert_int_equal(w->ops->row(w, cells, NULL), 0);
	assert_int_equal(w->ops->finish(w, NULL), 0);
	w->ops->close(w);
	assert_true(pread(fd, got, sizeof(got) - 1, 0) > 0);
	assert_string_equal(got, want);
	close(fd);
}

#define SHAPE(want, ...)                                \
	check_shape((const char *const[]){__VA_ARGS__}, \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), want "\n")

static void shapes(void **state)
{
	(void)state;
	check_shape(NULL, 0, "{}\n");
	SHAPE("{\"a\":0}", "a");
	SHAPE("{\"a\\\"\":0}", "a\"");
	SHAPE("{\"a\":{\"b\":0}}", "a.b");
	SHAPE("{\"a\":{\"b\":0,\"c\":{\"d\":1},\"e\":2},\"f\":3}", "a.b", "a.c.d", "a.e", "f");
	SHAPE("{\"a\":{\"b\":{\"c\":0}},\"d\":{\"b\":{\"c\":1}}}", "a.b.c", "d.b.c");
	SHAPE("{\"a\":{\"b\":0},\"ab\":{\"c\":1}}", "a.b", "ab.c");
	/* Names that cannot nest stay as they are. */
	SHAPE("{\"a.b\":0,\"c\":1,\"a.d\":2}", "a.b", "c", "a.d");
	SHAPE("{\"a\":0,\"a.b\":1}", "a", "a.b");
	SHAPE("{\"a.b\":0,\"a\":1}", "a.b", "a");
	SHAPE("{\"a..b\":0,\"c.d\":1}", "a..b", "c.d");
	SHAPE("{\".a\":0}", ".a");
	SHAPE("{\"a.\":0}", "a.");
	SHAPE("{\"\":0,\"a.b\":1}", "", "a.b");
}

static void cells(void **state)
{
	struct table_column c[10] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"},
	    {.name = "e"}, {.name = "f"}, {.name = "g", .logical_type = "integer"},
	    {.name = "h", .logical_type = "integer"}, {.name = "i", .logical_type = "boolean"},
	    {.name = "j"}};
	const struct table_schema schema = {c, 10};
	const struct cell row[10] = {{.type = CELL_REAL, .f = 0.1},
	    {.type = CELL_REAL, .f = __builtin_nan("")},
	    {.type = CELL_BLOB, .s = "\x00\xff", .len = 2},
	    {.type = CELL_JSON, .s = "{\n\"x\":\r1}", .len = 9},
	    {.type = CELL_JSON, .s = "{nope}", .len = 6},
	    {.type = CELL_TEXT, .s = "\xff\x01", .len = 2}, {.type = CELL_TEXT, .s = "5", .len = 1},
	    {.type = CELL_TEXT, .s = "05", .len = 2}, {.type = CELL_TEXT, .s = "false", .len = 5},
	    {.type = CELL_TEXT, .s = "5", .len = 1}};
	int fd = memfd_create("out", MFD_CLOEXEC);
	struct table_writer *w;
	char got[512] = "";

	(void)state;
	assert_int_equal(table_jsonl_writer(fd, &schema, &w, NULL), 0);
	assert_int_equal(w->ops->row(w, row, NULL), 0);
	assert_int_equal(w->ops->finish(w, NULL), 0);
	w->ops->close(w);
	assert_true(pread(fd, got, sizeof(got) - 1, 0) > 0);
	assert_string_equal(got,
	    "{\"a\":0.1,\"b\":null,\"c\":\"\\\\x00ff\",\"d\":{ \"x\": 1},\"e\":\"{nope}\","
	    "\"f\":\"\\ufffd\\u0001\",\"g\":5,\"h\":\"05\",\"i\":false,\"j\":\"5\"}\n");
	close(fd);
}

static int render_once(void *arg)
{
	struct rendering *r = arg;
	int rc;

	free(fixture_render(r, &rc));
	return rc;
}

static void memory_runs_out(void **state)
{
	struct rendering r = {.name = "t.jsonl",
	    .data = "{\"email\":\"\xc3\xa4\",\"address\":{\"street\":\"x\"}}\n",
	    .object = &object,
	    .format = TABLE_JSONL};

	(void)state;
	oom_sweep(render_once, &r, 300);
}

/* Names of columns that hold each other, that share beginnings, and physical ones that others have
 * as names. */
static void paths(void **state)
{
	struct column c[] = {{.name = "a"}, {.name = "a.b", .physical_name = "p"},
	    {.name = "a-b", .physical_name = "q"}, {.name = "ab"},
	    {.name = "x", .physical_name = "ab"}, {.name = "y", .physical_name = "deep.er"}};
	const struct object o = {.name = "t", .columns = c, .columns_len = 6};

	(void)state;
	check_rendering((struct rendering){.name = "t.jsonl",
			    .data = "{\"a\":1,\"q\":2,\"ab\":3,\"x\":4,\"deep\":{\"er\":5}}\n"
				    "{\"a\":{\"p\":6},\"a-b\":7}\n{\"a\":{\"b\":8}}\n{\"a\":[9]}\n",
			    .object = &o},
	    "a,a.b,a-b,ab,x,y\n1,,2,3,4,5\n,6,7,,,\n,8,,,,\n,,,,,\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nested),
	    cmocka_unit_test(left_out),
	    cmocka_unit_test(lines),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(strings),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(long_lines),
	    cmocka_unit_test(shapes),
	    cmocka_unit_test(cells),
	    cmocka_unit_test(paths),
	    cmocka_unit_test(memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
