#include "catalog/policy/term.h"

#include <string.h>

static enum truth truth(bool b)
{
	return b ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth negate(enum truth t)
{
	return t == TRUTH_UNKNOWN ? t : truth(t == TRUTH_FALSE);
}

static bool is_scalar(const struct value *v)
{
	switch (v->type) {
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_DECIMAL:
	case VALUE_TIME:
		return true;
	case VALUE_STRING:
		return v->s != NULL;
	default:
		return false;
	}
}

/* Both are scalars of one type. */
static bool scalars_equal(const struct value *a, const struct value *b)
{
	return a->type == VALUE_STRING ? strcmp(a->s, b->s) == 0 : a->i == b->i;
}

static enum truth test_equal(const struct value *a, const struct value *b)
{
	if (!is_scalar(a) || a->type != b->type || !is_scalar(b))
		return TRUTH_UNKNOWN;
	return truth(scalars_equal(a, b));
}

static enum truth test_order(enum cond_op op, const struct value *a, const struct value *b)
{
	bool ordered = a->type == VALUE_INT || a->type == VALUE_DECIMAL || a->type == VALUE_TIME;

	if (!ordered || a->type != b->type)
		return TRUTH_UNKNOWN;
	switch (op) {
	case OP_LT:
		return truth(a->i < b->i);
	case OP_LE:
		return truth(a->i <= b->i);
	case OP_GT:
		return truth(a->i > b->i);
	default:
		return truth(a->i >= b->i);
	}
}

static enum truth test_like(const struct value *v, const struct value *pattern)
{
	if (v->type != VALUE_STRING || pattern->type != VALUE_STRING || !v->s || !pattern->s)
		return TRUTH_UNKNOWN;
	return truth(str_glob(pattern->s, v->s));
}

/* A set without elements has elements of every type. */
static enum truth test_among(const struct value *v, const struct strlist *strings)
{
	if (strings->len == 0)
		return is_scalar(v) ? TRUTH_FALSE : TRUTH_UNKNOWN;
	if (v->type != VALUE_STRING || !v->s)
		return TRUTH_UNKNOWN;
	return truth(strlist_has(strings, v->s));
}

/* One element of another type makes the whole set one that cannot be asked, found or not: otherwise
 * the answer would depend on the order. */
static enum truth test_member(const struct value *v, const struct term *set)
{
	bool found = false;

	if (set->strings)
		return test_among(v, set->strings);
	if (!is_scalar(v) || set->value.type != VALUE_SET)
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < set->value.set_len; i++) {
		enum truth t = test_equal(v, &set->value.set[i]);

		if (t == TRUTH_UNKNOWN)
			return t;
		found |= t == TRUTH_TRUE;
	}
	return truth(found);
}

bool term_present(const struct term *t)
{
	return t->strings || (t->value.type != VALUE_MISSING && t->value.type != VALUE_NULL);
}

/* A set made of `strings` has a value of type SET, which no scalar test takes. */
enum truth term_test(enum cond_op op, const struct term *left, const struct term *right)
{
	switch (op) {
	case OP_EQ:
		return test_equal(&left->value, &right->value);
	case OP_NE:
		return negate(test_equal(&left->value, &right->value));
	case OP_IN:
		return test_member(&left->value, right);
	case OP_NOT_IN:
		return negate(test_member(&left->value, right));
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return test_order(op, &left->value, &right->value);
	case OP_LIKE:
		return test_like(&left->value, &right->value);
	case OP_NOT_LIKE:
		return negate(test_like(&left->value, &right->value));
	case OP_CONTAINS:
		return test_member(&right->value, left);
	case OP_PRESENT:
		return truth(term_present(left));
	case OP_ABSENT:
		return truth(!term_present(left));
	}
	return TRUTH_UNKNOWN;
}
