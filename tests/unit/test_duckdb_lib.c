#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs/storage/duckdb_lib.h"
#include "fs/storage/duckdb_source.h"
#include "fs/table/source.h"
#include "fs/storage/duckdb_writer.h"

/* A program asks once: here for a library that is not there. */
static void test_missing(void **state)
{
	struct table_column column = {.name = "a", .source_name = "a"};
	struct table_schema schema = {&column, 1};
	struct table_source *source = NULL;
	struct table_writer *writer = NULL;
	struct mesh_err err = {0};
	const char *why = NULL;

	(void)state;
	assert_int_equal(setenv("MESHFS_LIBDUCKDB", "/nonexistent/libduckdb.so", 1), 0);
	assert_false(duckdb_lib_available(&why));
	assert_non_null(strstr(why, "/nonexistent/libduckdb.so"));
	assert_false(duckdb_lib_available(NULL));
	assert_null(duckdb_lib_get(&err));
	assert_int_equal(err.code, -EOPNOTSUPP);
	assert_string_equal(err.text, why);

	mesh_err_clear(&err);
	assert_int_equal(source_parquet_open(0, "a.parquet", NULL, &source, &err), -EOPNOTSUPP);
	assert_string_equal(err.text, why);
	assert_int_equal(
	    source_duckdb_open(
		&(struct source_duckdb_options){.name = "a.duckdb", .table = "t"}, &source, &err),
	    -EOPNOTSUPP);
	assert_int_equal(table_parquet_writer(1, &schema, NULL, &writer, &err), -EOPNOTSUPP);
	assert_string_equal(err.text, why);
	assert_null(source);
	assert_null(writer);
}

static void test_names(void **state)
{
	(void)state;
	assert_true(source_is_parquet("a.parquet"));
	assert_true(source_is_parquet("dir.x/A.PARQUET"));
	assert_true(source_is_parquet("a.pq"));
	assert_false(source_is_parquet(".parquet"));
	assert_false(source_is_parquet("dir/.parquet"));
	assert_false(source_is_parquet("parquet"));
	assert_false(source_is_parquet("a.parquet.csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
