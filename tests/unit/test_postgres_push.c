/* Row predicates in the server: on random tables and predicates it gives each row that policy keeps, and no other where it says so. */
/* timeout: 240 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"
#include "catalog/base/when.h"
#include "catalog/policy/policy.h"
#include "fs/storage/postgres_query.h"
#include "fs/table/plan.h"
#include "tests/unit/postgres_fixture.h"

#define ROWS 80
#define TABLES 12
#define PREDICATES 300

/* ---- chance ---- */

static uint64_t seed = 0x9e3779b97f4a7c15ULL;

static uint64_t chance(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 16) % n;
}

#define PICK(list) ((list)[chance(ARRAY_LEN(list))])

/* ---- tables ---- */

/* Some values often, so that cells and literals meet; in SQL's spelling. */
static const char *const texts[] = {"EU", "US", "eu", "", "E*U", "EUU", "xEU", "EUxEU", "é", "É",
    "e\xcc\x81", "1", "true", "0.5", "2026-11-01", "a%c", "a_c", "a\\c", "it's", "\\'", "EU ", " ",
    "a\nb", "a\tb"};
static const char *const small[] = {"0", "1", "-1", "2", "5", "-7", "32767", "-32768"};
static const char *const large[] = {"0", "1", "-1", "5", "922337203685477", "-922337203685477",
    "922337203685478", "9223372036854775807", "-9223372036854775808"};
static const char *const reals[] = {"0", "0.5", "1.25", "5", "NaN", "Infinity", "1e300"};
static const char *const numerics[] = {"0", "0.5", "0.50", "5.00000", "1.23456", "NaN", "1e30"};
static const char *const bools[] = {"t", "f"};
static const char *const days[] = {"2026-11-01", "2026-11-02", "infinity", "0044-03-15 BC"};
static const char *const times[] = {
    "2026-11-01 00:00:00+00", "2026-11-01 12:00:00+00", "-infinity"};
static const char *const json[] = {"{}", "\"EU\"", "null", "5"};
static const char *const blobs[] = {"EU", "\\x00"};

struct column_kind {
	const char *type;
	const char *const *values;
	size_t len;
	unsigned int oid; /* of the base type */
};

static const struct column_kind kinds[] = {
    {"int4", small, 0, 23}, /* id */
    {"text", texts, ARRAY_LEN(texts), 25},
    {"text COLLATE nocase", texts, ARRAY_LEN(texts), 25},
    {"label", texts, ARRAY_LEN(texts), 25},
    {"varchar(12)", texts, ARRAY_LEN(texts), 1043},
    {"char(12)", texts, ARRAY_LEN(texts), 1042},
    {"int2", small, ARRAY_LEN(small), 21},
    {"int4", small, ARRAY_LEN(small), 23},
    {"int8", large, ARRAY_LEN(large), 20},
    {"bool", bools, ARRAY_LEN(bools), 16},
    {"float8", reals, ARRAY_LEN(reals), 701},
    {"numeric", numerics, ARRAY_LEN(numerics), 1700},
    {"date", days, ARRAY_LEN(days), 1082},
    {"timestamptz", times, ARRAY_LEN(times), 1184},
    {"jsonb", json, ARRAY_LEN(json), 3802},
    {"bytea", blobs, ARRAY_LEN(blobs), 17},
    {"oid", small, 2, 26},
};

#define COLUMNS ARRAY_LEN(kinds)

static const char *const logical_types[] = {
    "string", "integer", "number", "boolean", "date", "timestamp", "time", "object", NULL};

static struct column columns[COLUMNS];
static char names[COLUMNS][16];
static enum sql_cells cells_of[COLUMNS];
static const struct object object = {.name = "t", .columns = columns, .columns_len = COLUMNS};

static void make_columns(void)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "c%zu", i);
		columns[i] = (struct column){.name = names[i], .logical_type = PICK(logical_types)};
		cells_of[i] = postgres_query_cells(kinds[i].oid);
	}
	columns[0].logical_type = "integer";
}

static void add_row(struct buf *sql, int id)
{
	buf_printf(sql, "%s(%d", id ? ", " : "", id);
	for (size_t i = 1; i < COLUMNS; i++) {
		const char *value = kinds[i].values[chance(kinds[i].len)];
		char *quoted = PQescapeLiteral(pg_conn, value, strlen(value));

		buf_printf(sql, ", %s", chance(6) ? quoted : "NULL");
		PQfreemem(quoted);
	}
	buf_puts(sql, ")");
}

static void make_table(void)
{
	struct buf sql;

	buf_init(&sql);
	buf_puts(&sql, "DROP TABLE IF EXISTS t; CREATE TABLE t (");
	for (size_t i = 0; i < COLUMNS; i++)
		buf_printf(&sql, "%sc%zu %s", i ? ", " : "", i, kinds[i].type);
	buf_puts(&sql, "); INSERT INTO t VALUES ");
	for (int id = 0; id < ROWS; id++)
		add_row(&sql, id);
	pg_sql(sql.data);
	buf_clear(&sql);
}

/* ---- predicates ---- */

static struct value literal_of(enum value_type type)
{
	static const int64_t decimals[] = {
	    0, 5000, 12500, 10000, 50000, -70000, 1, INT64_MAX, INT64_MIN};
	static const int64_t integers[] = {
	    0, 1, -1, 2, 5, -7, 32768, 922337203685477, 922337203685478, INT64_MAX, INT64_MIN};
	int64_t ns = 0;

	switch (type) {
	case VALUE_INT:
		return (struct value){.type = type, .i = PICK(integers)};
	case VALUE_DECIMAL:
		return (struct value){.type = type, .i = PICK(decimals)};
	case VALUE_BOOL:
		return (struct value){.type = type, .i = (int64_t)chance(2)};
	case VALUE_TIME:
		(void)when_parse(chance(2) ? "2026-11-01" : "2026-11-01T12:00:00Z", &ns);
		return (struct value){.type = type, .i = ns};
	default:
		return (struct value){.type = VALUE_STRING, .s = PICK(texts)};
	}
}

/* Mostly of the type that the column has for policy. */
static enum value_type any_type(size_t column)
{
	static const enum value_type types[] = {
	    VALUE_INT, VALUE_DECIMAL, VALUE_BOOL, VALUE_TIME, VALUE_STRING};
	const char *t = columns[column].logical_type;

	if (chance(8) == 0 || !t)
		return PICK(types);
	if (str_eq(t, "integer"))
		return VALUE_INT;
	if (str_eq(t, "number"))
		return VALUE_DECIMAL;
	if (str_eq(t, "boolean"))
		return VALUE_BOOL;
	return str_eq(t, "date") || str_eq(t, "timestamp") ? VALUE_TIME : VALUE_STRING;
}

static struct value any_set(struct arena *a, size_t column)
{
	enum value_type type = any_type(column);
	size_t n = chance(4);
	struct value *set = arena_array(a, n + 1, sizeof(*set));

	for (size_t i = 0; i < n; i++)
		set[i] = literal_of(chance(30) ? type : any_type(column));
	return (struct value){.type = VALUE_SET, .set = set, .set_len = n};
}

static struct cond any_atom(struct arena *a)
{
	static const char *const patterns[] = {"*", "E*", "*U", "E*U", "*EU*", "EU*EU", "*E*U*",
	    "é*", "EU", "", "a%*", "a_*", "*\\c", "*'*", "a\n*", "* "};
	size_t column = chance(COLUMNS);
	struct cond c = {
	    .kind = COND_ATOM,
	    .left = {OPERAND_ROW, chance(30) ? names[column] : "gone"},
	    .op = (enum cond_op)chance(OP_ABSENT + 1),
	};

	c.has_ref = chance(12) == 0;
	if (c.has_ref)
		c.ref = (struct operand){OPERAND_ROW, names[chance(COLUMNS)]};
	if (c.op == OP_IN || c.op == OP_NOT_IN)
		c.literal = any_set(a, column);
	else if (c.op == OP_LIKE || c.op == OP_NOT_LIKE)
		c.literal = (struct value){.type = VALUE_STRING, .s = PICK(patterns)};
	else if (c.op == OP_PRESENT || c.op == OP_ABSENT)
		c.literal = (struct value){.type = VALUE_BOOL, .i = (int64_t)chance(2)};
	else
		c.literal = literal_of(any_type(column));
	return c;
}

static struct cond any_cond(struct arena *a, int depth)
{
	struct cond c = {.kind = depth < 3 ? (enum cond_kind)chance(4) : COND_ATOM};
	struct cond *kids;

	if (c.kind == COND_ATOM)
		return any_atom(a);
	c.len = c.kind == COND_NOT ? 1 : chance(4);
	kids = arena_array(a, c.len, sizeof(*kids));
	for (size_t i = 0; i < c.len; i++)
		kids[i] = any_cond(a, depth + 1);
	c.kids = kids;
	return c;
}

/* ---- both sides ---- */

struct policy_row {
	struct value values[COLUMNS];
};

static struct policy_row rows[ROWS];

static const struct value *cell_named(const void *arg, const char *column)
{
	const struct policy_row *row = arg;

	for (size_t i = 0; i < COLUMNS; i++) {
		if (str_eq(names[i], column))
			return &row->values[i];
	}
	return NULL;
}

static bool policy_keeps(const struct policy_row *row, const struct cond *keep)
{
	const struct cond *permits[] = {keep};
	const struct view_column column = {.rows = {.permits = permits, .permits_len = 1}};

	return view_cell_visible(&column, &(struct row){cell_named, row});
}

static void read_values(struct pg_reading *g, struct arena *a)
{
	long n = 0;
	int rc;

	assert_int_equal(pg_read(g, (struct table_request){.limit = 0}), 0);
	while ((rc = pg_next(g)) == 1) {
		struct policy_row *row = &rows[g->cells[0].i];

		for (size_t i = 0; i < COLUMNS; i++) {
			row->values[i] = plan_value(&g->cells[i], columns[i].logical_type, a);
			if (row->values[i].type == VALUE_STRING)
				row->values[i].s = arena_strdup(a, row->values[i].s);
		}
		n++;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(n, ROWS);
	g->reader->ops->close(g->reader);
	g->reader = NULL;
}

static void read_given(struct pg_reading *g, const struct cond *keep, bool given[ROWS])
{
	int rc;

	memset(given, 0, ROWS);
	if (pg_read(g, (struct table_request){.keep = keep, .limit = 1}) < 0)
		fail_msg("%s", g->err.text);
	while ((rc = pg_next(g)) == 1)
		given[g->cells[0].i] = true;
	if (rc < 0)
		fail_msg("%s", g->err.text);
	g->reader->ops->close(g->reader);
	g->reader = NULL;
}

struct tally {
	size_t pushed, exact;
};

static void compare(struct pg_reading *g, const struct cond *keep, struct arena *a, struct tally *t)
{
	const struct sql_ask ask = {SQL_POSTGRES, &g->source->schema, cells_of, keep, true};
	struct sql_predicate p;
	bool given[ROWS];

	assert_int_equal(sql_predicate_make(&ask, a, &p), 0);
	assert_int_equal(p.params_len, 0);
	t->pushed += p.sql != NULL;
	t->exact += p.sql && p.exact;
	read_given(g, keep, given);
	for (size_t id = 0; id < ROWS; id++) {
		bool want = policy_keeps(&rows[id], keep);

		if (want && !given[id])
			fail_msg("row %zu is missing: %s", id, p.sql ? p.sql : "(nothing)");
		if (p.exact && given[id] != want)
			fail_msg("row %zu is too many: %s", id, p.sql ? p.sql : "(nothing)");
	}
}

static void check_table(struct tally *t)
{
	struct pg_reading g = {.table = "t", .object = &object};
	struct arena values, a;

	arena_init(&values);
	arena_init(&a);
	make_columns();
	make_table();
	assert_int_equal(pg_open(&g), 0);
	read_values(&g, &values);
	for (int i = 0; i < PREDICATES; i++) {
		struct cond keep = any_cond(&a, 0);

		compare(&g, &keep, &a, t);
		arena_clear(&a);
	}
	pg_close(&g);
	arena_clear(&values);
}

static void test_agrees_with_policy(void **state)
{
	struct tally t = {0};

	(void)state;
	pg_sql(
	    "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
	    "CREATE DOMAIN label AS text");
	for (int table = 0; table < TABLES; table++)
		check_table(&t);
	assert_true(t.pushed > TABLES * PREDICATES / 5);
	assert_true(t.exact > TABLES * PREDICATES / 10);
}

/* The server does leave rows out. */
static void test_is_pushed(void **state)
{
	static const struct cond keep = {
	    .kind = COND_ATOM,
	    .left = {OPERAND_ROW, "c7"},
	    .op = OP_EQ,
	    .literal = {.type = VALUE_INT, .i = 5},
	};
	struct pg_reading g = {.table = "t"};
	bool given[ROWS];
	size_t n = 0;

	(void)state;
	assert_int_equal(pg_open(&g), 0);
	read_given(&g, &keep, given);
	pg_close(&g);
	for (size_t id = 0; id < ROWS; id++)
		n += given[id];
	assert_in_range(n, 1, ROWS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_agrees_with_policy),
	    cmocka_unit_test(test_is_pushed),
	};
	int status = pg_up();

	if (status == 0)
		status = cmocka_run_group_tests(tests, NULL, NULL);
	if (status != 77)
		pg_down();
	return status;
}
