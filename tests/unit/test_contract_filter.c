/* Who gets which sample values of a contract, by the views of its ports. */

#include "tests/unit/render_fixture.h"

#include "fs/render/contract_filter.h"
#include "tests/lib/oom.h"

#define HEAD "schema:\n  - name: orders\n    properties:\n"
#define ID "      - name: id\n"
#define EMAIL "      - name: email\n"
#define ADDRESS \
	"      - name: address\n        properties:\n          - name: street\n          - name: since\n"
#define SECRETS "  - name: secrets\n    properties:\n      - name: id\n"
#define OF(value) "        examples: [" value "]\n"

static const char authored[] = HEAD ID OF("ID1") EMAIL OF("MAIL1") ADDRESS OF("STREET1")
    SECRETS OF("ID2");

/* Everybody reads all. */
static void init(struct fixture *f)
{
	fixture_init(f);
	fake_blobs[1].bytes = authored;
	(void)fixture_permit_read(f, "read-all");
}

static char *contract_of(struct fixture *f)
{
	return fixture_render(f, render_contract, &f->contracts[0]);
}

static struct rule *restrict_column(struct fixture *f, const char **name)
{
	struct rule *r = fixture_rule(f, "restrict", EFFECT_RESTRICT, BIT(ACTION_READ));

	r->resources.has_columns = true;
	r->resources.column_names = (struct strlist){name, 1};
	return r;
}

static void who_reads_all_gets_the_bytes(void **state)
{
	struct fixture f;
	AUTOFREE char *text = NULL;

	(void)state;
	init(&f);
	text = contract_of(&f);
	assert_string_equal(text, authored);
}

static void masked(void **state)
{
	static const char *name = "email";
	struct fixture f;
	AUTOFREE char *text = NULL;

	(void)state;
	init(&f);
	restrict_column(&f, &name)->mask = (struct mask){.fn = MASK_EMAIL};
	text = contract_of(&f);
	assert_string_equal(text, HEAD ID OF("ID1") EMAIL ADDRESS OF("STREET1") SECRETS OF("ID2"));
}

static void dropped_and_nested(void **state)
{
	static const char *name = "address.s*";
	struct fixture f;
	struct rule *r;
	AUTOFREE char *text = NULL;

	(void)state;
	init(&f);
	r = fixture_rule(&f, "no-street", EFFECT_FORBID, BIT(ACTION_READ));
	r->resources.has_columns = true;
	r->resources.column_names = (struct strlist){&name, 1};
	text = contract_of(&f);
	assert_string_equal(text, HEAD ID OF("ID1") EMAIL OF("MAIL1") ADDRESS SECRETS OF("ID2"));
}

static void filtered_by_rows(void **state)
{
	static const char *name = "id";
	static const struct cond rows = {.kind = COND_ATOM,
	    .left = {OPERAND_ROW, "id"},
	    .op = OP_EQ,
	    .literal = {.type = VALUE_INT, .i = 1}};
	struct fixture f;
	AUTOFREE char *text = NULL;

	(void)state;
	init(&f);
	restrict_column(&f, &name)->rows = &rows;
	text = contract_of(&f);
	assert_string_equal(text, HEAD ID EMAIL OF("MAIL1") ADDRESS OF("STREET1") SECRETS);
}

static void limited(void **state)
{
	static const char *objects[] = {"orders"};
	struct fixture f;
	struct rule *r;
	AUTOFREE char *text = NULL;

	(void)state;
	init(&f);
	r = fixture_rule(&f, "few", EFFECT_RESTRICT, BIT(ACTION_READ));
	r->resources.objects = (struct strlist){objects, 1};
	r->limit = 5;
	text = contract_of(&f);
	assert_string_equal(text, HEAD ID EMAIL ADDRESS SECRETS OF("ID2"));
}

static void denied(void **state)
{
	struct fixture f;
	AUTOFREE char *text = NULL;

	(void)state;
	fixture_init(&f);
	fake_blobs[1].bytes = authored;
	text = contract_of(&f);
	assert_string_equal(text, HEAD ID EMAIL ADDRESS SECRETS);
}

/* What one port hides is not told by the contract of another. */
static void by_any_port(void **state)
{
	static const char *ports[] = {"hidden-port"}, *name = "id";
	struct fixture f;
	struct rule *r;
	AUTOFREE char *text = NULL;

	(void)state;
	init(&f);
	f.ports[1].objects = f.objects;
	f.ports[1].objects_len = 2;
	r = restrict_column(&f, &name);
	r->resources.ports = (struct strlist){ports, 1};
	r->mask = (struct mask){.fn = MASK_NULL};
	text = contract_of(&f);
	assert_string_equal(text, HEAD ID EMAIL OF("MAIL1") ADDRESS OF("STREET1") SECRETS);
}

/* A contract that no port uses: by its own objects. */
static void without_a_port(void **state)
{
	static const char *name = "email";
	struct fixture f;
	AUTOFREE char *text = NULL;

	(void)state;
	init(&f);
	f.ports[0].contract = f.ports[1].contract = -1;
	restrict_column(&f, &name)->mask = (struct mask){.fn = MASK_NULL};
	text = contract_of(&f);
	assert_string_equal(text, HEAD ID OF("ID1") EMAIL ADDRESS OF("STREET1") SECRETS OF("ID2"));
	assert_null(f.ask.resource.object);
}

static void what_cannot_be_cut_is_refused(void **state)
{
	struct fixture f;
	struct doc d = {.path = "contracts/x"};
	struct buf b;

	(void)state;
	init(&f);
	d.what = &f.contracts[0];
	fake_blobs[1].bytes = HEAD ID "        ? examples\n        : [ID1]\n" EMAIL;
	buf_init(&b);
	assert_int_equal(render_contract(&d, &f.env, &b), 0);
	assert_string_equal(b.data, fake_blobs[1].bytes);
	buf_reset(&b);
	f.mesh_rules.len = 0;
	assert_int_equal(render_contract(&d, &f.env, &b), -EACCES);
	assert_int_equal(b.len, 0);
	f.contracts[0].blob = "gone";
	assert_int_equal(render_contract(&d, &f.env, &b), -EIO);
	buf_clear(&b);
}

/* Contracts without samples are the same for all, and so said. */
static void whether_it_depends_on_the_caller(void **state)
{
	struct fixture f;
	struct doc_list list;
	struct arena a;

	(void)state;
	init(&f);
	f.contracts[0].blob = "hash-1";
	fake_blobs[1].hash = "hash-1";
	assert_true(contract_filter_needed(&f.env, &f.contracts[0]));
	/* It is remembered by the hash. */
	fake_blobs[1].bytes = HEAD ID;
	assert_true(contract_filter_needed(&f.env, &f.contracts[0]));
	f.contracts[0].blob = fake_blobs[1].hash = "hash-2";
	assert_false(contract_filter_needed(&f.env, &f.contracts[0]));
	arena_init(&a);
	assert_int_equal(docs_list(DOC_METADATA, &f.env, &a, &list), 0);
	assert_false(docs_find(&list, "contracts/orders.odcs.yaml")->by_caller);
	f.contracts[0].blob = "hash-1";
	assert_int_equal(docs_list(DOC_METADATA, &f.env, &a, &list), 0);
	assert_true(docs_find(&list, "contracts/orders.odcs.yaml")->by_caller);
	arena_clear(&a);
	f.contracts[0].blob = "gone";
	assert_true(contract_filter_needed(&f.env, &f.contracts[0]));
}

/* No other document of a product tells of samples. */
static void nothing_else_has_samples(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	f.mesh_rules.len = 0;
	for (int section = DOC_METADATA; section <= DOC_POLICY; section++) {
		struct doc_list list;
		struct arena a;

		arena_init(&a);
		assert_int_equal(docs_list((enum doc_section)section, &f.env, &a, &list), 0);
		for (size_t i = 0; i < list.len; i++) {
			struct buf b;

			buf_init(&b);
			assert_int_equal(list.items[i].render(&list.items[i], &f.env, &b), 0);
			if (b.data && (strstr(b.data, "MAIL1") || strstr(b.data, "ID1")))
				fail_msg("%s:\n%s", list.items[i].path, b.data);
			buf_clear(&b);
		}
		arena_clear(&a);
	}
}

static int render_it(void *arg)
{
	struct fixture *f = arg;
	struct buf b;
	int rc;

	buf_init(&b);
	rc = contract_filter(&f->env, &f->contracts[0], &b);
	if (rc == 0)
		assert_null(strstr(b.data, "MAIL1"));
	buf_clear(&b);
	return rc;
}

static void short_memory(void **state)
{
	static const char *name = "email";
	struct fixture f;

	(void)state;
	init(&f);
	restrict_column(&f, &name)->mask = (struct mask){.fn = MASK_NULL};
	oom_sweep(render_it, &f, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_reads_all_gets_the_bytes),
	    cmocka_unit_test(masked),
	    cmocka_unit_test(dropped_and_nested),
	    cmocka_unit_test(filtered_by_rows),
	    cmocka_unit_test(limited),
	    cmocka_unit_test(denied),
	    cmocka_unit_test(by_any_port),
	    cmocka_unit_test(without_a_port),
	    cmocka_unit_test(what_cannot_be_cut_is_refused),
	    cmocka_unit_test(whether_it_depends_on_the_caller),
	    cmocka_unit_test(nothing_else_has_samples),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
