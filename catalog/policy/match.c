#include "catalog/policy/match.h"

#include <string.h>

#include "catalog/base/when.h"
#include "catalog/policy/condition.h"

static bool scope_holds(const struct scope *s, const struct resource *at, const char *domain)
{
	switch (s->level) {
	case SCOPE_BUILTIN:
	case SCOPE_MESH:
		return true;
	case SCOPE_DOMAIN:
		return domain && str_eq(s->domain, domain);
	case SCOPE_PRODUCT:
		return at->product && str_eq(s->domain, domain) &&
		    str_eq(s->product, at->product->name);
	}
	return false;
}

static bool has_authority(const struct rule *r, const struct request *rq, enum action action)
{
	const struct domain *domain = rq->rules.domain_info;

	if (r->effect != EFFECT_PERMIT || action != ACTION_READ)
		return true;
	switch (r->scope.level) {
	case SCOPE_BUILTIN:
		return false;
	case SCOPE_MESH:
		return domain && strlist_has(&domain->mesh_may_grant, r->id);
	case SCOPE_DOMAIN:
		return !rq->resource.product || !rq->resource.product->sealed;
	case SCOPE_PRODUCT:
		return true;
	}
	return false;
}

bool match_reach(const struct rule *r, const struct request *rq, enum action action)
{
	struct asked q = {.at = rq->resource};

	return (r->actions & (UINT32_C(1) << action)) != 0 &&
	    scope_holds(&r->scope, &q.at, asked_domain(&q)) && has_authority(r, rq, action);
}

/* ---- the caller ---- */

/* This is where most time goes with many rules and many groups: the first byte spares nearly every
 * call. */
static bool has(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->len; i++) {
		if (l->items[i][0] == s[0] && strcmp(l->items[i], s) == 0)
			return true;
	}
	return false;
}

static bool lists_meet(const struct strlist *a, const struct strlist *b)
{
	for (size_t i = 0; i < a->len; i++) {
		if (has(b, a->items[i]))
			return true;
	}
	return false;
}

static bool is_member(const struct principal *p, const struct product *product, int64_t now_ns)
{
	for (size_t i = 0; product && i < product->team_len; i++) {
		const struct member *m = &product->team[i];
		bool on_duty = m->date_in_ns <= now_ns &&
		    (m->date_out_ns == WHEN_NONE || now_ns < m->date_out_ns);

		if (on_duty && m->username &&
		    (str_eq(m->username, p->user) || strlist_has(&p->emails, m->username)))
			return true;
	}
	return false;
}

static bool selects_caller(const struct principal_sel *s, const struct request *rq)
{
	const struct principal *p = rq->principal;

	return s->any || (p->user && strlist_has(&s->users, p->user)) ||
	    lists_meet(&s->groups, &p->groups) || lists_meet(&s->roles, &p->roles) ||
	    (s->team && is_member(p, rq->resource.product, rq->context->now_ns));
}

static bool in_force(int64_t from_ns, int64_t until_ns, int64_t now_ns)
{
	return from_ns <= now_ns && (until_ns == WHEN_NONE || now_ns < until_ns);
}

bool match_exemption(const struct rule *r, const struct ruleset *from, const struct exemption *e,
    const struct request *rq)
{
	struct asked q = {.at = rq->resource};

	return r->delegable && r->effect != EFFECT_PERMIT &&
	    (r->scope.level == SCOPE_MESH || r->scope.level == SCOPE_DOMAIN) &&
	    str_eq(e->rule, r->id) && from->scope.level == SCOPE_PRODUCT &&
	    scope_holds(&from->scope, &q.at, asked_domain(&q));
}

/* An exemption without an end was approved by nobody. */
static bool is_exempt(const struct rule *r, const struct request *rq)
{
	const struct ruleset *from = rq->rules.product;
	int64_t now_ns = rq->context->now_ns;

	if (!from || !r->delegable)
		return false;
	for (size_t i = 0; i < from->exemptions_len; i++) {
		const struct exemption *e = &from->exemptions[i];

		if (match_exemption(r, from, e, rq) && e->until_ns != WHEN_NONE &&
		    in_force(e->from_ns, e->until_ns, now_ns) && selects_caller(&e->principals, rq))
			return true;
	}
	return false;
}

bool match_caller(const struct rule *r, const struct request *rq)
{
	const struct context *context = rq->context;

	if (context->break_glass ? r->overridable_break_glass
				 : r->break_glass && r->effect == EFFECT_PERMIT)
		return false;
	return in_force(r->from_ns, r->until_ns, context->now_ns) &&
	    selects_caller(&r->principals, rq) && !selects_caller(&r->except, rq) &&
	    !is_exempt(r, rq);
}

bool match_conditions(const struct rule *r, const struct request *rq, const struct asked *q)
{
	struct scene at = {.principal = rq->principal, .context = rq->context, .asked = q};
	struct cond_mode mode = {.undecided = r->effect != EFFECT_PERMIT};

	if (r->when && !cond_holds(r->when, &at, mode))
		return false;
	mode.negated = true;
	return !r->unless || cond_holds(r->unless, &at, mode);
}

bool match_rule(const struct rule *r, const struct request *rq, enum action action)
{
	struct asked q = {.at = rq->resource};

	return match_reach(r, rq, action) && match_resource(r, &q) && match_column(r, &q) &&
	    match_caller(r, rq) && match_conditions(r, rq, &q);
}
