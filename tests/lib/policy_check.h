#ifndef TESTS_LIB_POLICY_CHECK_H
#define TESTS_LIB_POLICY_CHECK_H

/*
 * What must hold for every question and every set of rules. Each check returns NULL, or says what
 * does not hold. For the property test and for the fuzz target.
 */

#include "catalog/policy/condition.h"
#include "catalog/policy/match.h"
#include "tests/lib/policy_gen_rule.h"

/* All answers to one question. */
struct answers {
	bool allow[ACTION_COUNT];
	struct view view;
};

static inline bool check_ask(struct gen *g, struct answers *ret)
{
	struct decision d;

	for (int a = 0; a < ACTION_COUNT; a++) {
		policy_decide(&g->rq, (enum action)a, &g->a, &d);
		ret->allow[a] = d.allow;
	}
	return policy_view(&g->rq, g->extra, &g->a, &ret->view) == 0;
}

static inline bool check_visible(
    const struct gen *g, const struct view *v, size_t column, size_t row)
{
	const struct row cells = {.cell = gen_cell, .row = &g->rows[row]};

	return view_cell_visible(&v->columns[column], &cells);
}

static inline bool check_raw(const struct gen *g, const struct view *v, size_t column, size_t row)
{
	return check_visible(g, v, column, row) && v->columns[column].mask.fn == MASK_NONE;
}

/* ---- one view ---- */

static inline const char *check_view(const struct view *v)
{
	bool deny = true, raw = v->limit == 0 && v->min_group == 0;

	for (size_t i = 0; i < v->columns_len; i++) {
		const struct view_column *c = &v->columns[i];

		deny &= c->dropped;
		raw &= !c->dropped && c->mask.fn == MASK_NONE &&
		    c->rows.permits_len + c->rows.restricts_len == 0;
		if (c->dropped != (c->why != NULL))
			return "a dropped column says why, no other does";
	}
	if (v->columns_len == 0)
		return "a view has a column";
	if (deny != v->deny || raw != v->identity)
		return "deny and identity follow from the columns";
	if (strlen(v->key) != 64)
		return "a view has a key";
	if (v->identity != (v->reason[0] == '\0'))
		return "a view that is not the identity has a reason";
	return NULL;
}

/* ---- the definition, written down once more ---- */

static inline bool check_matches(const struct gen *g, const struct rule *r, const struct asked *q)
{
	return match_reach(r, &g->rq, ACTION_READ) && match_caller(r, &g->rq) &&
	    match_resource(r, q) && match_column(r, q) && match_conditions(r, &g->rq, q);
}

static inline bool check_passes(
    const struct gen *g, const struct rule *r, const struct asked *q, size_t row)
{
	const struct row cells = {.cell = gen_cell, .row = &g->rows[row]};
	const struct scene at = {&g->who, &g->now, q, &cells};

	return !r->rows || cond_holds(r->rows, &at, (struct cond_mode){0});
}

/* POLICY.md section 3.4 to 3.6 for one cell, rule by rule. */
static inline bool check_cell(
    const struct gen *g, const struct asked *q, size_t row, bool *ret_masked)
{
	const struct ruleset *sets[] = {policy_builtin(), &g->sets[SCOPE_MESH],
	    &g->sets[SCOPE_DOMAIN], &g->sets[SCOPE_PRODUCT]};
	bool permitted = false, refused = false;

	*ret_masked = false;
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < sets[i]->len; k++) {
			const struct rule *r = &sets[i]->rules[k];

			if (!check_matches(g, r, q))
				continue;
			permitted |= r->effect == EFFECT_PERMIT && check_passes(g, r, q, row);
			refused |= r->effect == EFFECT_FORBID ||
			    (r->effect == EFFECT_RESTRICT && !check_passes(g, r, q, row));
			*ret_masked |= r->effect == EFFECT_RESTRICT && r->mask.fn != MASK_NONE;
		}
	}
	return permitted && !refused;
}

/* Extra columns raise the object, so the contract's columns are asked about without them. */
static inline const char *check_definition(struct gen *g)
{
	const struct object *o = g->rq.resource.object;
	struct view v;

	if (!o || o->columns_len == 0)
		return NULL;
	if (policy_view(&g->rq, (struct strlist){0}, &g->a, &v))
		return "memory";
	for (size_t i = 0; i < o->columns_len * GEN_ROWS; i++) {
		struct asked q = {.at = g->rq.resource, .column = &o->columns[i / GEN_ROWS]};
		bool masked;
		bool visible = check_cell(g, &q, i % GEN_ROWS, &masked);

		if (visible != check_visible(g, &v, i / GEN_ROWS, i % GEN_ROWS))
			return "a cell is visible as defined";
		if (visible && masked != (v.columns[i / GEN_ROWS].mask.fn != MASK_NONE))
			return "a visible cell is masked as defined";
	}
	return NULL;
}

/* ---- order ---- */

static inline void check_shuffle(struct gen *g)
{
	for (int level = SCOPE_MESH; level <= SCOPE_PRODUCT; level++) {
		struct ruleset *rs = &g->sets[level];

		for (size_t i = rs->len; i > 1; i--) {
			size_t k = draw(&g->d, (uint32_t)i);
			struct rule r = rs->rules[i - 1];

			rs->rules[i - 1] = rs->rules[k];
			rs->rules[k] = r;
		}
	}
}

static inline const char *check_order(struct gen *g, const struct answers *before)
{
	struct answers after;

	check_shuffle(g);
	if (!check_ask(g, &after))
		return "memory";
	if (memcmp(before->allow, after.allow, sizeof(after.allow)) != 0)
		return "shuffling changes no decision";
	if (strcmp(before->view.key, after.view.key) != 0 ||
	    before->view.identity != after.view.identity ||
	    before->view.recheck != after.view.recheck)
		return "shuffling changes no view";
	if (strcmp(before->view.reason, after.view.reason) != 0 ||
	    before->view.notify.len != after.view.notify.len ||
	    before->view.rules_len != after.view.rules_len)
		return "shuffling changes no reason";
	return NULL;
}

/* ---- further rules ---- */

static inline const char *check_narrower(
    const struct gen *g, const struct answers *wide, const struct answers *narrow)
{
	const struct view *w = &wide->view, *n = &narrow->view;

	for (int a = 0; a < ACTION_COUNT; a++) {
		if (narrow->allow[a] && !wide->allow[a])
			return "nothing more is allowed";
	}
	if ((w->limit > 0 && (n->limit == 0 || n->limit > w->limit)) || n->min_group < w->min_group)
		return "no limit is lifted";
	if (n->identity && !w->identity)
		return "no view becomes the identity";
	for (size_t i = 0; i < w->columns_len * GEN_ROWS; i++) {
		if (check_visible(g, n, i / GEN_ROWS, i % GEN_ROWS) &&
		    !check_visible(g, w, i / GEN_ROWS, i % GEN_ROWS))
			return "no cell appears";
		if (check_raw(g, n, i / GEN_ROWS, i % GEN_ROWS) &&
		    !check_raw(g, w, i / GEN_ROWS, i % GEN_ROWS))
			return "no cell is unmasked";
	}
	return NULL;
}

static inline const char *check_more(struct gen *g, const struct answers *before)
{
	struct ruleset *rs = &g->sets[SCOPE_MESH + draw(&g->d, 3)];
	enum effect effect = gen_effect(g);
	struct answers after;

	rs->rules[rs->len++] = gen_rule(g, &rs->scope, effect);
	if (!check_ask(g, &after))
		return "memory";
	rs->len--;
	return effect == EFFECT_PERMIT ? check_narrower(g, &after, before)
				       : check_narrower(g, before, &after);
}

/* ---- what is said without a caller ---- */

static inline const char *check_uniform(const struct gen *g, const struct answers *is)
{
	for (int a = 0; a < ACTION_COUNT; a++) {
		enum uniform u = policy_uniform(&g->rq, (enum action)a);
		bool allow = a == ACTION_READ ? !is->view.deny : is->allow[a];

		if (u != UNIFORM_VARIES && allow != (u == UNIFORM_ALLOW))
			return "a uniform answer is everybody's";
	}
	return NULL;
}

/* The mesh, the domain, the product, the port, the object: where the fingerprints agree, the
 * answers do. */
static inline const char *check_fingerprints(struct gen *g)
{
	struct request rq[2] = {g->rq, g->rq};
	struct decision parent, child;

	for (uint32_t i = 0; i < 4 * ACTION_COUNT; i++) {
		enum action a = (enum action)(i / 4);
		struct resource *at = &rq[0].resource;

		rq[0] = rq[1] = g->rq;
		if (i % 4 <= 2)
			at->object = NULL;
		if (i % 4 <= 1)
			at->port = NULL;
		if (i % 4 == 0)
			at->product = NULL;
		rq[0].rules.product = at->product ? rq[0].rules.product : NULL;
		if (policy_fingerprint(&rq[0], a) != policy_fingerprint(&rq[1], a))
			continue;
		policy_decide(&rq[0], a, &g->a, &parent);
		policy_decide(&rq[1], a, &g->a, &child);
		if (parent.allow != child.allow)
			return "equal fingerprints are decided alike";
	}
	return NULL;
}

/* ---- another caller ---- */

static inline const char *check_keys(struct gen *g, const struct answers *mine)
{
	struct principal who = g->who;
	struct context now = g->now;
	struct answers theirs;
	bool ok;

	gen_caller(g);
	ok = check_ask(g, &theirs);
	g->who = who;
	g->now = now;
	if (!ok)
		return "memory";
	if (strcmp(mine->view.key, theirs.view.key) != 0)
		return NULL;
	for (size_t i = 0; i < mine->view.columns_len * GEN_ROWS; i++) {
		if (check_visible(g, &mine->view, i / GEN_ROWS, i % GEN_ROWS) !=
		    check_visible(g, &theirs.view, i / GEN_ROWS, i % GEN_ROWS))
			return "equal keys show the same cells";
	}
	return mine->view.limit == theirs.view.limit && mine->view.deny == theirs.view.deny
	    ? NULL
	    : "equal keys, equal views";
}

/* ---- printing ---- */

static inline const char *check_print(const struct gen *g, const struct view *v)
{
	struct buf out;
	int error;

	buf_init(&out);
	for (int level = SCOPE_MESH; level <= SCOPE_PRODUCT; level++) {
		for (size_t i = 0; i < g->sets[level].len; i++)
			rule_print(&g->sets[level].rules[i], NULL, 2, &out);
	}
	view_print(v, &out);
	error = buf_error(&out);
	if (!error && !str_is_utf8(out.data, out.len))
		error = -1;
	buf_clear(&out);
	return error ? "what is printed is text" : NULL;
}

static inline const char *check_all(struct gen *g)
{
	struct answers is;
	const char *wrong = check_ask(g, &is) ? check_view(&is.view) : "memory";

	if (!wrong)
		wrong = check_definition(g);
	if (!wrong)
		wrong = check_uniform(g, &is);
	if (!wrong)
		wrong = check_fingerprints(g);
	if (!wrong)
		wrong = check_keys(g, &is);
	if (!wrong)
		wrong = check_print(g, &is.view);
	for (int i = 0; !wrong && i < 3; i++)
		wrong = check_more(g, &is);
	/* Last: it moves the rules that the view points at. */
	return wrong ? wrong : check_order(g, &is);
}

#endif
