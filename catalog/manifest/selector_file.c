#include "catalog/manifest/selector_file.h"

#include <string.h>

#include "catalog/manifest/vocabulary.h"

static bool is_true(struct reader *r, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = reader_value(r, map, key, READER_OPTIONAL);

	if (!n || (n->type == YAML_BOOL && n->i))
		return n != NULL;
	reader_error(r, "policy-principals", n, "write '%s: true' or leave it out", key);
	return false;
}

bool selector_file_principals(
    struct reader *r, const struct yaml_node *n, struct principal_sel *ret)
{
	static const char *const keys[] = {"any", "team", "users", "groups", "roles", NULL};

	size_t errors = r->diags->errors;

	if (!reader_map(r, n, "a choice of principals"))
		return false;
	reader_keys(r, n, keys);
	ret->any = is_true(r, n, "any");
	ret->team = is_true(r, n, "team");
	ret->users = reader_strings(r, n, "users", READER_OPTIONAL);
	ret->groups = reader_strings(r, n, "groups", READER_OPTIONAL);
	ret->roles = reader_strings(r, n, "roles", READER_OPTIONAL);
	if (ret->any || ret->team || ret->users.len || ret->groups.len || ret->roles.len)
		return true;
	if (r->diags->errors == errors)
		reader_error(r, "policy-principals", n,
		    "selects nobody; name users, groups or roles, or write team: true or any: true");
	return false;
}

static struct strlist read_tags(
    struct reader *r, const struct yaml_node *n, const char *key, const struct mesh *m)
{
	const struct yaml_node *list = reader_value(r, n, key, READER_OPTIONAL);

	for (size_t i = 0; list && list->type == YAML_SEQ && i < list->len; i++)
		if (m && yaml_str(list->items[i]))
			vocabulary_tag(r, list->items[i], m);
	return reader_strings(r, n, key, READER_OPTIONAL);
}

static void tag_selector(
    struct reader *r, const struct yaml_node *map, const struct mesh *m, struct tag_sel *ret)
{
	static const char *const keys[] = {"any", "all", "none", NULL};
	const struct yaml_node *n = reader_value(r, map, "tags", READER_OPTIONAL);

	if (!n || !reader_map(r, n, "'tags'"))
		return;
	reader_keys(r, n, keys);
	ret->any = read_tags(r, n, "any", m);
	ret->all = read_tags(r, n, "all", m);
	ret->none = read_tags(r, n, "none", m);
	if (!ret->any.len && !ret->all.len && !ret->none.len)
		reader_error(
		    r, "policy-selector", n, "'tags' selects nothing; give any, all or none a tag");
}

static uint64_t ranks_up_to(int rank)
{
	return rank >= 63 ? UINT64_MAX : (UINT64_C(1) << (rank + 1)) - 1;
}

static uint64_t ranks_in(struct reader *r, const struct yaml_node *n, const struct mesh *m)
{
	const struct yaml_node *list = reader_list(r, n, "in", READER_OPTIONAL);
	uint64_t ranks = 0;

	if (!list)
		return UINT64_MAX;
	if (list->len == 0)
		reader_error(r, "policy-selector", list, "'in' is empty");
	for (size_t i = 0; m && i < list->len; i++) {
		int rank = vocabulary_rank(r, list->items[i], m);

		if (rank >= 0)
			ranks |= UINT64_C(1) << rank;
	}
	return ranks;
}

static int rank_of(
    struct reader *r, const struct yaml_node *map, const char *key, const struct mesh *m)
{
	const struct yaml_node *n = reader_value(r, map, key, READER_OPTIONAL);

	return n && m ? vocabulary_rank(r, n, m) : -1;
}

/* After a reported error the selection is of no matter: the rule is not in force. */
static void class_selector(
    struct reader *r, const struct yaml_node *map, const struct mesh *m, struct class_sel *ret)
{
	static const char *const keys[] = {"in", "atLeast", "atMost", NULL};
	const struct yaml_node *n = reader_value(r, map, "classification", READER_OPTIONAL);
	int least, most;

	if (!n || !reader_map(r, n, "'classification'"))
		return;
	reader_keys(r, n, keys);
	least = rank_of(r, n, "atLeast", m);
	most = rank_of(r, n, "atMost", m);
	ret->given = true;
	ret->ranks = ranks_in(r, n, m);
	if (least > 0)
		ret->ranks &= ~ranks_up_to(least - 1);
	if (most >= 0)
		ret->ranks &= ranks_up_to(most);
	if (n->len == 0 || (least >= 0 && most >= 0 && least > most))
		reader_error(r, "policy-selector", n, "'classification' selects nothing");
}

static void column_selector(
    struct reader *r, const struct yaml_node *map, const struct mesh *m, struct selector *ret)
{
	static const char *const keys[] = {"names", "tags", "classification", NULL};
	const struct yaml_node *n = reader_value(r, map, "columns", READER_OPTIONAL);

	if (!n || !reader_map(r, n, "'columns'"))
		return;
	reader_keys(r, n, keys);
	ret->has_columns = true;
	ret->column_names = reader_strings(r, n, "names", READER_OPTIONAL);
	tag_selector(r, n, m, &ret->column_tags);
	class_selector(r, n, m, &ret->column_classification);
	if (n->len == 0)
		reader_error(r, "policy-selector", n,
		    "'columns' selects nothing; give names, tags or classification");
}

/* An empty list would read as "all", which nobody means who writes it. */
static struct strlist globs(struct reader *r, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *list = reader_value(r, map, key, READER_OPTIONAL);

	if (list && list->type == YAML_SEQ && list->len == 0)
		reader_error(
		    r, "policy-selector", list, "'%s' is empty; leave it out to select all", key);
	return reader_strings(r, map, key, READER_OPTIONAL);
}

bool selector_file_resources(
    struct reader *r, const struct yaml_node *n, const struct mesh *m, struct selector *ret)
{
	static const char *const keys[] = {"domains", "products", "ports", "objects", "status",
	    "tags", "classification", "columns", NULL};

	if (!reader_map(r, n, "'resources'"))
		return false;
	reader_keys(r, n, keys);
	ret->domains = globs(r, n, "domains");
	ret->products = globs(r, n, "products");
	ret->ports = globs(r, n, "ports");
	ret->objects = globs(r, n, "objects");
	ret->status = globs(r, n, "status");
	tag_selector(r, n, m, &ret->tags);
	class_selector(r, n, m, &ret->classification);
	column_selector(r, n, m, ret);
	return true;
}
