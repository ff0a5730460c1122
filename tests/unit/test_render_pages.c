#include "tests/unit/render_fixture.h"

#include "fs/render/page.h"
#include "fs/render/text.h"
#include "tests/lib/oom.h"

static const char hostile[] =
    "a|b<script>alert(1)</script>`x`[l](javascript:0)*e*\\|\n# h\n| - |&\"'";

/* ---- small texts ---- */

static void assert_text(void (*add)(struct buf *, const char *), const char *in, const char *out)
{
	struct buf b;

	buf_init(&b);
	add(&b, in);
	assert_string_equal(b.data ? b.data : "", out);
	buf_clear(&b);
}

static void markdown_inside_a_line(void **state)
{
	(void)state;
	assert_text(text_markdown, "customer_id", "customer_id");
	assert_text(text_markdown, "a|b", "a\\|b");
	assert_text(text_markdown, "a\\|b", "a\\\\\\|b");
	assert_text(text_markdown, "<b>", "\\<b>");
	assert_text(text_markdown, "![x](y)", "!\\[x\\](y)");
	assert_text(text_markdown, "a\nb\tc", "a b c");
	assert_text(text_markdown, "`", "\\`");
	assert_text(text_markdown, "~~~", "\\~\\~\\~");
	assert_text(text_markdown, "-5", "-5");
	assert_text(text_markdown, "1.2.0", "1.2.0");
	assert_text(text_markdown,
	    "gr\xc3\xb6\xc3\x9f"
	    "e",
	    "gr\xc3\xb6\xc3\x9f"
	    "e");
	assert_text(text_markdown, NULL, "");
	assert_text(text_markdown, "", "");
}

static void markdown_at_the_start_of_a_line(void **state)
{
	(void)state;
	assert_text(text_markdown_line, "    code", "code");
	assert_text(text_markdown_line, "\tcode", "code");
	assert_text(text_markdown_line, "# no heading", "\\# no heading");
	assert_text(text_markdown_line, "---", "\\---");
	assert_text(text_markdown_line, "===", "\\===");
	assert_text(text_markdown_line, "> quote", "\\> quote");
	assert_text(text_markdown_line, "* item", "\\* item");
	assert_text(text_markdown_line, "12. item", "12\\. item");
	assert_text(text_markdown_line, "12)", "12\\)");
	assert_text(text_markdown_line, "12 items", "12 items");
	assert_text(text_markdown_line, "1.2.0", "1.2.0");
	assert_text(text_markdown_line, "| a |", "\\| a \\|");
	assert_text(text_markdown_line, "  ", "");
	assert_text(text_markdown_line, "", "");
}

static void urls(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b);
	text_url(&b, "../data/a b\"<>?#%/\xc3\xb6~-._Z9@1");
	assert_string_equal(b.data, "../data/a%20b%22%3C%3E%3F%23%25/%C3%B6~-._Z9%401");
	buf_clear(&b);
}

static void dates_classes_lists(void **state)
{
	static const char *tags[] = {"a", "b: c", "true"};
	struct mesh mesh = {.classifications = {tags, 2}};
	struct strlist l = {tags, 3};
	char date[TEXT_DATE_CAP];
	struct arena a;
	struct buf b;

	(void)state;
	assert_string_equal(text_date(WHEN_NONE, date), "");
	assert_string_equal(text_date(86400 * WHEN_NS_PER_SEC, date), "1970-01-02");
	assert_string_equal(text_class(&mesh, 1), "b: c");
	assert_string_equal(text_class(&mesh, 2), "");
	assert_string_equal(text_class(&mesh, -1), "");
	assert_string_equal(text_class(NULL, 0), "");
	arena_init(&a);
	assert_string_equal(text_join(&a, &l), "a, b: c, true");
	assert_string_equal(text_join(&a, &(struct strlist){0}), "");
	arena_clear(&a);
	buf_init(&b);
	text_yaml_list(&b, &l);
	text_json_list(&b, &l);
	text_yaml_comment(&b, "x\ny: 1");
	text_yaml_printf(&b, "%d: x", 1);
	assert_string_equal(
	    b.data, "[a, \"b: c\", \"true\"][\"a\", \"b: c\", \"true\"]# x y: 1\n\"1: x\"");
	buf_clear(&b);
}

/* ---- the page of a product ---- */

static void sections(void **state)
{
	struct fixture f;
	AUTOFREE char *md = NULL;

	(void)state;
	fixture_init(&f);
	f.product.limitations = "None known.\n\nNone at all.";
	md = fixture_render(&f, render_readme, NULL);
	assert_true(
	    str_starts(md, "# Orders\n\n- **Data product:** sales/orders\n- **Version:** 1.2.0\n"));
	assert_has(md, "- **Status:** active\n- **Classification:** confidential\n");
	assert_has(md, "## Purpose\n\nKnow what was ordered.\n\n");
	assert_has(md, "## Limitations\n\nNone known.\n\nNone at all.\n\n");
	assert_lacks(md, "## Usage");
	assert_has(md, "- **Owner:** Jane Doe (jane@example.org)\n");
	assert_has(md, "| Ann | ann@example.org | steward | 1970-01-01 |  |\n");
	assert_has(md,
	    "| orders | 1.2.0 | tables | [Orders contract 1.2.0](contracts/orders.odcs.yaml) | confidential | "
	    "[data/orders/](../data/orders/) | All orders |\n");
	assert_has(md, "### orders: orders\n\nOne row an order\n\n");
	assert_has(md, "[schema/orders.schema.json](schema/orders.schema.json)");
	assert_has(md, "| email | string | no | confidential | pii | Where to write to |\n");
	assert_has(md, "| id | integer | yes | internal |  |  |\n");
	assert_has(md, "| Orders contract | latency | 4 | d | orders.id |\n");
	assert_has(md, "    .purpose/PURPOSE/sales/orders/data/\n");
	assert_has(md, "## From the authors\n\nWritten *by hand* <b>.\n");
}

static void html_sections(void **state)
{
	struct fixture f;
	AUTOFREE char *html = NULL;

	(void)state;
	fixture_init(&f);
	html = fixture_render(&f, render_html, NULL);
	assert_true(str_starts(html, "<!DOCTYPE html>\n"));
	assert_true(str_ends(html, "</body>\n</html>\n"));
	assert_has(html, "<title>Orders</title>");
	assert_has(
	    html, "<td><a href=\"contracts/orders.odcs.yaml\">Orders contract 1.2.0</a></td>");
	assert_has(html, "<a href=\"../data/orders/\">data/orders/</a>");
	assert_has(html, "<pre>Written *by hand* &lt;b&gt;.\n</pre>");
	assert_lacks(html, "<script");
	assert_lacks(html, "http:");
	assert_lacks(html, "https:");
	assert_lacks(html, "src=");
}

/* What neither changes for the caller nor for the hour. */
static void the_same_for_everyone(void **state)
{
	struct fixture f, g;
	AUTOFREE char *one = NULL, *other = NULL;

	(void)state;
	fixture_init(&f);
	one = fixture_render(&f, render_readme, NULL);
	fixture_init(&g);
	g.caller.principal.user = "eve";
	g.ask.context.now_ns += 400 * 86400 * WHEN_NS_PER_SEC;
	g.ask.context.purpose = "billing";
	g.snap.epoch = 99;
	other = fixture_render(&g, render_readme, NULL);
	assert_string_equal(one, other);
}

/* ---- hostile text ---- */

static void make_hostile(struct fixture *f)
{
	static const char *tags[] = {hostile, hostile};

	fixture_init(f);
	f->product.title = f->product.purpose = f->product.usage = f->product.status = hostile;
	f->product.limitations = f->product.version = f->product.id = f->product.tenant = hostile;
	f->product.name = f->product.team_name = hostile;
	f->product.tags = (struct strlist){tags, 2};
	f->ports[0].name = f->ports[0].description = f->ports[0].type = f->ports[0].version =
	    hostile;
	f->ports[0].entry = hostile;
	f->objects[0].name = f->objects[0].description = f->objects[0].physical_name = hostile;
	f->objects[0].physical_type = hostile;
	f->columns[0].name = f->columns[0].description = f->columns[0].logical_type = hostile;
	f->columns[1].tags = (struct strlist){tags, 1};
	f->contracts[0].name = f->contracts[0].version = f->contracts[0].file_name = hostile;
	f->slas[0] = (struct sla){hostile, hostile, hostile, hostile};
	f->team[0] = (struct member){hostile, hostile, "owner", 0, WHEN_NONE};
	f->product.files_len = 0;
}

/* Cells of a row: bars that no backslash escapes. */
static size_t bars(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\\')
			i++;
		else
			n += line[i] == '|';
	}
	return n;
}

/* Every row of a table has as many cells as its head. */
static void assert_tables(const char *md)
{
	size_t want = 0, tables = 0;

	for (const char *at = md; *at; at += strcspn(at, "\n") + 1) {
		size_t len = strcspn(at, "\n"), n = at[0] == '|' ? bars(at, len) : 0;

		if (n && !want)
			tables++;
		if (n && want)
			assert_int_equal(n, want);
		want = n;
	}
	assert_true(tables >= 4);
}

static bool is_escaped(const char *md, const char *at)
{
	size_t n = 0;

	while (at > md && at[-1] == '\\') {
		at--;
		n++;
	}
	return n % 2;
}

/* In indented code nothing is markup. */
static bool in_code(const char *md, const char *at)
{
	while (at > md && at[-1] != '\n')
		at--;
	return str_starts(at, "    ");
}

static bool is_own_link(const char *at)
{
	return str_starts(at, "](../data/") || str_starts(at, "](contracts/") ||
	    str_starts(at, "](schema/") || str_starts(at, "](product.odps.yaml)");
}

static void hostile_markdown(void **state)
{
	struct fixture f;
	AUTOFREE char *md = NULL;

	(void)state;
	make_hostile(&f);
	md = fixture_render(&f, render_readme, NULL);
	assert_tables(md);
	for (const char *at = md; (at = strpbrk(at, "<`*]")); at++) {
		bool bold = str_starts(at, "**") || (at > md && at[-1] == '*');

		if (in_code(md, at) || is_escaped(md, at) || bold)
			continue;
		if (!is_own_link(at))
			fail_msg("markup: %.40s", at);
	}
	assert_lacks(md, "\n# h");
}

/* Each "<" begins one of the tags that the page itself writes, and they nest. */
static void assert_html_nests(const char *html)
{
	const char *stack[32];
	size_t lengths[32], depth = 0;

	for (const char *at = strstr(html, "</style>"); (at = strchr(at, '<')); at++) {
		bool end = at[1] == '/';
		const char *name = at + 1 + end;
		size_t len = strcspn(name, " >");

		assert_int_not_equal(len, 0);
		if (end && strncmp(name, "style", 5) == 0)
			continue;
		if (!end) {
			assert_true(depth < ARRAY_LEN(stack));
			stack[depth] = name;
			lengths[depth++] = len;
		} else if (depth > 0) {
			depth--;
			assert_int_equal(lengths[depth], len);
			assert_memory_equal(stack[depth], name, len);
		} else {
			assert_true(strncmp(name, "head", 4) == 0 || strncmp(name, "html", 4) == 0);
		}
	}
	assert_int_equal(depth, 0);
}

static void hostile_html(void **state)
{
	struct fixture f;
	AUTOFREE char *html = NULL;

	(void)state;
	make_hostile(&f);
	html = fixture_render(&f, render_html, NULL);
	assert_lacks(html, "<script");
	assert_lacks(html, "href=\"javascript");
	assert_has(html, "&lt;script&gt;");
	assert_html_nests(html);
}

static void an_empty_product(void **state)
{
	struct fixture f;
	AUTOFREE char *md = NULL, *html = NULL;

	(void)state;
	fixture_init(&f);
	f.product = (struct product){
	    .domain = "d", .name = "p", .entry = "p", .end_of_life_ns = WHEN_NONE};
	md = fixture_render(&f, render_readme, NULL);
	html = fixture_render(&f, render_html, NULL);
	assert_true(str_starts(md, "# p\n"));
	assert_has(md, "This product has no output port.");
	assert_html_nests(html);
}

static void a_lost_readme_is_an_error(void **state)
{
	struct fixture f;
	struct doc d = {.path = "README.md"};
	struct buf b;

	(void)state;
	fixture_init(&f);
	f.files[0].blob = "gone";
	buf_init(&b);
	assert_int_equal(render_readme(&d, &f.env, &b), -EIO);
	buf_clear(&b);
}

static int render_both(void *arg)
{
	struct fixture *f = arg;
	struct doc d = {.path = "x"};
	struct buf b;
	int rc;

	buf_init(&b);
	rc = render_readme(&d, &f->env, &b);
	if (rc == 0)
		rc = render_html(&d, &f->env, &b);
	buf_clear(&b);
	return rc;
}

static void short_memory(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	oom_sweep(render_both, &f, 1000);
}

/* Tables of a database are files too. */
static void files_of_a_database(void **state)
{
	struct fixture f;
	AUTOFREE char *stored = NULL, *text = NULL;

	(void)state;
	fixture_init(&f);
	fixture_server(&f, SERVER_LOCAL, "csv");
	stored = fixture_render(&f, render_readme, NULL);
	assert_lacks(stored, "**Files:**");
	fixture_server(&f, SERVER_POSTGRES, NULL);
	text = fixture_render(&f, render_readme, NULL);
	assert_has(text, "- **Files:** orders.csv, orders.jsonl, in data/orders/\n");
	assert_has(text, "- **Files:** secrets.csv, secrets.jsonl, in data/hidden-port/\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(markdown_inside_a_line),
	    cmocka_unit_test(markdown_at_the_start_of_a_line),
	    cmocka_unit_test(urls),
	    cmocka_unit_test(dates_classes_lists),
	    cmocka_unit_test(sections),
	    cmocka_unit_test(html_sections),
	    cmocka_unit_test(the_same_for_everyone),
	    cmocka_unit_test(hostile_markdown),
	    cmocka_unit_test(hostile_html),
	    cmocka_unit_test(an_empty_product),
	    cmocka_unit_test(a_lost_readme_is_an_error),
	    cmocka_unit_test(short_memory),
	    cmocka_unit_test(files_of_a_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
