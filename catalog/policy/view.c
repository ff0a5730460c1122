#include "catalog/policy/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/policy/condition.h"
#include "catalog/policy/reason.h"

/* A rule that matches the caller and may match columns. */
struct candidate {
	const struct rule *rule;
	bool every_column; /* its answer is yes for all of them */
	bool matched; /* some column */
};

struct work {
	const struct request *rq;
	struct arena *a;
	struct content content;
	struct candidate *candidates; /* in rule_order */
	size_t candidates_len;
	/* A row predicate mentions the resource: equal rules need not mean equal filters. */
	bool rows_by_column;
	const struct rule **matching; /* room for all candidates */
};

/* ---- which rules ---- */

/* Whether all columns of the content get one answer from the rule: then it is asked once. */
static bool asks_no_column(const struct rule *r, const struct content *c)
{
	return c->at.object && !r->resources.has_columns &&
	    !cond_mentions(r->when, OPERAND_RESOURCE) &&
	    !cond_mentions(r->unless, OPERAND_RESOURCE);
}

static bool rules_out(const struct work *w, const struct rule *r)
{
	struct asked q = {.at = w->content.at};

	if (!match_reach(r, w->rq, ACTION_READ) ||
	    (q.at.object && !content_selects(r, &w->content)) || !match_caller(r, w->rq))
		return true;
	return asks_no_column(r, &w->content) && !match_conditions(r, w->rq, &q);
}

static int find_candidates(struct work *w)
{
	struct rule_walk walk = {0};
	struct rule_list list = {0};
	const struct rule *r;

	while ((r = rule_walk_next(&walk, &w->rq->rules))) {
		if (!rules_out(w, r) && rule_list_add(&list, r, w->a))
			return -ENOMEM;
	}
	rule_list_sort(&list);
	w->candidates = arena_array(w->a, list.len, sizeof(*w->candidates));
	w->matching = arena_array(w->a, list.len, sizeof(*w->matching));
	if (!w->candidates || !w->matching)
		return -ENOMEM;
	for (; w->candidates_len < list.len; w->candidates_len++) {
		r = list.items[w->candidates_len];
		w->candidates[w->candidates_len] = (struct candidate){
		    .rule = r, .every_column = asks_no_column(r, &w->content)};
		w->rows_by_column |= cond_mentions(r->rows, OPERAND_RESOURCE);
	}
	return 0;
}

static size_t match_column_rules(struct work *w, const struct content_column *col)
{
	size_t n = 0;

	for (size_t i = 0; i < w->candidates_len; i++) {
		struct candidate *c = &w->candidates[i];

		if (!c->every_column && !content_matches(c->rule, w->rq, &w->content, col))
			continue;
		c->matched = true;
		w->matching[n++] = c->rule;
	}
	return n;
}

/* ---- columns ---- */

/* Neighbours mostly have the same rules; they then share all but the name. */
static bool same_as(const struct work *w, const struct view_column *before, size_t n)
{
	return before && !w->rows_by_column && before->rules_len == n &&
	    memcmp(before->rules, w->matching, n * sizeof(*w->matching)) == 0;
}

static int decide_column(struct work *w, const struct content_column *col,
    const struct view_column *before, struct view_column *ret)
{
	struct asked q = {.at = w->content.at, .column = col->column};
	size_t n = match_column_rules(w, col);

	if (same_as(w, before, n)) {
		*ret = *before;
		ret->name = col->column->name;
		return 0;
	}
	ret->name = col->column->name;
	ret->rules = arena_array(w->a, n, sizeof(*ret->rules));
	if (!ret->rules)
		return -ENOMEM;
	memcpy(ret->rules, w->matching, n * sizeof(*ret->rules));
	ret->rules_len = n;
	return view_column_fill(w->rq, &q, w->a, ret);
}

static int decide_columns(struct work *w, struct view *v)
{
	int error = 0;

	v->columns = arena_array(w->a, w->content.len, sizeof(*v->columns));
	if (!v->columns)
		return -ENOMEM;
	for (; !error && v->columns_len < w->content.len; v->columns_len++) {
		struct view_column *c = &v->columns[v->columns_len];

		error = decide_column(
		    w, &w->content.columns[v->columns_len], v->columns_len ? c - 1 : NULL, c);
	}
	return error;
}

/* ---- the whole ---- */

static int text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int unite_notify(const struct work *w, struct strlist *ret)
{
	struct strlist all = {0};
	size_t room = 0, kept = 0;

	for (size_t i = 0; i < w->candidates_len; i++)
		room += w->candidates[i].rule->notify.len;
	all.items = arena_array(w->a, room, sizeof(*all.items));
	if (!all.items)
		return -ENOMEM;
	for (size_t i = 0; i < w->candidates_len; i++) {
		const struct rule *r = w->candidates[i].rule;

		for (size_t k = 0;
		     w->candidates[i].matched && r->effect == EFFECT_RESTRICT && k < r->notify.len;
		     k++)
			all.items[all.len++] = r->notify.items[k];
	}
	if (all.len > 0)
		qsort(all.items, all.len, sizeof(*all.items), text_order);
	for (size_t i = 0; i < all.len; i++) {
		if (i == 0 || strcmp(all.items[i], all.items[kept - 1]) != 0)
			all.items[kept++] = all.items[i];
	}
	all.len = kept;
	*ret = all;
	return 0;
}

static void add_limits(const struct rule *r, struct view *v)
{
	if (r->effect != EFFECT_RESTRICT)
		return;
	if (r->limit > 0 && (v->limit == 0 || r->limit < v->limit))
		v->limit = r->limit;
	if (r->min_group > v->min_group)
		v->min_group = r->min_group;
	v->recheck |= r->recheck;
}

/* The restricts of a dropped column count too: a further forbid, which drops one, must not lift a
 * limit. */
static int collect(const struct work *w, struct view *v)
{
	v->rules = arena_array(w->a, w->candidates_len, sizeof(*v->rules));
	if (!v->rules)
		return -ENOMEM;
	for (size_t i = 0; i < w->candidates_len; i++) {
		if (!w->candidates[i].matched)
			continue;
		v->rules[v->rules_len++] = w->candidates[i].rule;
		add_limits(w->candidates[i].rule, v);
	}
	return unite_notify(w, &v->notify);
}

static bool is_raw(const struct view_column *c)
{
	return !c->dropped && c->mask.fn == MASK_NONE &&
	    c->rows.permits_len + c->rows.restricts_len == 0;
}

static void summarise(struct view *v)
{
	v->deny = true;
	v->identity = v->limit == 0 && v->min_group == 0;
	for (size_t i = 0; i < v->columns_len; i++) {
		v->deny &= v->columns[i].dropped;
		v->identity &= is_raw(&v->columns[i]);
	}
}

static int build(
    const struct request *rq, struct strlist extra_columns, struct arena *a, struct view *v)
{
	struct work w = {.rq = rq, .a = a};
	int error = content_build(rq, extra_columns, a, &w.content);

	if (!error)
		error = find_candidates(&w);
	if (!error)
		error = decide_columns(&w, v);
	if (!error)
		error = collect(&w, v);
	if (error)
		return error;
	summarise(v);
	view_explain(v, rq);
	return view_key(v);
}

static void deny(struct view *v, const char *why)
{
	struct reason text;

	*v = (struct view){.deny = true};
	reason_init(&text, v->reason, sizeof(v->reason));
	reason_add(&text, "denied: %s", why);
}

int policy_view(
    const struct request *rq, struct strlist extra_columns, struct arena *a, struct view *ret)
{
	struct view v = {0};

	if (!rq->resource.product) {
		deny(ret, "only a product has content");
		return 0;
	}

	int error = build(rq, extra_columns, a, &v);

	if (error)
		deny(ret, "not enough memory to decide");
	else
		*ret = v;
	return error ? -ENOMEM : 0;
}
