#include "catalog/policy/condition.h"

static const char *const op_names[] = {
    [OP_EQ] = "eq",
    [OP_NE] = "ne",
    [OP_IN] = "in",
    [OP_NOT_IN] = "notIn",
    [OP_LT] = "lt",
    [OP_LE] = "le",
    [OP_GT] = "gt",
    [OP_GE] = "ge",
    [OP_LIKE] = "like",
    [OP_NOT_LIKE] = "notLike",
    [OP_CONTAINS] = "contains",
    [OP_PRESENT] = "present",
    [OP_ABSENT] = "absent",
};

const char *cond_op_name(enum cond_op op)
{
	return op_names[op];
}

enum cond_op cond_presence_op(const struct cond *atom)
{
	bool flipped = !atom->has_ref && atom->literal.type == VALUE_BOOL && !atom->literal.i;

	return (atom->op == OP_PRESENT) != flipped ? OP_PRESENT : OP_ABSENT;
}

static enum truth atom_truth(const struct cond *c, const struct scene *at)
{
	struct term left = term_resolve(&c->left, at);

	if (c->op == OP_PRESENT || c->op == OP_ABSENT)
		return term_test(cond_presence_op(c), &left, NULL);

	struct term right = c->has_ref ? term_resolve(&c->ref, at) : term_of(c->literal);

	return term_test(c->op, &left, &right);
}

static bool holds(const struct cond *c, const struct scene *at, struct cond_mode mode, int depth);

/* One kid that is `wanted` decides. */
static bool any_kid_is(
    const struct cond *c, const struct scene *at, struct cond_mode mode, int depth)
{
	bool wanted = (c->kind == COND_ANY) != mode.negated;

	for (size_t i = 0; i < c->len; i++) {
		if (holds(&c->kids[i], at, mode, depth + 1) == wanted)
			return wanted;
	}
	return !wanted;
}

static bool holds(const struct cond *c, const struct scene *at, struct cond_mode mode, int depth)
{
	if (depth >= COND_MAX_DEPTH)
		return mode.undecided;
	switch (c->kind) {
	case COND_ALL:
	case COND_ANY:
		return any_kid_is(c, at, mode, depth);
	case COND_NOT:
		mode.negated = !mode.negated;
		return holds(c->kids, at, mode, depth + 1);
	case COND_ATOM:
		break;
	}

	enum truth t = c->kind == COND_ATOM ? atom_truth(c, at) : TRUTH_UNKNOWN;

	if (t == TRUTH_UNKNOWN)
		return mode.undecided;
	return (t == TRUTH_TRUE) != mode.negated;
}

bool cond_holds(const struct cond *c, const struct scene *at, struct cond_mode mode)
{
	return holds(c, at, mode, 0);
}

static bool mentions(const struct cond *c, enum operand_space space, int depth)
{
	if (depth >= COND_MAX_DEPTH)
		return true;
	if (c->kind == COND_ATOM)
		return c->left.space == space || (c->has_ref && c->ref.space == space);
	for (size_t i = 0; i < (c->kind == COND_NOT ? 1 : c->len); i++) {
		if (mentions(&c->kids[i], space, depth + 1))
			return true;
	}
	return false;
}

bool cond_mentions(const struct cond *c, enum operand_space space)
{
	return c && mentions(c, space, 0);
}
