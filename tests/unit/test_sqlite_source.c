/* Tables of SQLite databases: what is read, what is refused, and that writers and readers do not disturb each other. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/buf.h"
#include "catalog/base/cleanup.h"
#include "fs/storage/sqlite_conn.h"
#include "fs/storage/sqlite_source.h"
#include "tests/lib/oom.h"

struct fixture {
	char dir[64];
	struct mesh_err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/meshfs-sqlite-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static const char *at(const struct fixture *f, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

/* ---- the other side: a program that writes ---- */

static void sql(sqlite3 *db, const char *text)
{
	char *message = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
}

static sqlite3 *writer(const struct fixture *f, const char *name)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(at(f, name), &db), SQLITE_OK);
	return db;
}

static void make_db(const struct fixture *f, const char *name, const char *text)
{
	sqlite3 *db = writer(f, name);

	sql(db, text);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void copy_file(const struct fixture *f, const char *from, const char *to)
{
	char command[600], source[256];

	(void)snprintf(source, sizeof(source), "%s", at(f, from));
	(void)snprintf(command, sizeof(command), "cp %s %s", source, at(f, to));
	assert_int_equal(system(command), 0);
}

/* ---- reading ---- */

static int open_table(
    struct fixture *f, const char *name, const char *table, struct table_source **ret)
{
	struct sqlite_place place = {
	    .prefix = f->dir, .rel = name, .timeout_ns = 1000 * 1000 * 1000};

	mesh_err_clear(&f->err);
	return sqlite_source_open(&place, table, NULL, ret, &f->err);
}

static struct table_source *must_open(struct fixture *f, const char *name, const char *table)
{
	struct table_source *s;

	if (open_table(f, name, table, &s) < 0)
		fail_msg("%s", f->err.text);
	return s;
}

static void assert_refused(
    struct fixture *f, const char *name, const char *table, int code, const char *part)
{
	struct table_source *s = NULL;

	assert_int_equal(open_table(f, name, table, &s), code);
	assert_null(s);
	if (!strstr(f->err.text, part))
		fail_msg("'%s' does not say '%s'", f->err.text, part);
}

static struct table_reader *start(
    struct fixture *f, struct table_source *s, struct table_request *rq)
{
	static size_t every[64];
	struct table_reader *r;

	if (!rq->columns) {
		assert_true(s->schema.len <= 64);
		for (size_t i = 0; i < s->schema.len; i++)
			every[i] = i;
		rq->columns = every;
		rq->columns_len = s->schema.len;
	}
	if (s->ops->read(s, rq, &r, &f->err) < 0)
		fail_msg("%s", f->err.text);
	return r;
}

static void print_cell(const struct cell *c, struct buf *out)
{
	switch (c->type) {
	case CELL_NULL:
		buf_puts(out, "-");
		break;
	case CELL_INT:
		buf_printf(out, "%lld", (long long)c->i);
		break;
	case CELL_REAL:
		buf_printf(out, "r%g", c->f);
		break;
	case CELL_TEXT:
		buf_printf(out, "'%.*s'%zu", (int)c->len, c->s, c->len);
		break;
	case CELL_BLOB:
		buf_printf(out, "b%zu", c->len);
		break;
	default:
		buf_puts(out, "?");
	}
}

/* Rows from here to the end, as "cell cell|cell cell|"; what the last call returned. */
static int drain(struct fixture *f, struct table_reader *r, struct buf *out)
{
	struct cell cells[64];
	int rc;

	while ((rc = r->ops->next(r, cells, &f->err)) == 1) {
		for (size_t i = 0; i < r->schema.len; i++) {
			if (i > 0)
				buf_addc(out, ' ');
			print_cell(&cells[i], out);
		}
		buf_addc(out, '|');
	}
	return rc;
}

static void assert_rows(struct fixture *f, const char *name, const char *table, const char *want)
{
	struct table_source *s = must_open(f, name, table);
	struct table_request rq = {0};
	struct table_reader *r = start(f, s, &rq);
	struct buf out;

	buf_init(&out);
	if (drain(f, r, &out) < 0)
		fail_msg("%s", f->err.text);
	assert_int_equal(r->ops->next(r, NULL, NULL), 0); /* the end stays the end */
	assert_string_equal(out.data ? out.data : "", want);
	buf_clear(&out);
	r->ops->close(r);
	s->ops->close(s);
}

static void assert_fails(struct fixture *f, struct table_source *s, int code, const char *part)
{
	struct table_request rq = {0};
	struct table_reader *r = NULL;
	struct buf out;
	size_t column = 0;
	int rc;

	rq.columns = &column;
	rq.columns_len = 1;
	buf_init(&out);
	rc = s->ops->read(s, &rq, &r, &f->err);
	if (rc == 0)
		rc = drain(f, r, &out);
	assert_int_equal(rc, code);
	if (!strstr(f->err.text, part))
		fail_msg("'%s' does not say '%s'", f->err.text, part);
	if (r)
		r->ops->close(r);
	buf_clear(&out);
	s->ops->close(s);
}

/* Names in the directory, sorted. */
static void list_dir(const struct fixture *f, char *out)
{
	struct dirent **names;
	int n = scandir(f->dir, &names, NULL, alphasort);

	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			strcat(strcat(out, names[i]->d_name), " ");
		free(names[i]);
	}
	free(names);
}

static void assert_dir(const struct fixture *f, const char *want)
{
	char names[1024];

	list_dir(f, names);
	assert_string_equal(names, want);
}

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

static void write_bytes(const struct fixture *f, const char *name, const char *bytes, size_t len)
{
	FILE *file = fopen(at(f, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

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

/* ---- others write ---- */

/* The log is there, its shared memory is not: as after a copy, or a crash of the machine. */
static void test_log_without_shm(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = writer(f, "w.db");

	sql(db,
	    "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
	sql(db, "PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES (2)");
	copy_file(f, "w.db", "a.db");
	copy_file(f, "w.db-wal", "a.db-wal");
	copy_file(f, "w.db", "b.db"); /* without its log */
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_rows(f, "a.db", "t", "1|2|");
	assert_rows(f, "b.db", "t", "1|");
	assert_dir(f, "a.db a.db-wal b.db w.db ");
}

static void test_shm_without_process(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = writer(f, "w.db");

	sql(db, "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
	copy_file(f, "w.db", "a.db");
	copy_file(f, "w.db-wal", "a.db-wal");
	write_bytes(f, "a.db-shm", "nonsense", 8);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_rows(f, "a.db", "t", "1|");
	assert_dir(f, "a.db a.db-shm a.db-wal w.db ");
}

/* A reader sees one state however much is written and copied meanwhile. */
static void test_live_log(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = writer(f, "a.db");
	struct table_request rq = {0};
	struct table_source *s;
	struct table_reader *r;
	struct cell cell;
	struct buf out;

	sql(db,
	    "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)");
	s = must_open(f, "a.db", "t");
	r = start(f, s, &rq);
	assert_int_equal(r->ops->next(r, &cell, &f->err), 1);
	for (int i = 0; i < 20; i++)
		sql(db,
		    "UPDATE t SET a = a + 10; PRAGMA wal_checkpoint(PASSIVE); PRAGMA wal_checkpoint(TRUNCATE)");
	buf_init(&out);
	assert_int_equal(drain(f, r, &out), 0);
	assert_string_equal(out.data, "2|3|");
	buf_clear(&out);
	r->ops->close(r);
	s->ops->close(s);
	sql(db, "PRAGMA wal_checkpoint(TRUNCATE); UPDATE t SET a = a + 1");
	assert_rows(f, "a.db", "t", "202|203|204|");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_rows(f, "a.db", "t", "202|203|204|");
	assert_dir(f, "a.db ");
}

/* After a checkpoint of everything the next writer would start the log anew, over what a reader has in its index. */
static void test_live_log_is_not_started_anew(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = writer(f, "a.db");
	struct table_request rq = {0};
	struct table_source *s;
	struct table_reader *r;
	struct buf out;

	sql(db, "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
	sql(db, "PRAGMA wal_checkpoint(PASSIVE)");
	s = must_open(f, "a.db", "t");
	for (int i = 0; i < 20; i++)
		sql(db, "UPDATE t SET a = a + 10");
	r = start(f, s, &rq);
	buf_init(&out);
	assert_int_equal(drain(f, r, &out), 0);
	assert_string_equal(out.data, "1|2|");
	buf_clear(&out);
	r->ops->close(r);
	s->ops->close(s);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Nobody has the log open, so nothing can be locked: a writer that comes then is found out. */
static void test_unlocked_log_changes(void **state)
{
	struct fixture *f = *state;
	struct table_request rq = {0};
	struct table_source *s;
	struct table_reader *r;
	struct cell cell;
	struct buf out;
	sqlite3 *db;

	make_db(f, "a.db",
	    "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)");
	s = must_open(f, "a.db", "t");
	r = start(f, s, &rq);
	assert_int_equal(r->ops->next(r, &cell, &f->err), 1);
	db = writer(f, "a.db");
	sql(db, "UPDATE t SET a = a + 10; PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	buf_init(&out);
	assert_int_equal(drain(f, r, &out), -ESTALE);
	assert_non_null(strstr(f->err.text, "changed while it was being read"));
	buf_clear(&out);
	r->ops->close(r);
	s->ops->close(s);
	assert_rows(f, "a.db", "t", "11|12|");
}

static void test_rollback_mode(void **state)
{
	struct fixture *f = *state;
	struct table_source *s;
	sqlite3 *db;

	make_db(f, "a.db", "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
	db = writer(f, "a.db");
	sql(db, "BEGIN IMMEDIATE; INSERT INTO t VALUES (2)");
	assert_rows(f, "a.db", "t", "1|"); /* not committed */
	sql(db, "ROLLBACK; BEGIN EXCLUSIVE; INSERT INTO t VALUES (2)");
	assert_refused(f, "a.db", "t", -EBUSY, "is locked");
	sql(db, "COMMIT");
	s = must_open(f, "a.db", "t");
	assert_int_equal(sqlite3_exec(db, "INSERT INTO t VALUES (3)", NULL, NULL, NULL),
	    SQLITE_BUSY); /* one state */
	s->ops->close(s);
	sql(db, "INSERT INTO t VALUES (3)");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_rows(f, "a.db", "t", "1|2|3|");
}

/* A journal that would have to be played back is left to those who may write. */
static void test_hot_journal(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = writer(f, "w.db");

	sql(db,
	    "CREATE TABLE t (a); PRAGMA cache_size = 5; PRAGMA cache_spill = 1;"
	    "WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 5000)"
	    " INSERT INTO t SELECT printf('%.100c', 'x') FROM c; BEGIN; UPDATE t SET a = a || 'y'");
	copy_file(f, "w.db", "a.db");
	copy_file(f, "w.db-journal", "a.db-journal");
	sql(db, "ROLLBACK");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_refused(f, "a.db", "t", -EIO, "ended in the middle");
	assert_dir(f, "a.db a.db-journal w.db ");
}

/* Moves amounts from row to row for as long as it lives; their sum stays. */
static pid_t busy_writer(const struct fixture *f, const char *mode)
{
	char text[512];
	sqlite3 *db;
	pid_t pid;

	(void)snprintf(text, sizeof(text),
	    "PRAGMA journal_mode = %s; CREATE TABLE t (id INTEGER PRIMARY KEY, amount, filler);"
	    "WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 1000)"
	    " INSERT INTO t SELECT i, 100, printf('%%.500c', 'x') FROM c",
	    mode);
	make_db(f, "a.db", text);
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (sqlite3_open(at(f, "a.db"), &db) != SQLITE_OK)
		_exit(1);
	(void)sqlite3_busy_timeout(db, 1000);
	for (int i = 0;; i++) {
		(void)snprintf(text, sizeof(text),
		    "BEGIN; UPDATE t SET amount = amount + 1 WHERE id %% 10 = %d; UPDATE t SET amount = amount - 1 WHERE id %% "
		    "10 = %d; COMMIT",
		    i % 10, (i + 3) % 10);
		(void)sqlite3_exec(db, text, NULL, NULL, NULL);
		if (!sqlite3_get_autocommit(db))
			(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		if (i % 7 == 0)
			(void)sqlite3_exec(db, "PRAGMA wal_checkpoint(RESTART)", NULL, NULL, NULL);
	}
}

static int sum_once(struct fixture *f, int64_t *ret_sum)
{
	struct table_request rq = {0};
	struct table_source *s;
	struct table_reader *r;
	struct cell cells[3];
	int rc = open_table(f, "a.db", "t", &s);

	*ret_sum = 0;
	if (rc < 0)
		return rc;
	r = start(f, s, &rq);
	while ((rc = r->ops->next(r, cells, &f->err)) == 1)
		*ret_sum += cells[1].i;
	r->ops->close(r);
	s->ops->close(s);
	return rc;
}

/* What is read to its end is of one state, whatever a process does that writes all the time. */
static void read_while_written(struct fixture *f, const char *mode, int at_least)
{
	pid_t pid = busy_writer(f, mode);
	int good = 0, status;
	int64_t sum;

	for (int i = 0; i < 40; i++) {
		int rc = sum_once(f, &sum);

		if (rc == 0)
			assert_int_equal(sum, 100000);
		else if (rc != -EBUSY && rc != -ESTALE)
			fail_msg("%d: %s", rc, f->err.text);
		good += rc == 0;
	}
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(good >= at_least);
}

static void test_busy_log(void **state)
{
	struct fixture *f = *state;
	int64_t sum;

	read_while_written(f, "WAL", 20);
	assert_int_equal(sum_once(f, &sum), 0); /* the writer is dead, its log is still there */
	assert_int_equal(sum, 100000);
}

static void test_busy_rollback(void **state)
{
	read_while_written(*state, "DELETE", 0);
}

/* ---- what happens to the file ---- */

static const char many_rows[] =
    "CREATE TABLE t (a);"
    "WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 50000)"
    " INSERT INTO t SELECT printf('%.100c', 'x') FROM c";

static void spoil(struct fixture *f, void (*how)(const char *path))
{
	struct table_request rq = {0};
	struct table_source *s;
	struct table_reader *r;
	struct cell cell;
	struct buf out;

	make_db(f, "a.db", many_rows);
	s = must_open(f, "a.db", "t");
	r = start(f, s, &rq);
	assert_int_equal(r->ops->next(r, &cell, &f->err), 1);
	how(at(f, "a.db"));
	buf_init(&out);
	assert_int_equal(drain(f, r, &out), -ESTALE);
	assert_non_null(strstr(f->err.text, "changed while it was being read"));
	buf_clear(&out);
	r->ops->close(r);
	s->ops->close(s);
}

static void shorten(const char *path)
{
	assert_int_equal(truncate(path, 8192), 0);
}

static void remove_file(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void replace(const char *path)
{
	char other[300];
	FILE *file;

	(void)snprintf(other, sizeof(other), "%s.new", path);
	file = fopen(other, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(other, path), 0);
}

static void test_truncated(void **state)
{
	spoil(*state, shorten);
}

static void test_deleted(void **state)
{
	spoil(*state, remove_file);
}

static void test_replaced(void **state)
{
	spoil(*state, replace);
}

static void test_damaged(void **state)
{
	struct fixture *f = *state;
	char zeros[4096] = {0};
	int fd;

	make_db(f, "a.db", many_rows);
	fd = open(at(f, "a.db"), O_WRONLY | O_CLOEXEC);
	for (off_t page = 2; page < 100; page++)
		assert_int_equal(pwrite(fd, zeros, sizeof(zeros), page * 4096), sizeof(zeros));
	assert_int_equal(close(fd), 0);
	assert_fails(f, must_open(f, "a.db", "t"), -EIO, "malformed");
}

/* ---- versions ---- */

/* Once it is no longer fresh. */
static void settled_version(struct fixture *f, char out[DIGEST_HEX_CAP])
{
	struct sqlite_place place = {.prefix = f->dir, .rel = "a.db"};
	static const struct timespec tick = {.tv_nsec = 5 * 1000 * 1000};
	char again[DIGEST_HEX_CAP];

	do {
		assert_int_equal(sqlite_source_version(&place, out, &f->err), 0);
		(void)nanosleep(&tick, NULL);
		assert_int_equal(sqlite_source_version(&place, again, &f->err), 0);
	} while (strcmp(out, again) != 0);
}

static void test_version(void **state)
{
	struct fixture *f = *state;
	struct sqlite_place gone = {.prefix = f->dir, .rel = "gone.db"};
	char one[DIGEST_HEX_CAP], two[DIGEST_HEX_CAP], three[DIGEST_HEX_CAP];
	struct table_source *s;
	sqlite3 *db;

	make_db(f, "a.db", "CREATE TABLE t (a); PRAGMA journal_mode = WAL");
	settled_version(f, one);
	s = must_open(f, "a.db", "t");
	assert_string_equal(s->version, one);
	s->ops->close(s);
	db = writer(f, "a.db");
	sql(db, "PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (1)");
	settled_version(f, two);
	assert_string_not_equal(one, two);
	sql(db, "INSERT INTO t VALUES (2)"); /* into the log alone */
	settled_version(f, three);
	assert_string_not_equal(two, three);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(sqlite_source_version(&gone, one, &f->err), -ENOENT);
	assert_non_null(strstr(f->err.text, "gone.db"));
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
	    TEST(test_log_without_shm),
	    TEST(test_shm_without_process),
	    TEST(test_live_log),
	    TEST(test_live_log_is_not_started_anew),
	    TEST(test_unlocked_log_changes),
	    TEST(test_rollback_mode),
	    TEST(test_hot_journal),
	    TEST(test_busy_log),
	    TEST(test_busy_rollback),
	    TEST(test_truncated),
	    TEST(test_deleted),
	    TEST(test_replaced),
	    TEST(test_damaged),
	    TEST(test_version),
	    TEST(test_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
