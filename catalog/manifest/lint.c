#include "catalog/manifest/loading.h"

struct lint {
	const struct rule *rule;
	const struct principals *principals;
	struct diag_list *diags;
};

static bool is_role(const struct principals *p, const char *name)
{
	for (size_t i = 0; i < p->roles_len; i++)
		if (str_eq(p->roles[i].name, name))
			return true;
	return false;
}

static void check_roles(struct lint *l, const struct strlist *roles)
{
	struct diag_pos pos = {l->rule->file, l->rule->line, 1};

	for (size_t i = 0; i < roles->len; i++)
		if (!is_role(l->principals, roles->items[i]))
			diag_add(l->diags, DIAG_WARNING, "lint-role", pos,
			    "rule '%s' names the role '%s', which principals.yaml does not have: nobody is in it",
			    l->rule->id, roles->items[i]);
}

void lint_roles(const struct ruleset *rs, const struct principals *p, struct diag_list *diags)
{
	for (size_t i = 0; i < rs->len; i++) {
		struct lint l = {&rs->rules[i], p, diags};

		check_roles(&l, &l.rule->principals.roles);
		check_roles(&l, &l.rule->except.roles);
		check_roles(&l, &l.rule->approvers.roles);
	}
}
