/* timeout: 180 */
#include "catalog/policy/policy.h"
#include "fs/storage/duckdb_where.h"
#include "fs/table/plan.h"
#include "tests/unit/duckdb_fixture.h"

/* ---- the clause ---- */

static bool find(const void *arg, const char *name, struct duckdb_where_column *ret)
{
	static const struct {
		const char *name;
		struct duckdb_where_column column;
	} known[] = {
	    {"i", {"\"i\"", "INTEGER", "integer"}},
	    {"s", {"\"s\"", "VARCHAR", "string"}},
	    {"b", {"\"b\"", "BOOLEAN", "boolean"}},
	    {"d", {"\"d\"", "DATE", "date"}},
	    {"t", {"\"t\"", "TIMESTAMP", "timestamp"}},
	    {"n", {"\"n\"", "DECIMAL(9,2)", "number"}},
	    {"si", {"\"si\"", "VARCHAR", "integer"}},
	};

	(void)arg;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		*ret = known[i].column;
		return true;
	}
	return false;
}

static void check_values(struct cond c, const char *want, size_t values)
{
	const struct duckdb_where_columns columns = {.find = find};
	struct duckdb_where w;

	assert_int_equal(duckdb_where_build(&w, &c, &columns), 0);
	assert_string_equal(w.sql.data, want);
	assert_int_equal(w.values_len, values);
	duckdb_where_clear(&w);
}

#define INT(i) duck_number(VALUE_INT, i)
#define TIME(i) duck_number(VALUE_TIME, i)

static void test_atoms(void **state)
{
	struct value two[] = {duck_word("a"), duck_word("b")}, mixed[] = {duck_word("a"), INT(1)};
	struct value set = {.type = VALUE_SET, .set = two, .set_len = 2};
	struct value bad = {.type = VALUE_SET, .set = mixed, .set_len = 2};
	struct value none = {.type = VALUE_SET};

	(void)state;
	check_values(duck_is("i", OP_EQ, INT(5)), "\"i\" = ?", 1);
	check_values(duck_is("i", OP_GE, INT(5)), "\"i\" >= ?", 1);
	check_values(duck_is("s", OP_EQ, duck_word("EU")), "\"s\" = ?", 1);
	check_values(duck_is("s", OP_IN, set), "\"s\" IN (?, ?)", 2);
	check_values(duck_is("b", OP_EQ, duck_number(VALUE_BOOL, 1)), "\"b\" = ?", 1);
	check_values(duck_is("n", OP_PRESENT, INT(0)), "\"n\" IS NOT NULL", 0);
	check_values(duck_is("d", OP_LT, TIME(1)), "\"d\" <= CAST(make_timestamp(?) AS DATE)", 1);
	check_values(duck_is("t", OP_EQ, TIME(-1)),
	    "\"t\" >= CAST(make_timestamp(?) AS TIMESTAMP) AND \"t\" <= CAST(make_timestamp(?) AS TIMESTAMP)",
	    2);
	/* What is not decided alike, or not asked of rows. */
	check_values(duck_is("s", OP_IN, bad), "", 0);
	check_values(duck_is("s", OP_IN, none), "", 0);
	check_values(duck_is("s", OP_NE, duck_word("EU")), "", 0);
	check_values(duck_is("s", OP_EQ, INT(5)), "", 0);
	check_values(duck_is("i", OP_EQ, duck_word("5")), "", 0);
	check_values(duck_is("i", OP_ABSENT, INT(0)), "", 0);
	check_values(duck_is("n", OP_EQ, duck_number(VALUE_DECIMAL, 5)), "", 0);
	check_values(duck_is("si", OP_EQ, INT(5)), "", 0);
	check_values(duck_is("zz", OP_EQ, INT(5)), "", 0);
	check_values(duck_is("d", OP_EQ, duck_word("2020-01-01")), "", 0);
}

static void test_trees(void **state)
{
	struct cond i = duck_is("i", OP_EQ, INT(5)), no = duck_is("zz", OP_EQ, INT(5));
	struct cond s = duck_is("s", OP_EQ, duck_word("x"));
	struct cond three[] = {no, i, s}, any_two[] = {i, s};
	struct cond all = {.kind = COND_ALL, .kids = three, .len = 3};
	struct cond any = {.kind = COND_ANY, .kids = three, .len = 3};
	struct cond both = {.kind = COND_ANY, .kids = any_two, .len = 2};
	struct cond outer[] = {any, both, i};
	struct cond nested = {.kind = COND_ALL, .kids = outer, .len = 3};
	struct cond nothing = {.kind = COND_ALL}, never = {.kind = COND_ANY};
	struct cond not = {.kind = COND_NOT, .kids = &i, .len = 1};
	const struct duckdb_where_columns columns = {.find = find};
	struct duckdb_where w;

	(void)state;
	check_values(all, "(\"i\" = ? AND \"s\" = ?)", 2);
	check_values(any, "", 0);
	check_values(both, "(\"i\" = ? OR \"s\" = ?)", 2);
	check_values(nested, "((\"i\" = ? OR \"s\" = ?) AND \"i\" = ?)", 3);
	check_values(nothing, "", 0);
	check_values(never, "", 0);
	check_values(not, "", 0);
	assert_int_equal(duckdb_where_build(&w, NULL, &columns), 0);
	assert_string_equal(w.sql.data, "");
	duckdb_where_clear(&w);
}

/* More values than can be bound: the rest is left to the plan. */
static void test_many(void **state)
{
	static struct value values[DUCKDB_WHERE_MAX + 1];
	struct value set = {.type = VALUE_SET, .set = values, .set_len = DUCKDB_WHERE_MAX + 1};
	struct cond two[2];

	(void)state;
	for (size_t i = 0; i <= DUCKDB_WHERE_MAX; i++)
		values[i] = INT((int64_t)i);
	two[0] = duck_is("i", OP_IN, set);
	two[1] = duck_is("i", OP_LT, INT(3));
	check_values((struct cond){.kind = COND_ALL, .kids = two, .len = 2}, "(\"i\" < ?)", 1);
}

/* ---- against the evaluator ---- */

static uint64_t seed = 20261126;

static unsigned int any_of(unsigned int n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(seed >> 33) % n;
}

/* Columns, and what their values mostly are: then conditions hold for some rows. */
static const struct {
	const char *name;
	enum value_type type;
} about[] = {
    {"i", VALUE_INT},
    {"u", VALUE_INT},
    {"s", VALUE_STRING},
    {"b", VALUE_BOOL},
    {"d", VALUE_TIME},
    {"t", VALUE_TIME},
    {"z", VALUE_TIME},
    {"n", VALUE_DECIMAL},
    {"x", VALUE_INT},
    {"missing", VALUE_INT},
};

static struct value any_value(enum value_type type)
{
	static const enum value_type types[] = {
	    VALUE_BOOL, VALUE_TIME, VALUE_DECIMAL, VALUE_STRING, VALUE_INT};
	static const char *const words[] = {"", "a", "A", "b", "2026-01-02", "ü", "%", "7"};

	switch (any_of(8) == 0 ? types[any_of(5)] : type) {
	case VALUE_BOOL:
		return duck_number(VALUE_BOOL, any_of(2));
	case VALUE_TIME:
		return TIME((int64_t)any_of(9) * 43200000000000LL + (int64_t)any_of(3) * 500);
	case VALUE_DECIMAL:
		return duck_number(VALUE_DECIMAL, (int64_t)any_of(4) * 5000);
	case VALUE_STRING:
		return duck_word(words[any_of(8)]);
	default:
		return INT((int64_t)any_of(8) - 2);
	}
}

/* Conditions that live until the next one is made. */
static struct cond pool[64];
static struct value sets[64][4];
static size_t pool_len;

static struct cond any_atom(void)
{
	static const enum cond_op ops[] = {OP_EQ, OP_NE, OP_IN, OP_NOT_IN, OP_LT, OP_LE, OP_GT,
	    OP_GE, OP_LIKE, OP_PRESENT, OP_ABSENT};
	enum cond_op op = ops[any_of(11)];
	size_t column = any_of(sizeof(about) / sizeof(about[0]));
	struct cond c = duck_is(about[column].name, op, any_value(about[column].type));

	if (op == OP_IN || op == OP_NOT_IN) {
		struct value *set = sets[pool_len];
		size_t len = any_of(4);

		for (size_t i = 0; i < len; i++)
			set[i] = any_value(c.literal.type);
		c.literal = (struct value){.type = VALUE_SET, .set = set, .set_len = len};
	}
	return c;
}

static struct cond any_cond(int depth)
{
	size_t len = 1 + any_of(3), first = pool_len;

	if (depth == 0 || any_of(3) == 0 || pool_len + len > 40)
		return any_atom();
	pool_len += len;
	for (size_t i = 0; i < len; i++)
		pool[first + i] = any_cond(depth - 1);
	return (struct cond){
	    .kind = any_of(2) ? COND_ALL : COND_ANY, .kids = &pool[first], .len = len};
}

#define ROWS 300

/* The whole table as the evaluator sees it. */
struct a_row {
	const struct table_schema *schema;
	struct value values[16];
};
static struct a_row table[ROWS];
static struct arena strings;

static const struct value *cell_of(const void *row, const char *column)
{
	const struct a_row *r = row;

	for (size_t i = 0; i < r->schema->len; i++)
		if (strcmp(r->schema->columns[i].name, column) == 0)
			return &r->values[i];
	return NULL;
}

static bool passes(const struct a_row *r, const struct cond *keep)
{
	struct view_column c = {.rows = {.restricts = &keep, .restricts_len = 1}};

	return view_cell_visible(&c, &(struct row){.cell = cell_of, .row = r});
}

static void load(struct duck_reading *g)
{
	const struct table_schema *schema = &g->source->schema;
	size_t rows = 0;

	assert_int_equal(duck_read(g, (struct table_request){.keep = NULL}), 0);
	for (; duck_next(g) == 1; rows++) {
		struct a_row *r = &table[g->cells[0].i];

		r->schema = schema;
		for (size_t i = 0; i < schema->len; i++)
			r->values[i] = plan_value(
			    &g->cells[i], schema->columns[i].logical_type, &strings);
	}
	assert_int_equal(rows, ROWS);
	g->reader->ops->close(g->reader);
	g->reader = NULL;
}

static void say_lost(size_t row, const struct cond *keep)
{
	struct buf text;

	buf_init(&text);
	cond_print(keep, &text);
	fail_msg("row %zu was left out: %s", row, text.data);
}

/* Each row that the evaluator keeps is among those that DuckDB gives; how many it gave. */
static size_t check_pushed(struct duck_reading *g, const struct cond *keep)
{
	bool given[ROWS] = {false};
	size_t n = 0;
	int rc;

	assert_int_equal(duck_read(g, (struct table_request){.keep = keep}), 0);
	for (; (rc = duck_next(g)) == 1; n++)
		given[g->cells[0].i] = true;
	if (rc < 0)
		fail_msg("%s", g->err.text);
	g->reader->ops->close(g->reader);
	g->reader = NULL;
	for (size_t i = 0; i < ROWS; i++)
		if (!given[i] && passes(&table[i], keep))
			say_lost(i, keep);
	return n;
}

static void make_tables(void)
{
	static const char select[] =
	    "SELECT r::INTEGER AS row, CASE WHEN r % 11 = 0 THEN NULL ELSE (r % 9 - 3)::INTEGER END i, (r % 5)::UTINYINT u, "
	    "CASE WHEN r % 7 = 0 THEN NULL ELSE ['', 'a', 'A', 'b', '2026-01-02', 'ü', '%', '7'][r % 8 + 1] END s, "
	    "CASE WHEN r % 13 = 0 THEN NULL ELSE r % 3 = 0 END b, "
	    "CASE WHEN r % 17 = 0 THEN 'infinity'::DATE ELSE DATE '1970-01-01' + (r % 6)::INTEGER END d, "
	    "TIMESTAMP '1970-01-01' + to_hours(6 * (r % 19)) + to_microseconds(r % 2) t, "
	    "CASE WHEN r % 23 = 0 THEN NULL ELSE TIMESTAMPTZ '1970-01-01 00:00:00+00' + to_hours(6 * (r % 19)) END z, "
	    "(r % 8 / 2)::DECIMAL(9,2) n, ['a', '1', 'x'][r % 3 + 1] x FROM range(300) t(r)";

	duck_sql("COPY (SELECT * FROM (%s)) TO '%s' (FORMAT parquet, ROW_GROUP_SIZE 100)", select,
	    duck_path("push.parquet"));
	duck_sql("ATTACH '%s' AS d; CREATE TABLE d.t AS %s", duck_path("push.duckdb"), select);
}

static void test_agrees(void **state)
{
	/* The contract calls one text column an integer. */
	static struct column known[] = {{.name = "x", .logical_type = "integer"}};
	static const struct object object = {.columns = known, .columns_len = 1};
	struct duck_reading files[] = {{.file = "push.parquet", .object = &object},
	    {.file = "push.duckdb", .table = "t", .object = &object}};
	size_t fewer = 0, some = 0;

	(void)state;
	make_tables();
	arena_init(&strings);
	for (int file = 0; file < 2; file++) {
		struct duck_reading *g = &files[file];

		assert_int_equal(duck_open(g), 0);
		load(g);
		for (int round = 0; round < 100; round++) {
			struct cond keep;
			size_t n;

			pool_len = 0;
			keep = any_cond(2);
			n = check_pushed(g, &keep);
			fewer += n < ROWS;
			some += n > 0 && n < ROWS;
		}
		duck_close(g);
	}
	arena_clear(&strings);
	assert_true(fewer > 50 && some > 30);
}

static int remove_all(void **state)
{
	(void)state;
	duck_down();
	return 0;
}

int main(void)
{
	const struct CMUnitTest pure[] = {
	    cmocka_unit_test(test_atoms),
	    cmocka_unit_test(test_trees),
	    cmocka_unit_test(test_many),
	};
	const struct CMUnitTest reading[] = {cmocka_unit_test(test_agrees)};
	int failed = cmocka_run_group_tests_name("clause", pure, NULL, NULL);
	int rc = duck_up();

	if (rc == 77)
		puts("skip agrees with the evaluator");
	return rc == 0 ? failed + cmocka_run_group_tests_name("rows", reading, NULL, remove_all)
		       : failed;
}
