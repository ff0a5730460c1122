/* Bodies of products, domains and files: to the tables and back, and what happens when memory is short. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/oom.h"
#include "tests/unit/store_fixture.h"

/* Every member that is stored is in the digest: what reads back with the same digest is the same.
 */
static void test_product_comes_back_whole(void **state)
{
	struct store_fixture *f = *state;
	struct product p = store_product(), *back;
	char before[DIGEST_HEX_CAP], after[DIGEST_HEX_CAP];
	int64_t epoch;
	struct db *db = store_begin(f, &epoch);

	assert_int_equal(epoch, 1);
	store_write_blob(db);

	int64_t pid = store_write_product(db, &p);

	store_commit(f, db, epoch);
	db = store_take(f);
	assert_int_equal(products_digest(db, &mesh, &p, before, NULL), 0);
	assert_int_equal(products_read(db, &mesh, pid, &back, NULL), 0);
	assert_int_equal(products_digest(db, &mesh, back, after, NULL), 0);
	pool_give(f->pool, db);
	assert_string_equal(before, after);

	assert_string_equal(back->title, "Customer orders");
	assert_int_equal(back->tags.len, 3);
	assert_string_equal(back->tags.items[0], odd_tags[0]);
	assert_int_equal(back->ports_len, 2);
	assert_null(back->ports[1].version);
	assert_int_equal(back->ports[1].contract, -1);
	assert_int_equal(back->ports[1].objects_len, 0);
	assert_null(back->ports[1].objects);
	assert_int_equal(back->ports[0].objects[0].columns_len, 2);
	assert_string_equal(back->ports[0].objects[0].columns[1].name, "address.street");
	assert_int_equal(back->ports[0].objects[0].columns[1].rank, 2);
	assert_true(back->ports[0].objects[0].columns[0].primary_key);
	assert_false(back->ports[0].objects[0].columns[1].primary_key);
	assert_int_equal(back->ports[0].formats, 1U << PORT_CSV | 1U << PORT_PARQUET);
	assert_int_equal(back->contracts[0].servers[0].delimiter, ';');
	assert_int_equal(back->contracts[0].servers[1].kind, SERVER_OTHER);
	assert_int_equal(back->contracts[0].servers[2].kind, SERVER_POSTGRES);
	assert_string_equal(back->contracts[0].servers[2].database, "sales");
	assert_int_equal(back->contracts[0].servers[2].refresh_ns, 30 * WHEN_NS_PER_SEC);
	assert_int_equal(back->contracts[0].servers[3].kind, SERVER_SQLITE);
	assert_int_equal(back->contracts[0].servers[4].kind, SERVER_DUCKDB);
	assert_true(back->team[0].date_out_ns == WHEN_NONE);
	assert_true(back->team[1].date_out_ns == -9);
	assert_int_equal(back->files[0].mtime_ns, 123);
	assert_int_equal(back->files[0].size, 5);
	product_unref(back);
}

static void digest_with(
    struct db *db, const struct mesh *m, struct product *p, char out[DIGEST_HEX_CAP])
{
	assert_int_equal(products_digest(db, m, p, out, NULL), 0);
}

static void test_digest_sees_what_matters(void **state)
{
	static const char *const other_ladder[] = {"public", "internal", "topmost"};
	static const struct mesh other_mesh = {.classifications = {(const char **)other_ladder, 3}};
	struct store_fixture *f = *state;
	struct db *db = store_take(f);
	struct product p = store_product();
	char base[DIGEST_HEX_CAP], now[DIGEST_HEX_CAP];

	digest_with(db, &mesh, &p, base);
	files[0].mtime_ns++;
	digest_with(db, &mesh, &p, now);
	files[0].mtime_ns--;
	assert_string_equal(base, now); /* a fresh checkout is no change */

	columns[1].rank = 1;
	digest_with(db, &mesh, &p, now);
	columns[1].rank = 2;
	assert_string_not_equal(base, now);

	columns[0].description = "";
	digest_with(db, &mesh, &p, now);
	columns[0].description = NULL;
	assert_string_not_equal(base, now);

	p.ports_len = 1;
	digest_with(db, &mesh, &p, now);
	p.ports_len = 2;
	assert_string_not_equal(base, now);

	ports[0].formats = 1U << PORT_CSV;
	digest_with(db, &mesh, &p, now);
	ports[0].formats |= 1U << PORT_PARQUET;
	assert_string_not_equal(base, now);

	servers[0].delimiter = 0;
	digest_with(db, &mesh, &p, now);
	servers[0].delimiter = ';';
	assert_string_not_equal(base, now);

	digest_with(db, &other_mesh, &p, now); /* the name of a class, not its number */
	assert_string_not_equal(base, now);
	pool_give(f->pool, db);
}

/* A domain that stays at its last good state while the ladder changes never becomes less sensitive.
 */
static void test_unknown_class_is_the_most_sensitive(void **state)
{
	static const char *const new_ladder[] = {"internal", "public", "grave", "utmost"};
	static const struct mesh new_mesh = {.classifications = {(const char **)new_ladder, 4}};
	struct store_fixture *f = *state;
	struct product p = store_product(), *back;
	int64_t epoch;
	struct db *db = store_begin(f, &epoch);

	store_write_blob(db);
	objects[1].columns = &columns[0]; /* "public", now above its object's "internal" */
	objects[1].columns_len = 1;

	int64_t pid = store_write_product(db, &p);

	objects[1].columns = NULL;
	objects[1].columns_len = 0;
	store_commit(f, db, epoch);
	db = store_take(f);
	assert_int_equal(products_read(db, &new_mesh, pid, &back, NULL), 0);
	pool_give(f->pool, db);
	assert_int_equal(back->ports[0].objects[0].columns[1].rank, 3);
	assert_int_equal(back->ports[0].objects[0].columns[0].rank, 1);
	assert_int_equal(back->ports[0].objects[1].rank, 1);
	assert_int_equal(back->rank, 3);
	product_unref(back);
}

static void test_name_is_required(void **state)
{
	struct store_fixture *f = *state;
	struct product p = store_product();
	struct mesh_err err = {0};
	int64_t epoch, pid;
	struct db *db = store_begin(f, &epoch);

	store_write_blob(db);
	p.entry = NULL;
	assert_int_equal(products_write(db, &mesh, &p, &pid, &err), -EINVAL);
	assert_string_equal(err.text, "something without a entry cannot be stored");
	epochs_abort(db);
	pool_unlock_writer(f->pool);
}

/* Indexes that lead out of an array would be read by others without a second look. */
static void test_corrupt_rows_are_refused(void **state)
{
	static const char *const damage[] = {
	    "UPDATE port SET contract = 1 WHERE pos = 0",
	    "UPDATE port SET contract = -2 WHERE pos = 0",
	    "UPDATE port SET server = 5 WHERE pos = 0",
	    "UPDATE port SET server = 0 WHERE pos = 1",
	    "UPDATE port SET server = 99999999999 WHERE pos = 1",
	    "UPDATE server SET kind = 7",
	    "UPDATE server SET delimiter = 128",
	    "UPDATE port SET formats = 0",
	    "UPDATE port SET formats = 16",
	    "UPDATE port SET formats = -1",
	};
	struct store_fixture *f = *state;
	struct product p = store_product(), *back = NULL;
	int64_t epoch;
	struct db *db = store_begin(f, &epoch);

	store_write_blob(db);
	(void)store_write_product(db, &p);
	store_commit(f, db, epoch);
	for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
		struct mesh_err err = {0};

		store_sql(f,
		    "CREATE TABLE was_port AS SELECT * FROM port;"
		    "CREATE TABLE was_server AS SELECT * FROM server;"
		    "CREATE TABLE was_product AS SELECT * FROM product");
		store_sql(f, damage[i]);
		db = store_take(f);
		if (products_read(db, &mesh, 1, &back, &err) != -EINVAL)
			fail_msg("'%s' went unnoticed", damage[i]);
		pool_give(f->pool, db);
		assert_non_null(strstr(err.text, "is corrupt"));
		store_sql(f,
		    "PRAGMA foreign_keys = OFF;"
		    "DELETE FROM port; INSERT INTO port SELECT * FROM was_port; DROP TABLE was_port;"
		    "DELETE FROM server; INSERT INTO server SELECT * FROM was_server; DROP TABLE was_server;"
		    "DELETE FROM product; INSERT INTO product SELECT * FROM was_product;"
		    "DROP TABLE was_product");
	}
	assert_null(back);
}

static void test_domain_comes_back(void **state)
{
	static struct owner owners[] = {{"jane", "owner", 1, WHEN_NONE}, {"bob", "deputy", 2, 3}};
	static const char *const terms[] = {"order", "invoice"};
	struct store_fixture *f = *state;
	struct domain d = {.id = "sales",
	    .name = "Sales",
	    .dir = "/m/sales",
	    .file = "d/domain.yaml",
	    .storage = LIST(terms),
	    .owners = owners,
	    .owners_len = 2,
	    .bounded_context = LIST(terms)};
	struct products_domain all = {&d, "domains/sales", NULL};
	struct mesh_err err = {0};
	struct domain back;
	const char *path;
	struct arena a;
	int64_t epoch, did;
	struct db *db = store_begin(f, &epoch);

	arena_init(&a);
	if (products_domain_write(db, &all, &did, &err) < 0)
		fail_msg("%s", err.text);
	if (products_domain_path(db, did, &a, &path, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(path, "domains/sales");
	store_commit(f, db, epoch);
	db = store_take(f);
	assert_int_equal(products_domain_read(db, did, &back, NULL), 0);
	assert_int_equal(products_domain_read(db, did + 1, &back, NULL), -ENOENT);
	pool_give(f->pool, db);
	assert_string_equal(back.dir, "/m/sales");
	assert_null(back.description);
	assert_int_equal(back.owners_len, 2);
	assert_true(back.owners[0].date_out_ns == WHEN_NONE);
	assert_string_equal(back.owners[1].role, "deputy");
	assert_string_equal(back.bounded_context.items[1], "invoice");
	arena_clear(&back.arena);
	arena_clear(&a);
}

static void test_blobs_keep_every_byte(void **state)
{
	struct store_fixture *f = *state;
	struct buf out;
	int64_t epoch;
	struct db *db = store_begin(f, &epoch);

	store_write_blob(db);
	store_write_blob(db); /* the same content again */
	store_commit(f, db, epoch);
	buf_init(&out);
	db = store_take(f);
	assert_int_equal(authored_blob(db, HASH_A, &out, NULL), 0);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "a\0b\nc", 5);
	assert_int_equal(authored_blob(db, "none", &out, NULL), -ENOENT);
	pool_give(f->pool, db);
	buf_clear(&out);
}

static int make_catalog(void *arg)
{
	struct store_fixture *f = arg;
	struct pool *pool;
	int rc;

	(void)unlink(f->path);
	rc = pool_new(f->path, true, &pool, NULL);
	if (rc == 0)
		pool_free(pool);
	return rc;
}

static int write_and_read(struct db *db)
{
	struct product p = store_product(), *back;
	struct authored_file file = {.path = "x",
	    .domain = "sales",
	    .product = "orders",
	    .kind = "code",
	    .hash = HASH_A,
	    .bytes = "abc",
	    .len = 3};
	int64_t epoch, ref = 0;
	int rc = epochs_begin(db, &epoch, NULL);

	if (rc == 0)
		rc = authored_write(db, &file, &ref, NULL);
	if (rc == 0)
		rc = products_write(db, &mesh, &p, &ref, NULL);
	if (rc == 0)
		rc = products_read(db, &mesh, ref, &back, NULL);
	if (rc == 0)
		product_unref(back);
	epochs_abort(db);
	return rc;
}

/* On a connection of its own each time, so that its statements are prepared anew. */
static int use_catalog(void *arg)
{
	struct store_fixture *f = arg;
	struct pool *pool;
	struct db *db;
	int rc = pool_new(f->path, true, &pool, NULL);

	if (rc < 0)
		return rc;
	rc = pool_lock_writer(pool, &db, NULL);
	if (rc == 0)
		rc = write_and_read(db);
	pool_unlock_writer(pool);
	pool_free(pool);
	return rc;
}

static void test_lack_of_memory(void **state)
{
	oom_sweep(make_catalog, *state, 20000);
	oom_sweep(use_catalog, *state, 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_product_comes_back_whole, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_digest_sees_what_matters, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_unknown_class_is_the_most_sensitive, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_name_is_required, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_corrupt_rows_are_refused, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_domain_comes_back, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_blobs_keep_every_byte, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(test_lack_of_memory, store_setup, store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
