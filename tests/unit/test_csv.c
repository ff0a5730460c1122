#include "tests/unit/table_fixture.h"

#include "fs/table/csv_scan.h"
#include "fs/table/feed.h"
#include "tests/lib/oom.h"

static void check(const char *data, const char *want)
{
	check_rendering((struct rendering){.data = data}, want);
}

static void check_bytes(const char *data, size_t len, const char *want, size_t want_len)
{
	struct rendering r = {.data = data, .len = len};
	int rc;
	char *got = fixture_render(&r, &rc);

	assert_int_equal(rc, 0);
	assert_memory_equal(got, want, want_len + 1);
	free(got);
}

static void line_ends(void **state)
{
	(void)state;
	check("a,b\n1,2\n", "a,b\n1,2\n");
	check("a,b\r\n1,2\r\n", "a,b\n1,2\n");
	check("a,b\r1,2\r", "a,b\n1,2\n");
	check("a,b\n1,2", "a,b\n1,2\n");
	check("a,b\r\n1,2\r", "a,b\n1,2\n");
	check("a,b\n1,2\r\n\n\r\n3,4\n\n", "a,b\n1,2\n3,4\n");
	check("a,b", "a,b\n");
	check("a,b\n", "a,b\n");
	check("", "");
	check("\n", "\"\"\n");
	check("\xef\xbb\xbf"
	      "a,b\n1,2\n",
	    "a,b\n1,2\n");
	check("\xef\xbb\xbf", "");
	check("\xef\xbb\xbf\"a\",b\n1,2\n", "a,b\n1,2\n");
}

static void quotes(void **state)
{
	(void)state;
	check("a,b\n\"1\",\"2\"\n", "a,b\n1,2\n");
	check("a,b\n\"1,5\",\"x\ny\"\n", "a,b\n\"1,5\",\"x\ny\"\n");
	check("a,b\n\"say \"\"hi\"\"\",2\n", "a,b\n\"say \"\"hi\"\"\",2\n");
	check("a,b\n\"\"\"\",\"\"\"\"\"\"\n", "a,b\n\"\"\"\",\"\"\"\"\"\"\n");
	check("a,b\n\"x\r\ny\",\r\n", "a,b\n\"x\r\ny\",\n");
	/* A quote in the middle is a byte like any other. */
	check("a,b\n5\" pipe,x\n", "a,b\n\"5\"\" pipe\",x\n");
	check("a,b\n \"x\",y\n", "a,b\n\" \"\"x\"\"\",y\n");
	check("a,b\nx\"\"y,\"z\"\n", "a,b\n\"x\"\"\"\"y\",z\n");
	check("a,b\n1,\"2\"", "a,b\n1,2\n");
	check("a,b\n1,\"2\"\"\"", "a,b\n1,\"2\"\"\"\n");
}

/* Quotes that do not stand where they should could make one field of what is another's. */
static void behind_quotes(void **state)
{
	static const char *const bad[] = {"a,b\n\"x\"y,1\n", "a,b\n\"x\" ,1\n",
	    "a,b\n1,\"x\"\"y\"z\n", "a,b\n1,\"\"x", "a,b\n\"x\"y\"z\",1\n", "a,b\n1,2,\"x\"y\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused((struct rendering){.data = bad[i]}, -EINVAL,
		    "record 2: a field goes on behind its closing quote");
	check_refused(
	    (struct rendering){.data = "a,\"b\"x\n1,2\n"}, -EINVAL, "closes before its field ends");
	/* The whole file is such a record, and ends with an empty field. */
	check_refused((struct rendering){.data = "a,\"b\"\"c\"d\"e\","}, -EINVAL, "closes before its field ends");
	check_refused(
	    (struct rendering){.data = "a,b,c\n1,\"x,secret\n2,\"y\",z\n"}, -EINVAL, "record 2");
}

static void nothing_and_empty_text(void **state)
{
	(void)state;
	check("a,b\n,\"\"\n", "a,b\n,\"\"\n");
	check("a,b\n\"\",\n", "a,b\n\"\",\n");
	check("a,b\n,", "a,b\n,\n");
	check("a\n\n\"\"\nx\n", "a\n\n\"\"\nx\n");
	check("a,b\n\"\"\n", "a,b\n\"\",\n");
	check_rendering((struct rendering){.data = "a,b\n,\"\"\n", .format = TABLE_JSONL},
	    "{\"a\":null,\"b\":\"\"}\n");
}

static void ragged(void **state)
{
	(void)state;
	check("a,b,c\n1\n1,2\n1,2,3\n", "a,b,c\n1,,\n1,2,\n1,2,3\n");
	/* A delimiter at the end of each line is usual, and covers nothing. */
	check("a,b\n1,2,\n3,4,,\n", "a,b\n1,2\n3,4\n");
	check_refused((struct rendering){.data = "a,b\n1,2\n1,2,secret\n"}, -EINVAL,
	    "record 3 has more fields than the 2");
	check_refused((struct rendering){.data = "a,b\n1,2,\"\"\n"}, -EINVAL, "record 2 has more");
	check_refused((struct rendering){.data = "a\n\n1,2\n"}, -EINVAL, "record 3 has more");
}

static void not_closed(void **state)
{
	(void)state;
	check_refused((struct rendering){.data = "a,b\n1,\"2\n3,4\n"}, -EINVAL,
	    "record 2: a quote is not closed");
	check_refused((struct rendering){.data = "a,\"b\n1,2\n"}, -EINVAL, "names the columns");
	check_refused((struct rendering){.data = "a,b\n\""}, -EINVAL, "record 2: a quote");
}

static void bytes(void **state)
{
	static const char nul[] = "a,b\n\0,x\0y\n";
	static const char latin[] = "a,b\n\xe4,\xff\xfe\n";

	(void)state;
	check_bytes(nul, sizeof(nul) - 1, nul, sizeof(nul) - 1);
	check_bytes(latin, sizeof(latin) - 1, latin, sizeof(latin) - 1);
}

static void delimiters(void **state)
{
	(void)state;
	check("a;b\n1,5;2\n", "a,b\n\"1,5\",2\n");
	check("a|b\n1|2\n", "a,b\n1,2\n");
	check("a\tb\n1\t2\n", "a,b\n1,2\n");
	check("\"a,x\";b;c\n1;2;3\n", "\"a,x\",b,c\n1,2,3\n");
	check_rendering(
	    (struct rendering){.data = "a,b\tc\n1\t2\n", .name = "t.tsv"}, "\"a,b\",c\n1,2\n");
	check_rendering(
	    (struct rendering){.data = "a#b\n1,#2\n", .delimiter = '#'}, "a,b\n\"1,\",2\n");
	check_rendering((struct rendering){.data = "a,b\n\"x\ty\",2\n", .format = TABLE_TSV},
	    "a\tb\n\"x\ty\"\t2\n");
}

static void names(void **state)
{
	(void)state;
	check(" a , b\t\n1,2\n", "a,b\n1,2\n");
	check("\" a \",\"b\nc\"\n1,2\n", "a,\"b\nc\"\n1,2\n");
	/* Of equal names the first counts; the others are never shown. */
	check("a,a,b\n1,2,3\n", "a,b\n1,3\n");
	check("a, a,\"a\"\n1,2,3\n", "a\n1\n");
	check("a,,\n1,2,3\n", "a,\"\"\n1,2\n");
	check_refused((struct rendering){.data = "a,\xff\n1,2\n"}, -EINVAL, "column 2");
	check_refused((struct rendering){.data = "a,\0b\n1,2\n", .len = 9}, -EINVAL, "column 2");
}

static void names_of_the_contract(void **state)
{
	struct column columns[] = {{.name = "email", .physical_name = "E_MAIL"}, {.name = "id"}};
	const struct object o = {.name = "t", .columns = columns, .columns_len = 2};

	(void)state;
	check_rendering((struct rendering){.data = "E_MAIL,x,id\n1,2,3\n", .object = &o},
	    "email,x,id\n1,2,3\n");
	/* Both are the contract's email: only the first can be. */
	check_rendering(
	    (struct rendering){.data = "E_MAIL,email\n1,2\n", .object = &o}, "email\n1\n");
}

/* Records that begin, end and hold specials at every place of a block, with buffers that end
 * anywhere. */
static void places(void **state)
{
	char data[1024], want[1024];

	(void)state;
	for (size_t pad = 0; pad < 200; pad++) {
		memset(data, 'x', sizeof(data));
		strcpy(data + pad, ",\"q\"\"r\",\"\"\r\ny,\"\r\n\",");
		memcpy(want, data, pad);
		strcpy(want + pad, ",\"q\"\"r\",\"\"\ny,\"\r\n\",\n");
		memmove(data + 6, data, strlen(data) + 1);
		memmove(want + 6, want, strlen(want) + 1);
		memcpy(data, "a,b,c\n", 6);
		memcpy(want, "a,b,c\n", 6);
		if (pad == 0)
			continue;
		check(data, want);
	}
}

static void long_records(void **state)
{
	size_t len = (size_t)5 << 20;
	char *data = malloc(len + 64);
	struct rendering r = {.data = data};
	int rc;
	char *got;

	(void)state;
	assert_non_null(data);
	memcpy(data, "a,b\n\"", 5);
	for (size_t i = 5; i < len; i++)
		data[i] = "ab,\n"[i % 4];
	memcpy(data + len, "\",2\n3,4\n", 9);
	got = fixture_render(&r, &rc);
	assert_int_equal(rc, 0);
	assert_string_equal(got, data);
	free(got);
	free(data);
}

static void too_long(void **state)
{
	size_t len = ((size_t)16 << 20) + 100;
	char *data = malloc(len + 1);

	(void)state;
	assert_non_null(data);
	memset(data, 'x', len);
	data[len] = '\0';
	check_refused((struct rendering){.data = data}, -EINVAL, "too long");
	memcpy(data, "a,b\n1,2\n\"", 9);
	check_refused((struct rendering){.data = data}, -E2BIG, "record 3: a record is longer");
	memcpy(data, "a,b\n1,2\n", 8);
	check_refused((struct rendering){.data = data}, -E2BIG, "record 3");
	free(data);
}

static void many_columns(void **state)
{
	size_t len = 20000;
	char *data = malloc(len + 2);

	(void)state;
	assert_non_null(data);
	memset(data, ',', len);
	strcpy(data + len, "\n");
	check_refused((struct rendering){.data = data}, -EINVAL, "more than 16384 columns");
	free(data);
}

static void formats_by_name(void **state)
{
	(void)state;
	assert_true(source_is_text_table("a.csv"));
	assert_true(source_is_text_table("x/A.CSV"));
	assert_true(source_is_text_table("a.tsv.gz"));
	assert_true(source_is_text_table("a.jsonl.zst"));
	assert_true(source_is_text_table("a.ndjson"));
	assert_false(source_is_text_table("a.csv.zip"));
	assert_false(source_is_text_table("csv"));
	assert_false(source_is_text_table(".csv"));
	assert_false(source_is_text_table("x/.csv"));
	assert_false(source_is_text_table("a.gz"));
	assert_false(source_is_text_table(".csv.gz"));
	check_refused(
	    (struct rendering){.data = "x", .name = "a.parquet"}, -EOPNOTSUPP, "a.parquet");
}

static struct strlist columns_of(
    const char *name, const char *data, const struct object *o, struct arena *a)
{
	int fd = fixture_file(data, strlen(data));
	struct source_text_options opt = {.fd = fd, .name = name, .object = o};
	struct strlist l;

	assert_int_equal(source_text_columns(&opt, a, &l), 0);
	close(fd);
	return l;
}

static void columns_for_policy(void **state)
{
	struct column columns[] = {{.name = "email", .physical_name = "mail"}};
	const struct object o = {.name = "t", .columns = columns, .columns_len = 1};
	struct strlist l;
	struct arena a;

	(void)state;
	arena_init(&a);
	l = columns_of("t.csv", "mail, x ,\n1,2,3\n", &o, &a);
	assert_int_equal(l.len, 3);
	assert_string_equal(l.items[0], "email");
	assert_string_equal(l.items[1], "x");
	assert_string_equal(l.items[2], "");
	l = columns_of("t.jsonl", "{}\n", &o, &a);
	assert_int_equal(l.len, 1);
	assert_string_equal(l.items[0], "*");
	l = columns_of("t.csv", "a,\"", &o, &a);
	assert_string_equal(l.items[0], "*");
	l = columns_of("t.parquet", "PAR1", &o, &a);
	assert_string_equal(l.items[0], "*");
	arena_clear(&a);
}

/* ---- what can go wrong around it ---- */

static void read_all(const char *change, int want)
{
	const size_t column = 0;
	const struct table_request rq = {.columns = &column, .columns_len = 1};
	char data[4096] = "a,b\n";
	struct mesh_err err = {0};
	struct table_source *s;
	struct table_reader *r;
	struct cell cell;
	int fd, rc;

	for (size_t i = 4; i < sizeof(data); i += 4)
		memcpy(data + i, "1,2\n", 4);
	fd = fixture_file(data, sizeof(data));
	assert_int_equal(source_text_open(fd, "t.csv", NULL, &s, &err), 0);
	assert_int_equal(strlen(s->version), 64);
	assert_int_equal(pwrite(fd, change, strlen(change), 4096), strlen(change));
	if (!*change)
		assert_int_equal(ftruncate(fd, 100), 0);
	rc = s->ops->read(s, &rq, &r, &err);
	assert_int_equal(rc, want < 0 ? -ESTALE : 0);
	assert_int_equal(err.code, -ESTALE);
	if (rc == 0)
		r->ops->close(r);
	(void)cell;
	s->ops->close(s);
	close(fd);
}

static void changed_files(void **state)
{
	(void)state;
	read_all("3,4\n", -1);
	read_all("", -1);
}

static void version_follows_the_file(void **state)
{
	struct table_source *a, *b, *c;
	int fd = fixture_file("a\n1\n", 4);

	(void)state;
	assert_int_equal(source_text_open(fd, "t.csv", NULL, &a, NULL), 0);
	assert_int_equal(source_text_open(fd, "t.csv", NULL, &b, NULL), 0);
	assert_string_equal(a->version, b->version);
	assert_int_equal(pwrite(fd, "a\n1\n2\n", 6, 0), 6);
	assert_int_equal(source_text_open(fd, "t.csv", NULL, &c, NULL), 0);
	assert_string_not_equal(a->version, c->version);
	a->ops->close(a);
	b->ops->close(b);
	c->ops->close(c);
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
	struct rendering r = {.data = "a,b\n1,\"x\"\"y\"\n3,4\n"};

	(void)state;
	oom_sweep(render_once, &r, 200);
}

static void disk_is_full(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct table_column column = {.name = "a"};
	const struct table_schema schema = {&column, 1};
	struct cell cell = {.type = CELL_TEXT, .s = "xxxxxxxxxxxxxxxx", .len = 16};
	struct table_writer *w;
	struct mesh_err err;
	int rc = 0;

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(table_csv_writer(fd, ',', &schema, &w, &err), 0);
	for (int i = 0; i < 100000 && rc == 0; i++)
		rc = w->ops->row(w, &cell, &err);
	assert_int_equal(rc, -ENOSPC);
	assert_int_equal(w->ops->finish(w, &err), -ENOSPC);
	w->ops->close(w);
	close(fd);
}

static void cells_of_every_type(void **state)
{
	struct table_column columns[7] = {{.name = "a"}, {.name = "b"}, {.name = "c"},
	    {.name = "d"}, {.name = "e"}, {.name = "f"}, {.name = "\xef\xbb\xbfg"}};
	const struct table_schema schema = {columns, 7};
	const struct cell cells[7] = {{.type = CELL_INT, .i = INT64_MIN},
	    {.type = CELL_REAL, .f = 0.1}, {.type = CELL_BOOL, .i = 1},
	    {.type = CELL_JSON, .s = "[1,2]", .len = 5},
	    {.type = CELL_BLOB, .s = "\x00\xff", .len = 2}, {.type = CELL_NULL},
	    {.type = CELL_TEXT, .s = "t", .len = 1}};
	int fd = memfd_create("out", MFD_CLOEXEC);
	struct table_writer *w;
	char got[256] = "";

	(void)state;
	assert_int_equal(table_csv_writer(fd, ',', &schema, &w, NULL), 0);
	assert_int_equal(w->ops->row(w, cells, NULL), 0);
	assert_int_equal(w->ops->finish(w, NULL), 0);
	w->ops->close(w);
	assert_true(pread(fd, got, sizeof(got) - 1, 0) > 0);
	assert_string_equal(
	    got, "a,b,c,d,e,f,\xef\xbb\xbfg\n-9223372036854775808,0.1,true,\"[1,2]\",\\x00ff,,t\n");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(line_ends),
	    cmocka_unit_test(quotes),
	    cmocka_unit_test(behind_quotes),
	    cmocka_unit_test(nothing_and_empty_text),
	    cmocka_unit_test(ragged),
	    cmocka_unit_test(not_closed),
	    cmocka_unit_test(bytes),
	    cmocka_unit_test(delimiters),
	    cmocka_unit_test(names),
	    cmocka_unit_test(names_of_the_contract),
	    cmocka_unit_test(places),
	    cmocka_unit_test(long_records),
	    cmocka_unit_test(too_long),
	    cmocka_unit_test(many_columns),
	    cmocka_unit_test(formats_by_name),
	    cmocka_unit_test(columns_for_policy),
	    cmocka_unit_test(changed_files),
	    cmocka_unit_test(version_follows_the_file),
	    cmocka_unit_test(memory_runs_out),
	    cmocka_unit_test(disk_is_full),
	    cmocka_unit_test(cells_of_every_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
