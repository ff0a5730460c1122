#include "catalog/manifest/rule_file.h"

#include <string.h>

#include "catalog/base/when.h"
#include "catalog/manifest/condition_file.h"
#include "catalog/manifest/mask_file.h"
#include "catalog/manifest/selector_file.h"

#define READ_ONLY (1u << ACTION_READ)

static const char *const effects[] = {
    [EFFECT_PERMIT] = "permit",
    [EFFECT_FORBID] = "forbid",
    [EFFECT_RESTRICT] = "restrict",
    NULL,
};

static void read_actions(struct reader *r, const struct yaml_node *n, struct rule *rule)
{
	const struct yaml_node *list = reader_list(r, n, "actions", READER_REQUIRED);

	for (size_t i = 0; list && i < list->len; i++) {
		const char *s = yaml_str(list->items[i]);
		int a = s ? action_parse(s) : -1;

		if (a >= 0)
			rule->actions |= 1u << a;
		else
			reader_error(r, "policy-action", list->items[i],
			    "no such action; there are discover, list, readMetadata, readCode, readQuality, readPolicy, "
			    "readAudit, read, requestAccess and approveAccess");
	}
	if (list && list->len == 0)
		reader_error(
		    r, "policy-action", list, "'actions' is empty; a rule is about at least one");
}

static void read_principals(struct reader *r, const struct yaml_node *n, struct rule *rule)
{
	const struct yaml_node *who = reader_value(r, n, "principals", READER_REQUIRED);
	const struct yaml_node *except = reader_value(r, n, "except", READER_OPTIONAL);

	if (who)
		(void)selector_file_principals(r, who, &rule->principals);
	if (except)
		(void)selector_file_principals(r, except, &rule->except);
}

static const struct cond *read_condition(
    struct reader *r, const struct yaml_node *n, const char *key, const struct condition_want *want)
{
	const struct yaml_node *c = reader_value(r, n, key, READER_OPTIONAL);

	return c ? condition_file_read(r, c, want) : NULL;
}

static void read_conditions(
    struct reader *r, const struct yaml_node *n, const struct mesh *m, struct rule *rule)
{
	struct condition_want plain = {m, false}, rows = {m, true};

	rule->when = read_condition(r, n, "when", &plain);
	rule->unless = read_condition(r, n, "unless", &plain);
	rule->rows = read_condition(r, n, "rows", &rows);
}

static void read_validity(struct reader *r, const struct yaml_node *n, struct rule *rule)
{
	static const char *const keys[] = {"from", "until", NULL};
	const struct yaml_node *v = reader_value(r, n, "validity", READER_OPTIONAL);

	rule->from_ns = WHEN_NONE;
	rule->until_ns = WHEN_NONE;
	if (!v || !reader_map(r, v, "'validity'"))
		return;
	reader_keys(r, v, keys);
	rule->from_ns = reader_time(r, v, "from", READER_OPTIONAL);
	rule->until_ns = reader_time(r, v, "until", READER_OPTIONAL);
	if (!yaml_get(v, "from") && !yaml_get(v, "until"))
		reader_error(r, "policy-validity", v, "'validity' needs from or until");
	else if (rule->until_ns != WHEN_NONE && rule->from_ns >= rule->until_ns)
		reader_error(r, "policy-validity", v, "'from' must lie before 'until'");
}

static void read_break_glass(struct reader *r, const struct yaml_node *n, struct rule *rule)
{
	static const char *const keys[] = {
	    "maxDuration", "minReason", "notify", "reviewWithin", NULL};
	const struct yaml_node *b = reader_value(r, n, "breakGlass", READER_OPTIONAL);
	struct reader_range length = {0, 10000, 0};

	if (!b || !reader_map(r, b, "'breakGlass'"))
		return;
	if (rule->effect != EFFECT_PERMIT)
		reader_error(r, "policy-effect", b, "'breakGlass' belongs to a permit");
	reader_keys(r, b, keys);
	rule->break_glass = true;
	rule->break_glass_max_ns = reader_duration(r, b, "maxDuration", READER_REQUIRED);
	(void)reader_int(r, b, "minReason", length);
	(void)reader_duration(r, b, "reviewWithin", READER_OPTIONAL);
	rule->notify = reader_strings(r, b, "notify", READER_OPTIONAL);
}

static void read_doors(struct reader *r, const struct yaml_node *n, struct rule *rule)
{
	static const char *const keys[] = {"approvers", "maxDuration", NULL};
	static const char *const glass[] = {"breakGlass", NULL};
	const struct yaml_node *d = reader_value(r, n, "delegable", READER_OPTIONAL), *who;

	rule->overridable_break_glass = reader_enum(r, n, "overridable", glass) == 0;
	if (!d || !reader_map(r, d, "'delegable'"))
		return;
	if (rule->effect == EFFECT_PERMIT)
		reader_error(
		    r, "policy-effect", d, "'delegable' belongs to a forbid or a restrict");
	reader_keys(r, d, keys);
	rule->delegable = true;
	rule->delegable_max_ns = reader_duration(r, d, "maxDuration", READER_OPTIONAL);
	who = reader_value(r, d, "approvers", READER_REQUIRED);
	if (who && selector_file_principals(r, who, &rule->approvers) &&
	    (rule->approvers.any || rule->approvers.team))
		reader_error(r, "policy-delegable", who,
		    "approvers are users, groups or roles, not everybody");
}

/* The effects that a restrict alone may have. */
static void read_restrictions(struct reader *r, const struct yaml_node *n, struct rule *rule)
{
	static const char *const own[] = {"mask", "limit", "minGroup", "notify", "recheck", NULL};
	const struct yaml_node *mask = reader_value(r, n, "mask", READER_OPTIONAL);
	struct reader_range positive = {1, INT64_MAX, 0};

	if (rule->effect != EFFECT_RESTRICT) {
		for (int i = 0; own[i]; i++)
			if (yaml_get(n, own[i]))
				reader_error(r, "policy-effect", yaml_get(n, own[i]),
				    "'%s' belongs to a restrict, not to a %s", own[i],
				    effects[rule->effect]);
		return;
	}
	if (mask)
		(void)mask_file_read(r, mask, &rule->mask);
	rule->limit = reader_int(r, n, "limit", positive);
	rule->min_group = reader_int(r, n, "minGroup", positive);
	rule->notify = reader_strings(r, n, "notify", READER_OPTIONAL);
	rule->recheck = reader_bool(r, n, "recheck", false);
	if (!mask && !yaml_get(n, "rows") && !rule->limit && !rule->min_group &&
	    !rule->notify.len && !rule->recheck)
		reader_error(r, "policy-effect", n,
		    "this restrict restricts nothing; give it mask, rows, limit, minGroup, notify or recheck");
}

/* What the effect and the actions must agree on. */
static void check_effect(struct reader *r, const struct yaml_node *n, const struct rule *rule)
{
	const struct yaml_node *actions = yaml_get(n, "actions"), *rows = yaml_get(n, "rows");

	if (!rule->actions)
		return;
	if (rule->effect == EFFECT_RESTRICT && rule->actions != READ_ONLY)
		reader_error(
		    r, "policy-effect", actions, "a restrict is about 'read' and no other action");
	if (rows && rule->effect == EFFECT_FORBID)
		reader_error(r, "policy-effect", rows, "'rows' belongs to a permit or a restrict");
	if (rows && !(rule->actions & READ_ONLY))
		reader_error(r, "policy-effect", rows, "'rows' needs the action 'read'");
	if (rule->resources.has_columns && rule->actions != READ_ONLY)
		reader_error(r, "policy-effect", actions,
		    "a rule with 'columns' matches columns, which 'read' alone looks at; move the other actions to a "
		    "rule of their own");
}

static void read_resources(
    struct reader *r, const struct yaml_node *n, const struct mesh *m, struct rule *rule)
{
	const struct yaml_node *res = reader_value(r, n, "resources", READER_OPTIONAL);

	if (res)
		(void)selector_file_resources(r, res, m, &rule->resources);
}

bool rule_file_read(
    struct reader *r, const struct yaml_node *n, const struct rule_want *want, struct rule *ret)
{
	static const char *const keys[] = {"id", "description", "effect", "principals", "except",
	    "actions", "resources", "when", "unless", "rows", "validity", "mask", "limit",
	    "minGroup", "notify", "recheck", "overridable", "breakGlass", "delegable", NULL};
	size_t errors = r->diags->errors;
	int effect;

	if (!reader_map(r, n, "a rule"))
		return false;
	reader_keys(r, n, keys);
	memset(ret, 0, sizeof(*ret));
	ret->policy = want->policy;
	ret->scope = want->scope;
	ret->file = want->file;
	ret->line = n->line;
	ret->id = reader_name(r, n, "id", READER_REQUIRED);
	(void)reader_prose(r, n, "description");
	(void)reader_value(r, n, "effect", READER_REQUIRED);
	effect = reader_enum(r, n, "effect", effects);
	ret->effect = effect < 0 ? EFFECT_FORBID : (enum effect)effect;
	read_actions(r, n, ret);
	read_principals(r, n, ret);
	read_resources(r, n, want->mesh, ret);
	read_conditions(r, n, want->mesh, ret);
	read_validity(r, n, ret);
	if (effect >= 0) {
		read_restrictions(r, n, ret);
		read_break_glass(r, n, ret);
		read_doors(r, n, ret);
		check_effect(r, n, ret);
	}
	return r->diags->errors == errors && !r->oom;
}

/* An approval is a user, or `{user, at}` with the time at which it was given. The latest such time goes to *ret_at. */
static const char *read_approval(struct reader *r, const struct yaml_node *n, int64_t *ret_at)
{
	static const char *const keys[] = {"user", "at", NULL};
	int64_t at;

	if (n->type != YAML_MAP)
		return reader_copy(r, reader_word(r, n, "an approval"));
	reader_keys(r, n, keys);
	at = reader_time(r, n, "at", READER_OPTIONAL);
	if (at != WHEN_NONE && (*ret_at == WHEN_NONE || at > *ret_at))
		*ret_at = at;
	return reader_string(r, n, "user", READER_REQUIRED);
}

static void read_approvals(struct reader *r, const struct yaml_node *n, struct exemption *ret)
{
	const struct yaml_node *list = reader_list(r, n, "approvals", READER_REQUIRED);
	int64_t at = WHEN_NONE;

	ret->from_ns = reader_time(r, n, "from", READER_OPTIONAL);
	if (!list)
		return;
	ret->approvals.items = reader_array(r, list->len, sizeof(*ret->approvals.items));
	for (size_t i = 0; ret->approvals.items && i < list->len; i++) {
		const char *user = read_approval(r, list->items[i], &at);

		if (user)
			ret->approvals.items[ret->approvals.len++] = user;
	}
	if (yaml_get(n, "from"))
		return;
	ret->from_ns = at;
	if (at == WHEN_NONE)
		reader_error(r, "policy-exemption", n,
		    "needs 'from', or approvals that say when: approvals: [{user: ..., at: ...}]");
}

bool rule_file_exemption(struct reader *r, const struct yaml_node *n, const struct rule_want *want,
    struct exemption *ret)
{
	static const char *const keys[] = {
	    "rule", "principals", "from", "until", "approvals", "reason", NULL};
	size_t errors = r->diags->errors;
	const struct yaml_node *who;

	if (!reader_map(r, n, "an exemption"))
		return false;
	reader_keys(r, n, keys);
	memset(ret, 0, sizeof(*ret));
	ret->file = want->file;
	ret->line = n->line;
	ret->rule = reader_name(r, n, "rule", READER_REQUIRED);
	who = reader_value(r, n, "principals", READER_REQUIRED);
	if (who)
		(void)selector_file_principals(r, who, &ret->principals);
	ret->until_ns = reader_time(r, n, "until", READER_REQUIRED);
	read_approvals(r, n, ret);
	(void)reader_prose(r, n, "reason");
	if (ret->from_ns != WHEN_NONE && ret->until_ns != WHEN_NONE &&
	    ret->from_ns >= ret->until_ns)
		reader_error(r, "policy-validity", n, "ends before it begins");
	return r->diags->errors == errors && !r->oom;
}
