#include "catalog/manifest/atom_file.h"

#include <string.h>

#include "catalog/base/when.h"
#include "catalog/manifest/literal.h"

/* What is known of an operand's type before a request comes. ANY: attributes and row cells. */
static const struct {
	enum operand_space space;
	const char *name;
	enum value_type type;
} known[] = {
    {OPERAND_CONTEXT, "now", VALUE_TIME},
    {OPERAND_CONTEXT, "weekday", VALUE_INT},
    {OPERAND_CONTEXT, "minuteOfDay", VALUE_INT},
    {OPERAND_CONTEXT, "host", VALUE_STRING},
    {OPERAND_CONTEXT, "breakGlass", VALUE_BOOL},
    {OPERAND_CONTEXT, "purpose", VALUE_STRING},
    {OPERAND_PRINCIPAL, "user", VALUE_STRING},
    {OPERAND_PRINCIPAL, "groups", VALUE_SET},
    {OPERAND_PRINCIPAL, "roles", VALUE_SET},
    {OPERAND_RESOURCE, "domain", VALUE_STRING},
    {OPERAND_RESOURCE, "product", VALUE_STRING},
    {OPERAND_RESOURCE, "port", VALUE_STRING},
    {OPERAND_RESOURCE, "object", VALUE_STRING},
    {OPERAND_RESOURCE, "column", VALUE_STRING},
    {OPERAND_RESOURCE, "status", VALUE_STRING},
    {OPERAND_RESOURCE, "classification", VALUE_STRING},
    {OPERAND_RESOURCE, "tags", VALUE_SET},
};

#define TYPE_ANY VALUE_MISSING

static const char *const op_names[] = {
    [OP_EQ] = "eq",
    [OP_NE] = "ne",
    [OP_IN] = "in",
    [OP_NOT_IN] = "notIn",
    [OP_LT] = "lt",
    [OP_LE] = "le",
    [OP_GT] = "gt",
    [OP_GE] = "ge",
    [OP_LIKE] = "like",
    [OP_NOT_LIKE] = "notLike",
    [OP_CONTAINS] = "contains",
    [OP_PRESENT] = "present",
    [OP_ABSENT] = "absent",
    NULL,
};

static const char *type_name(enum value_type t)
{
	switch (t) {
	case VALUE_BOOL:
		return "a boolean";
	case VALUE_INT:
		return "an integer";
	case VALUE_DECIMAL:
		return "a decimal";
	case VALUE_STRING:
		return "a string";
	case VALUE_TIME:
		return "a time";
	case VALUE_SET:
		return "a set";
	default:
		return "a value";
	}
}

static enum value_type operand_type(const struct operand *o)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].space == o->space && str_eq(known[i].name, o->name))
			return known[i].type;
	return TYPE_ANY;
}

static bool parse_operand(struct reader *r, const char *text, struct diag_pos pos,
    const struct condition_want *want, struct operand *ret)
{
	const char *name = text;

	ret->space = OPERAND_CONTEXT;
	if (str_starts(text, "principal."))
		ret->space = OPERAND_PRINCIPAL;
	else if (str_starts(text, "resource."))
		ret->space = OPERAND_RESOURCE;
	else if (str_starts(text, "row."))
		ret->space = OPERAND_ROW;
	if (ret->space != OPERAND_CONTEXT)
		name = strchr(text, '.') + 1;
	if (ret->space == OPERAND_ROW && !want->rows) {
		diag_add(r->diags, DIAG_ERROR, "policy-operand", pos,
		    "'%s' is known in 'rows' alone", text);
		return false;
	}
	ret->name = reader_copy(r, name);
	if (!ret->name)
		return false;
	if (ret->name[0] &&
	    ((ret->space == OPERAND_ROW || ret->space == OPERAND_PRINCIPAL) ||
		operand_type(ret) != TYPE_ANY))
		return true;
	diag_add(r->diags, DIAG_ERROR, "policy-operand", pos,
	    "'%s' is no operand; there are now, weekday, minuteOfDay, host, breakGlass, purpose, principal.<attribute>, "
	    "resource.{domain, product, port, object, column, status, tags, classification} and, in 'rows', "
	    "row.<column>",
	    text);
	return false;
}

static bool is_order(enum cond_op op)
{
	return op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE;
}

/* Whether `op` can be applied to an operand of this type at all. */
static bool op_fits(enum cond_op op, enum value_type left)
{
	if (left == TYPE_ANY || op == OP_PRESENT || op == OP_ABSENT)
		return true;
	if (op == OP_CONTAINS)
		return left == VALUE_SET;
	if (left == VALUE_SET)
		return false;
	if (op == OP_LIKE || op == OP_NOT_LIKE)
		return left == VALUE_STRING;
	return !is_order(op) || left == VALUE_INT || left == VALUE_DECIMAL || left == VALUE_TIME;
}

/* A string is a time where a time is wanted: beside `now`, and in an order, which strings do not have. */
static bool as_time(struct reader *r, const struct yaml_node *n, struct value *v)
{
	int64_t ns;

	if (when_parse(v->s, &ns) < 0) {
		reader_error(r, "policy-literal", n,
		    "'%s' has no order: lt, le, gt and ge compare integers, decimals and times such as "
		    "2026-12-31T23:59:59Z",
		    v->s);
		return false;
	}
	v->type = VALUE_TIME;
	v->i = ns;
	v->s = NULL;
	return true;
}

static bool check_word(struct reader *r, const struct yaml_node *n, const struct cond *c,
    const struct condition_want *want)
{
	const struct mesh *m = want->mesh;
	bool exact = c->op == OP_EQ || c->op == OP_NE || c->op == OP_IN || c->op == OP_NOT_IN;
	char list[512];

	if (!m || n->type != YAML_STRING)
		return true;
	if (exact && c->left.space == OPERAND_CONTEXT && str_eq(c->left.name, "purpose") &&
	    !strlist_has(&m->purposes, n->text)) {
		reader_error(r, "vocabulary-purpose", n,
		    "'%s' is no purpose of the mesh; mesh.yaml lists: %s", n->text,
		    reader_join(m->purposes.items, m->purposes.len, list, sizeof(list)));
		return false;
	}
	if (c->left.space != OPERAND_RESOURCE)
		return true;
	if (exact && str_eq(c->left.name, "classification") && mesh_rank(m, n->text) < 0) {
		reader_error(r, "vocabulary-classification", n,
		    "'%s' is no classification of the mesh; mesh.yaml lists: %s", n->text,
		    reader_join(
			m->classifications.items, m->classifications.len, list, sizeof(list)));
		return false;
	}
	if (c->op == OP_CONTAINS && str_eq(c->left.name, "tags") &&
	    !strlist_has(&m->tags, n->text)) {
		reader_error(r, "vocabulary-tag", n,
		    "'%s' is no tag of the mesh; mesh.yaml lists: %s", n->text,
		    reader_join(m->tags.items, m->tags.len, list, sizeof(list)));
		return false;
	}
	return true;
}

/* One literal beside the atom's operand, given its type. */
static bool check_literal(
    struct reader *r, const struct yaml_node *n, const struct cond *c, struct value *v)
{
	enum value_type left = operand_type(&c->left);

	if (v->type == VALUE_STRING && (left == VALUE_TIME || is_order(c->op)) && !as_time(r, n, v))
		return false;
	if (is_order(c->op) && v->type == VALUE_BOOL) {
		reader_error(r, "policy-literal", n, "a boolean has no order");
		return false;
	}
	if ((c->op == OP_LIKE || c->op == OP_NOT_LIKE) && v->type != VALUE_STRING) {
		reader_error(r, "policy-literal", n,
		    "'%s' takes a string with * for any run of characters", op_names[c->op]);
		return false;
	}
	if (c->op == OP_CONTAINS)
		left = left == VALUE_SET ? VALUE_STRING : TYPE_ANY;
	if (left != TYPE_ANY && left != v->type) {
		reader_error(r, "policy-type", n,
		    "'%s' is %s, and this is %s: they are never equal", c->left.name,
		    type_name(left), type_name(v->type));
		return false;
	}
	return true;
}

static bool read_set(
    struct reader *r, const struct yaml_node *n, const struct condition_want *want, struct cond *c)
{
	struct value *items;
	bool ok = true;

	if (!literal_set(r, n, &c->literal))
		return false;
	if (n->len == 0) {
		reader_error(
		    r, "policy-literal", n, "'%s' needs at least one value", op_names[c->op]);
		return false;
	}
	items = (struct value *)c->literal.set; /* made by literal_set for us alone */
	for (size_t i = 0; i < n->len; i++)
		ok &= check_literal(r, n->items[i], c, &items[i]) &&
		    check_word(r, n->items[i], c, want);
	return ok;
}

static bool check_ref(struct reader *r, const struct yaml_node *n, const struct cond *c)
{
	enum value_type left = operand_type(&c->left), right = operand_type(&c->ref);
	bool set = c->op == OP_IN || c->op == OP_NOT_IN;

	if (right != TYPE_ANY && set != (right == VALUE_SET)) {
		reader_error(r, "policy-type", n, "'%s' %s a set; '%s' is %s", op_names[c->op],
		    set ? "needs" : "does not take", c->ref.name, type_name(right));
		return false;
	}
	if (c->op == OP_CONTAINS && left == VALUE_SET)
		left = VALUE_STRING;
	if (!set && left != TYPE_ANY && right != TYPE_ANY && left != right) {
		reader_error(r, "policy-type", n, "'%s' is %s and '%s' is %s: they are never equal",
		    c->left.name, type_name(left), c->ref.name, type_name(right));
		return false;
	}
	if (is_order(c->op) && !op_fits(c->op, right)) {
		reader_error(r, "policy-type", n, "'%s' is %s, which has no order", c->ref.name,
		    type_name(right));
		return false;
	}
	return true;
}

static bool read_ref(
    struct reader *r, const struct yaml_node *n, const struct condition_want *want, struct cond *c)
{
	static const char *const keys[] = {"ref", NULL};
	const struct yaml_node *ref = reader_value(r, n, "ref", READER_REQUIRED);
	const char *text = ref ? reader_word(r, ref, "ref") : NULL;

	reader_keys(r, n, keys);
	if (c->op == OP_LIKE || c->op == OP_NOT_LIKE) {
		reader_error(r, "policy-condition", n, "'%s' takes a literal, not a reference",
		    op_names[c->op]);
		return false;
	}
	c->has_ref = true;
	return text && parse_operand(r, text, reader_pos(r, ref), want, &c->ref) &&
	    check_ref(r, ref, c);
}

static bool read_right(
    struct reader *r, const struct yaml_node *n, const struct condition_want *want, struct cond *c)
{
	if (c->op == OP_PRESENT || c->op == OP_ABSENT) {
		if (n->type == YAML_BOOL && n->i)
			return true;
		reader_error(r, "policy-condition", n,
		    "write '%s: true'; for the opposite there is '%s'", op_names[c->op],
		    op_names[c->op == OP_PRESENT ? OP_ABSENT : OP_PRESENT]);
		return false;
	}
	if (n->type == YAML_MAP)
		return read_ref(r, n, want, c);
	if (c->op == OP_IN || c->op == OP_NOT_IN)
		return read_set(r, n, want, c);
	return literal_scalar(r, n, &c->literal) && check_literal(r, n, c, &c->literal) &&
	    check_word(r, n, c, want);
}

static bool read_op(
    struct reader *r, const struct yaml_pair *p, const struct condition_want *want, struct cond *c)
{
	struct diag_pos pos = {r->file, p->line, p->column};
	int op = reader_index(op_names, p->key);

	if (op < 0) {
		diag_add(r->diags, DIAG_ERROR, "policy-condition", pos,
		    "'%s' is no operation; there are eq, ne, in, notIn, lt, le, gt, ge, like, notLike, contains, present "
		    "and absent",
		    p->key);
		return false;
	}
	c->kind = COND_ATOM;
	c->op = (enum cond_op)op;
	c->line = p->line;
	if (!op_fits(c->op, operand_type(&c->left))) {
		diag_add(r->diags, DIAG_ERROR, "policy-type", pos,
		    "'%s' cannot be applied to '%s', which is %s", p->key, c->left.name,
		    type_name(operand_type(&c->left)));
		return false;
	}
	return read_right(r, p->value, want, c);
}

bool atom_file_read(struct reader *r, const struct yaml_pair *p, const struct condition_want *want,
    struct cond *ret)
{
	struct diag_pos pos = {r->file, p->line, p->column};
	const struct yaml_node *ops = p->value;
	struct operand left;
	struct cond *kids;
	bool ok = true;

	if (!parse_operand(r, p->key, pos, want, &left))
		return false;
	if (ops->type != YAML_MAP || ops->len == 0) {
		reader_error(
		    r, "policy-condition", ops, "write an operation: %s: {eq: ...}", p->key);
		return false;
	}
	kids = ops->len == 1 ? ret : reader_array(r, ops->len, sizeof(*kids));
	for (size_t i = 0; kids && i < ops->len; i++) {
		kids[i].left = left;
		ok &= read_op(r, &ops->pairs[i], want, &kids[i]);
	}
	if (kids && kids != ret) {
		ret->kind = COND_ALL;
		ret->kids = kids;
		ret->len = ops->len;
	}
	return kids && ok;
}
