/* The parts of the command line that need no mesh: options, tables, fields, paths, times, names. */

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "fs/cmd/audit_line.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/diags.h"
#include "fs/cmd/fields.h"
#include "fs/cmd/opts.h"
#include "fs/cmd/probe.h"
#include "fs/cmd/progress.h"
#include "fs/cmd/table.h"
#include "fs/cmd/target.h"
#include "fs/cmd/warm_walk.h"
#include "tests/lib/oom.h"

/* ---- the table of commands ---- */

static void every_command_is_complete(void **state)
{
	(void)state;
	for (const struct command *c = cmd_table; c->name; c++) {
		assert_ptr_equal(cmd_find(c->name), c);
		assert_non_null(c->run);
		assert_non_null(c->arguments);
		assert_true(strlen(c->summary) > 5);
		assert_non_null(c->group);
		assert_null(c->help ? strchr(c->help, '\t') : NULL);
	}
	assert_null(cmd_find("no-such-command"));
	assert_null(cmd_find(""));
}

static void the_nearest_command(void **state)
{
	(void)state;
	assert_string_equal(cmd_nearest("aply"), "apply");
	assert_string_equal(cmd_nearest("mounts"), "mount");
	assert_string_equal(cmd_nearest("unmount"), "umount");
	assert_string_equal(cmd_nearest("histroy"), "history");
	assert_null(cmd_nearest("xyzzy"));
	assert_null(cmd_nearest(""));
	assert_null(cmd_nearest("a-name-that-is-far-longer-than-any-command-there-is"));
}

static void failures_have_their_status(void **state)
{
	static const struct {
		int code, status;
	} cases[] = {{-EINVAL, EXIT_NO}, {-ENOENT, EXIT_NO}, {-EACCES, EXIT_NO},
	    {-ENOMEM, EXIT_ENVIRONMENT}, {-ENOSPC, EXIT_ENVIRONMENT}, {-EIO, EXIT_ENVIRONMENT}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mesh_err err;

		(void)mesh_err_set(&err, cases[i].code, "as a test wants it");
		assert_int_equal(cmd_fail("ls", &err), cases[i].status);
	}
	assert_int_equal(cmd_usage("ls"), EXIT_USAGE);
	assert_int_equal(cmd_wrong("ls", "as a test wants it"), EXIT_USAGE);
}

/* ---- options ---- */

struct parsed {
	bool flag;
	const char *text;
	enum opt_format format;
	struct operands operands;
	int rc;
};

/* Splits the line at blanks. */
static struct parsed parse(const char *line, int min, int max)
{
	static char copy[256];
	struct parsed p = {0};
	const struct opt list[] = {
	    {"flag", 'f', OPT_FLAG, &p.flag},
	    {"text", 't', OPT_TEXT, &p.text},
	    {"format", 0, OPT_FORMAT, &p.format},
	    {0},
	};
	const struct opts opts = {.command = "ls", .list = list, .min = min, .max = max};
	static char *argv[16]; /* the operands stay in it */
	int argc = 1;
	char *rest = copy;

	argv[0] = "ls";
	(void)snprintf(copy, sizeof(copy), "%s", line);
	while (rest && argc < 15) {
		argv[argc] = strsep(&rest, " ");
		argc += argv[argc][0] != '\0';
	}
	argv[argc] = NULL;
	p.rc = opts_parse(&opts, argc, argv, &p.operands);
	return p;
}

static void options_are_read(void **state)
{
	struct parsed p = parse("a -f --text=x b --format json", 0, 2);

	(void)state;
	assert_int_equal(p.rc, OPTS_RUN);
	assert_true(p.flag);
	assert_string_equal(p.text, "x");
	assert_int_equal(p.format, FORMAT_JSON);
	assert_int_equal(p.operands.len, 2);

	p = parse("-ft x", 0, 0);
	assert_int_equal(p.rc, OPTS_RUN);
	assert_true(p.flag);
	assert_string_equal(p.text, "x");

	p = parse("-- -f", 0, 1);
	assert_int_equal(p.rc, OPTS_RUN);
	assert_false(p.flag);
	assert_int_equal(p.operands.len, 1);
	assert_string_equal(p.operands.items[0], "-f");

	p = parse("-", 0, 1);
	assert_int_equal(p.rc, OPTS_RUN);
	assert_string_equal(p.operands.items[0], "-");
}

static void wrong_options_are_refused(void **state)
{
	static const char *const lines[] = {"--nope", "-x", "-fx", "--text", "-t", "--flag=1",
	    "--quiet=1", "--format xml", "--format sarif", "a b", "--f"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_int_equal(parse(lines[i], 0, 1).rc, EXIT_USAGE);
	assert_int_equal(parse("", 1, 1).rc, EXIT_USAGE);
	assert_int_equal(parse("a b c", 1, OPTS_ANY_NUMBER).rc, OPTS_RUN);
}

static void numbers_are_decimal_and_bounded(void **state)
{
	static const char *const bad[] = {
	    "", "-1", "+1", " 1", "1 ", "1x", "0x10", "0", "101", "99999999999999999999999"};
	size_t n = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(opts_number(bad[i], 1, 100, &n));
	assert_int_equal(n, 7);
	assert_true(opts_number("100", 1, 100, &n));
	assert_int_equal(n, 100);
}

/* ---- tables ---- */

static const struct table_column columns[] = {
    {"NAME", "name", false}, {"SIZE", "size", true}, {NULL, "extra", false}, {"NOTE", NULL, false}};

static char *print_table(bool with_heads, enum opt_format format)
{
	struct table t;
	struct buf out;

	table_init(&t, columns, ARRAY_LEN(columns));
	t.with_heads = with_heads;
	table_add(&t, (const char *const[]){"Zürich", "10", "x", "a"});
	table_add(&t, (const char *const[]){"b\033[31m\n", NULL, NULL, ""});
	buf_init(&out);
	table_print(&t, format, &out);
	table_clear(&t);
	return buf_take(&out, NULL);
}

static void a_table_is_aligned(void **state)
{
	AUTOFREE char *with = print_table(true, FORMAT_TEXT);
	AUTOFREE char *without = print_table(false, FORMAT_TEXT);

	(void)state;
	assert_string_equal(with, "NAME     SIZE  NOTE\nZürich   10    a\nb?[31m?  -     -\n");
	assert_string_equal(without, "Zürich   10  a\nb?[31m?  -   -\n");
}

static void a_table_is_json(void **state)
{
	AUTOFREE char *text = print_table(true, FORMAT_JSON);
	struct json *v;

	(void)state;
	assert_int_equal(json_parse(text, strlen(text), &v, NULL), 0);
	assert_int_equal(json_len(v), 2);
	assert_string_equal(json_text(json_get(json_at(v, 0), "name")), "Zürich");
	assert_int_equal(json_int(json_get(json_at(v, 0), "size"), -1), 10);
	assert_string_equal(json_text(json_get(json_at(v, 1), "name")), "b\033[31m\n");
	assert_null(json_text(json_get(json_at(v, 1), "extra")));
	assert_null(json_get(json_at(v, 0), "NOTE"));
	json_free(v);
}

static void an_empty_table(void **state)
{
	struct table t;
	struct buf out;

	(void)state;
	table_init(&t, columns, ARRAY_LEN(columns));
	t.with_heads = true;
	buf_init(&out);
	table_print(&t, FORMAT_TEXT, &out);
	assert_int_equal(out.len, 0);
	table_print(&t, FORMAT_JSON, &out);
	assert_string_equal(out.data, "[]\n");
	buf_clear(&out);
	table_clear(&t);
}

static int table_without_memory(void *arg)
{
	struct table t;
	struct buf out;
	int rc;

	(void)arg;
	table_init(&t, columns, ARRAY_LEN(columns));
	for (int i = 0; i < 40; i++)
		table_add(&t, (const char *const[]){"name", "1", "x", "note"});
	buf_init(&out);
	table_print(&t, FORMAT_JSON, &out);
	rc = buf_error(&out);
	buf_clear(&out);
	table_clear(&t);
	return rc;
}

static void a_table_survives_lack_of_memory(void **state)
{
	(void)state;
	oom_sweep(table_without_memory, NULL, 200);
}

/* ---- fields ---- */

static void fill(struct fields *f)
{
	const char *items[] = {"a", "b: c"};
	const struct strlist list = {.items = items, .len = 2}, none = {0};

	fields_text(f, "name", "x");
	fields_text(f, "absent", NULL);
	fields_number(f, "epoch", 3);
	fields_bool(f, "good", true);
	fields_list(f, "tags", &list);
	fields_list(f, "none", &none);
	fields_open(f, "ports");
	for (int i = 0; i < 2; i++) {
		fields_begin(f);
		fields_text(f, "port", "p");
		fields_number(f, "n", i);
		fields_end(f);
	}
	fields_close(f);
	fields_text(f, "last", "y");
}

static void fields_as_yaml(void **state)
{
	struct fields f;

	(void)state;
	fields_init(&f, FORMAT_TEXT);
	fill(&f);
	assert_string_equal(f.out.data,
	    "name: x\nepoch: 3\ngood: true\ntags: [a, \"b: c\"]\n"
	    "ports:\n  - port: p\n    n: 0\n  - port: p\n    n: 1\nlast: \"y\"\n");
	buf_clear(&f.out);
}

static void fields_as_json(void **state)
{
	struct fields f;
	struct json *v;

	(void)state;
	fields_init(&f, FORMAT_JSON);
	fill(&f);
	buf_puts(&f.out, "}");
	assert_int_equal(json_parse(f.out.data, f.out.len, &v, NULL), 0);
	assert_string_equal(json_text(json_get(v, "name")), "x");
	assert_non_null(json_get(v, "absent"));
	assert_null(json_text(json_get(v, "absent")));
	assert_int_equal(json_len(json_get(v, "tags")), 2);
	assert_int_equal(json_len(json_get(v, "none")), 0);
	assert_true(json_bool(json_get(v, "good")));
	assert_int_equal(json_int(json_get(json_at(json_get(v, "ports"), 1), "n"), -1), 1);
	assert_string_equal(json_text(json_get(v, "last")), "y");
	json_free(v);
	buf_clear(&f.out);
}

/* ---- paths ---- */

static void paths_are_made_absolute_by_their_spelling(void **state)
{
	static const struct {
		const char *path, *want;
	} cases[] = {{"/", "/"}, {"//", "/"}, {"/a//b/", "/a/b"}, {"/a/./b/.", "/a/b"},
	    {"/a/../b", "/b"}, {"/..", "/"}, {"/../../a", "/a"}, {"/a/b/../../..", "/"},
	    {"/...", "/..."}, {"/a/..b", "/a/..b"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTOFREE char *got = target_absolute(cases[i].path);

		assert_string_equal(got, cases[i].want);
	}
}

static void a_relative_path_starts_in_the_current_directory(void **state)
{
	char before[PATH_MAX];
	AUTOFREE char *got = NULL;
	AUTOFREE char *up = NULL;

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir("/usr"), 0);
	got = target_absolute("lib/x");
	up = target_absolute("..");
	assert_int_equal(chdir(before), 0);
	assert_string_equal(got, "/usr/lib/x");
	assert_string_equal(up, "/");
}

static void a_mesh_and_a_path_in_it(void **state)
{
	static const char *const ways_out[] = {"..", "../x", "a/..", "a/../b", "/..", "a//../.."};
	struct mesh_err err;
	struct target t;

	(void)state;
	assert_int_equal(target_find("/nonexistent/mesh", "//a/./b/", &t, &err), 0);
	assert_string_equal(t.mesh, "/nonexistent/mesh");
	assert_string_equal(t.path, "a/b");
	assert_null(t.purpose);
	assert_null(t.mountpoint);
	target_clear(&t);
	assert_int_equal(target_find("/nonexistent/mesh", ".purpose/billing/a/b", &t, &err), 0);
	assert_string_equal(t.path, "a/b");
	assert_string_equal(t.purpose, "billing");
	target_clear(&t);
	assert_int_equal(target_find("/nonexistent/mesh", ".purpose/billing", &t, &err), 0);
	assert_string_equal(t.path, "");
	target_clear(&t);
	for (size_t i = 0; i < ARRAY_LEN(ways_out); i++)
		assert_int_equal(target_find("/nonexistent/mesh", ways_out[i], &t, &err), -EINVAL);
}

/* ---- the record ---- */

#define NOW_NS (1000000LL * WHEN_NS_PER_SEC)

static int64_t since(const char *s)
{
	int64_t ns = -1;

	return audit_line_since(s, NOW_NS, &ns) == 0 ? (NOW_NS - ns) / WHEN_NS_PER_SEC : INT64_MIN;
}

static void the_ways_to_say_since_when(void **state)
{
	static const char *const bad[] = {"", "ago", " ago", "1", "1y", "h", "-1h", "1.5h", "1 h",
	    "yesterday", "2026-13-01", "99999999999999999999h", "9223372036854775807w",
	    "9223372036854775807w ago",
	    "a-very-long-text-that-stands-for-no-point-in-time-and-no-duration-at-all ago"};
	int64_t ns;

	(void)state;
	assert_int_equal(since("90s"), 90);
	assert_int_equal(since("90m"), 90 * 60);
	assert_int_equal(since("2h"), 2 * 3600);
	assert_int_equal(since("7d"), 7 * 86400);
	assert_int_equal(since("1w ago"), 7 * 86400);
	assert_int_equal(since("2h-ago"), 2 * 3600);
	assert_int_equal(since("PT1H"), 3600);
	assert_int_equal(since("P1D ago"), 86400);
	assert_int_equal(audit_line_since("1970-01-02", NOW_NS, &ns), 0);
	assert_int_equal(ns, 86400 * WHEN_NS_PER_SEC);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(since(bad[i]), INT64_MIN);
}

static void expect_line(const char *record, const char *want)
{
	struct buf out;

	buf_init(&out);
	audit_line_text(record, strlen(record), &out);
	assert_string_equal(out.data, want);
	buf_clear(&out);
}

static void a_record_for_a_person(void **state)
{
	(void)state;
	expect_line(
	    "{\"time\":\"2026-11-26T11:55:49.477690253Z\",\"user\":\"ann\",\"decision\":\"deny\",\"action\":\"read\","
	    "\"resource\":\"s/o/data/o/x.csv\",\"purpose\":\"billing\",\"reason\":\"denied: no\"}",
	    "2026-11-26T11:55:49Z ann        deny  read         s/o/data/o/x.csv for billing: denied: no\n");
	expect_line(
	    "{\"time\":\"2026-11-26T11:55:49Z\",\"user\":null,\"decision\":\"allow\",\"action\":\"apply\",\"resource\":\"\"}",
	    "2026-11-26T11:55:49Z -          allow apply        the mesh\n");
	expect_line("{\"time\":\"x\\u001b\\n\",\"user\":\"a\\u001b[31m\",\"resource\":\"b\\nc\"}",
	    "x??Z a?[31m     -     -            b?c\n");
	expect_line("no JSON", "no JSON\n");
}

/* ---- problems ---- */

static void problems_get_the_directory(void **state)
{
	static const struct {
		const char *file, *want;
	} cases[] = {{"mesh.yaml", "m/mesh.yaml"}, {"domains/a/b.yaml", "m/domains/a/b.yaml"},
	    {"/abs.yaml", "/abs.yaml"}, {"sales:/x.yaml", "sales:/x.yaml"}};
	struct diag_list l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		diag_list_init(&l);
		diag_add(&l, DIAG_ERROR, "rule", (struct diag_pos){"kept.yaml", 1, 1}, "x");
		diag_add(&l, DIAG_ERROR, "rule", (struct diag_pos){cases[i].file, 1, 1}, "x");
		diags_rebase(&l, 1, "m//");
		assert_string_equal(l.items[0].file, "kept.yaml");
		assert_string_equal(l.items[1].file, cases[i].want);
		diags_rebase(&l, 0, ".");
		assert_string_equal(l.items[0].file, "kept.yaml");
		diag_list_clear(&l);
	}
}

/* ---- mounts ---- */

static void what_is_no_mount_is_strange(void **state)
{
	struct probe p;

	(void)state;
	probe_mount(&p, "/nonexistent");
	assert_int_equal(p.state, PROBE_STRANGE);
	assert_null(p.json);
	probe_clear(&p);
	for (int i = PROBE_ALIVE; i <= PROBE_STRANGE; i++) {
		assert_true(strlen(probe_state_name((enum probe_state)i)) > 0);
		assert_true(strlen(probe_state_text((enum probe_state)i)) > 0);
	}
}

/* ---- rendering ahead ---- */

static void how_far_it_is(void **state)
{
	static const struct {
		size_t width, done, total;
		const char *text, *want;
	} cases[] = {
	    {80, 0, 0, "x", "[....................] 0/0  x"},
	    {80, 5, 10, "a/b.csv", "[##########..........] 5/10  a/b.csv"},
	    {80, 10, 10, "", "[####################] 10/10  "},
	    {80, 1, 2, "a\033[31m\n\xc2\x9b\xff", "[##########..........] 1/2  a?[31m???"},
	    {30, 1, 2, "\xc3\xbc\xe2\x82\xac-and-more",
		"[##########..........] 1/2  \xc3\xbc\xe2\x82\xac"},
	    {10, 1, 2, "x", "[##########..........] 1/2  "},
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		progress_print(
		    out, sizeof(out), cases[i].width, cases[i].done, cases[i].total, cases[i].text);
		assert_string_equal(out, cases[i].want);
	}
	for (size_t cap = 1; cap < 40; cap++) {
		progress_print(out, cap, 80, 1, 2, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
		assert_true(strlen(out) < cap);
	}
}

static void what_is_rendered_ahead(void **state)
{
	static const struct {
		const char *path;
		int depth;
	} cases[] = {{"", 0}, {"sales", 1}, {"sales/orders@1.0.0", 2}, {"sales/orders/data", 3},
	    {"sales/orders/data/o/x.csv", 5}, {"sales/orders/data/o/.x", 5},
	    {"sales/orders/metadata", -1}, {"sales/orders/policy/my-access.yaml", -1},
	    {"sales/orders/database", -1}, {".meshfs", -1}, {".purpose", -1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(warm_depth(cases[i].path), cases[i].depth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_command_is_complete),
	    cmocka_unit_test(the_nearest_command),
	    cmocka_unit_test(failures_have_their_status),
	    cmocka_unit_test(options_are_read),
	    cmocka_unit_test(wrong_options_are_refused),
	    cmocka_unit_test(numbers_are_decimal_and_bounded),
	    cmocka_unit_test(a_table_is_aligned),
	    cmocka_unit_test(a_table_is_json),
	    cmocka_unit_test(an_empty_table),
	    cmocka_unit_test(a_table_survives_lack_of_memory),
	    cmocka_unit_test(fields_as_yaml),
	    cmocka_unit_test(fields_as_json),
	    cmocka_unit_test(paths_are_made_absolute_by_their_spelling),
	    cmocka_unit_test(a_relative_path_starts_in_the_current_directory),
	    cmocka_unit_test(a_mesh_and_a_path_in_it),
	    cmocka_unit_test(the_ways_to_say_since_when),
	    cmocka_unit_test(a_record_for_a_person),
	    cmocka_unit_test(problems_get_the_directory),
	    cmocka_unit_test(what_is_no_mount_is_strange),
	    cmocka_unit_test(how_far_it_is),
	    cmocka_unit_test(what_is_rendered_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
