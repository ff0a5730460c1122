#include <inttypes.h>

#include "catalog/policy/reason.h"
#include "catalog/policy/view.h"

/* The first restrict of the column that `wants` picks; NULL: none. */
static const struct rule *find(
    const struct rule *const *rules, size_t len, bool (*wants)(const struct rule *r))
{
	for (size_t i = 0; i < len; i++) {
		if (wants(rules[i]))
			return rules[i];
	}
	return NULL;
}

static bool masks(const struct rule *r)
{
	return r->effect == EFFECT_RESTRICT && r->mask.fn != MASK_NONE;
}

static bool filters(const struct rule *r)
{
	return r->effect != EFFECT_FORBID && r->rows;
}

static bool limits(const struct rule *r)
{
	return r->effect == EFFECT_RESTRICT && (r->limit > 0 || r->min_group > 0);
}

static bool is_masked(const struct view_column *c)
{
	return !c->dropped && c->mask.fn != MASK_NONE;
}

static bool is_filtered(const struct view_column *c)
{
	return !c->dropped && c->rows.permits_len + c->rows.restricts_len > 0;
}

static bool is_dropped(const struct view_column *c)
{
	return c->dropped;
}

/* The first column of that kind and how many there are. */
static const struct view_column *first(
    const struct view *v, bool (*is)(const struct view_column *), size_t *ret_n)
{
	const struct view_column *found = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < v->columns_len; i++) {
		if (!is(&v->columns[i]))
			continue;
		found = found ? found : &v->columns[i];
		(*ret_n)++;
	}
	return found;
}

static void add_subject(
    struct reason *text, const struct view_column *c, size_t n, const char *what)
{
	reason_add(text, "%s%s", text->len > 0 ? "; " : "", c->name);
	if (n > 1)
		reason_add(text, " and %zu more", n - 1);
	reason_add(text, " %s", what);
}

static void add_by(struct reason *text, const struct rule *r)
{
	if (!r)
		return;
	reason_add(text, " by ");
	reason_add_rule(text, r);
}

static void explain_changes(struct reason *text, const struct view *v)
{
	const struct view_column *c;
	size_t n;

	c = first(v, is_dropped, &n);
	if (c) {
		add_subject(text, c, n, "left out: ");
		reason_add(text, "%s", c->why);
	}
	c = first(v, is_masked, &n);
	if (c) {
		add_subject(text, c, n, "masked");
		add_by(text, find(c->rules, c->rules_len, masks));
	}
	c = first(v, is_filtered, &n);
	if (c) {
		add_subject(text, c, n, "filtered by rows");
		add_by(text, find(c->rules, c->rules_len, filters));
	}
	if (v->limit > 0 || v->min_group > 0) {
		reason_add(text, "%srows limited", text->len > 0 ? "; " : "");
		add_by(text, find(v->rules, v->rules_len, limits));
	}
}

void view_explain(struct view *v, const struct request *rq)
{
	struct reason text;

	reason_init(&text, v->reason, sizeof(v->reason));
	if (v->deny) {
		reason_add(&text, "denied: read on ");
		reason_add_resource(&text, &rq->resource);
		reason_add(
		    &text, ": %s", v->columns_len > 0 ? v->columns[0].why : "nothing to read");
	} else if (!v->identity) {
		explain_changes(&text, v);
	}
}
