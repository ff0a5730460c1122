/* Which body stands in which epoch. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/store/span.h"
#include "tests/unit/store_fixture.h"

struct log {
	char text[512];
	int64_t next_ref;
};

static int log_change(void *arg, const struct span_change *c)
{
	struct log *log = arg;
	size_t len = strlen(log->text);

	(void)snprintf(
	    log->text + len, sizeof(log->text) - len, "%c%s/%s ", c->kind, c->domain, c->name);
	return 0;
}

static struct db *log_db;

static int write_body(void *arg, size_t i, int64_t *ret_ref, struct mesh_err *err)
{
	struct product p = {
	    .domain = "sales", .name = "p", .entry = "p", .end_of_life_ns = WHEN_NONE};

	(void)arg;
	(void)i;
	return products_write(log_db, &mesh, &p, ret_ref, err);
}

static void sync_products(
    struct store_fixture *f, const struct span_item *items, size_t len, struct log *log)
{
	struct mesh_err err = {0};
	int64_t epoch;

	log_db = store_begin(f, &epoch);
	log->text[0] = '\0';

	struct span_sync sync = {.span = SPAN_PRODUCT,
	    .domain = "sales",
	    .epoch = epoch,
	    .items = items,
	    .len = len,
	    .write = write_body,
	    .changed = log_change,
	    .arg = log};

	if (span_sync(log_db, &sync, &err) < 0)
		fail_msg("%s", err.text);
	store_commit(f, log_db, epoch);
}

static int append_name(void *arg, const char *name)
{
	strcat(arg, name);
	strcat(arg, " ");
	return strcmp(name, "stop") == 0;
}

static void assert_names(
    struct store_fixture *f, int64_t epoch, const char *after, const char *want)
{
	struct span_at at = {SPAN_PRODUCT, "sales", after, epoch};
	char names[256] = "";
	struct db *db = store_take(f);

	assert_true(span_list(db, &at, append_name, names, NULL) >= 0);
	pool_give(f->pool, db);
	assert_string_equal(names, want);
}

static int64_t ref_in(struct store_fixture *f, int64_t epoch, const char *name)
{
	struct span_at at = {SPAN_PRODUCT, "sales", name, epoch};
	struct db *db = store_take(f);
	int64_t ref = 0;
	int rc = span_find(db, &at, &ref, NULL, NULL);

	pool_give(f->pool, db);
	return rc < 0 ? rc : ref;
}

static void roll_back(struct store_fixture *f, int64_t back, struct log *log)
{
	struct mesh_err err = {0};
	int64_t epoch;
	struct db *db = store_begin(f, &epoch);

	log->text[0] = '\0';

	struct span_rollback r = {.back = back, .epoch = epoch, .changed = log_change, .arg = log};

	if (span_rollback(db, &r, &err) < 0)
		fail_msg("%s", err.text);
	store_commit(f, db, epoch);
}

static void test_spans_keep_every_epoch(void **state)
{
	static const struct span_item first[] = {{"b", "1"}, {"a", "1"}, {"stop", "1"}, {"x", "1"}};
	static const struct span_item second[] = {{"a", "1"}, {"b", "2"}, {"c", "1"}, {"x", "1"}};
	static const struct span_item third[] = {{"b", "2"}, {"stop", "1"}};
	struct store_fixture *f = *state;
	struct log log = {0};

	sync_products(f, first, 4, &log);
	assert_string_equal(log.text, "+sales/a +sales/b +sales/stop +sales/x ");
	sync_products(f, second, 4, &log);
	assert_string_equal(log.text, "~sales/b +sales/c -sales/stop ");
	sync_products(f, third, 2, &log);
	assert_string_equal(log.text, "-sales/a -sales/c +sales/stop -sales/x ");

	assert_names(f, 0, NULL, "");
	assert_names(f, 1, NULL, "a b stop ");
	assert_names(f, 1, "stop", "x ");
	assert_names(f, 2, NULL, "a b c x ");
	assert_names(f, 3, NULL, "b stop ");
	assert_names(f, 9, NULL, "b stop ");
	assert_true(ref_in(f, 1, "a") == ref_in(f, 2, "a"));
	assert_true(ref_in(f, 1, "b") != ref_in(f, 2, "b"));
	assert_true(ref_in(f, 2, "b") == ref_in(f, 3, "b"));
	assert_int_equal(ref_in(f, 2, "stop"), -ENOENT);
	assert_int_equal(ref_in(f, 3, "a"), -ENOENT);
	assert_int_equal(ref_in(f, 0, "a"), -ENOENT);
}

static void test_rollback_makes_an_epoch_current_again(void **state)
{
	static const struct span_item first[] = {{"a", "1"}, {"b", "1"}, {"same", "1"}};
	static const struct span_item second[] = {{"b", "2"}, {"c", "1"}, {"same", "1"}};
	struct store_fixture *f = *state;
	struct log log = {0};

	sync_products(f, first, 3, &log);
	sync_products(f, second, 3, &log);
	roll_back(f, 1, &log);
	assert_string_equal(log.text, "-sales/c +sales/a ~sales/b ");
	assert_names(f, 2, NULL, "b c same ");
	assert_names(f, 3, NULL, "a b same ");
	assert_true(ref_in(f, 3, "b") == ref_in(f, 1, "b"));
	assert_true(ref_in(f, 3, "a") == ref_in(f, 1, "a"));
	roll_back(f, 2, &log);
	assert_string_equal(log.text, "-sales/a ~sales/b +sales/c ");
	assert_true(ref_in(f, 4, "b") == ref_in(f, 2, "b"));
	roll_back(f, 4, &log);
	assert_string_equal(log.text, "");
}

static void test_no_name_twice(void **state)
{
	static const struct span_item twice[] = {{"a", "1"}, {"a", "2"}};
	struct store_fixture *f = *state;
	struct log log = {0};
	struct mesh_err err = {0};
	int64_t epoch;

	log_db = store_begin(f, &epoch);

	struct span_sync sync = {.span = SPAN_PRODUCT,
	    .domain = "sales",
	    .epoch = epoch,
	    .items = twice,
	    .len = 2,
	    .write = write_body,
	    .changed = log_change,
	    .arg = &log};

	assert_int_equal(span_sync(log_db, &sync, &err), -EINVAL);
	epochs_abort(log_db);
	pool_unlock_writer(f->pool);
	assert_names(f, 1, NULL, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_spans_keep_every_epoch, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_rollback_makes_an_epoch_current_again, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(test_no_name_twice, store_setup_open, store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
