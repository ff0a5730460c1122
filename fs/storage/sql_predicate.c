#include "fs/storage/sql_predicate.h"

#include <errno.h>

#include "fs/storage/sql_atom.h"

#define MAX_DEPTH 64

static const struct sql_part none = {.kind = SQL_NONE, .exact = true};
static const struct sql_part all = {.kind = SQL_ALL, .exact = true};
static const struct sql_part undecided = {.kind = SQL_ALL};

void sql_identifier(struct buf *out, const char *name)
{
	buf_addc(out, '"');
	for (const char *s = name; *s; s++) {
		if (*s == '"')
			buf_addc(out, '"');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

static struct sql_part make(struct sql_maker *m, const struct cond *c, bool negated, int depth);

static struct sql_part joined(struct sql_maker *m, struct buf *parts, bool both, bool exact)
{
	if (buf_error(parts))
		m->error = -ENOMEM;
	if (parts->len > 0)
		return sql_maker_part(m, exact, "%s", parts->data);
	return both ? (struct sql_part){.kind = SQL_ALL, .exact = exact} : none;
}

/* A conjunction may leave parts out that it cannot say; a disjunction with one such part says nothing. Parameters of parts that are
 * not used have no place in the SQL. */
static struct sql_part make_kids(struct sql_maker *m, const struct cond *c, bool negated, int depth)
{
	bool both = (c->kind == COND_ALL) != negated, exact = true;
	size_t before = m->params_len;
	struct sql_part p = all;
	struct buf parts;

	buf_init(&parts);
	for (size_t i = 0; i < c->len && m->error == 0; i++) {
		p = make(m, &c->kids[i], negated, depth + 1);
		if (p.kind == (both ? SQL_NONE : SQL_ALL))
			break;
		exact &= p.exact;
		if (p.kind == SQL_TEXT)
			buf_printf(&parts, "%s(%s)",
			    !parts.len ? ""
				: both ? " AND "
				       : " OR ",
			    p.text);
	}
	if (c->len > 0 && p.kind == (both ? SQL_NONE : SQL_ALL))
		m->params_len = before;
	else
		p = joined(m, &parts, both, exact);
	buf_clear(&parts);
	return p;
}

static struct sql_part make(struct sql_maker *m, const struct cond *c, bool negated, int depth)
{
	if (depth >= MAX_DEPTH)
		return undecided;
	switch (c->kind) {
	case COND_ALL:
	case COND_ANY:
		return make_kids(m, c, negated, depth);
	case COND_NOT:
		return make(m, c->kids, !negated, depth + 1);
	case COND_ATOM:
		return sql_atom(m, c, negated);
	}
	return undecided;
}

/* A constant that both dialects take for a boolean. */
static const char *text_of(const struct sql_part *p)
{
	return p->kind == SQL_NONE ? "1 = 0" : p->text;
}

int sql_predicate_make(const struct sql_ask *ask, struct arena *a, struct sql_predicate *ret)
{
	struct sql_maker m = {.ask = ask, .a = a};
	struct sql_part p = all;

	*ret = (struct sql_predicate){.exact = true};
	if (!ask->keep)
		return 0;
	m.params = arena_array(a, SQL_MAX_PARAMS, sizeof(*m.params));
	if (!m.params)
		return -ENOMEM;
	p = make(&m, ask->keep, false, 0);
	if (m.error == -ENOMEM)
		return -ENOMEM;
	if (m.error < 0)
		p = undecided;
	ret->exact = p.exact;
	if (p.kind == SQL_ALL)
		return 0;
	ret->sql = text_of(&p);
	ret->params = m.params;
	ret->params_len = m.params_len;
	return 0;
}
