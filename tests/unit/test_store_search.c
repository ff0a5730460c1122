/* Full-text search: what is found, and that the words are data. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/store/search.h"
#include "catalog/store/span.h"
#include "tests/unit/store_fixture.h"

struct hits {
	char text[512];
	double last;
};

static int add_hit(void *arg, const struct search_found *found)
{
	struct hits *hits = arg;

	assert_true(found->score <= hits->last);
	hits->last = found->score;
	strcat(hits->text, found->entry);
	strcat(hits->text, " ");
	return 0;
}

static void assert_hits(struct store_fixture *f, int64_t epoch, const char *words, const char *want)
{
	struct search_request rq = {words, epoch, 10};
	struct hits hits = {.last = 1e9};
	struct mesh_err err = {0};
	struct db *db = store_take(f);

	if (search_run(db, &rq, add_hit, &hits, &err) < 0)
		fail_msg("%s: %s", words, err.text);
	pool_give(f->pool, db);
	if (strcmp(hits.text, want) != 0)
		fail_msg("'%s' found '%s', not '%s'", words, hits.text, want);
}

static struct product searched[2];
static struct db *search_db;

static int changed(void *arg, const struct span_change *change)
{
	(void)arg;
	(void)change;
	return 0;
}

static int write_searched(void *arg, size_t i, int64_t *ret_ref, struct mesh_err *err)
{
	(void)arg;
	return products_write(search_db, &mesh, &searched[i], ret_ref, err);
}

static void sync_searched(struct store_fixture *f, size_t len)
{
	static const struct span_item items[] = {{"orders", "1"}, {"rates", "1"}};
	struct mesh_err err = {0};
	int64_t epoch;

	search_db = store_begin(f, &epoch);
	store_write_blob(search_db);

	struct span_sync sync = {
	    .span = SPAN_PRODUCT,
	    .domain = "sales",
	    .epoch = epoch,
	    .items = items,
	    .len = len,
	    .write = write_searched,
	    .changed = changed,
	};

	if (span_sync(search_db, &sync, &err) < 0)
		fail_msg("%s", err.text);
	store_commit(f, search_db, epoch);
}

static void test_search_finds_words_of_all_kinds(void **state)
{
	struct store_fixture *f = *state;

	searched[0] = store_product();
	searched[1] = (struct product){.domain = "sales",
	    .name = "rates",
	    .entry = "rates",
	    .title = "Exchange rates",
	    .purpose = "Not about an order, but orders come up",
	    .end_of_life_ns = WHEN_NONE};
	sync_searched(f, 2);
	sync_searched(f, 1);

	assert_hits(f, 1, "exchange", "rates ");
	assert_hits(f, 1, "EXCH rat", "rates ");
	assert_hits(f, 1, "orders", "orders rates "); /* a name counts more than a description */
	assert_hits(f, 1, "street", "orders ");
	assert_hits(f, 1, "parcel", "orders ");
	assert_hits(f, 1, "pii", "orders ");
	assert_hits(f, 1, "zolw", ""); /* l with a stroke is a letter of its own */
	assert_hits(f, 1, "ŻÓŁW", "orders ");
	assert_hits(f, 1, "exchange parcel", "");
	assert_hits(f, 2, "exchange", ""); /* no longer there */
	assert_hits(f, 2, "sales", "orders ");
}

static void test_search_words_are_data(void **state)
{
	static const char *const words[] = {"\"", "\"\"", "\"orders", "orders\"", "*",
	    "name:orders", "NEAR(orders, 2)", "orders OR", "AND", "NOT orders", "(", ")", "^orders",
	    "-orders", "{name} : x", "+", "'", ";", "\\", "", "   ", "\t\n", "--", "ord*",
	    "\xff\xfe", "a\"b\"c", "orders) OR (rates"};
	struct store_fixture *f = *state;
	struct search_request rq = {.epoch = 1, .limit = 10};
	struct hits hits = {.last = 1e9};
	struct mesh_err err = {0};

	searched[0] = store_product();
	sync_searched(f, 1);

	struct db *db = store_take(f);

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		rq.words = words[i];
		hits = (struct hits){.last = 1e9};
		if (search_run(db, &rq, add_hit, &hits, &err) < 0)
			fail_msg("%s: %s", words[i], err.text);
	}
	pool_give(f->pool, db);
	assert_hits(f, 1, "-orders -- \"order", "orders ");
	assert_hits(f, 1, "NOT orders", ""); /* "not" is a word like any other */
}

static void test_search_is_bounded(void **state)
{
	struct store_fixture *f = *state;
	char words[SEARCH_MAX_BYTES + 2];
	struct search_request rq = {words, 1, 10};
	struct hits hits = {.last = 1e9};
	struct db *db = store_take(f);

	memset(words, 'a', sizeof(words));
	words[sizeof(words) - 1] = '\0';
	assert_int_equal(search_run(db, &rq, add_hit, &hits, NULL), -E2BIG);
	for (size_t i = 0; i < SEARCH_MAX_BYTES; i += 2)
		words[i] = ' ';
	words[SEARCH_MAX_BYTES] = '\0';
	assert_int_equal(search_run(db, &rq, add_hit, &hits, NULL), -E2BIG);
	words[2 * SEARCH_MAX_WORDS] = '\0';
	assert_int_equal(search_run(db, &rq, add_hit, &hits, NULL), 0);
	pool_give(f->pool, db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_search_finds_words_of_all_kinds, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_search_words_are_data, store_setup_open, store_teardown),
	    cmocka_unit_test_setup_teardown(
		test_search_is_bounded, store_setup_open, store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
