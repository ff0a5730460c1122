/*
 * effective.yaml: the rules in force at a product, whoever asks and whenever. Rules of wider scopes
 * that select other domains or other products are left out: they can never apply here, and would
 * tell of what others keep.
 */

#include <errno.h>

#include "catalog/base/when.h"
#include "fs/render/render.h"
#include "fs/render/text.h"

static bool selects(const struct strlist *globs, const char *name)
{
	for (size_t i = 0; name && i < globs->len; i++)
		if (str_glob(globs->items[i], name))
			return true;
	return globs->len == 0;
}

static bool concerns(const struct rule *r, const struct product *p)
{
	const struct selector *s = &r->resources;

	return selects(&s->domains, p->domain) && selects(&s->products, p->name);
}

static void write_rules(const struct ruleset *rs, const struct doc_env *env, struct buf *out)
{
	for (size_t i = 0; rs && i < rs->len; i++)
		if (concerns(&rs->rules[i], env->product))
			rule_print(&rs->rules[i], env->ask->resource.mesh, 2, out);
}

/* ---- exemptions ---- */

static void name_list(struct buf *out, const char *key, const struct strlist *l)
{
	if (!l->len)
		return;
	buf_printf(out, "      %s: ", key);
	text_yaml_list(out, l);
	buf_addc(out, '\n');
}

static void time_line(struct buf *out, const char *key, int64_t ns)
{
	char text[TEXT_DATE_CAP];

	if (ns == WHEN_NONE)
		return;
	when_format(ns, 0, text, sizeof(text));
	buf_printf(out, "    %s: %s\n", key, text);
}

static void write_principals(struct buf *out, const struct principal_sel *s)
{
	buf_puts(out, "    principals:\n");
	if (s->any)
		buf_puts(out, "      any: true\n");
	if (s->team)
		buf_puts(out, "      team: true\n");
	name_list(out, "users", &s->users);
	name_list(out, "groups", &s->groups);
	name_list(out, "roles", &s->roles);
}

static void write_exemption(const struct exemption *e, struct buf *out)
{
	buf_puts(out, "  - rule: ");
	buf_yaml(out, e->rule);
	buf_addc(out, '\n');
	write_principals(out, &e->principals);
	time_line(out, "from", e->from_ns);
	time_line(out, "until", e->until_ns);
	buf_puts(out, "    approvals: ");
	text_yaml_list(out, &e->approvals);
	buf_puts(out, "\n    file: ");
	buf_yaml(out, e->file);
	buf_printf(out, "\n    line: %d\n", e->line);
}

/* Only a product's own file can have exemptions (POLICY.md section 4). */
static void write_exemptions(const struct ruleset *rs, struct buf *out)
{
	if (!rs || !rs->exemptions_len) {
		buf_puts(out, "exemptions: []\n");
		return;
	}
	buf_puts(out,
	    "exemptions: # who is excepted from a rule above, by its approvers and until when\n");
	for (size_t i = 0; i < rs->exemptions_len; i++)
		write_exemption(&rs->exemptions[i], out);
}

/* ---- the document ---- */

static void write_head(const struct doc_env *env, struct buf *out)
{
	const struct product *p = env->product;
	const struct domain *domain = env->ask->rules.domain_info;

	text_yaml_comment(out,
	    "The rules in force here, from wide to narrow. What no permit matches is denied; a forbid overrides every");
	text_yaml_comment(out,
	    "permit; a restrict masks, filters or limits what is permitted. A mesh rule may permit read only where the");
	text_yaml_comment(
	    out, "domain lists it in meshMayGrant, and a domain's rule none of a sealed product.");
	buf_puts(out, "domain: ");
	buf_yaml(out, p->domain);
	buf_puts(out, "\nproduct: ");
	buf_yaml(out, p->name);
	buf_puts(out, "\nversion: ");
	buf_yaml(out, p->version);
	buf_puts(out, "\nstatus: ");
	buf_yaml(out, p->status);
	buf_printf(out, "\nsealed: %s\nmeshMayGrant: ", p->sealed ? "true" : "false");
	text_yaml_list(out, domain ? &domain->mesh_may_grant : &(struct strlist){0});
	buf_puts(out, "\nclassifications: ");
	text_yaml_list(out, &env->ask->resource.mesh->classifications);
	buf_puts(out, " # least to most sensitive; rules name them by rank, from 0\n");
}

int render_effective(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	const struct rules_in_force *rules = &env->ask->rules;
	const struct ruleset *sets[] = {
	    policy_builtin(), rules->mesh, rules->domain, rules->product};

	(void)d;
	write_head(env, out);
	buf_puts(out, "rules:\n");
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		write_rules(sets[i], env, out);
	write_exemptions(rules->product, out);
	return buf_error(out);
}
