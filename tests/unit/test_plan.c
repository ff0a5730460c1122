#include <stdio.h>

#include "catalog/base/digest.h"
#include "tests/lib/oom.h"
#include "tests/unit/table_fixture.h"

static struct column contract_columns[] = {
    {.name = "id", .logical_type = "integer"},
    {.name = "email", .logical_type = "string", .physical_name = "E_MAIL"},
    {.name = "region", .logical_type = "string"},
    {.name = "amount", .logical_type = "number"},
    {.name = "day", .logical_type = "date"},
    {.name = "at", .logical_type = "timestamp"},
};
static const struct object object = {.name = "t", .columns = contract_columns, .columns_len = 6};

static const char table[] = "region,extra,id,E_MAIL,amount,day,at\n"
			    "EU,x,1,jane@x.org,10.50,2026-11-22,2026-11-22 23:30:00-02\n"
			    "US,y,2,bob@x.org,99.999999,9999-12-31,soon\n"
			    ",z,three,\"\",,,\n"
			    "EU,\"\",104,,7,today,9999-12-31T00:00:00Z\n";

/* A view of these columns in this order, all raw. */
struct views {
	struct view view;
	struct view_column columns[8];
};

static struct view *view_of(struct views *v, const char *const *names)
{
	memset(v, 0, sizeof(*v));
	v->view.columns = v->columns;
	for (; *names; names++)
		v->columns[v->view.columns_len++].name = *names;
	return &v->view;
}

#define VIEW_OF(v, ...) view_of(v, (const char *const[]){__VA_ARGS__, NULL})

static struct cond is(const char *column, enum cond_op op, struct value literal)
{
	return (struct cond){
	    .kind = COND_ATOM, .left = {OPERAND_ROW, column}, .op = op, .literal = literal};
}

static struct value word(const char *s)
{
	return (struct value){.type = VALUE_STRING, .s = s};
}

static struct value number(int64_t i)
{
	return (struct value){.type = VALUE_INT, .i = i};
}

static void check(const struct view *v, const char *want)
{
	check_rendering((struct rendering){.data = table, .object = &object, .view = v}, want);
}

static void order_and_names(void **state)
{
	struct views v;

	(void)state;
	VIEW_OF(&v, "id", "email", "region", "extra");
	check(&v.view,
	    "id,email,region,extra\n1,jane@x.org,EU,x\n2,bob@x.org,US,y\nthree,\"\",,z\n104,,EU,\"\"\n");
	/* What storage lacks, or the view does not know, is not there. */
	VIEW_OF(&v, "nothing", "id");
	check(&v.view, "id\n1\n2\nthree\n104\n");
	VIEW_OF(&v, "id", "id", "E_MAIL");
	check(&v.view, "id\n1\n2\nthree\n104\n");
	VIEW_OF(&v, "*");
	check(&v.view, "");
}

static void dropped(void **state)
{
	struct views v;

	(void)state;
	VIEW_OF(&v, "id", "email", "region");
	v.columns[1].dropped = true;
	check(&v.view, "id,region\n1,EU\n2,US\nthree,\n104,EU\n");
	v.columns[0].dropped = v.columns[2].dropped = true;
	check(&v.view, "");
	v.view.deny = true;
	strcpy(v.view.reason, "may not");
	check_refused((struct rendering){.data = table, .view = &v.view}, -EACCES, "may not");
}

static void rows(void **state)
{
	struct cond eu = is("region", OP_EQ, word("EU")), small = is("id", OP_LT, number(100));
	const struct cond *one[] = {&eu}, *two[] = {&eu, &small};
	struct views v;

	(void)state;
	VIEW_OF(&v, "id", "email");
	v.columns[0].rows = v.columns[1].rows = (struct row_filter){
	    .restricts = one, .restricts_len = 1};
	check(&v.view, "id,email\n1,jane@x.org\n104,\n");
	v.columns[0].rows.restricts = v.columns[1].rows.restricts = two;
	v.columns[0].rows.restricts_len = v.columns[1].rows.restricts_len = 2;
	check(&v.view, "id,email\n1,jane@x.org\n");
	v.columns[0].rows = v.columns[1].rows = (struct row_filter){
	    .permits = two, .permits_len = 2};
	check(&v.view, "id,email\n1,jane@x.org\n2,bob@x.org\n104,\n");
}

/* A row is there when any cell is; the others are null. Predicates see raw values, of columns that
 * are not shown too. */
static void cells(void **state)
{
	struct cond eu = is("region", OP_EQ, word("EU")), two = is("id", OP_EQ, number(2));
	const struct cond *only_eu[] = {&eu}, *only_two[] = {&two};
	struct views v;

	(void)state;
	VIEW_OF(&v, "id", "email");
	v.columns[0].rows = (struct row_filter){.restricts = only_eu, .restricts_len = 1};
	v.columns[1].rows = (struct row_filter){.restricts = only_two, .restricts_len = 1};
	v.columns[0].mask = (struct mask){.fn = MASK_NULL};
	check(&v.view, "id,email\n,\n,bob@x.org\n,\n");
	VIEW_OF(&v, "email", "region");
	v.columns[0].rows = (struct row_filter){.restricts = only_two, .restricts_len = 1};
	check(&v.view, "email,region\n,EU\nbob@x.org,US\n,\n,EU\n");
}

static void undecidable(void **state)
{
	static const enum cond_op ops[] = {OP_EQ, OP_NE, OP_LT, OP_GE, OP_LIKE, OP_NOT_LIKE};
	struct cond c = is("region", OP_NE, word("EU")),
		    absent = is("region", OP_ABSENT, (struct value){0});
	const struct cond *list[] = {&c};
	struct views v;

	(void)state;
	VIEW_OF(&v, "id");
	v.columns[0].rows = (struct row_filter){.restricts = list, .restricts_len = 1};
	check(&v.view, "id\n2\n");
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		c = is("id", ops[i], word("1"));
		check(&v.view, "id\n");
		c = is("nothing", ops[i], word("1"));
		check(&v.view, "id\n");
	}
	list[0] = &absent;
	check(&v.view, "id\nthree\n");
}

static void masks(void **state)
{
	struct views v;

	(void)state;
	VIEW_OF(&v, "id", "email", "amount", "day", "at");
	v.columns[0].mask = (struct mask){.fn = MASK_BUCKET, .width = 100};
	v.columns[1].mask = (struct mask){.fn = MASK_EMAIL};
	v.columns[2].mask = (struct mask){.fn = MASK_ROUND, .to = 10};
	v.columns[3].mask = (struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_YEAR};
	v.columns[4].mask = (struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_MONTH};
	check(&v.view,
	    "id,email,amount,day,at\n0,j***@x.org,,2026-01-01,2026-11-01T00:00:00Z\n"
	    "0,b***@x.org,,9999-01-01,\n,,,,\n100,,,,\n");
	VIEW_OF(&v, "id", "email", "day");
	v.columns[0].mask = v.columns[1].mask = v.columns[2].mask = (struct mask){
	    .fn = MASK_REDACT};
	check(&v.view, "id,email,day\n,REDACTED,\n,REDACTED,\n,REDACTED,\n,,\n");
}

static void hashes(void **state)
{
	const struct hash_key *key = fixture_key(NULL, "mesh");
	uint8_t mac[DIGEST_BYTES];
	struct views v;
	char want[256];

	(void)state;
	VIEW_OF(&v, "email");
	v.columns[0].mask = (struct mask){.fn = MASK_HASH, .length = 8};
	v.view.limit = 1;
	assert_int_equal(digest_hmac(key->bytes, key->len, "jane@x.org", 10, mac), 0);
	(void)snprintf(
	    want, sizeof(want), "email\n%02x%02x%02x%02x\n", mac[0], mac[1], mac[2], mac[3]);
	check(&v.view, want);
	v.columns[0].mask.text = "other";
	check(&v.view, "email\n\n");
	v.columns[0].mask.text = NULL;
	check_rendering(
	    (struct rendering){.data = table, .object = &object, .view = &v.view, .no_key = true},
	    "email\n\n");
}

static void limits(void **state)
{
	struct cond eu = is("region", OP_EQ, word("EU"));
	const struct cond *list[] = {&eu};
	struct views v;

	(void)state;
	VIEW_OF(&v, "id");
	v.view.limit = 2;
	check(&v.view, "id\n1\n2\n");
	v.columns[0].rows = (struct row_filter){.restricts = list, .restricts_len = 1};
	check(&v.view, "id\n1\n104\n");
	v.view.limit = 1000;
	check(&v.view, "id\n1\n104\n");
}

/* ---- groups ---- */

/* Equal means shown as equal: masked, and with hidden cells null. */
static void groups(void **state)
{
	struct views v;

	(void)state;
	VIEW_OF(&v, "region");
	v.view.min_group = 2;
	check(&v.view, "region\nEU\nEU\n");
	v.view.min_group = 3;
	check(&v.view, "region\n");
	VIEW_OF(&v, "region", "id");
	v.view.min_group = 2;
	check(&v.view, "region,id\n");
	v.columns[1].mask = (struct mask){.fn = MASK_NULL};
	check(&v.view, "region,id\nEU,\nEU,\n");
	v.view.limit = 1;
	check(&v.view, "region,id\nEU,\n");
	v.view.min_group = 1;
	v.view.limit = 0;
	check(&v.view, "region,id\nEU,\nUS,\n,\nEU,\n");
}

/* Null and the empty string are two groups; so are values that only concatenate alike. */
static void groups_apart(void **state)
{
	struct views v;

	(void)state;
	VIEW_OF(&v, "a", "b");
	v.view.min_group = 2;
	check_rendering((struct rendering){.data = "a,b\n,x\n\"\",x\n", .view = &v.view}, "a,b\n");
	check_rendering((struct rendering){.data = "a,b\nxy,z\nx,yz\nx,yz\n", .view = &v.view},
	    "a,b\nx,yz\nx,yz\n");
	check_rendering((struct rendering){.data = "a,b\n", .view = &v.view}, "a,b\n");
}

/* Value v occurs v times; more rows than one window of marks or one table of counts holds are for
 * `make bench`. */
static void many_groups(void **state)
{
	struct buf data, want;
	struct views v;
	struct rendering r = {0};
	int rc;
	char *got;

	(void)state;
	buf_init(&data);
	buf_init(&want);
	buf_puts(&data, "a,b\n");
	buf_puts(&want, "a,b\n");
	for (int round = 1; round <= 600; round++) {
		for (int value = round; value <= 600; value++) {
			buf_printf(&data, "%d,some longer text %d\n", value, value);
			if (value >= 500)
				buf_printf(&want, "%d,some longer text %d\n", value, value);
		}
	}
	r.view = VIEW_OF(&v, "a", "b");
	v.view.min_group = 500;
	r.data = data.data;
	r.len = data.len;
	got = fixture_render(&r, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(r.rows, 101 * 550);
	assert_string_equal(got, want.data);
	free(got);
	buf_clear(&data);
	buf_clear(&want);
}

static void groups_in_a_long_row(void **state)
{
	size_t len = (size_t)1 << 20;
	char *data = malloc(2 * len + 64);
	struct views v;
	char *p;

	(void)state;
	assert_non_null(data);
	p = stpcpy(data, "a\n");
	for (int i = 0; i < 2; i++) {
		p = memset(p, 'x', len) + len;
		*p++ = '\n';
	}
	*p = '\0';
	VIEW_OF(&v, "a");
	v.view.min_group = 2;
	check_rendering((struct rendering){.data = data, .view = &v.view}, data);
	free(data);
}

/* ---- what the source is asked for ---- */

static void requests(void **state)
{
	struct cond eu = is("region", OP_EQ, word("EU"));
	const struct cond *list[] = {&eu};
	struct table_column columns[] = {{.name = "region"}, {.name = "x"}, {.name = "id"}};
	const struct table_schema schema = {columns, 3};
	const struct table_request *rq;
	struct plan_options opt = {.source = &schema};
	struct table_plan *p;
	struct views v;

	(void)state;
	opt.view = VIEW_OF(&v, "id");
	v.view.limit = 3;
	assert_int_equal(plan_new(&opt, &p, NULL), 0);
	rq = plan_request(p, NULL);
	assert_int_equal(rq->columns_len, 1);
	assert_int_equal(rq->columns[0], 2);
	assert_int_equal(rq->limit, 3);
	assert_null(rq->keep);
	assert_int_equal(plan_schema(p)->len, 1);
	plan_free(p);
	v.columns[0].rows = (struct row_filter){.restricts = list, .restricts_len = 1};
	assert_int_equal(plan_new(&opt, &p, NULL), 0);
	rq = plan_request(p, NULL);
	assert_int_equal(rq->columns_len, 2);
	assert_int_equal(rq->columns[0], 0);
	assert_int_equal(rq->columns[1], 2);
	assert_int_equal(rq->limit, 0);
	assert_non_null(rq->keep);
	plan_free(p);
	plan_free(NULL);
}

static void cancelled(void **state)
{
	size_t len = 40u << 20;
	char *data = malloc(len + 1);
	table_cancel cancel;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < len; i += 4)
		memcpy(data + i, "1,2\n", 4);
	data[len] = '\0';
	atomic_init(&cancel, true);
	check_refused(
	    (struct rendering){.data = data, .len = len, .cancel = &cancel}, -EINTR, "cancelled");
	free(data);
}

static void failures_pass_through(void **state)
{
	struct views v;

	(void)state;
	VIEW_OF(&v, "a");
	check_refused(
	    (struct rendering){.data = "a,b\n1,2,3\n", .view = &v.view}, -EINVAL, "record 2");
}

static int render_once(void *arg)
{
	struct rendering *r = arg;
	int rc;

	free(fixture_render(r, &rc));
	return rc;
}

/* Also in the middle of a row: a value that found no memory is not taken for null. */
static void memory_runs_out(void **state)
{
	struct cond eu = is("region", OP_EQ, word("EU"));
	const struct cond *list[] = {&eu};
	struct views v;
	struct rendering r = {.data = table, .object = &object};

	(void)state;
	r.view = VIEW_OF(&v, "id", "email", "at");
	v.columns[0].rows = (struct row_filter){.restricts = list, .restricts_len = 1};
	v.columns[1].mask = (struct mask){.fn = MASK_HASH, .length = 8};
	v.columns[2].mask = (struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_MONTH};
	oom_sweep(render_once, &r, 300);
	v.view.min_group = 2;
	oom_sweep(render_once, &r, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order_and_names),
	    cmocka_unit_test(dropped),
	    cmocka_unit_test(rows),
	    cmocka_unit_test(cells),
	    cmocka_unit_test(undecidable),
	    cmocka_unit_test(masks),
	    cmocka_unit_test(hashes),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(groups),
	    cmocka_unit_test(groups_apart),
	    cmocka_unit_test(many_groups),
	    cmocka_unit_test(groups_in_a_long_row),
	    cmocka_unit_test(requests),
	    cmocka_unit_test(cancelled),
	    cmocka_unit_test(failures_pass_through),
	    cmocka_unit_test(memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
