/* What policy files say, as rules: literals and their types, masks and their defaults, selectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/base/when.h"
#include "catalog/manifest/load.h"

#define MESH                                                                                       \
	"apiVersion: meshfs/v1\nkind: Mesh\nid: m\nclassifications: [a, b, c]\npurposes: [p, q]\n" \
	"tags: [t]\ndomains: []\n"

struct fixture {
	struct mesh mesh;
	struct diag_list diags;
	struct ruleset *rs;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct policy_source src = {"mesh.yaml", MESH, strlen(MESH)};
	struct scope scope = {SCOPE_MESH, NULL, NULL};

	diag_list_init(&f->diags);
	assert_int_equal(mesh_file_load(&src, &f->mesh, &f->diags), 0);
	f->rs = ruleset_new(scope);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ruleset_free(f->rs);
	arena_clear(&f->mesh.arena);
	diag_list_clear(&f->diags);
	free(f);
	return 0;
}

/* Compiles one rule of this effect with these further keys; NULL where it was refused. */
static const struct rule *compile(struct fixture *f, const char *effect, const char *keys)
{
	static int n;
	char text[2048];
	struct policy_source src = {"x.policy.yaml", text, 0};
	size_t len = f->rs->len;

	(void)snprintf(text, sizeof(text),
	    "apiVersion: meshfs/v1\nkind: AccessPolicy\nid: x\nscope: mesh\nrules:\n"
	    "  - {id: r%d, effect: %s, principals: {any: true}, actions: [read], %s}\n",
	    n++, effect, keys);
	src.len = strlen(text);
	assert_int_equal(policy_file_load(&src, &f->mesh, f->rs, &f->diags), 0);
	return f->rs->len > len ? &f->rs->rules[len] : NULL;
}

static const struct cond *condition(struct fixture *f, const char *text)
{
	char keys[1024];
	const struct rule *r;

	(void)snprintf(keys, sizeof(keys), "rows: %s", text);
	r = compile(f, "restrict", keys);
	assert_non_null(r);
	assert_int_equal(f->diags.len, 0);
	return r->rows;
}

static void assert_literal(struct fixture *f, const char *text, enum value_type type, int64_t i)
{
	char cond[256];
	const struct cond *c;

	(void)snprintf(cond, sizeof(cond), "{row.x: {eq: %s}}", text);
	c = condition(f, cond);
	assert_int_equal(c->literal.type, type);
	if (type == VALUE_STRING)
		assert_non_null(c->literal.s);
	else
		assert_int_equal(c->literal.i, i);
}

static void test_literals(void **state)
{
	struct fixture *f = *state;

	assert_literal(f, "5", VALUE_INT, 5);
	assert_literal(f, "-9223372036854775808", VALUE_INT, INT64_MIN);
	assert_literal(f, "true", VALUE_BOOL, 1);
	assert_literal(f, "yes", VALUE_STRING, 0);
	assert_literal(f, "'5'", VALUE_STRING, 0);
	assert_literal(f, "1.5", VALUE_DECIMAL, 15000);
	assert_literal(f, "-0.0001", VALUE_DECIMAL, -1);
	assert_literal(f, "12.", VALUE_DECIMAL, 120000);
	assert_literal(
	    f, "'2026-01-01T00:00:00Z'", VALUE_STRING, 0); /* equality of strings stays one */
	assert_null(compile(f, "restrict", "rows: {row.x: {eq: 1.00000}}"));
	assert_null(compile(f, "restrict", "rows: {row.x: {eq: 1e3}}"));
	assert_null(compile(f, "restrict", "rows: {row.x: {eq: .inf}}"));
	assert_null(compile(f, "restrict", "rows: {row.x: {eq: 922337203685478.0}}"));
	assert_int_equal(f->diags.errors, 4);
}

static void test_times(void **state)
{
	struct fixture *f = *state;
	const struct cond *c;
	int64_t ns;

	assert_int_equal(when_parse("2026-01-01T00:00:00+01:00", &ns), 0);
	c = condition(f, "{now: {ne: '2026-01-01T00:00:00+01:00'}}");
	assert_int_equal(c->literal.type, VALUE_TIME);
	assert_int_equal(c->literal.i, ns);
	c = condition(f, "{row.at: {lt: '2026-01-01T00:00:00+01:00'}}");
	assert_int_equal(c->literal.type, VALUE_TIME);
	c = condition(f, "{row.at: {le: {ref: now}}}");
	assert_true(c->has_ref);
	assert_int_equal(c->ref.space, OPERAND_CONTEXT);
}

static void test_shapes(void **state)
{
	struct fixture *f = *state;
	const struct cond *c = condition(f, "{row.n: {ge: 1, lt: 5}, purpose: {in: [p, q]}}");

	assert_int_equal(c->kind, COND_ALL);
	assert_int_equal(c->len, 2);
	assert_int_equal(c->kids[0].kind, COND_ALL);
	assert_int_equal(c->kids[0].kids[0].op, OP_GE);
	assert_string_equal(c->kids[0].kids[1].left.name, "n");
	assert_int_equal(c->kids[1].literal.set_len, 2);
	c = condition(f, "{row.address.street: {like: 'a*'}}");
	assert_string_equal(c->left.name, "address.street");
	c = condition(f, "{not: {any: [{row.x: {absent: true}}, {row.x: {notIn: [1, a]}}]}}");
	assert_int_equal(c->kind, COND_NOT);
	assert_int_equal(c->kids[0].kids[0].op, OP_ABSENT);
	c = condition(f, "{principal.groups: {contains: {ref: row.team}}}");
	assert_int_equal(c->op, OP_CONTAINS);
	c = condition(f, "{row.team: {in: {ref: principal.groups}}}");
	assert_true(c->has_ref);
	c = condition(
	    f, "{principal.team: {eq: x}}"); /* an attribute may be called like anything */
	assert_int_equal(c->left.space, OPERAND_PRINCIPAL);
}

static struct mask mask(struct fixture *f, const char *text)
{
	char keys[256];
	const struct rule *r;

	(void)snprintf(keys, sizeof(keys), "mask: %s", text);
	r = compile(f, "restrict", keys);
	assert_non_null(r);
	assert_int_equal(f->diags.len, 0);
	return r->mask;
}

static void test_masks(void **state)
{
	struct fixture *f = *state;
	struct mask m;

	assert_int_equal(mask(f, "{fn: null}").fn, MASK_NULL);
	assert_int_equal(mask(f, "{fn: 'null'}").fn, MASK_NULL);
	assert_int_equal(mask(f, "{fn: email}").fn, MASK_EMAIL);
	assert_string_equal(mask(f, "{fn: redact}").text, "REDACTED");
	assert_string_equal(mask(f, "{fn: redact, text: X}").text, "X");
	m = mask(f, "{fn: hash}");
	assert_int_equal(m.length, 64);
	assert_string_equal(m.text, "mesh");
	assert_string_equal(mask(f, "{fn: hash, key: hr}").text, "hr");
	m = mask(f, "{fn: bucket, width: 100, origin: -5}");
	assert_int_equal(m.width, 100);
	assert_int_equal(m.origin, -5);
	assert_int_equal(mask(f, "{fn: round, to: 10}").to, 10);
	assert_int_equal(mask(f, "{fn: dateTruncate, unit: quarter}").unit, UNIT_QUARTER);
	m = mask(f, "{fn: ipTruncate, v6: 0}");
	assert_int_equal(m.v4, 24);
	assert_int_equal(m.v6, 0);
	m = mask(f, "{fn: partial, keepLast: 4}");
	assert_int_equal(m.keep_first, 0);
	assert_int_equal(m.keep_last, 4);
	assert_string_equal(m.text, "*");
	assert_string_equal(mask(f, "{fn: partial, char: \"\xe2\x80\xa2\"}").text, "\xe2\x80\xa2");
}

static uint64_t ranks(struct fixture *f, const char *text)
{
	char keys[256];
	const struct rule *r;

	(void)snprintf(keys, sizeof(keys), "resources: {classification: %s}", text);
	r = compile(f, "permit", keys);
	assert_non_null(r);
	assert_true(r->resources.classification.given);
	return r->resources.classification.ranks & 7;
}

static void test_classifications(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ranks(f, "{in: [a, c]}"), 5);
	assert_int_equal(ranks(f, "{atLeast: b}"), 6);
	assert_int_equal(ranks(f, "{atLeast: a}"), 7);
	assert_int_equal(ranks(f, "{atMost: b}"), 3);
	assert_int_equal(ranks(f, "{atLeast: b, atMost: b}"), 2);
	assert_int_equal(ranks(f, "{in: [a, b], atLeast: b}"), 2);
}

static void test_restrict_by_one_effect(void **state)
{
	static const char *const enough[] = {"mask: {fn: null}", "rows: {row.x: {eq: 1}}",
	    "limit: 1", "minGroup: 2", "notify: [a]", "recheck: true"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(enough) / sizeof(enough[0]); i++)
		assert_non_null(compile(f, "restrict", enough[i]));
	assert_int_equal(f->diags.len, 0);
	assert_null(compile(f, "restrict", "recheck: false"));
	assert_null(compile(f, "restrict", "limit: 0"));
}

static void test_status(void **state)
{
	static const char *const text =
	    "apiVersion: meshfs/v1\nkind: AccessPolicy\nid: x\nscope: mesh\nstatus: %s\n"
	    "rules: [{id: s, effect: permit, principals: {any: true}, actions: [read%s]}]\n";
	struct fixture *f = *state;
	char doc[512];
	struct policy_source src = {"x.policy.yaml", doc, 0};

	(void)snprintf(doc, sizeof(doc), text, "retired", "");
	src.len = strlen(doc);
	assert_int_equal(policy_file_load(&src, &f->mesh, f->rs, &f->diags), 0);
	assert_int_equal(f->rs->len, 0);
	assert_int_equal(f->diags.len, 0);
	(void)snprintf(doc, sizeof(doc), text, "draft",
	    ", fly"); /* what is not in force must be right all the same */
	src.len = strlen(doc);
	assert_int_equal(policy_file_load(&src, &f->mesh, f->rs, &f->diags), 0);
	assert_int_equal(f->diags.errors, 1);
	(void)snprintf(doc, sizeof(doc), text, "active", "");
	src.len = strlen(doc);
	assert_int_equal(policy_file_load(&src, &f->mesh, f->rs, &f->diags), 0);
	assert_int_equal(f->rs->len, 1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_literals),
	    CASE(test_times),
	    CASE(test_shapes),
	    CASE(test_masks),
	    CASE(test_classifications),
	    CASE(test_restrict_by_one_effect),
	    CASE(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
