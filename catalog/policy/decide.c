#include "catalog/policy/match.h"
#include "catalog/policy/reason.h"
#include "catalog/policy/rule_list.h"

struct found {
	struct rule_list forbids, permits;
};

static int find_rules(
    const struct request *rq, enum action action, struct arena *a, struct found *found)
{
	struct rule_walk walk = {0};
	const struct rule *r;

	while ((r = rule_walk_next(&walk, &rq->rules))) {
		int error = 0;

		if (r->effect == EFFECT_RESTRICT || !match_rule(r, rq, action))
			continue;
		error = rule_list_add(
		    r->effect == EFFECT_FORBID ? &found->forbids : &found->permits, r, a);
		if (error)
			return error;
	}
	return 0;
}

static void explain(
    const struct request *rq, enum action action, const struct found *found, struct decision *ret)
{
	struct reason text;

	reason_init(&text, ret->reason, sizeof(ret->reason));
	reason_add(&text, ret->allow ? "allowed: " : "denied: ");
	if (found->forbids.len > 0) {
		reason_add(&text, "%s on ", action_name(action));
		reason_add_resource(&text, &rq->resource);
		reason_add(&text, " is forbidden");
		reason_add_forbids(&text, found->forbids.items, found->forbids.len);
	} else if (found->permits.len > 0) {
		reason_add_rule(&text, found->permits.items[0]);
		if (found->permits.len > 1)
			reason_add(&text, " and %zu more", found->permits.len - 1);
	} else {
		reason_add_no_permit(&text, rq, action);
	}
}

static void deny(struct decision *ret, const char *why)
{
	struct reason text;

	*ret = (struct decision){0};
	reason_init(&text, ret->reason, sizeof(ret->reason));
	reason_add(&text, "denied: %s", why);
}

void policy_decide(
    const struct request *rq, enum action action, struct arena *a, struct decision *ret)
{
	struct found found = {0};

	if (action == ACTION_READ) {
		deny(ret, "read is decided column by column, by a view");
		return;
	}
	if (find_rules(rq, action, a, &found)) {
		deny(ret, "not enough memory to decide");
		return;
	}
	rule_list_sort(&found.forbids);
	rule_list_sort(&found.permits);

	const struct rule_list *decisive = found.forbids.len > 0 ? &found.forbids : &found.permits;

	*ret = (struct decision){
	    .allow = found.forbids.len == 0 && found.permits.len > 0,
	    .rules = decisive->items,
	    .rules_len = decisive->len,
	};
	explain(rq, action, &found, ret);
}
