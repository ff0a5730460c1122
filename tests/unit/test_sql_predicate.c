/* Row predicates as SQL: that they say what policy says, on random tables of SQLite, and how they read. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "catalog/policy/policy.h"
#include "fs/storage/sql_predicate.h"
#include "fs/storage/sqlite_source.h"
#include "fs/table/plan.h"
#include "tests/lib/oom.h"

#define COLUMNS 8
#define ROWS 60
#define TABLES 40
#define PREDICATES 250

/* ---- chance ---- */

static uint64_t seed;

static uint64_t chance(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 16) % n;
}

#define PICK(list) ((list)[chance(ARRAY_LEN(list))])

static const char *const texts[] = {"EU", "US", "eu", "", "E*U", "EUU", "xEU", "EUxEU", "é", "É",
    "1", "0", "5", "-7", "true", "T", "0.5", "1.25", "5.0", "2026-11-01", "2026-11-01T00:00:00Z",
    "2026-11-01 00:00:00", "abc%", "a_c", "a\\c", "[EU]", "?U"};
static const int64_t integers[] = {0, 1, -1, 2, -2, 5, -7, 10000, 922337203685477, -922337203685477,
    922337203685478, -922337203685478, INT64_MAX, INT64_MIN};
static const double reals[] = {0.0, 1.0, 0.5, 1.25, 5.0, -7.0, 1e300, 0.00001};

/* Some often, so that cells and literals meet. */
static const char *any_text(void)
{
	return chance(2) ? texts[chance(3)] : PICK(texts);
}

/* ---- tables ---- */

static const char *const logical_types[] = {
    "string", "integer", "number", "boolean", "date", "timestamp", "time", NULL};

struct world {
	char dir[64];
	struct table_source *source;
	struct column columns[COLUMNS];
	struct object object;
	char names[COLUMNS][16];
	struct arena arena;
};

static void make_columns(struct world *w)
{
	w->object = (struct object){.name = "t", .columns = w->columns, .columns_len = COLUMNS};
	for (int i = 0; i < COLUMNS; i++) {
		(void)snprintf(w->names[i], sizeof(w->names[i]), "c%d", i);
		w->columns[i] = (struct column){
		    .name = w->names[i], .logical_type = PICK(logical_types)};
	}
}

static void bind_any(sqlite3_stmt *stmt, int i)
{
	static const char odd[][4] = {{'E', '\0', 'U'}, {'E', 'U', '\0'}, {'E', (char)0xc3, 'U'},
	    {(char)0xe2, (char)0x82, 'U'}};
	const char *text = any_text();

	switch (chance(8)) {
	case 0:
		(void)sqlite3_bind_null(stmt, i);
		break;
	case 1:
	case 2:
		(void)sqlite3_bind_int64(stmt, i, PICK(integers));
		break;
	case 3:
		(void)sqlite3_bind_double(stmt, i, PICK(reals));
		break;
	case 4:
		(void)sqlite3_bind_blob(stmt, i, text, (int)strlen(text), SQLITE_STATIC);
		break;
	case 5:
		(void)sqlite3_bind_text(stmt, i, PICK(odd), 3, SQLITE_TRANSIENT);
		break;
	default:
		(void)sqlite3_bind_text(stmt, i, text, -1, SQLITE_STATIC);
	}
}

static void make_table(sqlite3 *db)
{
	static const char *const affinities[] = {"", "TEXT", "INTEGER", "REAL", "NUMERIC", "BLOB",
	    "TEXT COLLATE NOCASE", "TEXT COLLATE RTRIM"};
	char create[512] = "CREATE TABLE t (id INTEGER PRIMARY KEY";
	sqlite3_stmt *stmt;

	for (int i = 0; i < COLUMNS; i++)
		(void)snprintf(create + strlen(create), sizeof(create) - strlen(create), ", c%d %s",
		    i, PICK(affinities));
	strcat(create, ")");
	assert_int_equal(sqlite3_exec(db, create, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(
		db, "INSERT INTO t VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", -1, &stmt, NULL),
	    SQLITE_OK);
	for (int row = 0; row < ROWS; row++) {
		for (int i = 1; i <= COLUMNS; i++)
			bind_any(stmt, i);
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		assert_int_equal(sqlite3_reset(stmt), SQLITE_OK);
	}
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
}

static void make_world(struct world *w)
{
	struct sqlite_place place = {.prefix = w->dir, .rel = "a.db"};
	struct mesh_err err = {0};
	char path[96];
	sqlite3 *db;

	(void)snprintf(path, sizeof(path), "%s/a.db", w->dir);
	(void)unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	make_table(db);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	make_columns(w);
	if (sqlite_source_open(&place, "t", &w->object, &w->source, &err) < 0)
		fail_msg("%s", err.text);
}

/* ---- predicates ---- */

static struct value literal_of(enum value_type type)
{
	static const int64_t decimals[] = {
	    0, 5000, 12500, 10000, 15000, 50000, -70000, -75000, 1, INT64_MAX, INT64_MIN};
	int64_t ns = 0;

	switch (type) {
	case VALUE_INT:
		return (struct value){.type = VALUE_INT, .i = PICK(integers)};
	case VALUE_DECIMAL:
		return (struct value){.type = VALUE_DECIMAL, .i = PICK(decimals)};
	case VALUE_BOOL:
		return (struct value){.type = VALUE_BOOL, .i = (int64_t)chance(2)};
	case VALUE_TIME:
		(void)when_parse(chance(2) ? "2026-11-01" : "2026-11-01T12:00:00Z", &ns);
		return (struct value){.type = VALUE_TIME, .i = ns};
	default:
		return (struct value){.type = VALUE_STRING, .s = any_text()};
	}
}

/* Mostly of the type that the column has for policy. */
static enum value_type any_type(const struct world *w, const char *column)
{
	static const enum value_type types[] = {
	    VALUE_INT, VALUE_DECIMAL, VALUE_BOOL, VALUE_TIME, VALUE_STRING};

	for (int i = 0; i < COLUMNS && chance(8) > 0; i++) {
		const char *t = w->columns[i].logical_type;

		if (strcmp(w->names[i], column) != 0 || !t)
			continue;
		return strcmp(t, "integer") == 0                       ? VALUE_INT
		    : strcmp(t, "number") == 0                         ? VALUE_DECIMAL
		    : strcmp(t, "boolean") == 0                        ? VALUE_BOOL
		    : strstr(t, "date") || strcmp(t, "timestamp") == 0 ? VALUE_TIME
								       : VALUE_STRING;
	}
	return PICK(types);
}

/* Seldom of more than one type. */
static struct value any_set(struct world *w, enum value_type type)
{
	size_t n = chance(4);
	struct value *set = arena_array(&w->arena, n + 1, sizeof(*set));

	for (size_t i = 0; i < n; i++)
		set[i] = literal_of(chance(30) ? type : any_type(w, ""));
	return (struct value){.type = VALUE_SET, .set = set, .set_len = n};
}

static const char *any_pattern(void)
{
	static const char *const patterns[] = {"*", "E*", "*U", "E*U", "*EU*", "EU*EU", "*E*U*",
	    "**", "é*", "*1*", "EU", "", "a%*", "a_*", "*\\c", "[EU]", "?U", "*\\*"};

	return PICK(patterns);
}

static struct operand any_operand(const struct world *w)
{
	return (struct operand){OPERAND_ROW, chance(30) ? w->names[chance(COLUMNS)] : "gone"};
}

static struct cond any_atom(struct world *w)
{
	struct cond c = {
	    .kind = COND_ATOM, .left = any_operand(w), .op = (enum cond_op)chance(OP_ABSENT + 1)};

	if (chance(10) == 0) {
		c.has_ref = true;
		c.ref = any_operand(w);
	}
	c.literal = literal_of(any_type(w, c.left.name));
	if (c.op == OP_IN || c.op == OP_NOT_IN)
		c.literal = any_set(w, c.literal.type);
	else if (c.op == OP_LIKE || c.op == OP_NOT_LIKE)
		c.literal = (struct value){.type = VALUE_STRING, .s = any_pattern()};
	else if (c.op == OP_PRESENT || c.op == OP_ABSENT)
		c.literal = (struct value){.type = VALUE_BOOL, .i = (int64_t)chance(2)};
	return c;
}

static struct cond any_cond(struct world *w, int depth)
{
	struct cond c = {.kind = depth < 3 ? (enum cond_kind)chance(4) : COND_ATOM};
	struct cond *kids;

	if (c.kind == COND_ATOM)
		return any_atom(w);
	c.len = c.kind == COND_NOT ? 1 : chance(4);
	kids = arena_array(&w->arena, c.len, sizeof(*kids));
	for (size_t i = 0; i < c.len; i++)
		kids[i] = any_cond(w, depth + 1);
	c.kids = kids;
	return c;
}

/* ---- both sides ---- */

struct policy_row {
	const struct table_schema *schema;
	struct value values[COLUMNS + 1];
};

static const struct value *cell_of(const void *arg, const char *column)
{
	const struct policy_row *row = arg;

	for (size_t i = 0; i < row->schema->len; i++)
		if (strcmp(row->schema->columns[i].name, column) == 0)
			return &row->values[i];
	return NULL;
}

static bool policy_keeps(struct policy_row *row, const struct cond *keep)
{
	const struct cond *permits[] = {keep};
	struct view_column column = {.rows = {.permits = permits, .permits_len = 1}};

	return view_cell_visible(&column, &(struct row){cell_of, row});
}

/* The rows that the source gives, and among them those that policy keeps: bit sets by id. */
static void read_rows(
    struct world *w, const struct cond *keep, bool push, bool *ret_given, bool *ret_kept)
{
	static const size_t every[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
	struct table_request rq = {
	    .columns = every, .columns_len = COLUMNS + 1, .keep = push ? keep : NULL};
	struct policy_row row = {.schema = &w->source->schema};
	struct cell cells[COLUMNS + 1];
	struct table_reader *r;
	struct mesh_err err = {0};
	int rc;

	memset(ret_given, 0, ROWS + 1);
	memset(ret_kept, 0, ROWS + 1);
	if (w->source->ops->read(w->source, &rq, &r, &err) < 0)
		fail_msg("%s", err.text);
	while ((rc = r->ops->next(r, cells, &err)) == 1) {
		for (size_t i = 0; i <= COLUMNS; i++)
			row.values[i] = plan_value(
			    &cells[i], r->schema.columns[i].logical_type, &w->arena);
		ret_given[cells[0].i] = true;
		ret_kept[cells[0].i] = policy_keeps(&row, keep);
	}
	if (rc < 0)
		fail_msg("%s", err.text);
	r->ops->close(r);
}

static struct sql_predicate predicate_of(struct world *w, const struct cond *keep)
{
	struct sql_ask ask = {.dialect = SQL_SQLITE, .schema = &w->source->schema, .keep = keep};
	struct sql_predicate p;

	assert_int_equal(sql_predicate_make(&ask, &w->arena, &p), 0);
	return p;
}

struct tally {
	size_t pushed, exact;
};

static void compare(struct world *w, const struct cond *keep, struct tally *t)
{
	bool all[ROWS + 1], want[ROWS + 1], given[ROWS + 1], kept[ROWS + 1];
	struct sql_predicate p = predicate_of(w, keep);

	t->pushed += p.sql != NULL;
	t->exact += p.sql && p.exact;
	read_rows(w, keep, false, all, want);
	read_rows(w, keep, true, given, kept);
	for (size_t id = 1; id <= ROWS; id++) {
		assert_true(all[id]);
		if (want[id] && !given[id])
			fail_msg("row %zu is missing: %s", id, p.sql);
		if (p.exact && given[id] != want[id])
			fail_msg("row %zu is too many: %s", id, p.sql ? p.sql : "every row");
	}
}

static void test_agrees_with_policy(void **state)
{
	struct tally t = {0};
	struct world w = {0};
	char path[96];

	(void)state;
	seed = 0x9e3779b97f4a7c15ULL;
	(void)snprintf(w.dir, sizeof(w.dir), "%s/meshfs-sql-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(w.dir));
	for (int table = 0; table < TABLES; table++) {
		arena_init(&w.arena);
		make_world(&w);
		for (int i = 0; i < PREDICATES; i++) {
			struct cond keep = any_cond(&w, 0);

			compare(&w, &keep, &t);
		}
		w.source->ops->close(w.source);
		arena_clear(&w.arena);
	}
	assert_true(t.pushed > TABLES * PREDICATES / 3);
	assert_true(t.exact > TABLES * PREDICATES / 10);
	(void)snprintf(path, sizeof(path), "%s/a.db", w.dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(w.dir), 0);
}

/* ---- how it reads ---- */

static struct table_column columns[] = {
    {"region", "reg\"ion", "string"},
    {"n", "n", "integer"},
    {"price", "price", "number"},
    {"paid", "paid", "boolean"},
    {"day", "day", "date"},
    {"any", "any", NULL},
};
static const struct table_schema schema = {columns, ARRAY_LEN(columns)};
static const enum sql_cells typed[] = {
    SQL_CELLS_TEXT, SQL_CELLS_INT, SQL_CELLS_INT, SQL_CELLS_BOOL, SQL_CELLS_OTHER, SQL_CELLS_OTHER};

static const struct value eu = {.type = VALUE_STRING, .s = "EU"};
static const struct value five = {.type = VALUE_INT, .i = 5};
static const struct value half = {.type = VALUE_DECIMAL, .i = -5000};
static const struct value yes = {.type = VALUE_BOOL, .i = 1};
static const struct value noon = {.type = VALUE_TIME, .i = 1};

static struct cond atom(const char *column, enum cond_op op, struct value literal)
{
	return (struct cond){
	    .kind = COND_ATOM, .left = {OPERAND_ROW, column}, .op = op, .literal = literal};
}

static void assert_sql(const struct sql_ask *ask, const char *want, bool exact)
{
	struct sql_predicate p;
	struct arena a;

	arena_init(&a);
	assert_int_equal(sql_predicate_make(ask, &a, &p), 0);
	if (want)
		assert_string_equal(p.sql ? p.sql : "(nothing)", want);
	else
		assert_null(p.sql);
	assert_int_equal(p.exact, exact);
	arena_clear(&a);
}

static void assert_both(struct cond c, const char *sqlite, const char *postgres)
{
	struct sql_ask ask = {.dialect = SQL_SQLITE, .schema = &schema, .keep = &c};
	struct sql_predicate p;
	struct arena a;

	arena_init(&a);
	assert_int_equal(sql_predicate_make(&ask, &a, &p), 0);
	assert_string_equal(p.sql ? p.sql : "", sqlite);
	ask.dialect = SQL_POSTGRES;
	ask.cells = typed;
	assert_int_equal(sql_predicate_make(&ask, &a, &p), 0);
	assert_string_equal(p.sql ? p.sql : "", postgres);
	arena_clear(&a);
}

static void test_text(void **state)
{
	static const struct value many[] = {
	    {.type = VALUE_STRING, .s = "EU"}, {.type = VALUE_STRING, .s = "US"}};
	static const struct value set = {.type = VALUE_SET, .set = many, .set_len = 2};

	(void)state;
	assert_both(atom("region", OP_EQ, eu),
	    "CASE typeof(t.\"reg\"\"ion\") WHEN 'text' THEN (+t.\"reg\"\"ion\" COLLATE BINARY) = ?1 ELSE 0 END",
	    "(t.\"reg\"\"ion\" COLLATE \"C\") = $1::text");
	assert_both(atom("region", OP_NOT_IN, set),
	    "CASE typeof(t.\"reg\"\"ion\") WHEN 'text' THEN (+t.\"reg\"\"ion\" COLLATE BINARY) NOT IN (?1, ?2) ELSE 0 END",
	    "(t.\"reg\"\"ion\" COLLATE \"C\") NOT IN ($1::text, $2::text)");
	assert_both(atom("n", OP_LT, five),
	    "CASE typeof(t.\"n\") WHEN 'integer' THEN +t.\"n\" < ?1 WHEN 'text' THEN 1 ELSE 0 END",
	    "t.\"n\" < $1::bigint");
	assert_both(atom("price", OP_GE, half),
	    "CASE typeof(t.\"price\") WHEN 'integer' THEN +t.\"price\" BETWEEN -922337203685477 AND 922337203685477 AND "
	    "+t.\"price\" >= ?1 WHEN 'real' THEN 1 WHEN 'text' THEN 1 ELSE 0 END",
	    "t.\"price\" BETWEEN -922337203685477 AND 922337203685477 AND t.\"price\" >= $1::bigint");
	assert_both(atom("paid", OP_NE, yes),
	    "CASE typeof(t.\"paid\") WHEN 'integer' THEN +t.\"paid\" = 0 WHEN 'text' THEN 1 ELSE 0 END",
	    "NOT t.\"paid\"");
	assert_both(atom("day", OP_LT, noon),
	    "CASE typeof(t.\"day\") WHEN 'text' THEN 1 ELSE 0 END", "t.\"day\" IS NOT NULL");
	assert_both(atom("n", OP_EQ, eu), "1 = 0", "1 = 0"); /* never coerced */
	assert_both(atom("n", OP_PRESENT, yes),
	    "CASE typeof(t.\"n\") WHEN 'integer' THEN 1 WHEN 'text' THEN 1 ELSE 0 END",
	    "t.\"n\" IS NOT NULL");
	assert_both(atom("region", OP_ABSENT, yes),
	    "CASE typeof(t.\"reg\"\"ion\") WHEN 'integer' THEN 1 WHEN 'real' THEN 1 WHEN 'text' THEN instr(CAST(t.\"reg\"\"ion\" AS "
	    "BLOB), x'00') > 0 WHEN 'blob' THEN 1 WHEN 'null' THEN 1 ELSE 0 END",
	    "t.\"reg\"\"ion\" IS NULL");
	assert_both(atom("gone", OP_EQ, eu), "", "");
}

static void test_like(void **state)
{
	static const struct value glob = {.type = VALUE_STRING, .s = "E%*_\\"};

	(void)state;
	assert_both(atom("region", OP_LIKE, glob),
	    "CASE typeof(t.\"reg\"\"ion\") WHEN 'text' THEN substr(CAST(t.\"reg\"\"ion\" AS BLOB), 1, 2) IS CAST(?1 AS BLOB) AND "
	    "substr(CAST(t.\"reg\"\"ion\" AS BLOB), -2) IS CAST(?2 AS BLOB) AND length(CAST(t.\"reg\"\"ion\" AS BLOB)) >= 4 ELSE 0 END",
	    "(t.\"reg\"\"ion\" COLLATE \"C\") LIKE $1::text ESCAPE E'\\\\'");
}

static bool decimal_is(enum cond_op op, int64_t i, int64_t decimal)
{
	__int128 left = (__int128)i * 10000, right = decimal;

	if (left > INT64_MAX || left < INT64_MIN)
		return false; /* null */
	switch (op) {
	case OP_EQ:
		return left == right;
	case OP_NE:
		return left != right;
	case OP_LT:
		return left < right;
	case OP_LE:
		return left <= right;
	case OP_GT:
		return left > right;
	default:
		return left >= right;
	}
}

static int sql_says(sqlite3 *db, const struct sql_predicate *p, int64_t i)
{
	char text[1024];
	sqlite3_stmt *stmt;
	int says;

	(void)snprintf(text, sizeof(text), "SELECT %s FROM (SELECT ?9 AS price) AS t", p->sql);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
	(void)sqlite3_bind_int64(stmt, 9, i);
	for (size_t k = 0; k < p->params_len; k++)
		(void)sqlite3_bind_int64(stmt, (int)k + 1, p->params[k].i);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	says = sqlite3_column_int(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	return says;
}

/* Integers that are compared with decimals, exactly. */
static void test_decimals(void **state)
{
	static const enum cond_op ops[] = {OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE};
	static const int64_t decimals[] = {
	    0, 1, -1, 9999, -9999, 10000, -10000, 12500, -12500, INT64_MAX, INT64_MIN};
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (size_t k = 0; k < ARRAY_LEN(ops) * ARRAY_LEN(decimals); k++) {
		int64_t decimal = decimals[k / ARRAY_LEN(ops)];
		enum cond_op op = ops[k % ARRAY_LEN(ops)];
		struct cond c = atom(
		    "price", op, (struct value){.type = VALUE_DECIMAL, .i = decimal});
		struct sql_ask ask = {
		    .dialect = SQL_SQLITE, .schema = &schema, .cells = typed, .keep = &c};
		struct sql_predicate p;
		struct arena a;

		arena_init(&a);
		assert_int_equal(sql_predicate_make(&ask, &a, &p), 0);
		assert_true(p.exact);
		for (size_t i = 0; i < ARRAY_LEN(integers); i++)
			if (sql_says(db, &p, integers[i]) != decimal_is(op, integers[i], decimal))
				fail_msg("%lld, %lld: %s", (long long)integers[i],
				    (long long)decimal, p.sql);
		arena_clear(&a);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A part that says nothing is left out of a conjunction, and makes a disjunction say nothing; its parameters go with it. */
static void test_parts(void **state)
{
	struct cond kids[] = {
	    atom("region", OP_EQ, eu), atom("gone", OP_EQ, eu), atom("n", OP_EQ, five)};
	struct cond either = {.kind = COND_ANY, .kids = kids, .len = 3};
	struct cond both[] = {either, atom("n", OP_EQ, five)};
	struct cond all = {.kind = COND_ALL, .kids = both, .len = 2};
	struct cond not_either = {.kind = COND_NOT, .kids = &either, .len = 1};
	struct cond nothing = {.kind = COND_ANY};
	struct sql_ask ask = {
	    .dialect = SQL_POSTGRES, .schema = &schema, .cells = typed, .keep = &either};

	(void)state;
	assert_sql(&ask, NULL, false);
	ask.keep = &all;
	assert_sql(&ask, "(t.\"n\" = $1::bigint)", false);
	ask.keep = &not_either;
	assert_sql(&ask,
	    "((t.\"reg\"\"ion\" COLLATE \"C\") <> $1::text) AND (t.\"n\" <> $2::bigint)", false);
	ask.keep = &nothing;
	assert_sql(&ask, "1 = 0", true);
	ask.keep = NULL;
	assert_sql(&ask, NULL, true);
}

static void test_constants(void **state)
{
	static const struct value odd = {.type = VALUE_STRING, .s = "o'ne \\ two"};
	struct cond kids[] = {atom("region", OP_EQ, odd),
	    atom("n", OP_GT, (struct value){.type = VALUE_INT, .i = -5})};
	struct cond both = {.kind = COND_ALL, .kids = kids, .len = 2};
	struct sql_ask ask = {.dialect = SQL_POSTGRES,
	    .schema = &schema,
	    .cells = typed,
	    .keep = &both,
	    .inlined = true};

	(void)state;
	assert_sql(&ask,
	    "((t.\"reg\"\"ion\" COLLATE \"C\") = E'o''ne \\\\ two'::text) AND (t.\"n\" > '-5'::bigint)",
	    true);
}

static void test_bounds(void **state)
{
	struct value set[SQL_MAX_PARAMS + 1];
	struct cond many = atom(
	    "n", OP_IN, (struct value){.type = VALUE_SET, .set = set, .set_len = ARRAY_LEN(set)});
	struct cond nest[100], long_like;
	struct sql_ask ask = {.dialect = SQL_SQLITE, .schema = &schema, .keep = &many};
	char text[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(set); i++)
		set[i] = (struct value){.type = VALUE_INT, .i = (int64_t)i};
	assert_sql(&ask, NULL, false);
	nest[0] = atom("n", OP_EQ, five);
	for (size_t i = 1; i < ARRAY_LEN(nest); i++)
		nest[i] = (struct cond){.kind = COND_NOT, .kids = &nest[i - 1], .len = 1};
	ask.keep = &nest[99];
	assert_sql(&ask, NULL, false);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[7] = '*';
	long_like = atom("region", OP_LIKE, (struct value){.type = VALUE_STRING, .s = text});
	ask.keep = &long_like;
	assert_sql(&ask, "CASE typeof(t.\"reg\"\"ion\") WHEN 'text' THEN 1 ELSE 0 END", false);
}

static int make_some(void *arg)
{
	struct sql_predicate p;
	struct arena a;
	int rc;

	arena_init(&a);
	rc = sql_predicate_make(arg, &a, &p);
	arena_clear(&a);
	return rc;
}

static void test_lack_of_memory(void **state)
{
	static const struct value set[] = {
	    {.type = VALUE_DECIMAL, .i = 10000}, {.type = VALUE_DECIMAL, .i = 1}};
	struct cond kids[] = {
	    atom("region", OP_LIKE, (struct value){.type = VALUE_STRING, .s = "a*b*c"}),
	    atom("price", OP_IN, (struct value){.type = VALUE_SET, .set = set, .set_len = 2}),
	};
	struct cond all = {.kind = COND_ALL, .kids = kids, .len = 2};
	struct sql_ask ask = {.dialect = SQL_SQLITE, .schema = &schema, .keep = &all};

	(void)state;
	oom_sweep(make_some, &ask, 1000);
	ask.dialect = SQL_POSTGRES;
	ask.cells = typed;
	oom_sweep(make_some, &ask, 1000);
	ask.inlined = true;
	oom_sweep(make_some, &ask, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_agrees_with_policy),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_like),
	    cmocka_unit_test(test_decimals),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_constants),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
