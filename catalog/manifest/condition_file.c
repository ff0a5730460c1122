#include "catalog/manifest/condition_file.h"

#include <string.h>

#include "catalog/manifest/atom_file.h"

static bool read_into(struct reader *r, const struct yaml_node *n,
    const struct condition_want *want, struct cond *ret);

static bool read_kids(struct reader *r, const struct yaml_node *list,
    const struct condition_want *want, struct cond *ret)
{
	struct cond *kids;
	bool ok = true;

	if (list->type != YAML_SEQ || list->len == 0) {
		reader_error(r, "policy-condition", list,
		    "'%s' needs a list of conditions that is not empty",
		    ret->kind == COND_ALL ? "all" : "any");
		return false;
	}
	kids = reader_array(r, list->len, sizeof(*kids));
	if (!kids)
		return false;
	for (size_t i = 0; i < list->len; i++)
		ok &= read_into(r, list->items[i], want, &kids[i]);
	ret->kids = kids;
	ret->len = list->len;
	return ok;
}

static bool read_not(struct reader *r, const struct yaml_node *n, const struct condition_want *want,
    struct cond *ret)
{
	struct cond *kid = reader_array(r, 1, sizeof(*kid));

	ret->kids = kid;
	ret->len = 1;
	return kid && read_into(r, n, want, kid);
}

static bool read_pair(struct reader *r, const struct yaml_pair *p,
    const struct condition_want *want, struct cond *ret)
{
	ret->line = p->line;
	if (str_eq(p->key, "all") || str_eq(p->key, "any")) {
		ret->kind = p->key[1] == 'l' ? COND_ALL : COND_ANY;
		return read_kids(r, p->value, want, ret);
	}
	if (str_eq(p->key, "not")) {
		ret->kind = COND_NOT;
		return read_not(r, p->value, want, ret);
	}
	return atom_file_read(r, p, want, ret);
}

static bool read_into(struct reader *r, const struct yaml_node *n,
    const struct condition_want *want, struct cond *ret)
{
	struct cond *kids;
	bool ok = true;

	if (n->type != YAML_MAP || n->len == 0) {
		reader_error(r, "policy-condition", n,
		    "a condition is a map: all, any, not, or an operand with an operation such as "
		    "purpose: {in: [billing]}");
		return false;
	}
	if (n->len == 1)
		return read_pair(r, &n->pairs[0], want, ret);
	kids = reader_array(r, n->len, sizeof(*kids));
	if (!kids)
		return false;
	for (size_t i = 0; i < n->len; i++)
		ok &= read_pair(r, &n->pairs[i], want, &kids[i]);
	ret->kind = COND_ALL;
	ret->line = n->line;
	ret->kids = kids;
	ret->len = n->len;
	return ok;
}

const struct cond *condition_file_read(
    struct reader *r, const struct yaml_node *n, const struct condition_want *want)
{
	struct cond *c = reader_array(r, 1, sizeof(*c));

	return c && read_into(r, n, want, c) && !r->oom ? c : NULL;
}
