#ifndef CATALOG_POLICY_VIEW_H
#define CATALOG_POLICY_VIEW_H

/*
 * The parts that a view is made of: what the rules that match one column do to it, the canonical
 * key, and the sentence that explains it. view.c asks the questions and puts the answers together.
 */

#include "catalog/policy/content.h"
#include "catalog/policy/rule_list.h"

/* Whether the rules, in rule_order, deny a column: a forbid among them, or no permit. */
bool view_column_dropped(const struct rule *const *rules, size_t len);

/*
 * Fills ret->mask, rows, dropped and why from ret->rules; the name is there. 0 or -ENOMEM.
 */
int view_column_fill(
    const struct request *rq, const struct asked *q, struct arena *a, struct view_column *ret);

/* Sets v->key. 0 or -ENOMEM. */
int view_key(struct view *v);

/* Sets v->reason, from all else. */
void view_explain(struct view *v, const struct request *rq);

#endif
