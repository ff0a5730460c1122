/* What the store opens and what it refuses, and who may look. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/unit/store_fixture.h"

static void assert_refused(const struct store_fixture *f, bool writable, int code, const char *part)
{
	struct mesh_err err = {0};
	struct pool *pool = NULL;

	assert_int_equal(pool_new(f->path, writable, &pool, &err), code);
	assert_null(pool);
	if (!strstr(err.text, part))
		fail_msg("'%s' does not say '%s'", err.text, part);
}

static void write_bytes(const struct store_fixture *f, const char *bytes, size_t len)
{
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void test_missing_and_other_files(void **state)
{
	struct store_fixture *f = *state;
	char noise[8192];

	assert_refused(f, false, -ENOENT, "cannot be opened");
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_refused(f, false, -EINVAL, "not a regular file");
	assert_refused(f, true, -EISDIR, "cannot be made");
	assert_int_equal(rmdir(f->path), 0);

	memset(noise, 'x', sizeof(noise));
	write_bytes(f, noise, sizeof(noise));
	assert_refused(f, false, -EINVAL, "is not a catalog");
	assert_refused(f, true, -EINVAL, "is not a catalog");
	write_bytes(f, "id: retail\n", 11);
	assert_refused(f, true, -EINVAL, "is not a catalog");

	write_bytes(f, "", 0);
	assert_refused(f, false, -EINVAL, "is empty");
	store_sql(f, "CREATE TABLE customers (id)");
	assert_refused(f, false, -EINVAL, "is a SQLite file, but not a catalog");
	assert_refused(f, true, -EINVAL, "is a SQLite file, but not a catalog");
}

static void test_other_versions(void **state)
{
	struct store_fixture *f = *state;
	struct mesh_err err = {0};

	assert_int_equal(pool_new(f->path, true, &f->pool, &err), 0);
	pool_free(take_ptr(f->pool));
	assert_int_equal(pool_new(f->path, true, &f->pool, &err), 0); /* as it is */
	pool_free(take_ptr(f->pool));
	store_sql(f, "PRAGMA user_version = 1000");
	assert_refused(f, false, -EINVAL, "made by a newer meshfs (schema 1000, this one knows ");
	assert_refused(f, true, -EINVAL, "made by a newer meshfs");
	store_sql(f, "PRAGMA user_version = 0");
	assert_refused(f, false, -EINVAL, "its tables are missing");
}

/* What version 1 knew, as it would have been written then. */
static void make_version_1(struct store_fixture *f)
{
	struct product p = store_product();
	int64_t epoch;

	assert_int_equal(pool_new(f->path, true, &f->pool, NULL), 0);

	struct db *db = store_begin(f, &epoch);

	store_write_blob(db);
	(void)store_write_product(db, &p);
	store_commit(f, db, epoch);
	pool_free(take_ptr(f->pool));
	store_sql(f,
	    "ALTER TABLE server DROP COLUMN host; ALTER TABLE server DROP COLUMN port;"
	    "ALTER TABLE server DROP COLUMN database; ALTER TABLE server DROP COLUMN schema;"
	    "ALTER TABLE server DROP COLUMN refresh_ns; ALTER TABLE server DROP COLUMN delimiter;"
	    "ALTER TABLE port DROP COLUMN formats; UPDATE server SET kind = 1 WHERE kind > 1;"
	    "PRAGMA user_version = 1");
}

static void test_version_1_is_brought_up_to_date(void **state)
{
	struct store_fixture *f = *state;
	struct product *back;

	make_version_1(f);
	assert_refused(f, false, -EINVAL, "`meshfs apply` brings it up to date");
	assert_int_equal(pool_new(f->path, true, &f->pool, NULL), 0);
	pool_free(take_ptr(f->pool));
	assert_int_equal(pool_new(f->path, false, &f->pool, NULL), 0);

	struct db *db = store_take(f);

	assert_int_equal(products_read(db, &mesh, 1, &back, NULL), 0);
	pool_give(f->pool, db);
	assert_int_equal(back->ports[0].formats, 1U << PORT_CSV);
	assert_int_equal(back->contracts[0].servers[0].kind, SERVER_LOCAL);
	assert_int_equal(back->contracts[0].servers[0].delimiter, 0);
	assert_int_equal(back->contracts[0].servers[2].kind, SERVER_OTHER);
	assert_null(back->contracts[0].servers[2].host);
	product_unref(back);
}

static void test_damaged_file(void **state)
{
	struct store_fixture *f = *state;
	struct mesh_err err = {0};
	char zeros[4096] = {0};

	assert_int_equal(pool_new(f->path, true, &f->pool, &err), 0);
	pool_free(take_ptr(f->pool));

	int fd = open(f->path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(
	    pwrite(fd, zeros, sizeof(zeros) - 100, 100), sizeof(zeros) - 100); /* sqlite_schema */
	assert_refused(f, false, -EINVAL, "is corrupt");
	assert_refused(f, true, -EINVAL, "is corrupt");
	assert_int_equal(ftruncate(fd, 700), 0);
	assert_refused(
	    f, false, -EINVAL, "cat"); /* "is corrupt" or "not a catalog", as SQLite sees it */
	assert_int_equal(close(fd), 0);
}

static void test_mode_is_private(void **state)
{
	struct store_fixture *f = *state;
	struct stat st;
	mode_t mask = umask(0);
	int64_t epoch;

	assert_int_equal(pool_new(f->path, true, &f->pool, NULL), 0);
	(void)umask(mask);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	struct db *db = store_begin(f, &epoch);
	char wal[128];

	store_write_blob(db);
	store_commit(f, db, epoch);
	(void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_reading_only(void **state)
{
	struct store_fixture *f = *state;
	struct db *db;

	assert_int_equal(pool_new(f->path, true, &f->pool, NULL), 0);
	pool_free(take_ptr(f->pool));
	assert_int_equal(pool_new(f->path, false, &f->pool, NULL), 0);
	assert_int_equal(pool_lock_writer(f->pool, &db, NULL), -EROFS);
}

/* A second process that writes: the first waits, and says so when it waited enough. Here only that
 * an abort leaves nothing. */
static void test_abort_leaves_nothing(void **state)
{
	struct store_fixture *f = *state;
	int64_t epoch, current = -1;
	struct db *db = store_begin(f, &epoch);
	struct buf out;

	buf_init(&out);
	store_write_blob(db);
	epochs_abort(db);
	epochs_abort(db);
	pool_unlock_writer(f->pool);
	db = store_take(f);
	assert_int_equal(authored_blob(db, HASH_A, &out, NULL), -ENOENT);
	assert_int_equal(epochs_current(db, &current, NULL), 0);
	assert_int_equal(current, 0);
	assert_int_equal(epochs_time(db, 1, &current, NULL), -ENOENT);
	pool_give(f->pool, db);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_missing_and_other_files, store_setup, store_teardown),
	    cmocka_unit_test_setup_teardown(test_other_versions, store_setup, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_version_1_is_brought_up_to_date, store_setup, store_teardown),
	    cmocka_unit_test_setup_teardown(test_damaged_file, store_setup, store_teardown),
	    cmocka_unit_test_setup_teardown(test_mode_is_private, store_setup, store_teardown),
	    cmocka_unit_test_setup_teardown(test_reading_only, store_setup, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_abort_leaves_nothing, store_setup_open, store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
