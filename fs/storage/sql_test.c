#include "fs/storage/sql_test.h"

#include <errno.h>
#include <string.h>

#define PATTERN_MAX_BYTES 256
#define DECIMAL_ONE 10000

static const struct sql_part none = {.kind = SQL_NONE, .exact = true};
static const struct sql_part undecided = {.kind = SQL_ALL};

static const char *op_text(enum cond_op op)
{
	switch (op) {
	case OP_EQ:
		return "=";
	case OP_NE:
		return "<>";
	case OP_LT:
		return "<";
	case OP_LE:
		return "<=";
	case OP_GT:
		return ">";
	case OP_GE:
		return ">=";
	case OP_IN:
		return "IN";
	case OP_NOT_IN:
		return "NOT IN";
	default:
		return NULL;
	}
}

/* "?1, ?2" */
static const char *param_list(struct sql_maker *m, const struct value *values, size_t len)
{
	struct buf list;
	const char *text = "";

	buf_init(&list);
	for (size_t i = 0; i < len && m->error == 0; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", sql_maker_param(m, values[i]));
	if (buf_error(&list))
		m->error = -ENOMEM;
	else if (list.data)
		text = sql_maker_text(m, "%s", list.data);
	buf_clear(&list);
	return text;
}

static struct sql_part compare(
    struct sql_maker *m, const struct sql_test *t, const char *x, bool exact)
{
	const char *op = op_text(t->op);

	if (!op)
		return none;
	if (t->op != OP_IN && t->op != OP_NOT_IN)
		return sql_maker_part(m, exact, "%s %s %s", x, op, sql_maker_param(m, *t->literal));
	return sql_maker_part(
	    m, exact, "%s %s (%s)", x, op, param_list(m, t->literal->set, t->literal->set_len));
}

/* ---- strings ---- */

/* SQLite's text may hold a NUL, which policy takes for no string; nothing that is equal to a literal does. */
static bool decides_all_text(const struct sql_maker *m, enum cond_op op)
{
	return m->ask->dialect == SQL_POSTGRES || op == OP_EQ || op == OP_IN;
}

static const char *string_param(struct sql_maker *m, const char *s, size_t len)
{
	const char *copy = arena_strndup(m->a, s, len);

	if (copy)
		return sql_maker_param(m, (struct value){.type = VALUE_STRING, .s = copy});
	m->error = -ENOMEM;
	return "";
}

/* Bytes as they are, unlike GLOB, which reads characters and may take exponential time. */
struct bytes_test {
	struct sql_maker *m;
	const char *x;
	const char *all; /* so far; "" at first */
};

static void also(struct bytes_test *b, const char *test)
{
	b->all = b->all[0] ? sql_maker_text(b->m, "%s AND %s", b->all, test) : test;
}

/* IS: part of an empty blob is NULL. */
static void also_begins(struct bytes_test *b, const char *s, size_t len)
{
	also(b,
	    sql_maker_text(b->m, "substr(CAST(%s AS BLOB), 1, %zu) IS CAST(%s AS BLOB)", b->x, len,
		string_param(b->m, s, len)));
}

static void also_ends(struct bytes_test *b, const char *s, size_t len)
{
	also(b,
	    sql_maker_text(b->m, "substr(CAST(%s AS BLOB), -%zu) IS CAST(%s AS BLOB)", b->x, len,
		string_param(b->m, s, len)));
}

static void also_contains(struct bytes_test *b, const char *s, size_t len)
{
	also(b,
	    sql_maker_text(b->m, "instr(CAST(%s AS BLOB), CAST(%s AS BLOB)) > 0", b->x,
		string_param(b->m, s, len)));
}

/* A pattern that has a star. The order of the pieces between stars is not tested: then *ret_exact is false. */
static const char *glob_bytes(struct sql_maker *m, const char *x, const char *glob, bool *ret_exact)
{
	struct bytes_test b = {m, x, ""};
	size_t prefix = strcspn(glob, "*"), pieces = 0;
	const char *last = strrchr(glob, '*') + 1;
	size_t suffix = strlen(last);

	if (prefix > 0)
		also_begins(&b, glob, prefix);
	for (const char *s = glob + prefix + 1; s < last; s += strcspn(s, "*") + 1) {
		size_t len = strcspn(s, "*");

		if (len > 0)
			also_contains(&b, s, len);
		pieces += len > 0;
	}
	if (suffix > 0)
		also_ends(&b, last, suffix);
	if (prefix > 0 && suffix > 0)
		also(&b, sql_maker_text(m, "length(CAST(%s AS BLOB)) >= %zu", x, prefix + suffix));
	*ret_exact = pieces == 0 || (pieces == 1 && prefix + suffix == 0);
	return b.all;
}

static const char *like_pattern(struct sql_maker *m, const char *glob)
{
	struct buf out;
	const char *param = "";

	buf_init(&out);
	for (const char *s = glob; *s; s++) {
		if (*s == '%' || *s == '_' || *s == '\\')
			buf_addc(&out, '\\');
		buf_addc(&out, *s == '*' ? '%' : *s);
	}
	if (buf_error(&out))
		m->error = -ENOMEM;
	else
		param = string_param(m, out.data ? out.data : "", out.len);
	buf_clear(&out);
	return param;
}

static struct sql_part test_glob(struct sql_maker *m, const struct sql_test *t, const char *text)
{
	const char *glob = t->literal->s, *test;
	bool negated = t->op == OP_NOT_LIKE, exact;

	if (strlen(glob) > PATTERN_MAX_BYTES)
		return undecided;
	if (m->ask->dialect == SQL_POSTGRES)
		return sql_maker_part(m, true, "%s %s %s ESCAPE E'\\\\'", text,
		    negated ? "NOT LIKE" : "LIKE", like_pattern(m, glob));
	if (!strchr(glob, '*'))
		return sql_maker_part(m, !negated, "%s %s %s", text, negated ? "<>" : "=",
		    sql_maker_param(m, *t->literal));
	test = glob_bytes(m, t->x, glob, &exact);
	if (!test[0])
		return negated ? none : undecided;
	if (negated)
		return exact ? sql_maker_part(m, false, "NOT (%s)", test) : undecided;
	return sql_maker_part(m, false, "%s", test);
}

struct sql_part sql_test_string(struct sql_maker *m, const struct sql_test *t)
{
	const char *text = sql_maker_text(m,
	    m->ask->dialect == SQL_POSTGRES ? "(%s COLLATE \"C\")" : "(+%s COLLATE BINARY)", t->x);

	switch (t->op) {
	case OP_EQ:
	case OP_NE:
	case OP_IN:
	case OP_NOT_IN:
		return compare(m, t, text, decides_all_text(m, t->op));
	case OP_LIKE:
	case OP_NOT_LIKE:
		return test_glob(m, t, text);
	default:
		return none; /* strings have no order */
	}
}

/* ---- numbers ---- */

struct sql_part sql_test_int(struct sql_maker *m, const struct sql_test *t)
{
	return compare(m, t, sql_maker_plain(m, t->x), true);
}

static int64_t floor_of(int64_t decimal)
{
	return decimal / DECIMAL_ONE - (decimal % DECIMAL_ONE < 0);
}

static struct value bound(enum cond_op op, int64_t decimal)
{
	bool up = op == OP_LT || op == OP_GE;
	bool whole = decimal % DECIMAL_ONE == 0;

	return (struct value){.type = VALUE_INT, .i = floor_of(decimal) + (up && !whole)};
}

/* The whole numbers of a literal: no integer is equal to another. */
static bool whole_of(struct sql_maker *m, const struct value *literal, struct value *ret)
{
	size_t n = literal->type == VALUE_SET ? literal->set_len : 1;
	const struct value *from = literal->type == VALUE_SET ? literal->set : literal;
	struct value *set = arena_array(m->a, n, sizeof(*set));
	size_t len = 0;

	if (!set) {
		m->error = -ENOMEM;
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (from[i].i % DECIMAL_ONE == 0)
			set[len++] = (struct value){
			    .type = VALUE_INT, .i = from[i].i / DECIMAL_ONE};
	*ret = (struct value){.type = VALUE_SET, .set = set, .set_len = len};
	return true;
}

static struct sql_part among_whole(
    struct sql_maker *m, const struct sql_test *t, const char *range, bool negated)
{
	struct sql_test whole = {negated ? OP_NOT_IN : OP_IN, NULL, t->x};
	struct value set;
	struct sql_part p;

	if (!whole_of(m, t->literal, &set))
		return undecided;
	if (set.set_len == 0)
		return negated ? sql_maker_part(m, true, "%s", range) : none;
	whole.literal = &set;
	p = sql_test_int(m, &whole);
	return p.kind == SQL_TEXT ? sql_maker_part(m, true, "%s AND %s", range, p.text) : p;
}

/* Integers that are too large for a decimal are none. */
struct sql_part sql_test_decimal(struct sql_maker *m, const struct sql_test *t)
{
	const char *range = sql_maker_text(m, "%s BETWEEN -%lld AND %lld", sql_maker_plain(m, t->x),
	    SQL_DECIMAL_MAX, SQL_DECIMAL_MAX);

	switch (t->op) {
	case OP_EQ:
	case OP_IN:
		return among_whole(m, t, range, false);
	case OP_NE:
	case OP_NOT_IN:
		return among_whole(m, t, range, true);
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return sql_maker_part(m, true, "%s AND %s %s %s", range, sql_maker_plain(m, t->x),
		    op_text(t->op), sql_maker_param(m, bound(t->op, t->literal->i)));
	default:
		return none;
	}
}

unsigned int sql_test_bool(const struct sql_test *t)
{
	const struct value *v = t->literal;
	size_t n = v->type == VALUE_SET ? v->set_len : 1;
	unsigned int named = 0;

	if (v->type == VALUE_SET)
		v = v->set;
	for (size_t i = 0; i < n; i++)
		named |= v[i].i ? 2U : 1U;
	switch (t->op) {
	case OP_EQ:
	case OP_IN:
		return named;
	case OP_NE:
	case OP_NOT_IN:
		return 3U & ~named;
	default:
		return 0;
	}
}
