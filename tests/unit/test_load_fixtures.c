/* Every should-fail fixture is refused for its own reasons, with positions, and for no other. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/manifest/load.h"
#include "tests/lib/mesh_dir.h"

/* All errors of all domains, in the fixtures' notation. */
static void load_all(const char *dir, struct diag_list *diags, struct buf *out)
{
	struct domain_load *d;
	struct mesh_err err;
	struct loader *l;
	struct buf text;

	assert_int_equal(loader_new(dir, diags, &l, &err), 0);
	for (size_t i = 0; i < loader_domains(l); i++) {
		size_t errors = diags->errors;

		assert_int_equal(loader_domain(l, i, &d, &err), 0);
		assert_string_equal(d->key, loader_domain_key(l, i));
		assert_int_equal(d->ok, diags->errors == errors);
		assert_int_equal(d->ok, diag_errors_of(diags, d->key) == 0);
		domain_load_free(d);
	}
	assert_int_equal(loader_head_ok(l), diag_errors_of(diags, NULL) == 0);
	loader_free(l);
	buf_init(&text);
	diag_print(diags, DIAG_TEXT, &text); /* sorts */
	for (size_t i = 0; i < diags->len; i++) {
		const struct diag *g = &diags->items[i];

		if (g->severity != DIAG_ERROR)
			continue;
		if (g->line)
			buf_printf(out, "%s:%d:%d %s\n", g->file, g->line, g->column, g->rule);
		else
			buf_printf(out, "%s %s\n", g->file, g->rule);
		assert_true(strlen(g->text) > 10);
		assert_null(strpbrk(g->text, "\n\r"));
	}
	assert_int_equal(buf_error(&text), 0);
	buf_clear(&text);
}

static void read_expect(struct mesh_dir *dir, char *out, size_t cap)
{
	FILE *f = fopen(mesh_dir_at(dir, "expect"), "r");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, cap - 1, f);
	out[n] = '\0';
	(void)fclose(f);
	assert_true(n > 0);
}

static bool check(const char *name)
{
	struct diag_list diags;
	struct mesh_dir dir;
	char expect[8192];
	struct buf got;
	bool same;

	mesh_dir_init(&dir);
	mesh_dir_add(&dir, "good");
	mesh_dir_add(&dir, name);
	read_expect(&dir, expect, sizeof(expect));
	diag_list_init(&diags);
	buf_init(&got);
	load_all(dir.path, &diags, &got);
	same = got.data && strcmp(got.data, expect) == 0;
	printf("%s %s\n", same ? "ok" : "not ok", name);
	if (!same)
		printf("expected:\n%sgot:\n%s", expect, got.data ? got.data : "nothing\n");
	buf_clear(&got);
	diag_list_clear(&diags);
	mesh_dir_clear(&dir);
	return same;
}

static void test_should_fail(void **state)
{
	DIR *d = opendir("tests/fixtures/meshes");
	size_t cases = 0, failed = 0;
	struct dirent *e;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d))) {
		if (strncmp(e->d_name, "should-fail-", 12) != 0)
			continue;
		cases++;
		failed += !check(e->d_name);
	}
	(void)closedir(d);
	assert_true(cases >= 50);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_should_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
