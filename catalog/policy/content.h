#ifndef CATALOG_POLICY_CONTENT_H
#define CATALOG_POLICY_CONTENT_H

/*
 * What a read is about: the columns that the content has, and for those that the contract does not
 * know exactly, the columns that they may hold. Opaque content of a port may hold every column of
 * the port; a column of the storage named "address" may hold the contract's "address.street". A
 * forbid or restrict that matches something held matches the holder, a permit must match all that
 * is held: what is not known to be harmless is treated as what it may be.
 */

#include "catalog/policy/match.h"

/* A column of the contract with the place it has. */
struct held {
	const struct port *port;
	const struct object *object;
	const struct column *column;
};

struct content_column {
	const struct column *column;
	size_t held_from, held_to; /* range of content.held */
};

struct content {
	struct resource at;
	/* The object with the extra columns' classification; NULL: that is not higher. */
	const struct object *raised;
	struct content_column *columns; /* contract order, then the extra ones in their order */
	size_t len;
	const struct held *held;
};

/*
 * The columns of rq->resource, which has a product. Extra columns take the default classification
 * and the object's tags; one below a column of the contract ("address.zip" below "address") also
 * that column's tags and higher classification. Those that the contract has are skipped, as are
 * repeated ones, and all where the object is NULL. The name "*" among them is classified as its
 * object. Memory from `a`. 0 or -ENOMEM.
 */
int content_build(
    const struct request *rq, struct strlist extra_columns, struct arena *a, struct content *ret);

/* Whether the selector, columns left out, holds for the object; where extra columns raise it, for a
 * permit in both states, for any other rule in one. */
bool content_selects(const struct rule *r, const struct content *c);

/* Whether the rule matches the column or, as said above, what it holds. Reach and caller are not
 * asked again, nor, where the object is known, what content_selects asks. */
bool content_matches(const struct rule *r, const struct request *rq, const struct content *c,
    const struct content_column *col);

#endif
