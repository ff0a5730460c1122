#include <string.h>

#include "catalog/base/when.h"
#include "catalog/manifest/loading.h"

/*
 * A permit of the mesh to read needs nothing here: the engine asks whether the domain lists it. What is checked: that the
 * domain lists rules that exist, that a rule speaks of its own scope alone, and that an exemption has its approval.
 */

struct scrutiny {
	struct loading *g;
	const struct ruleset *rules; /* those under scrutiny */
};

static const struct rule *find_rule(const struct ruleset *rs, const char *id)
{
	for (size_t i = 0; rs && i < rs->len; i++)
		if (str_eq(rs->rules[i].id, id))
			return &rs->rules[i];
	return NULL;
}

static void check_grants(struct loading *g, const struct yaml_node *domain_yaml, const char *file)
{
	const struct yaml_node *list = yaml_get(
	    yaml_get(domain_yaml, "delegation"), "meshMayGrant");

	for (size_t i = 0; list && list->type == YAML_SEQ && i < list->len; i++) {
		const char *id = yaml_str(list->items[i]);
		const struct rule *rule = id ? find_rule(g->l->head.rules, id) : NULL;
		struct diag_pos pos = yaml_pos(file, list->items[i]);

		if (id && !rule)
			diag_add(g->l->diags, DIAG_ERROR, "authority-grant", pos,
			    "the mesh has no rule '%s' in force; correct the id or leave it out",
			    id);
		else if (rule &&
		    (rule->effect != EFFECT_PERMIT || !(rule->actions & 1u << ACTION_READ)))
			diag_add(g->l->diags, DIAG_WARNING, "authority-grant", pos,
			    "the rule '%s' permits no read, so listing it has no effect", id);
	}
}

/* ---- scope ---- */

static void check_globs(
    struct scrutiny *s, const struct rule *rule, const struct strlist *globs, const char *own)
{
	struct diag_pos pos = {rule->file, rule->line, 1};

	for (size_t i = 0; i < globs->len; i++)
		if (!str_glob(globs->items[i], own))
			diag_add(s->g->l->diags, DIAG_ERROR, "authority-scope", pos,
			    "rule '%s' names '%s', which lies outside its scope, '%s'; a rule about more belongs into the "
			    "policies of a higher scope",
			    rule->id, globs->items[i], own);
}

static void check_scope(struct scrutiny *s, const struct rule *rule)
{
	check_globs(s, rule, &rule->resources.domains, s->rules->scope.domain);
	if (s->rules->scope.level == SCOPE_PRODUCT)
		check_globs(s, rule, &rule->resources.products, s->rules->scope.product);
}

/* ---- exemptions ---- */

static bool in_role(const struct principals *p, const struct strlist *roles, const char *user)
{
	for (size_t i = 0; i < p->roles_len; i++)
		if (strlist_has(roles, p->roles[i].name) && strlist_has(&p->roles[i].users, user))
			return true;
	return false;
}

/* Who is in a group is known to the operating system where the mesh is mounted, not here. */
static bool may_approve(
    const struct principals *p, const struct principal_sel *approvers, const char *who)
{
	const char *user = principals_user(p, who);

	return strlist_has(&approvers->users, who) || in_role(p, &approvers->roles, who) ||
	    (user && (strlist_has(&approvers->users, user) || in_role(p, &approvers->roles, user)));
}

static bool is_approved(
    const struct principals *p, const struct rule *rule, const struct exemption *e)
{
	for (size_t i = 0; i < e->approvals.len; i++)
		if (may_approve(p, &rule->approvers, e->approvals.items[i]))
			return true;
	return false;
}

static void check_door(struct scrutiny *s, const struct rule *rule, const struct exemption *e)
{
	struct diag_list *diags = s->g->l->diags;
	struct diag_pos pos = {e->file, e->line, 1};
	int64_t length;

	if (!rule->delegable)
		diag_add(diags, DIAG_ERROR, "authority-exemption", pos,
		    "rule '%s' (%s:%d) is not delegable, so nothing can be exempt from it",
		    rule->id, rule->file, rule->line);
	else if (!is_approved(&s->g->l->head.principals, rule, e))
		diag_add(diags, DIAG_ERROR, "authority-exemption", pos,
		    "the exemption from '%s' lacks the approval of one whom %s:%d names: 'approvals' must list a user of "
		    "delegable.approvers, by name or as a user of one of its roles in principals.yaml",
		    rule->id, rule->file, rule->line);
	if (!rule->delegable || !rule->delegable_max_ns)
		return;
	if (__builtin_sub_overflow(e->until_ns, e->from_ns, &length) ||
	    length > rule->delegable_max_ns)
		diag_add(diags, DIAG_ERROR, "authority-exemption", pos,
		    "the exemption from '%s' lasts longer than the %lld days that %s:%d allows; bring 'until' forward",
		    rule->id, (long long)(rule->delegable_max_ns / (86400 * WHEN_NS_PER_SEC)),
		    rule->file, rule->line);
}

static void check_exemption(struct scrutiny *s, const struct exemption *e)
{
	const struct rule *mesh = find_rule(s->g->l->head.rules, e->rule);
	const struct rule *domain = find_rule(s->g->d->rules, e->rule);
	struct diag_pos pos = {e->file, e->line, 1};

	if (mesh)
		check_door(s, mesh, e);
	if (domain)
		check_door(s, domain, e);
	if (!mesh && !domain)
		diag_add(s->g->l->diags, DIAG_ERROR, "authority-exemption", pos,
		    "neither the mesh nor the domain has a rule '%s' in force; an exemption is from a rule of a higher "
		    "scope",
		    e->rule);
}

static void check_rules(struct loading *g, const struct ruleset *rs)
{
	struct scrutiny s = {g, rs};

	for (size_t i = 0; rs && i < rs->len; i++)
		check_scope(&s, &rs->rules[i]);
	for (size_t i = 0; rs && i < rs->exemptions_len; i++)
		check_exemption(&s, &rs->exemptions[i]);
	if (rs)
		lint_roles(rs, &g->l->head.principals, g->l->diags);
}

/* All versions of a product share its policies; those of the current one are looked at, or of the only one there is. */
static bool is_first_version(const struct loading *g, size_t i)
{
	return i == 0 || !str_eq(g->d->products[i - 1]->name, g->d->products[i]->name);
}

void authority_check(struct loading *g, const struct yaml_node *domain_yaml, const char *file)
{
	if (g->l->head_ok)
		check_grants(g, domain_yaml, file);
	check_rules(g, g->d->rules);
	for (size_t i = 0; i < g->d->products_len; i++)
		if (is_first_version(g, i))
			check_rules(g, g->d->products[i]->rules);
}
