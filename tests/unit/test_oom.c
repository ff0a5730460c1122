/* The allocation-failure sweep itself: does it reach every allocation, and does it end? */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/oom.h"

struct record {
	int runs;
	int failures;
	int at[16]; /* which step failed, by run */
};

static int three_allocations(void *arg)
{
	struct record *record = arg;
	void *volatile a, *volatile b,
			      *volatile c; /* lest the compiler see that nobody reads them */
	int step = 0;

	record->runs++;
	a = malloc(10);
	if (!a)
		step = 1;
	b = step ? NULL : calloc(3, 7);
	if (!step && !b)
		step = 2;
	c = step ? NULL : realloc(b, 100);
	if (!step && !c)
		step = 3;
	else if (c)
		b = NULL;
	free(a);
	free(b);
	free(c);
	if (step && record->failures < 16)
		record->at[record->failures++] = step;
	return step ? -ENOMEM : 0;
}

static void test_each_allocation_fails_once(void **state)
{
	struct record record = {0};

	(void)state;
	oom_sweep(three_allocations, &record, 10);
	assert_int_equal(record.failures, 3);
	assert_int_equal(record.at[0], 1);
	assert_int_equal(record.at[1], 2);
	assert_int_equal(record.at[2], 3);
	assert_int_equal(record.runs, 5); /* undisturbed, three failures, and the end */
}

/* Parses JSON: all of its allocations are made inside a shared library. */
static int parse_in_library(void *arg)
{
	struct record *record = arg;
	json_error_t error;
	json_t *json = json_loads("{\"a\": [1, 2, {\"b\": \"text\"}]}", 0, &error);

	if (!json) {
		record->failures++;
		return -ENOMEM;
	}
	json_decref(json);
	return 0;
}

static void test_libraries_are_reached(void **state)
{
	struct record record = {0};

	(void)state;
	oom_sweep(parse_in_library, &record, 200);
	assert_in_range(record.failures, 3, 200);
}

static int tolerant(void *arg)
{
	struct record *record = arg;
	char *volatile block = malloc(1);

	record->runs++;
	free(block);
	return 0;
}

static void test_a_harmless_failure_goes_on(void **state)
{
	struct record record = {0};

	(void)state;
	oom_sweep(tolerant, &record, 10);
	assert_int_equal(record.runs, 3);
}

static void test_only_the_nth_fails(void **state)
{
	void *volatile block;

	(void)state;
	oom_fail_nth(2);
	block = malloc(8);
	assert_non_null(block);
	free(block);
	errno = 0;
	block = malloc(8);
	assert_null(block);
	assert_int_equal(errno, ENOMEM);
	block = malloc(8);
	assert_non_null(block);
	free(block);
	assert_true(oom_fail_nth(0) >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_allocation_fails_once),
	    cmocka_unit_test(test_libraries_are_reached),
	    cmocka_unit_test(test_a_harmless_failure_goes_on),
	    cmocka_unit_test(test_only_the_nth_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
