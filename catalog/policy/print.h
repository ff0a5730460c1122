#ifndef CATALOG_POLICY_PRINT_H
#define CATALOG_POLICY_PRINT_H

/*
 * Pieces of rules as YAML flow nodes, as the manifests spell them, for rule_print. Values as people
 * read them, for the one-line forms.
 */

#include "catalog/policy/policy.h"

/* "billing", "{a, b}", "12", "1.5", "true", "2027-06-30T23:59:59Z"; what would not read as one word
 * is quoted. */
void print_value(const struct value *v, struct buf *out);
/* "purpose", "principal.region", "row.amount". */
void print_operand(const struct operand *o, struct buf *out);
/* RFC 3339 in UTC, with nine digits where there is a fraction. */
void print_time(int64_t ns, struct buf *out);

/* "{all: [{purpose: {in: [a, b]}}]}". */
void print_yaml_cond(const struct cond *c, struct buf *out);
/* "{fn: hash, length: 16, key: mesh}". */
void print_yaml_mask(const struct mask *m, struct buf *out);
/* "{groups: [a], team: true}". */
void print_yaml_principals(const struct principal_sel *s, struct buf *out);
/* "{ports: [a], columns: {tags: {any: [pii]}}}"; classifications as ranks, which is what the rule
 * holds. */
void print_yaml_selector(const struct selector *s, const struct mesh *mesh, struct buf *out);
/* "[a, b]". */
void print_yaml_list(const struct strlist *l, struct buf *out);

#endif
