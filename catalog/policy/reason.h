#ifndef CATALOG_POLICY_REASON_H
#define CATALOG_POLICY_REASON_H

/*
 * Sentences for a person, written into arrays of a fixed size: cut at a whole character where they
 * do not fit, with "..." at the end. Allocates nothing.
 */

#include "catalog/policy/policy.h"

struct reason {
	char *out; /* caller's array */
	size_t cap, len;
};

/* Empties `out`. cap >= 8. */
void reason_init(struct reason *r, char *out, size_t cap);
void reason_add(struct reason *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "mesh:mask-pii (policies/base.policy.yaml:12)". */
void reason_add_rule(struct reason *r, const struct rule *rule);
/* "sales/orders/data/orders/lines", as deep as the resource is. */
void reason_add_resource(struct reason *r, const struct resource *at);

/* ", by RULE and 2 more" with what a person can do about the first: break glass, an exemption. */
void reason_add_forbids(struct reason *r, const struct rule *const *rules, size_t len);
/* "no permit for ACTION on RESOURCE matches USER" and whom to ask. */
void reason_add_no_permit(struct reason *r, const struct request *rq, enum action action);

#endif
