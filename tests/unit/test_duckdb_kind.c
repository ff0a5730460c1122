#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fs/storage/duckdb_kind.h"

static void test_logical(void **state)
{
	static const struct {
		const char *type, *logical;
		bool json;
	} known[] = {
	    {"BOOLEAN", "boolean", false},
	    {"UTINYINT", "integer", false},
	    {"UBIGINT", "integer", false},
	    {"HUGEINT", "integer", false},
	    {"DOUBLE", "number", false},
	    {"DECIMAL(10,2)", "number", false},
	    {"DATE", "date", false},
	    {"TIMESTAMP WITH TIME ZONE", "timestamp", false},
	    {"TIMESTAMP_NS", "timestamp", false},
	    {"TIME", "time", false},
	    {"VARCHAR", "string", false},
	    {"UUID", "string", false},
	    {"BLOB", "string", false},
	    {"ENUM('a', 'b')", "string", false},
	    {"JSON", "object", true},
	    {"STRUCT(a INTEGER)", "object", true},
	    {"MAP(VARCHAR, DATE)", "object", true},
	    {"STRUCT(a DATE)[]", "array", true},
	    {"INTEGER[3]", "array", true},
	    {"something new", "string", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_string_equal(duckdb_kind_logical(known[i].type), known[i].logical);
		assert_int_equal(duckdb_kind_is_json(known[i].type), known[i].json);
	}
	assert_true(duckdb_kind_is_struct("STRUCT(a INTEGER)"));
	assert_false(duckdb_kind_is_struct("STRUCT(a INTEGER)[]"));
	assert_false(duckdb_kind_is_struct("MAP(VARCHAR, DATE)"));
}

static void check_select(const char *type, const char *want)
{
	struct buf sql;

	buf_init(&sql);
	duckdb_kind_select(&sql, "x", type);
	assert_string_equal(sql.data, want);
	buf_clear(&sql);
}

static void test_select(void **state)
{
	(void)state;
	check_select("BIGINT", "x");
	check_select("TIMESTAMP_NS", "x");
	check_select("VARCHAR", "x");
	check_select("BLOB", "x");
	check_select("UBIGINT", "CAST(x AS VARCHAR)");
	check_select("FLOAT", "CAST(x AS VARCHAR)");
	check_select("DECIMAL(4,1)", "CAST(x AS VARCHAR)");
	check_select("INTEGER[]", "CAST(to_json(x) AS VARCHAR)");
	check_select("JSON", "CASE WHEN json_valid(x) THEN CAST(json(x) AS VARCHAR) END");
}

static void check_target(const char *logical, const char *stored, int carrier, const char *cast)
{
	struct duckdb_kind_target t = duckdb_kind_target(logical, stored);

	if (t.carrier != carrier)
		fail_msg("%s %s: carrier %d", logical, stored, t.carrier);
	if (cast)
		assert_string_equal(t.cast, cast);
	else
		assert_null(t.cast);
}

static void test_target(void **state)
{
	(void)state;
	check_target(NULL, NULL, DUCKDB_VARCHAR, NULL);
	check_target("string", NULL, DUCKDB_VARCHAR, NULL);
	check_target("string", "UUID", DUCKDB_VARCHAR, NULL); /* a mask makes no UUID */
	check_target("string", "INTEGER", DUCKDB_VARCHAR, NULL);
	check_target("string", "BLOB", DUCKDB_BLOB, NULL);
	check_target("integer", NULL, DUCKDB_BIGINT, NULL);
	check_target("integer", "TINYINT", DUCKDB_BIGINT, NULL);
	check_target("integer", "HUGEINT", DUCKDB_VARCHAR, "HUGEINT");
	check_target("integer", "DOUBLE", DUCKDB_DOUBLE, NULL);
	check_target("integer", "VARCHAR", DUCKDB_BIGINT, NULL);
	check_target("number", NULL, DUCKDB_DOUBLE, NULL);
	check_target("number", "BIGINT", DUCKDB_BIGINT, NULL);
	check_target("number", "FLOAT", DUCKDB_VARCHAR, "FLOAT");
	check_target("number", "DECIMAL(10,2)", DUCKDB_VARCHAR, "DECIMAL(10,2)");
	check_target("boolean", "VARCHAR", DUCKDB_BOOLEAN, NULL);
	check_target("date", "VARCHAR", DUCKDB_DATE, NULL);
	check_target("timestamp", NULL, DUCKDB_TIMESTAMP_TZ, NULL);
	check_target("timestamp", "VARCHAR", DUCKDB_TIMESTAMP_TZ, NULL);
	check_target("timestamp", "TIMESTAMP", DUCKDB_TIMESTAMP, NULL);
	check_target("timestamp", "TIMESTAMP_MS", DUCKDB_TIMESTAMP, "TIMESTAMP_MS");
	check_target("timestamp", "TIMESTAMP_NS", DUCKDB_VARCHAR, "TIMESTAMP_NS");
	check_target("time", NULL, DUCKDB_VARCHAR, NULL);
	check_target("time", "TIME", DUCKDB_VARCHAR, "TIME");
	check_target("object", NULL, DUCKDB_VARCHAR, "JSON");
	check_target("object", "STRUCT(a DATE)", DUCKDB_VARCHAR, "STRUCT(a DATE)");
	check_target("object", "STRUCT(a BLOB)", DUCKDB_VARCHAR, "JSON");
	check_target("array", "DOUBLE[]", DUCKDB_VARCHAR, "DOUBLE[]");
	check_target("unheard of", "DATE", DUCKDB_VARCHAR, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_logical),
	    cmocka_unit_test(test_select),
	    cmocka_unit_test(test_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
