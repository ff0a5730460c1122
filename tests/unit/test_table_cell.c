#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/when.h"
#include "fs/table/cell.h"
#include "tests/unit/table_fixture.h"

static struct arena arena;

static int clear(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static struct value value_of(const char *text, const char *type)
{
	struct cell c = {.type = CELL_TEXT, .s = text, .len = strlen(text)};

	return plan_value(&c, type, &arena);
}

static void is_number(const char *text, const char *type, enum value_type want, int64_t i)
{
	struct value v = value_of(text, type);

	if (v.type != want || v.i != i)
		fail_msg("%s as %s: type %d, %lld", text, type, v.type, (long long)v.i);
}

static void is_null(const char *text, const char *type)
{
	struct value v = value_of(text, type);

	if (v.type != VALUE_NULL)
		fail_msg("%s as %s: type %d", text, type, v.type);
}

static void is_string(const char *text, const char *type)
{
	struct value v = value_of(text, type);

	assert_int_equal(v.type, VALUE_STRING);
	assert_string_equal(v.s, text);
}

static void integers(void **state)
{
	(void)state;
	is_number("0", "integer", VALUE_INT, 0);
	is_number("-12", "integer", VALUE_INT, -12);
	is_number("+007", "integer", VALUE_INT, 7);
	is_number("9223372036854775807", "integer", VALUE_INT, INT64_MAX);
	is_number("-9223372036854775808", "integer", VALUE_INT, INT64_MIN);
	is_null("9223372036854775808", "integer");
	is_null("-9223372036854775809", "integer");
	is_null("", "integer");
	is_null("-", "integer");
	is_null(" 1", "integer");
	is_null("1 ", "integer");
	is_null("1.0", "integer");
	is_null("1e3", "integer");
	is_null("0x10", "integer");
	is_null("1,000", "integer");
}

static void decimals(void **state)
{
	(void)state;
	is_number("1", "number", VALUE_DECIMAL, 10000);
	is_number("-0.5", "number", VALUE_DECIMAL, -5000);
	is_number("12.3456", "number", VALUE_DECIMAL, 123456);
	is_number("12.34560000", "number", VALUE_DECIMAL, 123456);
	is_number(".5", "number", VALUE_DECIMAL, 5000);
	is_number("5.", "number", VALUE_DECIMAL, 50000);
	is_number("922337203685477.5807", "number", VALUE_DECIMAL, INT64_MAX);
	is_number("-922337203685477.5808", "number", VALUE_DECIMAL, INT64_MIN);
	is_null("922337203685477.5808", "number");
	is_null("12.34567", "number");
	is_null("12.34560007", "number");
	is_null("1.2.3", "number");
	is_null(".", "number");
	is_null("1e3", "number");
	is_null("NaN", "number");
}

static void booleans(void **state)
{
	(void)state;
	is_number("true", "boolean", VALUE_BOOL, 1);
	is_number("FALSE", "boolean", VALUE_BOOL, 0);
	is_number("t", "boolean", VALUE_BOOL, 1);
	is_number("0", "boolean", VALUE_BOOL, 0);
	is_null("yes", "boolean");
	is_null("", "boolean");
	is_null("tru", "boolean");
}

static void times(void **state)
{
	int64_t day, ns;

	(void)state;
	assert_int_equal(when_parse("2026-11-22", &day), 0);
	assert_int_equal(when_parse("2026-11-22T23:30:00.5Z", &ns), 0);
	is_number("2026-11-22", "date", VALUE_TIME, day);
	is_number("2026-11-22", "timestamp", VALUE_TIME, day);
	is_number("2026-11-22T23:30:00.5Z", "timestamp", VALUE_TIME, ns);
	is_number("2026-11-22 23:30:00.5", "timestamp", VALUE_TIME, ns);
	is_number("2026-11-22 23:30:00.500+00", "timestamp", VALUE_TIME, ns);
	is_number("2026-11-23 01:00:00.5+0130", "timestamp", VALUE_TIME, ns);
	is_number("2026-11-22t21:30:00.5-02:00", "timestamp", VALUE_TIME, ns);
	is_null("2026-11-22T23:30:00Z", "date");
	is_null("2026-02-30", "date");
	is_null("2026-2-3", "date");
	is_null("22.11.2026", "date");
	is_null("2026-11-22 23:30", "timestamp");
	is_null("2026-11-22 25:30:00", "timestamp");
	is_null("2026-11-22 23:30:00+1", "timestamp");
	is_null("2026-11-22 23:30:00 CET", "timestamp");
	is_null("2026-11-22 23:30:00.00000000000000000000000000000000", "timestamp");
	is_null("9999-12-31", "date");
}

static void text(void **state)
{
	const struct cell nul = {.type = CELL_TEXT, .s = "EU\0x", .len = 4};

	(void)state;
	is_string("", "string");
	is_string("x", "string");
	is_string("12:30", "time");
	is_string("5", NULL);
	is_string("5", "varchar");
	is_null("{}", "object");
	is_null("[]", "array");
	assert_int_equal(plan_value(&nul, "string", &arena).type, VALUE_NULL);
}

static void typed(const struct cell *c, const char *type, enum value_type want, int64_t i)
{
	struct value v = plan_value(c, type, &arena);

	assert_int_equal(v.type, want);
	assert_int_equal(v.i, i);
}

static void typed_by_storage(void **state)
{
	const struct cell one = {.type = CELL_INT, .i = 1}, seven = {.type = CELL_INT, .i = 7};
	const struct cell big = {.type = CELL_INT, .i = INT64_MAX},
			  yes = {.type = CELL_BOOL, .i = 1};
	const struct cell real = {.type = CELL_REAL, .f = 0.1},
			  fine = {.type = CELL_REAL, .f = 0.12345};
	const struct cell null = {0}, json = {.type = CELL_JSON, .s = "1", .len = 1};
	const struct cell blob = {.type = CELL_BLOB, .s = "1", .len = 1};

	(void)state;
	typed(&seven, "integer", VALUE_INT, 7);
	typed(&seven, NULL, VALUE_INT, 7);
	typed(&seven, "number", VALUE_DECIMAL, 70000);
	typed(&big, "number", VALUE_NULL, 0);
	typed(&one, "boolean", VALUE_BOOL, 1);
	typed(&seven, "boolean", VALUE_NULL, 0);
	typed(&seven, "string", VALUE_NULL, 0);
	typed(&seven, "date", VALUE_NULL, 0);
	typed(&yes, "boolean", VALUE_BOOL, 1);
	typed(&yes, NULL, VALUE_BOOL, 1);
	typed(&yes, "integer", VALUE_NULL, 0);
	typed(&real, "number", VALUE_DECIMAL, 1000);
	typed(&fine, "number", VALUE_NULL, 0);
	typed(&real, "integer", VALUE_NULL, 0);
	typed(&real, NULL, VALUE_NULL, 0);
	typed(&null, "integer", VALUE_NULL, 0);
	typed(&json, "integer", VALUE_NULL, 0);
	typed(&blob, NULL, VALUE_NULL, 0);
}

static void print(double f, const char *want)
{
	char got[CELL_NUMBER_CAP + 1] = "";

	got[cell_print_real(f, got)] = '\0';
	assert_string_equal(got, want);
}

static void numbers_printed(void **state)
{
	static const int64_t ints[] = {0, 1, -1, 10, 99, INT64_MAX, INT64_MIN};
	char got[CELL_NUMBER_CAP + 1], want[32];

	(void)state;
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		got[cell_print_int(ints[i], got)] = '\0';
		(void)snprintf(want, sizeof(want), "%lld", (long long)ints[i]);
		assert_string_equal(got, want);
	}
	print(0.1, "0.1");
	print(-0.0, "-0");
	print(1e300, "1e+300");
	print(5e-324, "4.94065645841247e-324");
	print(1.0 / 3, "0.3333333333333333");
	print(0.1 + 0.2, "0.30000000000000004");
	print(__builtin_nan(""), "NaN");
	print(-__builtin_inf(), "-Infinity");
}

/* Whatever way is taken, the digits are those of the shortest of three precisions that reads
 * back. */
static void reals_printed_as_by_printf(void **state)
{
	uint64_t seed = 88172645463325252ULL;
	char want[CELL_NUMBER_CAP];

	(void)state;
	for (int i = 0; i < 300000; i++) {
		int64_t whole;
		double f;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		memcpy(&whole, &seed, sizeof(whole));
		if (i % 3 == 0)
			memcpy(&f, &seed, sizeof(f));
		else
			f = (double)(whole >> (i % 61)) /
			    (double[]){1, 10, 100, 1000, 10000, 100000}[i % 6];
		if (f != f || f - f != 0)
			continue;
		for (int digits = 15; digits <= 17; digits++) {
			(void)snprintf(want, sizeof(want), "%.*g", digits, f);
			if (strtod(want, NULL) == f)
				break;
		}
		print(f, want);
	}
}

static void format_names(void **state)
{
	(void)state;
	for (int f = 0; f < TABLE_FORMAT_COUNT; f++)
		assert_int_equal(table_format_parse(table_format_name((enum table_format)f)), f);
	assert_int_equal(table_format_parse("xls"), -1);
	assert_int_equal(table_format_parse(NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(integers, clear),
	    cmocka_unit_test_teardown(decimals, clear),
	    cmocka_unit_test_teardown(booleans, clear),
	    cmocka_unit_test_teardown(times, clear),
	    cmocka_unit_test_teardown(text, clear),
	    cmocka_unit_test_teardown(typed_by_storage, clear),
	    cmocka_unit_test_teardown(numbers_printed, clear),
	    cmocka_unit_test(reals_printed_as_by_printf),
	    cmocka_unit_test(format_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
