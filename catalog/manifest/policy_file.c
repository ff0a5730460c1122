#include "catalog/manifest/policy_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/manifest/rule_file.h"

struct ruleset *ruleset_new(struct scope scope)
{
	struct ruleset *rs = calloc(1, sizeof(*rs));

	if (!rs)
		return NULL;
	arena_init(&rs->arena);
	rs->scope.level = scope.level;
	rs->scope.domain = arena_strdup(&rs->arena, scope.domain);
	rs->scope.product = arena_strdup(&rs->arena, scope.product);
	if ((scope.domain && !rs->scope.domain) || (scope.product && !rs->scope.product)) {
		ruleset_free(rs);
		return NULL;
	}
	return rs;
}

int policy_file_scope(const char *text, struct arena *a, struct scope *ret)
{
	struct scope s = {SCOPE_MESH, NULL, NULL};
	const char *slash;

	if (str_starts(text, "domain:")) {
		s.level = SCOPE_DOMAIN;
		s.domain = arena_strdup(a, text + strlen("domain:"));
		if (!s.domain)
			return -ENOMEM;
	} else if (str_starts(text, "product:")) {
		text += strlen("product:");
		slash = strchr(text, '/');
		if (!slash)
			return -EINVAL;
		s.level = SCOPE_PRODUCT;
		s.domain = arena_strndup(a, text, (size_t)(slash - text));
		s.product = arena_strdup(a, slash + 1);
		if (!s.domain || !s.product)
			return -ENOMEM;
		if (!str_is_name(s.product))
			return -EINVAL;
	} else if (!str_eq(text, "mesh")) {
		return -EINVAL;
	}
	if (s.domain && !str_is_name(s.domain))
		return -EINVAL;
	*ret = s;
	return 0;
}

static const char *scope_text(const struct scope *s, struct reader *r)
{
	if (s->level == SCOPE_DOMAIN)
		return reader_made(r, arena_printf(r->arena, "domain:%s", s->domain));
	if (s->level == SCOPE_PRODUCT)
		return reader_made(
		    r, arena_printf(r->arena, "product:%s/%s", s->domain, s->product));
	return "mesh";
}

static void check_scope(struct reader *r, const struct yaml_node *root, const struct ruleset *rs)
{
	const struct yaml_node *n = reader_value(r, root, "scope", READER_REQUIRED);
	const char *want = scope_text(&rs->scope, r);

	if (n && want && !str_eq(yaml_str(n), want))
		reader_error(r, "policy-scope", n,
		    "a policy that lies here has 'scope: %s'; write that, or move the file", want);
}

static bool id_is_taken(
    struct reader *r, const struct yaml_node *n, const char *id, const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->len; i++) {
		if (!str_eq(rs->rules[i].id, id))
			continue;
		reader_error(r, "duplicate-rule", n,
		    "rule '%s' stands already in %s:%d; ids are unique within a scope", id,
		    rs->rules[i].file, rs->rules[i].line);
		return true;
	}
	return false;
}

/* Appends the list's rules behind those that are there: the array is made anew, the old one stays in the arena. */
static void read_rules(struct reader *r, const struct yaml_node *list, const struct rule_want *want,
    struct ruleset *rs)
{
	struct rule *rules = reader_array(r, rs->len + list->len, sizeof(*rules));

	if (!rules)
		return;
	if (rs->len)
		memcpy(rules, rs->rules, rs->len * sizeof(*rules));
	rs->rules = rules;
	for (size_t i = 0; i < list->len; i++) {
		struct rule *rule = &rules[rs->len];

		if (rule_file_read(r, list->items[i], want, rule) &&
		    !id_is_taken(r, list->items[i], rule->id, rs))
			rs->len++;
	}
}

static void read_exemptions(struct reader *r, const struct yaml_node *list,
    const struct rule_want *want, struct ruleset *rs)
{
	struct exemption *all = reader_array(r, rs->exemptions_len + list->len, sizeof(*all));

	if (rs->scope.level != SCOPE_PRODUCT) {
		reader_error(
		    r, "policy-exemption", list, "exemptions stand in the policies of a product");
		return;
	}
	if (!all)
		return;
	if (rs->exemptions_len)
		memcpy(all, rs->exemptions, rs->exemptions_len * sizeof(*all));
	rs->exemptions = all;
	for (size_t i = 0; i < list->len; i++)
		if (rule_file_exemption(r, list->items[i], want, &all[rs->exemptions_len]))
			rs->exemptions_len++;
}

static bool is_active(struct reader *r, const struct yaml_node *root)
{
	static const char *const states[] = {
	    "active", "draft", "proposed", "deprecated", "retired", NULL};

	return !reader_value(r, root, "status", READER_OPTIONAL) ||
	    reader_enum(r, root, "status", states) == 0;
}

static void read_policy(
    struct reader *r, const struct yaml_node *root, const struct mesh *m, struct ruleset *rs)
{
	static const char *const keys[] = {"apiVersion", "kind", "id", "name", "description",
	    "scope", "version", "status", "rules", "exemptions", NULL};
	const struct yaml_node *rules, *exemptions;
	size_t len = rs->len, exemptions_len = rs->exemptions_len;
	struct rule_want want = {.mesh = m, .scope = rs->scope};

	if (!reader_head(r, root, "AccessPolicy"))
		return;
	reader_keys(r, root, keys);
	check_scope(r, root, rs);
	want.policy = reader_name(r, root, "id", READER_REQUIRED);
	want.file = reader_copy(r, r->file);
	(void)reader_prose(r, root, "name");
	(void)reader_prose(r, root, "description");
	(void)reader_scalar(r, root, "version", READER_OPTIONAL);
	exemptions = reader_list(r, root, "exemptions", READER_OPTIONAL);
	rules = reader_list(r, root, "rules", exemptions ? READER_OPTIONAL : READER_REQUIRED);
	if (rules)
		read_rules(r, rules, &want, rs);
	if (exemptions)
		read_exemptions(r, exemptions, &want, rs);
	if (!is_active(r, root)) {
		rs->len = len;
		rs->exemptions_len = exemptions_len;
	}
}

int policy_file_read(const struct yaml_node *root, const char *file, const struct mesh *m,
    struct ruleset *rs, struct diag_list *diags)
{
	struct reader r = {file, &rs->arena, diags, false};

	read_policy(&r, root, m, rs);
	return r.oom || diags->oom ? -ENOMEM : 0;
}

int policy_file_load(const struct policy_source *src, const struct mesh *m, struct ruleset *rs,
    struct diag_list *diags)
{
	const struct yaml_node *root;
	struct arena tree;
	int rc = 0;

	arena_init(&tree);
	root = yaml_parse(src->file, src->bytes, src->len, &tree, diags);
	if (root)
		rc = policy_file_read(root, src->file, m, rs, diags);
	arena_clear(&tree);
	return rc < 0 || diags->oom ? -ENOMEM : 0;
}
