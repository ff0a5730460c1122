#ifndef CATALOG_POLICY_TERM_H
#define CATALOG_POLICY_TERM_H

/*
 * What a condition compares: operands resolved to values, and the comparison itself. Three-valued:
 * an operand that is missing, null or of another type makes the answer unknown, and the caller says
 * what unknown means. Allocates nothing.
 */

#include "catalog/policy/match.h"
#include "catalog/policy/policy.h"

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

/* A value; where `strings` is given it is instead the set of these strings, and `value` is not
 * looked at. */
struct term {
	struct value value;
	const struct strlist *strings; /* borrowed; NULL: see `value` */
};

/* Where operands are looked up. What is NULL has no operands: they are all missing. */
struct scene {
	const struct principal *principal;
	const struct context *context;
	const struct asked *asked;
	const struct row *row;
};

/*
 * The value of an operand. context: now (TIME), weekday (INT, 1 Monday ... 7 Sunday as in ISO
 * 8601), minuteOfDay (INT), host, purpose (STRING), breakGlass (BOOL). principal: user, groups,
 * roles, then the attributes; an attribute of one of these three names is hidden by it. resource:
 * domain, product, port, object, column, status, classification (STRING), tags (set of strings),
 * endOfLife (TIME); tags and classification are the column's where a column is asked about. row:
 * the cell. MISSING where there is none. Borrows from the scene.
 */
struct term term_resolve(const struct operand *o, const struct scene *at);

struct term term_of(struct value v);

/* True unless the term is missing or null. */
bool term_present(const struct term *t);

/*
 * left OP right. Both must have one type, which eq and ne take to be any scalar, the orders INT,
 * DECIMAL or TIME, like and notLike STRING (`*` is the only wildcard). in and notIn: a scalar and a
 * set whose every element has its type; contains: such a set and a scalar. Anything else is
 * unknown. present and absent look at `left` alone and are never unknown.
 */
enum truth term_test(enum cond_op op, const struct term *left, const struct term *right);

#endif
