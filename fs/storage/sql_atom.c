#include "fs/storage/sql_atom.h"

#include <errno.h>

#include "fs/storage/sql_test.h"
#include "fs/table/cell.h"

/* What the rows of a column may hold, apart from NULL. */
enum class {
	CLASS_INT,
	CLASS_REAL,
	CLASS_TEXT,
	CLASS_BLOB,
	CLASS_BOOL,
	CLASS_OTHER,
	CLASS_COUNT,
};

static const char *const class_names[CLASS_COUNT] = {
    [CLASS_INT] = "integer",
    [CLASS_REAL] = "real",
    [CLASS_TEXT] = "text",
    [CLASS_BLOB] = "blob",
};

/* What policy makes of a cell (cell.h). */
enum reading {
	READS_NULL,
	READS_STRING,
	READS_INT,
	READS_DECIMAL,
	READS_BOOL,
	READS_PARSED, /* the type of the meaning, or null: SQL cannot say */
	READS_ANY, /* nobody knows */
};

static const struct sql_part none = {.kind = SQL_NONE, .exact = true};
static const struct sql_part all = {.kind = SQL_ALL, .exact = true};
static const struct sql_part undecided = {.kind = SQL_ALL};

/* ---- what is read ---- */

static enum reading read_text(enum cell_meaning meaning)
{
	switch (meaning) {
	case CELL_MEANS_ANY:
	case CELL_MEANS_STRING:
		return READS_STRING;
	case CELL_MEANS_NESTED:
		return READS_NULL;
	default:
		return READS_PARSED;
	}
}

static enum reading read_int(enum cell_meaning meaning)
{
	switch (meaning) {
	case CELL_MEANS_ANY:
	case CELL_MEANS_INTEGER:
		return READS_INT;
	case CELL_MEANS_NUMBER:
		return READS_DECIMAL;
	case CELL_MEANS_BOOLEAN:
		return READS_BOOL;
	default:
		return READS_NULL;
	}
}

static enum reading read_class(enum class c, enum cell_meaning meaning)
{
	switch (c) {
	case CLASS_TEXT:
		return read_text(meaning);
	case CLASS_INT:
		return read_int(meaning);
	case CLASS_REAL:
		return meaning == CELL_MEANS_NUMBER ? READS_PARSED : READS_NULL;
	case CLASS_BOOL:
		return meaning == CELL_MEANS_BOOLEAN || meaning == CELL_MEANS_ANY ? READS_BOOL
										  : READS_NULL;
	case CLASS_BLOB:
		return READS_NULL;
	default:
		return READS_ANY;
	}
}

static enum value_type parsed_type(enum cell_meaning meaning)
{
	switch (meaning) {
	case CELL_MEANS_INTEGER:
		return VALUE_INT;
	case CELL_MEANS_NUMBER:
		return VALUE_DECIMAL;
	case CELL_MEANS_BOOLEAN:
		return VALUE_BOOL;
	case CELL_MEANS_DATE:
	case CELL_MEANS_TIMESTAMP:
		return VALUE_TIME;
	default:
		return VALUE_STRING;
	}
}

/* ---- one atom ---- */

struct atom {
	enum cond_op op; /* never `contains` */
	enum cell_meaning meaning;
	enum value_type type; /* of the literal, or of what its set holds */
	struct sql_test test;
	enum sql_cells cells;
};

static bool is_presence(enum cond_op op)
{
	return op == OP_PRESENT || op == OP_ABSENT;
}

/* A cell that policy reads as null. */
static struct sql_part of_null(const struct atom *at)
{
	return at->op == OP_ABSENT ? all : none;
}

static struct sql_part text_presence(struct sql_maker *m, const struct atom *at)
{
	if (m->ask->dialect == SQL_POSTGRES)
		return at->op == OP_PRESENT ? all : none;
	if (at->op == OP_PRESENT)
		return undecided; /* a NUL is in few texts, if any */
	return sql_maker_part(m, true, "instr(CAST(%s AS BLOB), x'00') > 0", at->test.x);
}

static struct sql_part decimal_presence(struct sql_maker *m, const struct atom *at)
{
	return sql_maker_part(m, true, "%s %sBETWEEN -%lld AND %lld",
	    sql_maker_plain(m, at->test.x), at->op == OP_PRESENT ? "" : "NOT ", SQL_DECIMAL_MAX,
	    SQL_DECIMAL_MAX);
}

/* 0 and 1 are booleans where integers are; any other integer is null. */
static struct sql_part bool_of_int(
    struct sql_maker *m, const char *x, enum cond_op op, unsigned int pass)
{
	x = sql_maker_plain(m, x);
	if (op == OP_ABSENT)
		return sql_maker_part(m, true, "%s NOT IN (0, 1)", x);
	if (pass == 3)
		return sql_maker_part(m, true, "%s IN (0, 1)", x);
	return pass ? sql_maker_part(m, true, "%s = %d", x, pass == 2) : none;
}

static struct sql_part of_bool(struct sql_maker *m, const struct atom *at, enum class c)
{
	unsigned int pass = is_presence(at->op) ? (at->op == OP_PRESENT ? 3U : 0U)
						: sql_test_bool(&at->test);

	if (c == CLASS_INT)
		return bool_of_int(m, at->test.x, at->op, pass);
	if (pass == 0 || pass == 3)
		return pass ? all : none;
	return sql_maker_part(m, true, "%s%s", pass == 2 ? "" : "NOT ", at->test.x);
}

static struct sql_part presence(
    struct sql_maker *m, const struct atom *at, enum reading r, enum class c)
{
	switch (r) {
	case READS_NULL:
		return of_null(at);
	case READS_STRING:
		return text_presence(m, at);
	case READS_INT:
		return at->op == OP_PRESENT ? all : none;
	case READS_DECIMAL:
		return decimal_presence(m, at);
	case READS_BOOL:
		return of_bool(m, at, c);
	default:
		return undecided;
	}
}

static struct sql_part comparison(
    struct sql_maker *m, const struct atom *at, enum reading r, enum class c)
{
	switch (r) {
	case READS_STRING:
		return at->type == VALUE_STRING ? sql_test_string(m, &at->test) : none;
	case READS_INT:
		return at->type == VALUE_INT ? sql_test_int(m, &at->test) : none;
	case READS_DECIMAL:
		return at->type == VALUE_DECIMAL ? sql_test_decimal(m, &at->test) : none;
	case READS_BOOL:
		return at->type == VALUE_BOOL ? of_bool(m, at, c) : none;
	case READS_PARSED:
		return at->type == parsed_type(at->meaning) ? undecided : none;
	case READS_ANY:
		return undecided;
	case READS_NULL:
		break;
	}
	return none;
}

/* Parameters of a test that is given up have no place in the SQL. */
static struct sql_part part_of_class(struct sql_maker *m, const struct atom *at, enum class c)
{
	enum reading r = read_class(c, at->meaning);
	size_t before = m->params_len;
	struct sql_part p = is_presence(at->op) ? presence(m, at, r, c) : comparison(m, at, r, c);

	if (p.kind != SQL_TEXT)
		m->params_len = before;
	return p;
}

/* ---- all classes of a column ---- */

/* Each row has a class of its own. */
static struct sql_part mixed(struct sql_maker *m, const struct atom *at)
{
	bool exact = true, any = at->op == OP_ABSENT, every = at->op == OP_ABSENT;
	const char *arms = "";

	for (enum class c = CLASS_INT; c <= CLASS_BLOB; c++) {
		struct sql_part p = part_of_class(m, at, c);

		exact &= p.exact;
		any |= p.kind != SQL_NONE;
		every &= p.kind == SQL_ALL;
		if (p.kind != SQL_NONE)
			arms = sql_maker_text(m, "%s WHEN '%s' THEN %s", arms, class_names[c],
			    p.kind == SQL_ALL ? "1" : p.text);
	}
	if (!any)
		return none;
	if (every)
		return (struct sql_part){.kind = SQL_ALL, .exact = exact};
	return sql_maker_part(m, exact, "CASE typeof(%s)%s%s ELSE 0 END", at->test.x, arms,
	    at->op == OP_ABSENT ? " WHEN 'null' THEN 1" : "");
}

/* Comparing with NULL gives NULL, which keeps no row. */
static struct sql_part uniform(struct sql_maker *m, const struct atom *at, enum class c)
{
	struct sql_part p = part_of_class(m, at, c);

	if (at->op != OP_ABSENT)
		return p.kind == SQL_ALL ? sql_maker_part(m, p.exact, "%s IS NOT NULL", at->test.x)
					 : p;
	if (p.kind == SQL_NONE)
		return sql_maker_part(m, p.exact, "%s IS NULL", at->test.x);
	if (p.kind == SQL_TEXT)
		return sql_maker_part(m, p.exact, "(%s IS NULL OR %s)", at->test.x, p.text);
	return p;
}

static struct sql_part part_of_column(struct sql_maker *m, const struct atom *at)
{
	switch (at->cells) {
	case SQL_CELLS_MIXED:
		return mixed(m, at);
	case SQL_CELLS_TEXT:
		return uniform(m, at, CLASS_TEXT);
	case SQL_CELLS_INT:
		return uniform(m, at, CLASS_INT);
	case SQL_CELLS_BOOL:
		return uniform(m, at, CLASS_BOOL);
	case SQL_CELLS_OTHER:
		return uniform(m, at, CLASS_OTHER);
	}
	return undecided;
}

/* ---- what is asked ---- */

static enum cond_op opposite(enum cond_op op)
{
	static const enum cond_op opposites[] = {
	    [OP_EQ] = OP_NE,
	    [OP_NE] = OP_EQ,
	    [OP_IN] = OP_NOT_IN,
	    [OP_NOT_IN] = OP_IN,
	    [OP_LT] = OP_GE,
	    [OP_LE] = OP_GT,
	    [OP_GT] = OP_LE,
	    [OP_GE] = OP_LT,
	    [OP_LIKE] = OP_NOT_LIKE,
	    [OP_NOT_LIKE] = OP_LIKE,
	    [OP_CONTAINS] = OP_CONTAINS,
	    [OP_PRESENT] = OP_ABSENT,
	    [OP_ABSENT] = OP_PRESENT,
	};

	return opposites[op];
}

/* `present: false` is absent. */
static enum cond_op op_of(const struct cond *c, bool negated)
{
	enum cond_op op = negated ? opposite(c->op) : c->op;
	bool flipped = !c->has_ref && c->literal.type == VALUE_BOOL && !c->literal.i;

	return is_presence(op) && flipped ? opposite(op) : op;
}

static bool is_scalar(const struct value *v)
{
	return v->type == VALUE_BOOL || v->type == VALUE_INT || v->type == VALUE_DECIMAL ||
	    v->type == VALUE_TIME || (v->type == VALUE_STRING && v->s);
}

/* The one type of a literal's values; false where there is none. */
static bool type_of(const struct cond *c, enum value_type *ret)
{
	const struct value *v = &c->literal;
	bool is_set = c->op == OP_IN || c->op == OP_NOT_IN;

	if (is_set != (v->type == VALUE_SET))
		return false;
	if (!is_set) {
		*ret = v->type;
		return is_scalar(v);
	}
	for (size_t i = 0; i < v->set_len; i++)
		if (!is_scalar(&v->set[i]) || v->set[i].type != v->set[0].type)
			return false;
	*ret = v->set_len > 0 ? v->set[0].type : VALUE_MISSING;
	return v->set_len > 0;
}

static bool find_column(struct sql_maker *m, const struct operand *o, struct atom *at)
{
	const struct table_schema *s = m->ask->schema;
	struct buf x;

	for (size_t i = 0; o->space == OPERAND_ROW && i < s->len; i++) {
		if (!str_eq(s->columns[i].name, o->name))
			continue;
		at->meaning = cell_meaning(s->columns[i].logical_type);
		at->cells = m->ask->cells ? m->ask->cells[i] : SQL_CELLS_MIXED;
		buf_init(&x);
		buf_puts(&x, "t.");
		sql_identifier(&x, s->columns[i].source_name);
		m->error = buf_error(&x) ? -ENOMEM : m->error;
		at->test.x = sql_maker_text(m, "%s", x.data ? x.data : "");
		buf_clear(&x);
		return true;
	}
	return false;
}

struct sql_part sql_atom(struct sql_maker *m, const struct cond *c, bool negated)
{
	struct atom at = {.op = op_of(c, negated)};

	if (!find_column(m, &c->left, &at))
		return undecided;
	if (at.op == OP_CONTAINS)
		return none; /* no cell is a set */
	at.test.op = at.op;
	at.test.literal = &c->literal;
	if (!is_presence(at.op) && (c->has_ref || !type_of(c, &at.type)))
		return undecided;
	return part_of_column(m, &at);
}
