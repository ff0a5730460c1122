#include <errno.h>

#include "catalog/policy/filter.h"
#include "catalog/policy/reason.h"
#include "catalog/policy/view.h"

static size_t count(const struct rule *const *rules, size_t len, enum effect e)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += rules[i]->effect == e;
	return n;
}

bool view_column_dropped(const struct rule *const *rules, size_t len)
{
	return count(rules, len, EFFECT_FORBID) > 0 || count(rules, len, EFFECT_PERMIT) == 0;
}

/* ---- why ---- */

static int say_why(const struct request *rq, struct arena *a, struct view_column *c)
{
	const struct rule **forbids = arena_array(a, c->rules_len, sizeof(*forbids));
	size_t n = 0;
	char text[256];
	struct reason why;

	if (!forbids)
		return -ENOMEM;
	for (size_t i = 0; i < c->rules_len; i++) {
		if (c->rules[i]->effect == EFFECT_FORBID)
			forbids[n++] = c->rules[i];
	}
	reason_init(&why, text, sizeof(text));
	if (n > 0) {
		reason_add(&why, "forbidden");
		reason_add_forbids(&why, forbids, n);
	} else {
		reason_add_no_permit(&why, rq, ACTION_READ);
	}
	c->why = arena_strdup(a, text);
	return c->why ? 0 : -ENOMEM;
}

/* ---- masks ---- */

static int merge_masks(struct arena *a, struct view_column *c)
{
	struct mask *masks = arena_array(a, c->rules_len, sizeof(*masks));
	size_t n = 0;

	if (!masks)
		return -ENOMEM;
	for (size_t i = 0; i < c->rules_len; i++) {
		if (c->rules[i]->effect == EFFECT_RESTRICT && c->rules[i]->mask.fn != MASK_NONE)
			masks[n++] = c->rules[i]->mask;
	}
	c->mask = mask_merge(masks, n);
	return 0;
}

/* ---- rows ---- */

/* ALL or ANY of the predicates of the rules with this effect. For permits one without a predicate
 * passes every row. */
static const struct cond *predicate(
    const struct view_column *c, const struct scene *at, enum effect e, struct arena *a)
{
	static const struct cond every_row = {.kind = COND_ALL};
	const struct cond **parts = arena_array(a, c->rules_len, sizeof(*parts));
	size_t n = 0;

	for (size_t i = 0; parts && i < c->rules_len; i++) {
		const struct rule *r = c->rules[i];

		if (r->effect != e)
			continue;
		if (!r->rows && e == EFFECT_PERMIT)
			return &every_row;
		if (!r->rows)
			continue;
		parts[n] = filter_resolve(r->rows, at, a);
		if (!parts[n++])
			return NULL;
	}
	return parts ? filter_combine(e == EFFECT_PERMIT ? COND_ANY : COND_ALL, parts, n, a) : NULL;
}

/* The parts of a predicate of that kind, or the predicate itself as the only part. */
static int split(const struct cond *c, enum cond_kind kind, struct arena *a,
    const struct cond ***ret, size_t *ret_len)
{
	size_t n = c->kind == kind && c->len > 0 ? c->len : 1;
	const struct cond **parts = arena_array(a, n, sizeof(*parts));

	if (!parts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		parts[i] = c->kind == kind && c->len > 0 ? &c->kids[i] : c;
	*ret = parts;
	*ret_len = n;
	return 0;
}

static int filter_rows(
    const struct request *rq, const struct asked *q, struct arena *a, struct view_column *c)
{
	struct scene at = {.principal = rq->principal, .context = rq->context, .asked = q};
	const struct cond *permits = predicate(c, &at, EFFECT_PERMIT, a);
	const struct cond *restricts = predicate(c, &at, EFFECT_RESTRICT, a);
	int error = 0;

	c->rows = (struct row_filter){0};
	if (!permits || !restricts)
		return -ENOMEM;
	/* No row passes: one way to say it, so that equal views are equal. */
	if (filter_is_never(permits) || filter_is_never(restricts)) {
		const struct cond *never = filter_is_never(permits) ? permits : restricts;

		return split(never, COND_ALL, a, &c->rows.restricts, &c->rows.restricts_len);
	}
	if (!filter_is_always(permits))
		error = split(permits, COND_ANY, a, &c->rows.permits, &c->rows.permits_len);
	if (!error && !filter_is_always(restricts))
		error = split(restricts, COND_ALL, a, &c->rows.restricts, &c->rows.restricts_len);
	return error;
}

int view_column_fill(
    const struct request *rq, const struct asked *q, struct arena *a, struct view_column *ret)
{
	ret->dropped = view_column_dropped(ret->rules, ret->rules_len);
	ret->why = NULL;
	ret->mask = (struct mask){.fn = MASK_NONE};
	ret->rows = (struct row_filter){0};
	if (ret->dropped)
		return say_why(rq, a, ret);

	int error = merge_masks(a, ret);

	return error ? error : filter_rows(rq, q, a, ret);
}
