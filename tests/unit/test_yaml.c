#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/buf.h"
#include "catalog/manifest/yaml.h"
#include "tests/lib/oom.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct parsed {
	struct arena arena;
	struct diag_list diags;
	const struct yaml_node *root;
};

static int setup(void **state)
{
	struct parsed *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	arena_init(&p->arena);
	diag_list_init(&p->diags);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct parsed *p = *state;

	diag_list_clear(&p->diags);
	arena_clear(&p->arena);
	free(p);
	return 0;
}

static void parse_bytes(struct parsed *p, const char *bytes, size_t len)
{
	diag_list_clear(&p->diags);
	p->root = yaml_parse("x.yaml", bytes, len, &p->arena, &p->diags);
}

static const struct yaml_node *parse(struct parsed *p, const char *text)
{
	parse_bytes(p, text, strlen(text));
	if (p->diags.len > 0)
		print_message("%s\n", p->diags.items[0].text);
	assert_int_equal(p->diags.len, 0);
	assert_non_null(p->root);
	return p->root;
}

/* The text is refused, with this rule at this place as the first problem. */
static void refuse(struct parsed *p, const char *text, const char *rule, int line, int column)
{
	parse_bytes(p, text, strlen(text));
	assert_null(p->root);
	assert_true(p->diags.errors > 0);
	assert_string_equal(p->diags.items[0].rule, rule);
	assert_int_equal(p->diags.items[0].line, line);
	assert_int_equal(p->diags.items[0].column, column);
	assert_string_equal(p->diags.items[0].file, "x.yaml");
}

static void scalars_by_the_core_schema(void **state)
{
	static const struct {
		const char *text;
		enum yaml_type type;
		int64_t i;
		double f;
	} cases[] = {
	    {"null", YAML_NULL, 0, 0},
	    {"~", YAML_NULL, 0, 0},
	    {"nULL", YAML_STRING, 0, 0},
	    {"true", YAML_BOOL, 1, 0},
	    {"FALSE", YAML_BOOL, 0, 0},
	    {"tRue", YAML_STRING, 0, 0},
	    {"on", YAML_STRING, 0, 0},
	    {"yes", YAML_STRING, 0, 0},
	    {"0", YAML_INT, 0, 0},
	    {"-17", YAML_INT, -17, -17},
	    {"+007", YAML_INT, 7, 7},
	    {"0o17", YAML_INT, 15, 15},
	    {"0x1F", YAML_INT, 31, 31},
	    {"-0x1F", YAML_STRING, 0, 0},
	    {"0o8", YAML_STRING, 0, 0},
	    {"0x", YAML_STRING, 0, 0},
	    {"1_000", YAML_STRING, 0, 0},
	    {"9223372036854775807", YAML_INT, INT64_MAX, 9223372036854775807.0},
	    {"-9223372036854775808", YAML_INT, INT64_MIN, -9223372036854775808.0},
	    {"1.0", YAML_FLOAT, 0, 1},
	    {"1.", YAML_FLOAT, 0, 1},
	    {".5", YAML_FLOAT, 0, 0.5},
	    {"-.5e3", YAML_FLOAT, 0, -500},
	    {"1e3", YAML_FLOAT, 0, 1000},
	    {"1e", YAML_STRING, 0, 0},
	    {"+", YAML_STRING, 0, 0},
	    {".", YAML_STRING, 0, 0},
	    {"-.inf", YAML_FLOAT, 0, -INFINITY},
	    {"1.0.0", YAML_STRING, 0, 0},
	    {"2026-01-31", YAML_STRING, 0, 0},
	    {"12:30", YAML_STRING, 0, 0},
	    {"\"1\"", YAML_STRING, 0, 0},
	    {"'true'", YAML_STRING, 0, 0},
	    {"!!str 1", YAML_STRING, 0, 0},
	    {"! 1", YAML_STRING, 0, 0},
	    {"!!int \"12\"", YAML_INT, 12, 12},
	    {"!!float 3", YAML_FLOAT, 3, 3},
	};
	struct parsed *p = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[80];

		(void)snprintf(text, sizeof(text), "key: %s\n", cases[i].text);

		const struct yaml_node *n = yaml_get(parse(p, text), "key");

		assert_non_null(n);
		if (n->type != cases[i].type)
			print_message("%s is %s\n", cases[i].text, yaml_type_name(n->type));
		assert_int_equal(n->type, cases[i].type);
		assert_true(n->i == cases[i].i);
		assert_true(n->type == YAML_STRING || n->f == cases[i].f);
	}
	assert_true(isnan(yaml_get(parse(p, "key: .NaN"), "key")->f));
}

static void block_scalars_are_strings(void **state)
{
	const struct yaml_node *root = parse(*state, "a: |\n  12\nb: >-\n  x\n  y\nc:\n");

	assert_string_equal(yaml_str(yaml_get(root, "a")), "12\n");
	assert_string_equal(yaml_str(yaml_get(root, "b")), "x y");
	assert_int_equal(yaml_get(root, "c")->type, YAML_NULL);
	assert_null(yaml_str(yaml_get(root, "c")));
}

static void positions_and_order(void **state)
{
	const struct yaml_node *root = parse(
	    *state, "# c\nname: x\n\"\xc3\xa4\": [1, {z: 2}]\n1: x\n");

	assert_int_equal(root->type, YAML_MAP);
	assert_int_equal(root->len, 3);
	assert_int_equal(root->line, 2);
	assert_string_equal(root->pairs[0].key, "name");
	assert_int_equal(root->pairs[0].line, 2);
	assert_int_equal(root->pairs[0].column, 1);
	assert_int_equal(root->pairs[0].value->column, 7);

	const struct yaml_node *list = yaml_get(root, "\xc3\xa4");

	assert_int_equal(list->len, 2);
	assert_int_equal(list->column, 6); /* code points, not bytes */
	assert_int_equal(list->items[1]->pairs[0].column, 11);
	assert_string_equal(yaml_pair(root, "1")->key, "1");
}

static void looking_up(void **state)
{
	const struct yaml_node *root = parse(*state, "a: 1\nb: [x]\nc: .5\n");

	assert_null(yaml_get(root, "d"));
	assert_null(yaml_get(NULL, "a"));
	assert_null(yaml_get(yaml_get(root, "b"), "a"));
	assert_null(yaml_str(yaml_get(root, "a")));
	assert_string_equal(yaml_scalar(yaml_get(root, "a")), "1");
	assert_string_equal(yaml_scalar(yaml_get(root, "c")), ".5");
	assert_null(yaml_scalar(yaml_get(root, "b")));
	assert_null(yaml_scalar(NULL));
	assert_int_equal(yaml_pos("f", yaml_get(root, "b")).line, 2);
	assert_int_equal(yaml_pos("f", NULL).line, 0);
}

static void aliases_share(void **state)
{
	const struct yaml_node *root = parse(*state,
	    "a: &x {k: 1}\n"
	    "b: *x\n"
	    "c: &x two\n"
	    "d: *x\n"
	    "<<: *x\n"
	    "? *x\n"
	    ": v\n");

	assert_ptr_equal(yaml_get(root, "a"), yaml_get(root, "b"));
	assert_string_equal(yaml_str(yaml_get(root, "d")), "two");
	/* No merge keys in YAML 1.2. */
	assert_string_equal(yaml_str(yaml_get(root, "<<")), "two");
	assert_string_equal(yaml_str(yaml_get(root, "two")), "v");
}

static void byte_order_mark(void **state)
{
	const struct yaml_node *root = parse(*state,
	    "\xef\xbb\xbf"
	    "a: 1\n");

	assert_int_equal(root->pairs[0].column, 1);
}

static void refused(void **state)
{
	static const struct {
		const char *text, *rule;
		int line, column;
	} cases[] = {
	    {"", "yaml-empty", 1, 1},
	    {"# only a comment\n", "yaml-empty", 1, 1},
	    {"---\n...\n", "yaml-empty", 1, 1},
	    {"a: 1\n---\nb: 2\n", "yaml-documents", 2, 1},
	    {"a: 1\nb: 2\na: 3\n", "yaml-duplicate-key", 3, 1},
	    {"- {a: 1, 'a': 2}\n", "yaml-duplicate-key", 1, 10},
	    {"a: [1\nb: 2\n", "yaml-syntax", 2, 2},
	    {"a: b: c\n", "yaml-syntax", 1, 5},
	    {"\ta: 1\n", "yaml-syntax", 1, 1},
	    {"? [a]\n: 1\n", "yaml-key", 1, 3},
	    {"{a: 1}: 1\n", "yaml-key", 1, 1},
	    {"&k [a]: 1\n", "yaml-key", 1, 1},
	    {"a: &k [x]\n*k : 1\n", "yaml-key", 2, 1},
	    {"'': 1\n", "yaml-key", 1, 1},
	    {"a: *x\n", "yaml-alias", 1, 4},
	    {"a: &x [1, *x]\n", "yaml-alias", 1, 11},
	    {"a: !foo x\n", "yaml-tag", 1, 4},
	    {"a: !!int x\n", "yaml-tag", 1, 4},
	    {"a: !!bool 1\n", "yaml-tag", 1, 4},
	    {"a: !!set {x}\n", "yaml-tag", 1, 4},
	    {"!!map [1]\n", "yaml-tag", 1, 1},
	    {"a: !!binary aGk=\n", "yaml-tag", 1, 4},
	    {"a: 9223372036854775808\n", "yaml-range", 1, 4},
	    {"a: 0xffffffffffffffff\n", "yaml-range", 1, 4},
	    {"a: 1e999\n", "yaml-range", 1, 4},
	    {"a: \"\\0\"\n", "yaml-character", 1, 4},
	    {"a: \"x\\e[31m\"\n", "yaml-character", 1, 4},
	    {"\"\\x07\": 1\n", "yaml-character", 1, 1},
	    {"a: 1\nb: \x1b[0m\n", "yaml-character", 2, 4},
	    {"a: \xc2\x9b\n", "yaml-character", 1, 4},
	    {"a: \xef\xbf\xbf\n", "yaml-character", 1, 4},
	    {"a: 1\r\nb\xff: 2\r\n", "yaml-encoding", 2, 2},
	    {"a: \xed\xa0\x80\n", "yaml-encoding", 1, 4},
	    {"\xff\xfe"
	     "a",
		"yaml-encoding", 1, 1},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%zu: %s\n", i, cases[i].rule);
		refuse(*state, cases[i].text, cases[i].rule, cases[i].line, cases[i].column);
	}
}

static void nul_byte(void **state)
{
	struct parsed *p = *state;

	parse_bytes(p, "a: x\0y\n", 7);
	assert_null(p->root);
	assert_string_equal(p->diags.items[0].rule, "yaml-character");
	assert_int_equal(p->diags.items[0].column, 5);
	assert_non_null(strstr(p->diags.items[0].text, "NUL"));
}

static void all_problems_in_one_run(void **state)
{
	struct parsed *p = *state;
	static const char text[] = "a: 1\na: !x 2\nb: 99999999999999999999\nb: 3\n";

	parse_bytes(p, text, strlen(text));
	assert_null(p->root);
	assert_int_equal(p->diags.errors, 4);
	/* The one that names the other: */
	assert_non_null(strstr(p->diags.items[2].text, "line 1"));
}

static void repeat(struct buf *b, const char *s, int times)
{
	for (int i = 0; i < times; i++)
		buf_puts(b, s);
}

static void levels_are_bounded(void **state)
{
	struct parsed *p = *state;
	struct buf b;

	buf_init(&b);
	repeat(&b, "[", 64);
	repeat(&b, "]", 64);
	parse(p, b.data);
	buf_reset(&b);
	repeat(&b, "[", 65);
	repeat(&b, "]", 65);
	refuse(p, b.data, "yaml-depth", 1, 65);

	/* An alias brings its levels along. */
	buf_reset(&b);
	buf_puts(&b, "a: &x [[1]]\nb: ");
	repeat(&b, "[", 61);
	buf_puts(&b, "*x");
	repeat(&b, "]", 61);
	parse(p, b.data);
	buf_reset(&b);
	buf_puts(&b, "a: &x [[1]]\nb: ");
	repeat(&b, "[", 62);
	buf_puts(&b, "*x");
	repeat(&b, "]", 62);
	refuse(p, b.data, "yaml-depth", 2, 66);
	buf_clear(&b);
}

static void nodes_are_bounded(void **state)
{
	struct parsed *p = *state;
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "[");
	repeat(&b, "x,", 99999);
	buf_puts(&b, "]");
	assert_int_equal(parse(p, b.data)->len, 99999);
	buf_reset(&b);
	buf_puts(&b, "[");
	repeat(&b, "x,", 100000);
	buf_puts(&b, "]");
	refuse(p, b.data, "yaml-nodes", 1, 200000);
	buf_clear(&b);
}

static void alias_bomb(void **state)
{
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 10; i++) {
		buf_printf(&b, "l%d: &l%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_printf(&b, "*l%d,", i - 1);
		buf_puts(&b, "]\n");
	}
	refuse(*state, b.data, "yaml-nodes", 5, 38);
	buf_clear(&b);
}

static void size_is_bounded(void **state)
{
	struct parsed *p = *state;
	struct buf b;

	buf_init(&b);
	buf_puts(&b, "a: 1\n#");
	repeat(&b, "0123456789abcdef", (4 << 20) / 16 - 1);
	while (b.len < 4 << 20)
		buf_addc(&b, 'x');
	parse(p, b.data);
	buf_addc(&b, '\n');
	refuse(p, b.data, "yaml-size", 0, 0);
	buf_clear(&b);
}

static void directives_are_few(void **state)
{
	struct parsed *p = *state;
	struct buf b;

	parse(p, "%YAML 1.2\n---\na: 1\n");
	refuse(p, "%TAG ! tag:x,2000:\n---\na: !int 1\n", "yaml-tag", 3, 4);
	buf_init(&b);
	for (int i = 0; i < 17; i++)
		buf_printf(&b, "%%TAG !t%d! tag:x,2000:\n", i);
	buf_puts(&b, "---\na: 1\n");
	refuse(p, b.data, "yaml-directives", 0, 0);
	buf_reset(&b);
	buf_puts(&b, "a: |\n");
	repeat(&b, "  %TAG\n", 20);
	parse(p, b.data);
	buf_clear(&b);
}

static int parse_once(void *arg)
{
	struct arena arena;
	struct diag_list diags;
	const struct yaml_node *root;
	int ret = 0;

	arena_init(&arena);
	diag_list_init(&diags);
	root = yaml_parse("x.yaml", arg, strlen(arg), &arena, &diags);
	if (!root)
		ret = diags.oom ? -ENOMEM : -EINVAL;
	else if (root->len < 3 || strcmp(yaml_str(yaml_get(root, "name")), "x") != 0)
		ret = -EIO;
	diag_list_clear(&diags);
	arena_clear(&arena);
	return ret;
}

static void short_memory(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b);
	buf_puts(
	    &b, "name: x\nlist: &l [1, 2.5, {a: b, c: [d]}]\nagain: *l\n\"quoted\": |\n  text\n");
	for (int i = 0; i < 60; i++)
		buf_printf(&b, "key%d: [%d, {a: \"%d\"}]\n", i, i, i);
	oom_sweep(parse_once, b.data, 2000);
	buf_clear(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(scalars_by_the_core_schema),
	    TEST(block_scalars_are_strings),
	    TEST(positions_and_order),
	    TEST(looking_up),
	    TEST(aliases_share),
	    TEST(byte_order_mark),
	    TEST(refused),
	    TEST(nul_byte),
	    TEST(all_problems_in_one_run),
	    TEST(levels_are_bounded),
	    TEST(nodes_are_bounded),
	    TEST(alias_bomb),
	    TEST(size_is_bounded),
	    TEST(directives_are_few),
	    TEST(short_memory),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
