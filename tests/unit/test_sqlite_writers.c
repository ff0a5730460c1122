/* Databases that others write, break, shorten and replace: readers see one state or fail, and disturb nobody. */
#include <endian.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/sqlite_fixture.h"

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

/* What SQLite itself takes for no log. */
static void test_log_that_is_none(void **state)
{
	struct fixture *f = *state;
	char noise[9000];

	make_db(
	    f, "a.db", "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
	memset(noise, 'x', sizeof(noise));
	write_bytes(f, "a.db-wal", noise, sizeof(noise));
	assert_rows(f, "a.db", "t", "1|");
	write_bytes(f, "a.db-wal", noise, 7);
	assert_rows(f, "a.db", "t", "1|");
	memset(noise, 0, sizeof(noise));
	write_bytes(f, "a.db-wal", noise, sizeof(noise));
	assert_rows(f, "a.db", "t", "1|");
	assert_dir(f, "a.db a.db-wal ");
}

static void sum_frame(uint32_t s[2], const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		uint32_t x[2];

		memcpy(x, data + i, sizeof(x));
		s[0] += be32toh(x[0]) + s[1];
		s[1] += be32toh(x[1]) + s[0];
	}
}

static void put_sum(const uint32_t s[2], uint8_t *at)
{
	const uint32_t be[2] = {htobe32(s[0]), htobe32(s[1])};

	memcpy(at, be, sizeof(be));
}

/* The checksums of a big-endian machine, over the log of a database with pages of 512 bytes. */
static void make_big_endian(const struct fixture *f, const char *name)
{
	static uint8_t log[1 << 16];
	uint32_t sum[2] = {0, 0};
	FILE *file = fopen(at(f, name), "r");
	size_t len;

	assert_non_null(file);
	len = fread(log, 1, sizeof(log), file);
	assert_int_equal(fclose(file), 0);
	assert_true(len >= 32 + 536 && len < sizeof(log));
	log[3] |= 1;
	sum_frame(sum, log, 24);
	put_sum(sum, log + 24);
	for (uint8_t *frame = log + 32; frame + 536 <= log + len; frame += 536) {
		sum_frame(sum, frame, 8);
		sum_frame(sum, frame + 24, 512);
		put_sum(sum, frame + 16);
	}
	write_bytes(f, name, (const char *)log, len);
}

static void test_log_of_another_machine(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = writer(f, "w.db");

	sql(db,
	    "PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a);"
	    "PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES (1)");
	copy_file(f, "w.db", "a.db");
	copy_file(f, "w.db-wal", "a.db-wal");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	make_big_endian(f, "a.db-wal");
	assert_rows(f, "a.db", "t", "1|");
	db = writer(f, "a.db");
	sql(db, "INSERT INTO t VALUES (2)");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_rows(f, "a.db", "t", "1|2|"); /* SQLite took it for a log as well */
}

/* The end of the log is torn, or of a transaction that is not committed. */
static void test_log_ends_early(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = writer(f, "w.db");
	struct stat st;

	sql(db,
	    "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
	sql(db, "INSERT INTO t VALUES (2)");
	copy_file(f, "w.db", "a.db");
	copy_file(f, "w.db-wal", "a.db-wal");
	assert_rows(f, "a.db", "t", "1|2|");
	assert_int_equal(stat(at(f, "a.db-wal"), &st), 0);
	assert_int_equal(truncate(at(f, "a.db-wal"), st.st_size - 1), 0);
	assert_rows(f, "a.db", "t", "1|");
	sql(db,
	    "PRAGMA cache_size = 5; BEGIN; WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 999)"
	    " INSERT INTO t SELECT printf('%.100c', 'x') FROM c");
	copy_file(f, "w.db-wal", "a.db-wal");
	assert_rows(f, "a.db", "t", "1|2|");
	sql(db, "ROLLBACK");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_log_without_shm),
	    TEST(test_log_that_is_none),
	    TEST(test_log_of_another_machine),
	    TEST(test_log_ends_early),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
