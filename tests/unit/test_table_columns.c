#include "tests/unit/table_fixture.h"

/* The names joined by '/'; "*" alone: they cannot be told. */
static void check_len(const char *name, const char *data, size_t len, const char *want)
{
	int fd = fixture_file(data, len);
	struct source_text_options opt = {.fd = fd, .name = name};
	struct strlist l;
	struct arena a;
	char got[256] = "";

	arena_init(&a);
	assert_int_equal(source_text_columns(&opt, &a, &l), 0);
	for (size_t i = 0; i < l.len; i++) {
		strcat(got, i ? "/" : "");
		strcat(got, l.items[i]);
	}
	assert_string_equal(got, want);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), (off_t)len);
	arena_clear(&a);
	close(fd);
}

static void check(const char *name, const char *data, const char *want)
{
	check_len(name, data, strlen(data), want);
}

static void variants(void **state)
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
	/* A delimiter at the end is one more column: rows may have something there. */
	check("a.csv", "x,y,\n", "x/y/");
}

static void refused(void **state)
{
	static const char nul[] = "id\0secret,x\n";

	(void)state;
	check_len("a.csv", nul, sizeof(nul) - 1, "*");
	check("a.csv", "id,n\xe4me\n", "*");
	check("a.csv", "id,\"name\n", "*");
	check("a.csv.gz", "id,name\n", "*");
	check("a.parquet", "id,name\n", "*");
	check("a.jsonl", "{\"id\":1}\n", "*");
}

/* A first record that never ends, and one of very many columns, end in bounded memory. */
static void endless(void **state)
{
	static char data[(1 << 20) + 4096];

	(void)state;
	memset(data, 'x', sizeof(data));
	check_len("a.csv", data, sizeof(data), "*");
	memset(data, ',', 1 << 19);
	data[1 << 19] = '\n';
	check_len("a.csv", data, sizeof(data), "*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(variants),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
