#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/buf.h"
#include "tests/lib/oom.h"

static int setup(void **state)
{
	static struct buf b;

	buf_init(&b);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	buf_clear(*state);
	return 0;
}

static void appends_follow_each_other(void **state)
{
	struct buf *b = *state;

	buf_puts(b, "one");
	buf_addc(b, ' ');
	buf_add(b, "two!", 3);
	buf_printf(b, " %03d", 7);
	buf_add(b, NULL, 0);
	assert_int_equal(buf_error(b), 0);
	assert_int_equal(b->len, 11);
	assert_string_equal(b->data, "one two 007");
}

static void binary_is_kept_and_ended(void **state)
{
	struct buf *b = *state;

	buf_add(b, "a\0b", 3);
	buf_addc(b, '\0');
	assert_int_equal(b->len, 4);
	assert_memory_equal(b->data, "a\0b\0", 5);
}

static void growth_loses_nothing(void **state)
{
	struct buf *b = *state;

	for (int i = 0; i < 20000; i++)
		buf_printf(b, "%05d", i);
	assert_int_equal(buf_error(b), 0);
	assert_int_equal(b->len, 100000);
	for (int i = 0; i < 20000; i++) {
		char wanted[16];

		(void)snprintf(wanted, sizeof(wanted), "%05d", i);
		assert_memory_equal(b->data + 5 * i, wanted, 5);
	}
	assert_int_equal(b->data[b->len], '\0');
}

static void the_error_sticks_until_reset(void **state)
{
	struct buf *b = *state;

	buf_puts(b, "kept");
	buf_add(b, "x", BUF_MAX_BYTES);
	assert_int_equal(buf_error(b), -ENOMEM);
	buf_puts(b, "dropped");
	buf_printf(b, "%d", 1);
	buf_json(b, "x");
	assert_string_equal(b->data, "kept");
	buf_reset(b);
	assert_int_equal(buf_error(b), 0);
	assert_string_equal(b->data, "");
	buf_puts(b, "new");
	assert_string_equal(b->data, "new");
	buf_add(b, "x", SIZE_MAX);
	assert_int_equal(buf_error(b), -ENOMEM);
}

static void take_hands_over(void **state)
{
	struct buf *b = *state;
	size_t len = 99;

	buf_puts(b, "mine");
	char *data = buf_take(b, &len);
	assert_string_equal(data, "mine");
	assert_int_equal(len, 4);
	assert_null(b->data);
	free(data);

	data = buf_take(b, &len);
	assert_string_equal(data, "");
	assert_int_equal(len, 0);
	free(data);

	len = 99;
	buf_puts(b, "lost");
	buf_add(b, "x", BUF_MAX_BYTES);
	assert_null(buf_take(b, &len));
	assert_int_equal(len, 99);
	assert_int_equal(buf_error(b), 0);
	assert_null(b->data);
}

struct pair {
	const char *in;
	const char *out;
};

static void check_pairs(
    struct buf *b, void (*add)(struct buf *, const char *), const struct pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_reset(b);
		add(b, pairs[i].in);
		assert_int_equal(buf_error(b), 0);
		assert_string_equal(b->data ? b->data : "", pairs[i].out);
	}
}

static void json_strings(void **state)
{
	static const struct pair pairs[] = {
	    {NULL, "null"},
	    {"", "\"\""},
	    {"plain", "\"plain\""},
	    {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
	    {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
	    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
	    {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
	    {"\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf", "\"\\u0085\\u2028\\u2029\\ufeff\""},
	    {"a\xff\x62", "\"a\\ufffdb\""},
	    {"\xc3", "\"\\ufffd\""},
	    {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
	    {"\xc0\x80", "\"\\ufffd\\ufffd\""},
	};
	struct buf *b = *state;

	check_pairs(b, buf_json, pairs, sizeof(pairs) / sizeof(pairs[0]));
	buf_reset(b);
	buf_json_len(b, "a\0b\xc3\xa9", 4);
	assert_string_equal(b->data, "\"a\\u0000b\\ufffd\"");
	buf_reset(b);
	buf_json_len(b, NULL, 0);
	assert_string_equal(b->data, "null");
}

static void yaml_plain_where_safe(void **state)
{
	static const char *const plain[] = {"orders", "Sales and Marketing", "a/b.csv", "/data/x",
	    "_id", "v1.0.0", "http://example.org/x", "a:b", "a#b", "a - b", "it's", "say \"x\"",
	    "back\\slash", "nothing", "yesterday", "truely", "m\xc3\xbcller",
	    "\xe4\xb8\xad\xe6\x96\x87", "e3x", "a\xc2\xa0", "user@example.org", "x=1", "a*", "a!",
	    "half %"};
	struct buf *b = *state;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		buf_reset(b);
		buf_yaml(b, plain[i]);
		assert_string_equal(b->data, plain[i]);
	}
}

/* Each of these is something else than this string to one reader or the other if it stands plain.
 * */
static void yaml_quoted_where_not(void **state)
{
	static const char *const quoted[] = {"", "y", "N", "yes", "No", "ON", "off", "true",
	    "False", "NULL", "null", "~", "1", "-1", "+1", "1.5", ".5", "1e3", "e3", "E-1", "0x1f",
	    "0o17", "017", "1_000", "12:30:45", "2024-01-31", "2024-01-31T00:00:00Z", "1.0.0",
	    ".inf", "-.inf", ".nan", "-", "- a", "? a", "a?", ": a", "a: b", "a:", "a #b", "# a",
	    " a", "a ", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "'a'", "[a]", "a]", "{a}",
	    "a}", "a, b", "<<", "=", "---", "...", "50 %"};
	struct buf *b = *state;
	char wanted[64];

	for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++) {
		buf_reset(b);
		buf_yaml(b, quoted[i]);
		(void)snprintf(wanted, sizeof(wanted), "\"%s\"", quoted[i]);
		assert_string_equal(b->data, wanted);
	}
}

static void yaml_escapes(void **state)
{
	static const struct pair pairs[] = {
	    {NULL, "null"},
	    {"\"x\"", "\"\\\"x\\\"\""},
	    {"two\nlines", "\"two\\nlines\""},
	    {"tab\there", "\"tab\\there\""},
	    {"cr\r", "\"cr\\r\""},
	    {"esc\x1b[0m", "\"esc\\u001b[0m\""},
	    {"nel\xc2\x85", "\"nel\\u0085\""},
	    {"ls\xe2\x80\xa8z", "\"ls\\u2028z\""},
	    {"\xef\xbb\xbf"
	     "bom",
		"\"\\ufeffbom\""},
	    {"\xef\xbf\xbe", "\"\\ufffe\""},
	    {"raw\xff", "\"raw\\ufffd\""},
	    {"\xff", "\"\\ufffd\""},
	};

	check_pairs(*state, buf_yaml, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void html_entities(void **state)
{
	static const struct pair pairs[] = {
	    {NULL, ""},
	    {"", ""},
	    {"plain", "plain"},
	    {"<a href=\"x\">'&'</a>", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"},
	    {"&amp;", "&amp;amp;"},
	};

	check_pairs(*state, buf_html, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static int fill_once(void *arg)
{
	struct buf b;

	buf_init(&b);
	for (int i = 0; i < 500; i++) {
		buf_printf(&b, "%d ", i);
		buf_yaml(&b, arg);
	}

	int r = buf_error(&b);
	char *data = buf_take(&b, NULL);

	if ((r == 0) != (data != NULL))
		r = -EPROTO;
	free(data);
	return r;
}

static void short_memory(void **state)
{
	char text[] = "a: b";

	(void)state;
	oom_sweep(fill_once, text, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(appends_follow_each_other, setup, teardown),
	    cmocka_unit_test_setup_teardown(binary_is_kept_and_ended, setup, teardown),
	    cmocka_unit_test_setup_teardown(growth_loses_nothing, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_error_sticks_until_reset, setup, teardown),
	    cmocka_unit_test_setup_teardown(take_hands_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(json_strings, setup, teardown),
	    cmocka_unit_test_setup_teardown(yaml_plain_where_safe, setup, teardown),
	    cmocka_unit_test_setup_teardown(yaml_quoted_where_not, setup, teardown),
	    cmocka_unit_test_setup_teardown(yaml_escapes, setup, teardown),
	    cmocka_unit_test_setup_teardown(html_entities, setup, teardown),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
