#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/json.h"
#include "catalog/manifest/diag.h"
#include "catalog/manifest/diag_rules.h"
#include "tests/lib/oom.h"

struct printed {
	struct diag_list list;
	struct buf out;
};

static int setup(void **state)
{
	struct printed *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	diag_list_init(&p->list);
	buf_init(&p->out);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct printed *p = *state;

	diag_list_clear(&p->list);
	buf_clear(&p->out);
	free(p);
	return 0;
}

static void add(struct diag_list *l, enum diag_severity s, const char *file, int line, int column)
{
	diag_add(l, s, s == DIAG_ERROR ? "yaml-tag" : "lint-date",
	    (struct diag_pos){file, line, column}, "text of %s:%d", file ? file : "none", line);
}

static const char *print(struct printed *p, enum diag_format format)
{
	buf_reset(&p->out);
	diag_print(&p->list, format, &p->out);
	assert_int_equal(buf_error(&p->out), 0);
	return p->out.data ? p->out.data : "";
}

static void text_is_sorted(void **state)
{
	struct printed *p = *state;

	add(&p->list, DIAG_WARNING, "b.yaml", 2, 1);
	add(&p->list, DIAG_ERROR, "b.yaml", 10, 3);
	add(&p->list, DIAG_ERROR, "b.yaml", 2, 1);
	add(&p->list, DIAG_ERROR, "a.yaml", 7, 9);
	add(&p->list, DIAG_ERROR, "b.yaml", 0, 0);
	add(&p->list, DIAG_ERROR, NULL, 0, 0);
	assert_int_equal(p->list.errors, 5);
	assert_int_equal(p->list.warnings, 1);
	assert_string_equal(print(p, DIAG_TEXT),
	    "error [yaml-tag]: text of none:0\n"
	    "a.yaml:7:9: error [yaml-tag]: text of a.yaml:7\n"
	    "b.yaml: error [yaml-tag]: text of b.yaml:0\n"
	    "b.yaml:2:1: error [yaml-tag]: text of b.yaml:2\n"
	    "b.yaml:2:1: warning [lint-date]: text of b.yaml:2\n"
	    "b.yaml:10:3: error [yaml-tag]: text of b.yaml:10\n");
}

static void nothing_to_print(void **state)
{
	struct printed *p = *state;

	assert_string_equal(print(p, DIAG_TEXT), "");
	assert_string_equal(print(p, DIAG_JSON), "[]\n");
	assert_non_null(strstr(print(p, DIAG_SARIF), "\"results\": []"));
}

static void one_line_whatever_is_in_it(void **state)
{
	struct printed *p = *state;
	char big[5000];

	diag_add(&p->list, DIAG_ERROR, "yaml-tag", (struct diag_pos){"a\nb", 1, 1},
	    "x\ny\x1b[2J\x7f\xff%s", "\xe2\x80\xa8\xc2\x9b\xc3\xa9");
	assert_string_equal(
	    print(p, DIAG_TEXT), "a?b:1:1: error [yaml-tag]: x?y?[2J???????\xc3\xa9\n");

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	diag_add(&p->list, DIAG_ERROR, "yaml-tag", (struct diag_pos){"a", 1, 1}, "%s", big);
	assert_true(strlen(p->list.items[1].text) < 1100);
}

static void whose_fault(void **state)
{
	struct printed *p = *state;
	char domain[] = "sales";

	add(&p->list, DIAG_ERROR, "mesh.yaml", 1, 1);
	p->list.domain = domain;
	add(&p->list, DIAG_ERROR, "x.yaml", 1, 1);
	add(&p->list, DIAG_WARNING, "x.yaml", 2, 1);
	add(&p->list, DIAG_ERROR, "x.yaml", 3, 1);
	p->list.domain = NULL;
	strcpy(domain, "other");
	assert_int_equal(diag_errors_of(&p->list, NULL), 1);
	assert_int_equal(diag_errors_of(&p->list, "sales"), 2);
	assert_int_equal(diag_errors_of(&p->list, "other"), 0);
}

static struct json *parsed(struct printed *p, enum diag_format format)
{
	struct mesh_err err = {0};
	struct json *root = NULL;

	print(p, format);
	if (json_parse(p->out.data, p->out.len, &root, &err) < 0)
		fail_msg("%s\n%s", err.text, p->out.data);
	return root;
}

static void as_json(void **state)
{
	struct printed *p = *state;

	p->list.domain = "sales";
	add(&p->list, DIAG_WARNING, "a \"b\".yaml", 3, 4);
	p->list.domain = NULL;
	add(&p->list, DIAG_ERROR, "z", 0, 0);

	struct json *root = parsed(p, DIAG_JSON);
	const struct json *first = json_at(root, 0);

	assert_int_equal(json_len(root), 2);
	assert_string_equal(json_text(json_get(first, "file")), "a \"b\".yaml");
	assert_int_equal(json_int(json_get(first, "line"), 0), 3);
	assert_int_equal(json_int(json_get(first, "column"), 0), 4);
	assert_string_equal(json_text(json_get(first, "severity")), "warning");
	assert_string_equal(json_text(json_get(first, "rule")), "lint-date");
	assert_string_equal(json_text(json_get(first, "domain")), "sales");
	assert_null(json_text(json_get(json_at(root, 1), "domain")));
	json_free(root);
}

static const struct json *path(const struct json *v, const char *const *keys)
{
	for (; *keys; keys++)
		v = json_get(v, *keys);
	return v;
}

static void as_sarif(void **state)
{
	static const char *const uri[] = {"physicalLocation", "artifactLocation", "uri", NULL};
	static const char *const start[] = {"physicalLocation", "region", "startLine", NULL};
	static const char *const region[] = {"physicalLocation", "region", NULL};
	static const char *const rules[] = {"tool", "driver", "rules", NULL};
	struct printed *p = *state;

	add(&p->list, DIAG_ERROR, "a:/b c.yaml", 3, 4);
	add(&p->list, DIAG_WARNING, "b.yaml", 5, 6);
	add(&p->list, DIAG_ERROR, "/abs.yaml", 0, 0);
	diag_add(&p->list, DIAG_ERROR, "of-nobody", (struct diag_pos){"c", 1, 1}, "x");

	struct json *root = parsed(p, DIAG_SARIF);
	const struct json *run = json_at(json_get(root, "runs"), 0);
	const struct json *results = json_get(run, "results");
	const struct json *list = path(run, rules);
	const struct json *location[3];

	assert_string_equal(json_text(json_get(root, "version")), "2.1.0");
	assert_int_equal(json_len(results), 4);
	assert_int_equal(json_len(list), 3);
	for (int i = 0; i < 4; i++) {
		const struct json *result = json_at(results, (size_t)i);
		size_t rule = (size_t)json_int(json_get(result, "ruleIndex"), 99);

		assert_string_equal(json_text(json_get(result, "ruleId")),
		    json_text(json_get(json_at(list, rule), "id")));
		if (i < 3)
			location[i] = json_at(json_get(result, "locations"), 0);
	}
	assert_string_equal(json_text(path(location[0], uri)), "file:///abs.yaml");
	assert_null(path(location[0], region));
	assert_string_equal(json_text(path(location[1], uri)), "a%3A/b%20c.yaml");
	assert_int_equal(json_int(path(location[1], start), 0), 3);
	assert_string_equal(json_text(json_get(json_at(results, 2), "level")), "warning");
	assert_non_null(json_get(json_at(list, 0), "shortDescription"));
	assert_null(json_get(json_at(list, 1), "shortDescription")); /* of-nobody */
	json_free(root);
}

static void descriptions(void **state)
{
	(void)state;
	assert_non_null(diag_rules_describe("yaml-duplicate-key"));
	assert_null(diag_rules_describe("yaml-duplicate"));
}

static int add_and_print(void *arg)
{
	struct diag_list l;
	struct buf out;
	int ret;

	(void)arg;
	diag_list_init(&l);
	buf_init(&out);
	for (int i = 0; i < 40; i++) {
		l.domain = i % 7 == 0 ? "sales" : "traffic";
		add(&l, DIAG_ERROR, i % 5 == 0 ? "a.yaml" : "b.yaml", i, i);
	}
	ret = l.errors == 40 ? 0 : -EIO;
	if (l.len < 40)
		ret = l.oom ? -ENOMEM : -EIO;
	diag_print(&l, DIAG_SARIF, &out);
	if (buf_error(&out))
		ret = buf_error(&out);
	buf_clear(&out);
	diag_list_clear(&l);
	return ret;
}

static void short_memory(void **state)
{
	(void)state;
	oom_sweep(add_and_print, NULL, 300);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(text_is_sorted),
	    TEST(nothing_to_print),
	    TEST(one_line_whatever_is_in_it),
	    TEST(whose_fault),
	    TEST(as_json),
	    TEST(as_sarif),
	    TEST(descriptions),
	    TEST(short_memory),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
