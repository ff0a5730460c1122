#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fs/storage/postgres_cell.h"

enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_TEXT = 25,
	OID_JSON = 114,
	OID_FLOAT8 = 701,
	OID_DATE = 1082,
	OID_TIMESTAMPTZ = 1184,
	OID_NUMERIC = 1700,
	OID_JSONB = 3802
};

/* Each value in memory of its own length and the one byte more that may be written to. */
static char *memory;

static struct cell cell_of(unsigned int oid, const char *s)
{
	free(memory);
	memory = malloc(strlen(s) + 1);
	assert_non_null(memory);
	memcpy(memory, s, strlen(s));
	memory[strlen(s)] = '\t';
	return postgres_cell(postgres_kind_of(oid, NULL), memory, strlen(s));
}

static int free_memory(void **state)
{
	(void)state;
	free(memory);
	memory = NULL;
	return 0;
}

static void is_bytes(unsigned int oid, const char *s, enum cell_type type, const char *want)
{
	struct cell c = cell_of(oid, s);

	assert_int_equal(c.type, type);
	assert_int_equal(c.len, strlen(want));
	assert_memory_equal(c.s, want, c.len);
}

static void stays(unsigned int oid, const char *s)
{
	is_bytes(oid, s, CELL_TEXT, s);
}

static void is_int(const char *s, int64_t want)
{
	struct cell c = cell_of(OID_INT8, s);

	assert_int_equal(c.type, CELL_INT);
	assert_true(c.i == want);
}

static void test_integer(void **state)
{
	(void)state;
	is_int("0", 0);
	is_int("-1", -1);
	is_int("9223372036854775807", INT64_MAX);
	is_int("-9223372036854775808", INT64_MIN);
	stays(OID_INT8, "9223372036854775808");
	stays(OID_INT8, "-9223372036854775809");
	stays(OID_INT8, "");
	stays(OID_INT8, "-");
	stays(OID_INT8, "1x");
	stays(OID_INT8, "--1");
	stays(OID_INT8, "+1");
}

static void test_real(void **state)
{
	static const struct {
		const char *text;
		double f;
	} cases[] = {{"0.1", 0.1}, {"-0", -0.0}, {"1e+300", 1e300}, {"5e-324", 5e-324},
	    {"1.7976931348623157e+308", DBL_MAX}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cell c = cell_of(OID_FLOAT8, cases[i].text);

		assert_int_equal(c.type, CELL_REAL);
		assert_memory_equal(&c.f, &cases[i].f, sizeof(c.f));
	}
	stays(OID_FLOAT8, "NaN");
	stays(OID_FLOAT8, "Infinity");
	stays(OID_FLOAT8, "-Infinity");
	stays(OID_FLOAT8, "");
	stays(OID_FLOAT8, "1.5 ");
}

/* What the contract calls a number is printed with the digits that the server gave. */
static void test_real_by_contract(void **state)
{
	(void)state;
	assert_int_equal(postgres_kind_of(OID_FLOAT8, "number"), POSTGRES_TEXT);
	assert_int_equal(postgres_kind_of(OID_FLOAT8, "string"), POSTGRES_REAL);
	assert_int_equal(postgres_kind_of(OID_INT8, "number"), POSTGRES_INT);
}

static void test_boolean(void **state)
{
	struct cell yes = cell_of(OID_BOOL, "t"), no = cell_of(OID_BOOL, "f");

	(void)state;
	assert_int_equal(yes.type, CELL_BOOL);
	assert_int_equal(yes.i, 1);
	assert_int_equal(no.type, CELL_BOOL);
	assert_int_equal(no.i, 0);
	stays(OID_BOOL, "true");
	stays(OID_BOOL, "x");
	stays(OID_BOOL, "");
}

static void test_timestamp(void **state)
{
	(void)state;
	is_bytes(OID_TIMESTAMPTZ, "2026-11-22 23:30:00+00", CELL_TEXT, "2026-11-22T23:30:00Z");
	is_bytes(OID_TIMESTAMPTZ, "2026-11-22 23:30:00.123456+00", CELL_TEXT,
	    "2026-11-22T23:30:00.123456Z");
	is_bytes(OID_TIMESTAMPTZ, "2026-11-22 23:30:00", CELL_TEXT, "2026-11-22T23:30:00");
	is_bytes(OID_TIMESTAMPTZ, "10000-01-01 00:00:00+00", CELL_TEXT, "10000-01-01T00:00:00Z");
	stays(OID_TIMESTAMPTZ, "0044-03-15 12:00:00+00 BC");
	stays(OID_TIMESTAMPTZ, "2026-11-22 23:30:00+01");
	stays(OID_TIMESTAMPTZ, "2026-11-22");
	stays(OID_TIMESTAMPTZ, "infinity");
	stays(OID_TIMESTAMPTZ, "-infinity");
	stays(OID_TIMESTAMPTZ, "");
	stays(OID_DATE, "2026-11-22");
}

static void test_bytes(void **state)
{
	(void)state;
	is_bytes(OID_BYTEA, "\\x", CELL_BLOB, "");
	is_bytes(OID_BYTEA, "\\x616263ff", CELL_BLOB, "abc\xff");
	stays(OID_BYTEA, "\\x616");
	stays(OID_BYTEA, "\\x6g");
	stays(OID_BYTEA, "\\");
	stays(OID_BYTEA, "abcd");
	stays(OID_BYTEA, "");
}

static void test_others(void **state)
{
	(void)state;
	is_bytes(OID_JSON, "{\"a\":\n1}", CELL_JSON, "{\"a\":\n1}");
	is_bytes(OID_JSONB, "null", CELL_JSON, "null");
	stays(OID_NUMERIC, "12345678901234567890.10");
	stays(OID_TEXT, "t");
	stays(OID_TEXT, "");
	stays(123456, "(1,2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_integer),
	    cmocka_unit_test(test_real),
	    cmocka_unit_test(test_real_by_contract),
	    cmocka_unit_test(test_boolean),
	    cmocka_unit_test(test_timestamp),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, free_memory);
}
