#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fs/table/tally.h"
#include "tests/lib/oom.h"

static uint64_t mixed(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

/* `len` things of `kinds` kinds; the kind of each in `ret_kinds`. `mask` clears bits of the
 * prints. */
static int fill(struct tally *t, size_t len, uint32_t kinds, uint64_t mask, uint32_t *ret_kinds)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < len; i++) {
		/* Low kinds are rare. */
		uint32_t kind = (uint32_t)(mixed(i) % kinds);

		kind = kind > mixed(i + 1) % kinds ? kind : (uint32_t)(mixed(i + 1) % kinds);
		ret_kinds[i] = kind;
		rc = tally_add(
		    t, &(struct tally_print){mixed(kind) & mask, mixed(kind + 77)}, NULL);
	}
	return rc;
}

static void check(size_t len, uint32_t kinds, uint64_t mask, uint64_t min)
{
	uint32_t *kind = calloc(len, sizeof(*kind)), *counts = calloc(kinds, sizeof(*counts));
	struct mesh_err err = {0};
	struct tally t;
	size_t enough = 0;

	assert_true(kind && counts);
	assert_int_equal(tally_init(&t, &err), 0);
	assert_int_equal(fill(&t, len, kinds, mask, kind), 0);
	assert_int_equal(tally_count(&t, min, NULL, &err), 0);
	for (size_t i = 0; i < len; i++)
		counts[kind[i]]++;
	for (size_t i = 0; i < len; i++) {
		int got = tally_enough(&t, i, &err);

		if (got != (counts[kind[i]] >= min))
			fail_msg(
			    "%zu: kind %u occurs %u times: %d", i, kind[i], counts[kind[i]], got);
		enough += (size_t)got;
	}
	assert_true(len < 10 || (enough > 0 && enough < len));
	tally_clear(&t);
	free(kind);
	free(counts);
}

static void few(void **state)
{
	(void)state;
	check(0, 1, UINT64_MAX, 2);
	check(1, 1, UINT64_MAX, 1);
	check(3, 1, UINT64_MAX, 4);
	check(100, 10, UINT64_MAX, 10);
	check(2048, 700, UINT64_MAX, 4);
	check(2049, 700, UINT64_MAX, 4);
	check(100000, 30000, UINT64_MAX, 5);
}

/* All in one bucket, which is more than what is counted at once. */
static void one_bucket(void **state)
{
	(void)state;
	check(400000, 150000, 0x00ffffffffffffffULL, 4);
}

/* More marks than are in memory at once. */
static void many(void **state)
{
	(void)state;
	check(((size_t)8 << 20) + 5000, 5000, UINT64_MAX, 1700);
}

static int count_once(void *arg)
{
	uint32_t kind[100];
	struct tally t;
	int rc = tally_init(&t, NULL);

	(void)arg;
	if (rc == 0)
		rc = fill(&t, 100, 10, UINT64_MAX, kind);
	if (rc == 0)
		rc = tally_count(&t, 3, NULL, NULL);
	tally_clear(&t);
	return rc;
}

static void memory_runs_out(void **state)
{
	(void)state;
	oom_sweep(count_once, NULL, 50);
}

static void cancelled(void **state)
{
	table_cancel cancel;
	struct tally t;

	(void)state;
	atomic_init(&cancel, true);
	assert_int_equal(tally_init(&t, NULL), 0);
	assert_int_equal(tally_add(&t, &(struct tally_print){1, 2}, NULL), 0);
	assert_int_equal(tally_count(&t, 1, &cancel, NULL), -EINTR);
	tally_clear(&t);
}

static void no_place_for_files(void **state)
{
	struct mesh_err err;
	struct spill s;

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	assert_int_equal(spill_init(&s, &err), -ENOENT);
	assert_non_null(strstr(err.text, "temporary file"));
	spill_clear(&s);
	assert_int_equal(unsetenv("TMPDIR"), 0);
	assert_int_equal(spill_init(&s, &err), 0);
	spill_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(few),
	    cmocka_unit_test(one_bucket),
	    cmocka_unit_test(many),
	    cmocka_unit_test(memory_runs_out),
	    cmocka_unit_test(cancelled),
	    cmocka_unit_test(no_place_for_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
