#include "fs/storage/duckdb_where.h"

#include <string.h>

#include "catalog/base/cleanup.h"

#define NS_PER_US 1000
#define US_PER_DAY 86400000000LL

struct builder {
	struct duckdb_where *w;
	const struct duckdb_where_columns *columns;
};

/* ---- what both decide alike ---- */

enum likeness { NOTHING, INTS, TEXTS, BOOLS, DATES, TIMESTAMPS };

/* Storage's type and the contract's for it: where these do not match, the evaluator reads the cell in a way of its own. Comparing text under another
 * collation than the binary one holds for more strings, which is no harm to eq, in and like. */
static enum likeness likeness(const struct duckdb_where_column *c)
{
	static const struct {
		const char *type, *logical;
		enum likeness likeness;
	} known[] = {
	    {"TINYINT", "integer", INTS},
	    {"SMALLINT", "integer", INTS},
	    {"INTEGER", "integer", INTS},
	    {"BIGINT", "integer", INTS},
	    {"UTINYINT", "integer", INTS},
	    {"USMALLINT", "integer", INTS},
	    {"UINTEGER", "integer", INTS},
	    {"VARCHAR", "string", TEXTS},
	    {"BOOLEAN", "boolean", BOOLS},
	    {"DATE", "date", DATES},
	    {"DATE", "timestamp", DATES},
	    {"TIMESTAMP", "timestamp", TIMESTAMPS},
	    {"TIMESTAMP WITH TIME ZONE", "timestamp", TIMESTAMPS},
	};

	for (size_t i = 0; c->logical_type && i < ARRAY_LEN(known); i++)
		if (strcmp(c->type, known[i].type) == 0 &&
		    strcmp(c->logical_type, known[i].logical) == 0)
			return known[i].likeness;
	return NOTHING;
}

/* ---- parts ---- */

static bool bind(struct builder *b, struct duckdb_bound value)
{
	struct duckdb_where *w = b->w;

	if (w->values_len == DUCKDB_WHERE_MAX)
		return false;
	w->values[w->values_len++] = value;
	return true;
}

static bool bind_value(struct builder *b, enum likeness likeness, const struct value *v)
{
	static const enum value_type types[] = {
	    [INTS] = VALUE_INT, [TEXTS] = VALUE_STRING, [BOOLS] = VALUE_BOOL};

	if (v->type != types[likeness] || (v->type == VALUE_STRING && !v->s))
		return false;
	return bind(b, (struct duckdb_bound){.type = v->type, .i = v->i, .s = v->s});
}

static bool compare(
    struct builder *b, const struct duckdb_where_column *c, const char *op, const struct value *v)
{
	if (!bind_value(b, likeness(c), v))
		return false;
	buf_printf(&b->w->sql, "%s %s ?", c->expr, op);
	return true;
}

static bool among(struct builder *b, const struct duckdb_where_column *c, const struct value *set)
{
	if (set->type != VALUE_SET || set->set_len == 0)
		return false;
	buf_printf(&b->w->sql, "%s IN (", c->expr);
	for (size_t i = 0; i < set->set_len; i++) {
		if (!bind_value(b, likeness(c), &set->set[i]))
			return false;
		buf_puts(&b->w->sql, i > 0 ? ", ?" : "?");
	}
	buf_addc(&b->w->sql, ')');
	return true;
}

static int64_t floor_to(int64_t i, int64_t step)
{
	int64_t rest = i % step;

	return i - (rest < 0 ? rest + step : rest);
}

static bool time_bound(
    struct builder *b, const struct duckdb_where_column *c, const char *op, int64_t us)
{
	if (!bind(b, (struct duckdb_bound){.type = VALUE_INT, .i = us}))
		return false;
	buf_printf(&b->w->sql, "%s %s CAST(make_timestamp(?) AS %s)", c->expr, op, c->type);
	return true;
}

/* DuckDB compares in days or microseconds: bounds include the unit that the literal falls into. */
static bool compare_time(
    struct builder *b, const struct duckdb_where_column *c, enum cond_op op, const struct value *v)
{
	bool dates = likeness(c) == DATES;
	int64_t low, high;

	if (v->type != VALUE_TIME)
		return false;
	low = floor_to(v->i / NS_PER_US - (v->i % NS_PER_US < 0), dates ? US_PER_DAY : 1);
	high = dates ? low : low + 1;
	switch (op) {
	case OP_GT:
	case OP_GE:
		return time_bound(b, c, ">=", low);
	case OP_LT:
	case OP_LE:
		return time_bound(b, c, "<=", high);
	case OP_EQ:
		if (!time_bound(b, c, ">=", low))
			return false;
		buf_puts(&b->w->sql, " AND ");
		return time_bound(b, c, "<=", high);
	default:
		return false;
	}
}

/* ---- atoms ---- */

static const char *order_sign(enum cond_op op)
{
	switch (op) {
	case OP_LT:
		return "<";
	case OP_LE:
		return "<=";
	case OP_GT:
		return ">";
	case OP_GE:
		return ">=";
	default:
		return NULL;
	}
}

static bool atom_on(struct builder *b, const struct cond *a, const struct duckdb_where_column *c)
{
	enum likeness likely = likeness(c);

	/* What the evaluator finds present is no NULL in storage; the reverse need not be. */
	if (a->op == OP_PRESENT) {
		buf_printf(&b->w->sql, "%s IS NOT NULL", c->expr);
		return true;
	}
	if (a->has_ref || likely == NOTHING)
		return false;
	if (likely == DATES || likely == TIMESTAMPS)
		return compare_time(b, c, a->op, &a->literal);
	if (a->op == OP_EQ)
		return compare(b, c, "=", &a->literal);
	if (a->op == OP_IN)
		return among(b, c, &a->literal);
	if (likely == INTS && order_sign(a->op))
		return compare(b, c, order_sign(a->op), &a->literal);
	return false;
}

static bool atom(struct builder *b, const struct cond *a)
{
	struct duckdb_where_column c;

	return a->left.space == OPERAND_ROW &&
	    b->columns->find(b->columns->arg, a->left.name, &c) && atom_on(b, a, &c);
}

/* ---- trees ---- */

static bool weaken(struct builder *b, const struct cond *c);

/* Of ALL what can be said is said; of ANY all must be said. */
static bool weaken_kids(struct builder *b, const struct cond *c)
{
	bool all = c->kind == COND_ALL, any_said = false;

	buf_addc(&b->w->sql, '(');
	for (size_t i = 0; i < c->len; i++) {
		size_t before = b->w->sql.len;

		if (any_said)
			buf_puts(&b->w->sql, all ? " AND " : " OR ");
		if (weaken(b, &c->kids[i]))
			any_said = true;
		else if (all)
			b->w->sql.len = before;
		else
			return false;
	}
	buf_addc(&b->w->sql, ')');
	return any_said;
}

/* True: something was appended. False: what was appended, if anything, is taken back. */
static bool weaken(struct builder *b, const struct cond *c)
{
	size_t sql_len = b->w->sql.len, values_len = b->w->values_len;
	bool said = false;

	if (c->kind == COND_ATOM)
		said = atom(b, c);
	else if (c->kind == COND_ALL || c->kind == COND_ANY)
		said = weaken_kids(b, c);
	if (!said) {
		b->w->sql.len = sql_len;
		b->w->values_len = values_len;
	}
	return said;
}

int duckdb_where_build(
    struct duckdb_where *w, const struct cond *keep, const struct duckdb_where_columns *columns)
{
	struct builder b = {w, columns};

	buf_init(&w->sql);
	w->values_len = 0;
	if (keep)
		(void)weaken(&b, keep);
	buf_addc(&w->sql, '\0');
	return buf_error(&w->sql);
}

void duckdb_where_clear(struct duckdb_where *w)
{
	buf_clear(&w->sql);
}
