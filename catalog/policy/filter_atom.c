#include "catalog/policy/filter_atom.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/policy/canon.h"
#include "catalog/policy/condition.h"

static enum cond_op opposite(enum cond_op op)
{
	switch (op) {
	case OP_EQ:
		return OP_NE;
	case OP_NE:
		return OP_EQ;
	case OP_IN:
		return OP_NOT_IN;
	case OP_NOT_IN:
		return OP_IN;
	case OP_LT:
		return OP_GE;
	case OP_LE:
		return OP_GT;
	case OP_GT:
		return OP_LE;
	case OP_GE:
		return OP_LT;
	case OP_LIKE:
		return OP_NOT_LIKE;
	case OP_NOT_LIKE:
		return OP_LIKE;
	case OP_PRESENT:
		return OP_ABSENT;
	case OP_ABSENT:
		return OP_PRESENT;
	case OP_CONTAINS: /* has none; see emit */
		break;
	}
	return op;
}

/* The same comparison with its sides exchanged; false where there is none. */
static bool exchange(enum cond_op *op)
{
	switch (*op) {
	case OP_EQ:
	case OP_NE:
		return true;
	case OP_LT:
		*op = OP_GT;
		return true;
	case OP_LE:
		*op = OP_GE;
		return true;
	case OP_GT:
		*op = OP_LT;
		return true;
	case OP_GE:
		*op = OP_LE;
		return true;
	case OP_CONTAINS:
		*op = OP_IN;
		return true;
	default:
		return false;
	}
}

static enum filter_atom emit(struct cond atom, bool negated, struct arena *a, struct cond *ret)
{
	if (!negated || atom.op != OP_CONTAINS) {
		atom.op = negated ? opposite(atom.op) : atom.op;
		*ret = atom;
		return FILTER_DEPENDS;
	}

	struct cond *kid = arena_alloc(a, sizeof(*kid));

	if (!kid)
		return FILTER_NO_MEMORY;
	*kid = atom;
	*ret = (struct cond){.kind = COND_NOT, .kids = kid, .len = 1};
	return FILTER_DEPENDS;
}

/* ---- literals ---- */

static bool copy_value(struct value *v, struct arena *a)
{
	if (v->type == VALUE_STRING)
		v->s = arena_strdup(a, v->s);
	return v->type != VALUE_STRING || v->s;
}

/* Sorted, each once. */
static bool copy_set(const struct term *t, struct arena *a, struct value *ret)
{
	size_t len = t->strings ? t->strings->len : t->value.set_len;
	struct value *set = arena_array(a, len, sizeof(*set));
	size_t n = 0;

	for (size_t i = 0; set && i < len; i++) {
		set[i] = t->strings
		    ? (struct value){.type = VALUE_STRING, .s = t->strings->items[i]}
		    : t->value.set[i];
		if (!copy_value(&set[i], a))
			return false;
	}
	if (!set)
		return false;
	if (len > 0)
		qsort(set, len, sizeof(*set), canon_value_order);
	for (size_t i = 0; i < len; i++) {
		if (i == 0 || canon_value_order(&set[i], &set[i - 1]) != 0)
			set[n++] = set[i];
	}
	*ret = (struct value){.type = VALUE_SET, .set = set, .set_len = n};
	return true;
}

static bool copy_term(const struct term *t, struct arena *a, struct value *ret)
{
	if (t->value.type == VALUE_SET)
		return copy_set(t, a, ret);
	*ret = t->value;
	return copy_value(ret, a);
}

static bool is_scalar(const struct value *v)
{
	return v->type != VALUE_MISSING && v->type != VALUE_NULL && v->type != VALUE_SET;
}

/* A sorted set is of one type if its ends are. */
static bool is_plain_set(const struct value *v)
{
	if (v->type != VALUE_SET)
		return false;
	return v->set_len == 0 ||
	    (is_scalar(&v->set[0]) && v->set[0].type == v->set[v->set_len - 1].type);
}

/* False: no cell can be compared with this literal, whatever it holds. */
static bool comparable(enum cond_op op, const struct value *literal)
{
	switch (op) {
	case OP_IN:
	case OP_NOT_IN:
		return is_plain_set(literal);
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return literal->type == VALUE_INT || literal->type == VALUE_DECIMAL ||
		    literal->type == VALUE_TIME;
	case OP_LIKE:
	case OP_NOT_LIKE:
		return literal->type == VALUE_STRING;
	default:
		return is_scalar(literal);
	}
}

static enum filter_atom with_literal(
    struct cond atom, const struct term *t, bool negated, struct arena *a, struct cond *ret)
{
	atom.has_ref = false;
	atom.ref = (struct operand){0};
	if (!copy_term(t, a, &atom.literal))
		return FILTER_NO_MEMORY;
	return comparable(atom.op, &atom.literal) ? emit(atom, negated, a, ret) : FILTER_NEVER;
}

/* ---- the cases ---- */

static enum filter_atom constant(enum truth t, bool negated)
{
	if (t == TRUTH_UNKNOWN)
		return FILTER_NEVER;
	return (t == TRUTH_TRUE) != negated ? FILTER_ALWAYS : FILTER_NEVER;
}

/* Two cells; the one with the lesser name goes left. */
static enum filter_atom two_cells(struct cond atom, bool negated, struct arena *a, struct cond *ret)
{
	enum cond_op op = atom.op;

	atom.literal = (struct value){0};
	if (op != OP_CONTAINS && strcmp(atom.left.name, atom.ref.name) > 0 && exchange(&op)) {
		struct operand left = atom.left;

		atom.left = atom.ref;
		atom.ref = left;
		atom.op = op;
	}
	return emit(atom, negated, a, ret);
}

static enum filter_atom from_cell(
    struct cond atom, const struct scene *at, bool negated, struct arena *a, struct cond *ret)
{
	if (atom.op == OP_PRESENT || atom.op == OP_ABSENT) {
		atom.op = cond_presence_op(&atom);
		atom.has_ref = false;
		atom.ref = (struct operand){0};
		atom.literal = (struct value){.type = VALUE_BOOL, .i = true};
		return emit(atom, negated, a, ret);
	}
	if (atom.has_ref && atom.ref.space == OPERAND_ROW)
		return two_cells(atom, negated, a, ret);

	struct term right = atom.has_ref ? term_resolve(&atom.ref, at) : term_of(atom.literal);

	return with_literal(atom, &right, negated, a, ret);
}

static enum filter_atom from_known(
    struct cond atom, const struct scene *at, bool negated, struct arena *a, struct cond *ret)
{
	struct term left = term_resolve(&atom.left, at);

	if (atom.op == OP_PRESENT || atom.op == OP_ABSENT)
		return constant(term_test(cond_presence_op(&atom), &left, NULL), negated);
	if (!atom.has_ref || atom.ref.space != OPERAND_ROW) {
		struct term right = atom.has_ref ? term_resolve(&atom.ref, at)
						 : term_of(atom.literal);

		return constant(term_test(atom.op, &left, &right), negated);
	}
	if (!exchange(&atom.op))
		return FILTER_NEVER;
	atom.left = atom.ref;
	return with_literal(atom, &left, negated, a, ret);
}

enum filter_atom filter_atom(const struct cond *atom, const struct scene *at, bool negated,
    struct arena *a, struct cond *ret)
{
	struct cond copy = *atom;

	copy.line = 0;
	if (copy.left.space == OPERAND_ROW)
		return from_cell(copy, at, negated, a, ret);
	return from_known(copy, at, negated, a, ret);
}
