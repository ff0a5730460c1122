#ifndef CATALOG_POLICY_MATCH_H
#define CATALOG_POLICY_MATCH_H

/*
 * Whether one rule applies to one question, cut into the parts that depend on the resource, on the
 * caller and on the column, so that a decision over many columns asks each part once. Pure;
 * allocates nothing.
 *
 * A selector's key that the resource does not have (ports for a product, status for a domain, tags
 * and classification for a domain or the mesh, anything of columns where no column is asked about)
 * does not hold, whatever the effect. That weakens no forbid or restrict: they are decided again on
 * each child, and children have all levels.
 */

#include "catalog/policy/policy.h"

/* What is asked about: a resource and, for a read, one of its columns. */
struct asked {
	struct resource at;
	const struct column *column; /* NULL: the resource itself */
};

/* NULL for the mesh. */
const char *asked_domain(const struct asked *q);
/* The column's, else the deepest level's below the domain. NULL: undefined at this level. */
const struct strlist *asked_tags(const struct asked *q);
/* The same for the classification; -1: undefined. */
int asked_rank(const struct asked *q);
/* Of the port's contract where the port has one, else of the product. WHEN_NONE: none. */
int64_t asked_end_of_life_ns(const struct asked *q);

/*
 * The action is listed, and the rule's scope holds the resource and has the authority for this
 * action there (POLICY.md section 4: a permit for read of scope mesh needs the domain's
 * meshMayGrant, one of scope domain a product that is not sealed). The principal and the context
 * are not looked at.
 */
bool match_reach(const struct rule *r, const struct request *rq, enum action action);

/* The rule's selector holds for the resource, columns left out. */
bool match_resource(const struct rule *r, const struct asked *q);

/* The selector's part about columns holds; where it has none, also without a column. */
bool match_column(const struct rule *r, const struct asked *q);

/* The caller and the time are the rule's: principals, except, exemptions, validity, break glass. */
bool match_caller(const struct rule *r, const struct request *rq);

/* `when` and not `unless`. */
bool match_conditions(const struct rule *r, const struct request *rq, const struct asked *q);

/* The exemption of this product file is for the rule (whoever asks and when): a delegable forbid or
 * restrict of a higher scope, and a resource inside the product. */
bool match_exemption(const struct rule *r, const struct ruleset *from, const struct exemption *e,
    const struct request *rq);

/* The rule matches a question that is not about a column: everything above. */
bool match_rule(const struct rule *r, const struct request *rq, enum action action);

#endif
