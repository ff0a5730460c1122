#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "fs/table/header.h"

static int file_with(const char *data, size_t len)
{
	int fd = memfd_create("header", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	return fd;
}

/* `want`: the names joined by '/'. */
static void check(const char *name, const char *data, const char *want)
{
	AUTOFD int fd = file_with(data, strlen(data));
	struct strlist l;
	struct arena a;
	char got[256] = "";

	arena_init(&a);
	assert_int_equal(header_read(fd, name, &a, &l), 0);
	for (size_t i = 0; i < l.len; i++) {
		strcat(got, i ? "/" : "");
		strcat(got, l.items[i]);
	}
	assert_string_equal(got, want);
	arena_clear(&a);
}

static void test_variants(void **state)
{
	(void)state;
	check("a.csv", "id,name\n1,x\n", "id/name");
	check("a.csv", "id,name\r\n1,x\r\n", "id/name");
	check("a.csv", "\xef\xbb\xbfid,name\n", "id/name");
	check("a.csv", "id;name,with comma;x\n", "id/name,with comma/x");
	check("a.csv", "\"id\",\"a \"\"b\"\"\",\"x\ny\"\n1,2,3\n", "id/a \"b\"/x\ny");
	check("a.csv", "only\n", "only");
	check("a.csv", "no,line,end", "no/line/end");
	check("a.csv", "", "");
	check("a.tsv", "id\tna,me\n", "id/na,me");
	check("a.csv", "a|b|c\n", "a/b/c");
	check("a.csv", ",x\n", "/x");
}

static void test_refused(void **state)
{
	static const char nul[] = "id\0secret,x\n";
	static const char latin[] = "id,n\xe4me\n";
	AUTOFD int a = file_with(nul, sizeof(nul) - 1);
	AUTOFD int b = file_with(latin, sizeof(latin) - 1);
	struct strlist l;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	assert_int_equal(header_read(a, "a.csv", &arena, &l), -EINVAL);
	assert_int_equal(header_read(b, "a.csv", &arena, &l), -EINVAL);
	arena_clear(&arena);
}

/* A first record that never ends, and one of very many columns, end in bounded memory. */
static void test_endless(void **state)
{
	static char data[(1 << 20) + 4096];
	struct strlist l;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	memset(data, 'x', sizeof(data));
	{
		AUTOFD int fd = file_with(data, sizeof(data));

		assert_int_equal(header_read(fd, "a.csv", &arena, &l), -EINVAL);
	}
	memset(data, ',', 1 << 19);
	data[1 << 19] = '\n';
	{
		AUTOFD int fd = file_with(data, sizeof(data));

		assert_int_equal(header_read(fd, "a.csv", &arena, &l), 0);
		assert_int_equal(l.len, 1 << 19);
		assert_true(arena.used_bytes < 32 << 20);
	}
	arena_clear(&arena);
}

static void test_is_csv(void **state)
{
	(void)state;
	assert_true(header_is_csv("a.csv"));
	assert_true(header_is_csv("A.CSV"));
	assert_true(header_is_csv("x/y.tsv"));
	assert_false(header_is_csv("a.csv.gz"));
	assert_false(header_is_csv("csv"));
	assert_false(header_is_csv(".csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_is_csv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
