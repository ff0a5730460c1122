/* Tables of SQLite databases: what is read, and what is refused. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "fs/storage/sqlite_conn.h"
#include "tests/lib/oom.h"
#include "tests/unit/sqlite_fixture.h"

/* ---- what is read ---- */

static void test_cells(void **state)
{
	struct fixture *f = *state;

	make_db(f, "a.db",
	    "CREATE TABLE t (a, b TEXT, c INTEGER);"
	    "INSERT INTO t VALUES (NULL, '', 1), (1.5, 'x', -9223372036854775807 - 1), (x'0001', 'a' || char(0) || 'b', 'text'),"
	    " (x'', char(233), 2.5), (9e999, 7, '7')");
	assert_rows(f, "a.db", "t",
	    "- ''0 1|r1.5 'x'1 -9223372036854775808|b2 'a'3 'text'4|b0 '\xc3\xa9'2 r2.5|rinf '7'1 7|");
	assert_dir(f, "a.db ");
}

static void test_schema(void **state)
{
	static struct column columns[] = {
	    {.name = "id", .logical_type = "integer"},
	    {.name = "region", .physical_name = "reg ion\"", .logical_type = "string"},
	};
	static const struct object object = {
	    .name = "orders", .columns = columns, .columns_len = 2};
	struct fixture *f = *state;
	struct sqlite_place place = {.prefix = f->dir, .rel = "a.db"};
	struct table_source *s;

	make_db(f, "a.db",
	    "CREATE TABLE Orders (id INTEGER PRIMARY KEY, \"reg ion\"\"\" TEXT, note,"
	    " twice AS (id * 2), kept AS (id * 3) STORED, \"a\nb\" TEXT);"
	    "INSERT INTO orders (id, \"reg ion\"\"\") VALUES (4, 'EU')");
	assert_int_equal(sqlite_source_open(&place, "orders", &object, &s, &f->err), 0);
	assert_int_equal(s->schema.len, 5); /* no file could show "a\nb" */
	assert_string_equal(s->schema.columns[0].name, "id");
	assert_string_equal(s->schema.columns[0].logical_type, "integer");
	assert_string_equal(s->schema.columns[1].name, "region");
	assert_string_equal(s->schema.columns[1].source_name, "reg ion\"");
	assert_null(s->schema.columns[2].logical_type);
	assert_string_equal(s->schema.columns[3].name, "twice");
	s->ops->close(s);
	assert_rows(f, "a.db", "ORDERS", "4 'EU'2 - 8 12|");
}

static void test_request(void **state)
{
	static const size_t picked[] = {0, 2};
	struct fixture *f = *state;
	struct table_request some = {.columns = picked, .columns_len = 2, .limit = 2};
	struct table_request nothing = {.columns = picked, .columns_len = 0};
	struct table_source *s;
	struct table_reader *r;
	struct buf out;

	make_db(f, "a.db",
	    "CREATE TABLE t (a, b, c); INSERT INTO t VALUES (1, 2, 3), (4, 5, 6), (7, 8, 9)");
	s = must_open(f, "a.db", "t");
	buf_init(&out);
	r = start(f, s, &some);
	assert_int_equal(r->schema.len, 2);
	assert_string_equal(r->schema.columns[1].name, "c");
	assert_int_equal(drain(f, r, &out), 0);
	r->ops->close(r);
	r = start(f, s, &nothing);
	assert_int_equal(drain(f, r, &out), 0);
	r->ops->close(r);
	assert_string_equal(out.data, "1 3|4 6||||");
	s->ops->close(s);
	buf_clear(&out);
}

static void test_keep(void **state)
{
	struct fixture *f = *state;
	struct cond keep = {
	    .kind = COND_ATOM,
	    .left = {OPERAND_ROW, "a"},
	    .op = OP_EQ,
	    .literal = {.type = VALUE_STRING, .s = "EU"},
	};
	struct table_source *s;
	struct table_reader *r;
	struct buf out;

	make_db(f, "a.db",
	    "CREATE TABLE t (a, b); INSERT INTO t VALUES ('EU', 1), ('US', 2), (NULL, 3), ('EU', 4)");
	make_db(f, "b.db",
	    "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a, b); INSERT INTO t VALUES ('EU', 1), (char(233), 2)");
	buf_init(&out);
	s = must_open(f, "a.db", "t");
	r = start(f, s, &(struct table_request){.keep = &keep, .limit = 1});
	assert_int_equal(drain(f, r, &out), 0);
	r->ops->close(r);
	s->ops->close(s);
	s = must_open(f, "b.db", "t"); /* its text is compared in other bytes: every row is given */
	r = start(f, s, &(struct table_request){.keep = &keep});
	assert_int_equal(drain(f, r, &out), 0);
	r->ops->close(r);
	s->ops->close(s);
	assert_string_equal(out.data, "'EU'2 1|'EU'2 4|'EU'2 1|'\xc3\xa9'2 2|");
	buf_clear(&out);
}

static void test_views(void **state)
{
	struct fixture *f = *state;

	make_db(f, "a.db",
	    "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'x');"
	    "CREATE VIEW v AS SELECT b, count(*) AS n FROM t GROUP BY b ORDER BY n;"
	    "CREATE VIEW up AS WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 3) SELECT i FROM c;"
	    "CREATE VIEW code AS SELECT load_extension('x');"
	    "CREATE VIEW stat AS SELECT name FROM dbstat;"
	    "CREATE VIEW broken AS SELECT * FROM gone");
	assert_rows(f, "a.db", "v", "'y'1 1|'x'1 2|");
	assert_rows(f, "a.db", "up", "1|2|3|");
	assert_refused(f, "a.db", "code", -EIO, "unsafe use of load_extension()");
	assert_refused(f, "a.db", "stat", -EIO, "cannot be read");
	assert_refused(f, "a.db", "broken", -EIO, "no such table: main.gone");
}

/* A view that sorts more than fits into the cache. */
static void test_sorting(void **state)
{
	struct fixture *f = *state;
	struct table_source *s;
	struct table_reader *r;
	struct table_request rq = {0};
	struct cell cells[2];
	int64_t last = -1, n = 0;

	make_db(f, "a.db",
	    "CREATE TABLE t (a, b);"
	    "WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 20000)"
	    " INSERT INTO t SELECT (i * 7919) % 20011, printf('%.300c', 'x') FROM c;"
	    "CREATE VIEW v AS SELECT a, b FROM t ORDER BY a");
	s = must_open(f, "a.db", "v");
	r = start(f, s, &rq);
	for (; r->ops->next(r, cells, &f->err) == 1; n++) {
		assert_true(cells[0].i > last);
		last = cells[0].i;
	}
	assert_int_equal(n, 20000);
	r->ops->close(r);
	s->ops->close(s);
}

/* ---- what is refused ---- */

static void test_refused(void **state)
{
	struct fixture *f = *state;
	char noise[5000];

	memset(noise, 'x', sizeof(noise));
	write_bytes(f, "noise", noise, sizeof(noise));
	write_bytes(f, "empty", "", 0);
	assert_int_equal(mkdir(at(f, "sub"), 0755), 0);
	assert_int_equal(mkfifo(at(f, "fifo"), 0600), 0);
	make_db(f, "a.db", "CREATE TABLE t (a); CREATE VIRTUAL TABLE v USING fts5(a)");
	assert_refused(f, "gone", "t", -ENOENT, "cannot be opened");
	assert_refused(f, "noise", "t", -EIO, "not a database");
	assert_refused(f, "empty", "t", -ENOENT, "has no table or view t");
	assert_refused(f, "sub", "t", -EISDIR, "cannot be opened");
	assert_refused(f, "fifo", "t", -ENOENT, "cannot be opened");
	assert_refused(f, "a.db", "gone", -ENOENT, "has no table or view gone");
	assert_refused(f, "a.db", "v", -EOPNOTSUPP, "virtual table");
	assert_refused(f, "../a.db", "t", -EACCES, "lies outside");
}

static void test_place(void **state)
{
	static const char *const storage[] = {"s3://lake", "/srv/sales", "/srv/sales/db/"};
	const struct domain d = {.dir = "/mesh/sales", .storage = {(const char **)storage, 3}};
	struct sqlite_place p;

	(void)state;
	assert_int_equal(
	    sqlite_place_init(&p, &d, &(struct server){.path = "/srv/sales/db/a.db"}), 0);
	assert_string_equal(p.prefix, "/srv/sales/db/");
	assert_string_equal(p.rel, "a.db");
	assert_int_equal(
	    sqlite_place_init(&p, &d, &(struct server){.path = "/mesh/sales/data/a.db"}), 0);
	assert_string_equal(p.rel, "data/a.db");
	assert_int_equal(
	    sqlite_place_init(&p, &d, &(struct server){.path = "/srv/sales2/a.db"}), -EACCES);
	assert_int_equal(sqlite_place_init(&p, &d, &(struct server){0}), -EACCES);
}

static void test_links(void **state)
{
	struct fixture *f = *state;
	char target[256];

	make_db(f, "a.db", "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
	assert_int_equal(mkdir(at(f, "sub"), 0755), 0);
	assert_int_equal(symlink("../a.db", at(f, "sub/inside")), 0);
	assert_int_equal(symlink("sub", at(f, "way")), 0);
	assert_int_equal(symlink("/etc/passwd", at(f, "outside")), 0);
	(void)snprintf(target, sizeof(target), "%s", at(f, "sub"));
	assert_rows(f, "sub/inside", "t", "1|");
	assert_rows(f, "way/inside", "t", "1|");
	assert_refused(f, "outside", "t", -EACCES, "lies outside");
	(void)strcpy(f->dir + strlen(f->dir),
	    "/sub"); /* the link leads out of what the domain may use now */
	assert_refused(f, "inside", "t", -EACCES, "lies outside");
	f->dir[strlen(f->dir) - 4] = '\0';
}

static void test_long_row(void **state)
{
	struct fixture *f = *state;

	make_db(f, "a.db", "CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(17 << 20))");
	make_db(f, "b.db", "CREATE VIEW v AS SELECT zeroblob(17 << 20) AS a");
	assert_fails(f, must_open(f, "a.db", "t"), -EFBIG, "longer than 16 MiB");
	assert_fails(f, must_open(f, "b.db", "v"), -EFBIG, "longer than 16 MiB");
}

static const char endless[] =
    "CREATE VIEW v AS WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c)"
    " SELECT count(*) AS n FROM c WHERE i < 0";

static void test_timeout(void **state)
{
	struct fixture *f = *state;
	struct sqlite_place place = {
	    .prefix = f->dir, .rel = "a.db", .timeout_ns = 50 * 1000 * 1000};
	struct table_source *s;

	make_db(f, "a.db", endless);
	assert_int_equal(sqlite_source_open(&place, "v", NULL, &s, &f->err), 0);
	assert_fails(f, s, -ETIMEDOUT, "for one row");
}

static void *cancel_soon(void *arg)
{
	static const struct timespec soon = {.tv_nsec = 20 * 1000 * 1000};

	(void)nanosleep(&soon, NULL);
	atomic_store((table_cancel *)arg, true);
	return NULL;
}

static void test_cancel(void **state)
{
	struct fixture *f = *state;
	table_cancel cancel = false;
	struct table_request rq = {.cancel = &cancel};
	struct table_source *s;
	struct table_reader *r;
	struct cell cell;
	pthread_t thread;

	make_db(f, "a.db", endless);
	s = must_open(f, "a.db", "v");
	r = start(f, s, &rq);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &cancel), 0);
	assert_int_equal(r->ops->next(r, &cell, &f->err), -EINTR);
	assert_int_equal(pthread_join(thread, NULL), 0);
	r->ops->close(r);
	s->ops->close(s);
}

static void test_too_much_memory(void **state)
{
	struct fixture *f = *state;
	char view[2048] =
	    "CREATE VIEW v AS WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 9999) SELECT 0";

	for (size_t i = 0; i < 10; i++)
		(void)snprintf(view + strlen(view), sizeof(view) - strlen(view),
		    " + length(max(CASE i WHEN 1 THEN hex(zeroblob((7 << 20) + %zu)) END))", i);
	strcat(view, " FROM c");
	make_db(f, "a.db", view);
	assert_fails(f, must_open(f, "a.db", "v"), -ENOMEM, "too much memory");
}

/* ---- memory ---- */

static int open_and_read(void *arg)
{
	struct fixture *f = arg;
	struct sqlite_place place = {.prefix = f->dir, .rel = "a.db"};
	struct cond keep = {.kind = COND_ATOM,
	    .left = {OPERAND_ROW, "a"},
	    .op = OP_NE,
	    .literal = {.type = VALUE_STRING, .s = "EU"}};
	static const size_t columns[] = {0, 1};
	struct table_request rq = {.columns = columns, .columns_len = 2, .keep = &keep};
	struct table_source *s;
	struct table_reader *r;
	struct cell cells[2];
	int rc = sqlite_source_open(&place, "t", NULL, &s, NULL);

	if (rc < 0)
		return rc;
	rc = s->ops->read(s, &rq, &r, NULL);
	if (rc == 0) {
		while ((rc = r->ops->next(r, cells, NULL)) == 1)
			continue;
		r->ops->close(r);
	}
	s->ops->close(s);
	return rc;
}

static void test_lack_of_memory(void **state)
{
	static const struct timespec tick = {.tv_nsec = 2 * SQLITE_FRESH_NS};
	struct fixture *f = *state;

	make_db(f, "a.db",
	    "CREATE TABLE t (a, b); INSERT INTO t VALUES ('EU', 1), ('US', zeroblob(9000))");
	make_db(f, "a.db", "PRAGMA journal_mode = WAL");
	(void)nanosleep(&tick, NULL);
	oom_sweep(open_and_read, f, 20000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_cells),
	    TEST(test_schema),
	    TEST(test_request),
	    TEST(test_keep),
	    TEST(test_views),
	    TEST(test_sorting),
	    TEST(test_refused),
	    TEST(test_links),
	    cmocka_unit_test(test_place),
	    TEST(test_long_row),
	    TEST(test_timeout),
	    TEST(test_cancel),
	    TEST(test_too_much_memory),
	    TEST(test_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
