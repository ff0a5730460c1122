#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fs/storage/duckdb_iso.h"

static void check_date(int32_t days, const char *want)
{
	char out[DUCKDB_ISO_CAP + 1] = {0};
	int32_t back;
	size_t len = duckdb_iso_date(days, out);

	assert_int_equal(len, strlen(want));
	assert_memory_equal(out, want, len);
	assert_true(duckdb_iso_parse_date(out, len, &back));
	assert_int_equal(back, days);
}

static void test_dates(void **state)
{
	(void)state;
	check_date(0, "1970-01-01");
	check_date(-1, "1969-12-31");
	check_date(19782, "2024-02-29");
	check_date(2932896, "9999-12-31");
	check_date(2932897, "10000-01-01");
	check_date(-719528, "0000-01-01");
	check_date(-719529, "-0001-12-31");
	check_date(INT32_MAX - 1, "5881580-07-10");
	check_date(-INT32_MAX + 1, "-5877641-06-25");
	check_date(INT32_MAX, "infinity");
	check_date(-INT32_MAX, "-infinity");
}

static void check_timestamp(int64_t us, bool utc, const char *want)
{
	char out[DUCKDB_ISO_CAP] = {0};
	int64_t back;
	size_t len = duckdb_iso_timestamp(us, 1000000, utc, out);

	assert_int_equal(len, strlen(want));
	assert_memory_equal(out, want, len);
	assert_true(duckdb_iso_parse_timestamp(out, len, &back));
	assert_int_equal(back, us);
}

static void test_timestamps(void **state)
{
	(void)state;
	check_timestamp(0, false, "1970-01-01T00:00:00");
	check_timestamp(0, true, "1970-01-01T00:00:00Z");
	check_timestamp(-1, true, "1969-12-31T23:59:59.999999Z");
	check_timestamp(1500000, false, "1970-01-01T00:00:01.500000");
	check_timestamp(253402300799000000, true, "9999-12-31T23:59:59Z");
	check_timestamp(9223372036854775806, false, "294247-01-10T04:00:54.775806");
	check_timestamp(INT64_MAX, true, "infinity");
	check_timestamp(-INT64_MAX, false, "-infinity");
}

static void check_units(int64_t units, int64_t per_second, const char *want)
{
	char out[DUCKDB_ISO_CAP] = {0};
	size_t len = duckdb_iso_timestamp(units, per_second, false, out);

	assert_int_equal(len, strlen(want));
	assert_memory_equal(out, want, len);
}

static void test_units(void **state)
{
	(void)state;
	check_units(-1, 1, "1969-12-31T23:59:59");
	check_units(1001, 1000, "1970-01-01T00:00:01.001");
	check_units(1000000007, 1000000000, "1970-01-01T00:00:01.000000007");
	check_units(185542587187199, 1, "5881580-07-11T23:59:59");
	check_units(INT64_MAX - 1, 1, "infinity");
	check_units(INT64_MIN, 1, "-infinity");
	check_units(INT64_MIN, 1000000000, "1677-09-21T00:12:43.145224192");
}

static void check_read(const char *text, int64_t want)
{
	int64_t us = 0;

	if (!duckdb_iso_parse_timestamp(text, strlen(text), &us))
		fail_msg("not read: %s", text);
	assert_int_equal(us, want);
}

static void test_reading(void **state)
{
	(void)state;
	check_read("1970-01-01", 0);
	check_read("1970-01-01 00:01", 60000000);
	check_read("1970-01-01t00:00:01z", 1000000);
	check_read("1970-01-01T02:00:00+02:00", 0);
	check_read("1970-01-01T02:00:00+02", 0);
	check_read("1969-12-31T22:30:00-0130", 0);
	check_read("1970-01-01T00:00:00.1234567890Z", 123456);
}

static void test_refused(void **state)
{
	static const char *const times[] = {"", "1970", "1970-1-1", "1970-02-30", "1970-13-01",
	    "1970-00-01", "1970-01-01T", "1970-01-01T24:00", "1970-01-01T00:60",
	    "1970-01-01T00:00:60", "1970-01-01T00:00:00.", "1970-01-01T00:00:00+1",
	    "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00Zx",
	    "1970-01-01T00:00:00Europe/Berlin", " 1970-01-01", "1970-01-01 ",
	    "999999-01-01T00:00:00", "Infinity", "infinityx", "now"};
	int64_t us = 7;
	int32_t days = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (duckdb_iso_parse_timestamp(times[i], strlen(times[i]), &us))
			fail_msg("read: %s", times[i]);
	assert_false(duckdb_iso_parse_date("1970-01-01T00:00", 16, &days));
	assert_false(duckdb_iso_parse_date("1970-01-0\0", 10, &days));
	assert_false(duckdb_iso_parse_date("5881580-07-11", 13, &days));
	assert_false(duckdb_iso_parse_date("-9999999-01-01", 14, &days));
	assert_int_equal(us, 7);
	assert_int_equal(days, 7);
}

/* Every length of a text ends somewhere else: nothing is read beyond it. */
static void test_bounds(void **state)
{
	static const char text[] = "2026-11-26T10:11:12.131415+01:30";
	int64_t us;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		char *copy = test_malloc(len + 1);

		memcpy(copy, text, len);
		copy[len] = '9';
		(void)duckdb_iso_parse_timestamp(copy, len, &us);
		test_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_timestamps),
	    cmocka_unit_test(test_units),
	    cmocka_unit_test(test_reading),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
