#include <inttypes.h>

#include "catalog/policy/condition.h"
#include "catalog/policy/print.h"
#include "catalog/policy/print_mask.h"

/* ---- small things ---- */

void print_yaml_list(const struct strlist *l, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < l->len; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		buf_yaml(out, l->items[i]);
	}
	buf_addc(out, ']');
}

static void yaml_scalar(const struct value *v, struct buf *out)
{
	if (v->type == VALUE_STRING)
		buf_yaml(out, v->s);
	else
		print_value(v, out);
}

static void yaml_value(const struct value *v, struct buf *out)
{
	if (v->type != VALUE_SET) {
		yaml_scalar(v, out);
		return;
	}
	buf_addc(out, '[');
	for (size_t i = 0; i < v->set_len; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		yaml_scalar(&v->set[i], out);
	}
	buf_addc(out, ']');
}

/* A flow mapping, key by key. */
struct map {
	struct buf *out;
	bool begun;
};

static void key(struct map *m, const char *name)
{
	buf_puts(m->out, m->begun ? ", " : "{");
	buf_printf(m->out, "%s: ", name);
	m->begun = true;
}

static void end(struct map *m)
{
	buf_puts(m->out, m->begun ? "}" : "{}");
}

static void list(struct map *m, const char *name, const struct strlist *l)
{
	if (l->len == 0)
		return;
	key(m, name);
	print_yaml_list(l, m->out);
}

/* ---- conditions ---- */

/* Columns and attributes may have any name. */
static void yaml_operand(const struct operand *o, struct buf *out)
{
	struct buf text;

	buf_init(&text);
	print_operand(o, &text);
	if (buf_error(&text))
		out->error = buf_error(&text);
	else
		buf_yaml(out, text.data);
	buf_clear(&text);
}

static void yaml_atom(const struct cond *c, struct buf *out)
{
	buf_addc(out, '{');
	yaml_operand(&c->left, out);
	buf_printf(out, ": {%s: ", cond_op_name(c->op));
	if (c->has_ref) {
		buf_puts(out, "{ref: ");
		yaml_operand(&c->ref, out);
		buf_addc(out, '}');
	} else if (c->literal.type == VALUE_MISSING) {
		buf_puts(out, "true");
	} else {
		yaml_value(&c->literal, out);
	}
	buf_puts(out, "}}");
}

void print_yaml_cond(const struct cond *c, struct buf *out)
{
	if (c->kind == COND_ATOM) {
		yaml_atom(c, out);
		return;
	}
	if (c->kind == COND_NOT) {
		buf_puts(out, "{not: ");
		print_yaml_cond(c->kids, out);
		buf_addc(out, '}');
		return;
	}
	buf_puts(out, c->kind == COND_ALL ? "{all: [" : "{any: [");
	for (size_t i = 0; i < c->len; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		print_yaml_cond(&c->kids[i], out);
	}
	buf_puts(out, "]}");
}

/* ---- masks ---- */

void print_yaml_mask(const struct mask *m, struct buf *out)
{
	struct mask_param params[3];
	size_t n = mask_params(m, params);
	struct map map = {.out = out};

	key(&map, "fn");
	buf_yaml(out, mask_fn_name(m->fn));
	for (size_t i = 0; i < n; i++) {
		key(&map, params[i].name);
		yaml_scalar(&params[i].value, out);
	}
	end(&map);
}

/* ---- selectors ---- */

void print_yaml_principals(const struct principal_sel *s, struct buf *out)
{
	struct map m = {.out = out};

	if (s->any) {
		key(&m, "any");
		buf_puts(out, "true");
	}
	if (s->team) {
		key(&m, "team");
		buf_puts(out, "true");
	}
	list(&m, "users", &s->users);
	list(&m, "groups", &s->groups);
	list(&m, "roles", &s->roles);
	end(&m);
}

static void yaml_tags(struct map *m, const struct tag_sel *s)
{
	struct map tags = {.out = m->out};

	if (s->any.len + s->all.len + s->none.len == 0)
		return;
	key(m, "tags");
	list(&tags, "any", &s->any);
	list(&tags, "all", &s->all);
	list(&tags, "none", &s->none);
	end(&tags);
}

/* By name where the ladder is known. */
static void yaml_ranks(struct map *m, const struct class_sel *s, const struct mesh *mesh)
{
	const char *between = "";

	if (!s->given)
		return;
	key(m, "classification");
	buf_puts(m->out, mesh ? "{in: [" : "{ranks: [");
	for (int rank = 0; rank < MODEL_MAX_CLASSES; rank++) {
		if ((s->ranks >> rank & 1) == 0)
			continue;
		buf_puts(m->out, between);
		if (mesh && (size_t)rank < mesh->classifications.len)
			buf_yaml(m->out, mesh->classifications.items[rank]);
		else
			buf_printf(m->out, "%d", rank);
		between = ", ";
	}
	buf_puts(m->out, "]}");
}

void print_yaml_selector(const struct selector *s, const struct mesh *mesh, struct buf *out)
{
	struct map m = {.out = out};

	list(&m, "domains", &s->domains);
	list(&m, "products", &s->products);
	list(&m, "ports", &s->ports);
	list(&m, "objects", &s->objects);
	list(&m, "status", &s->status);
	yaml_tags(&m, &s->tags);
	yaml_ranks(&m, &s->classification, mesh);
	if (s->has_columns) {
		struct map columns = {.out = out};

		key(&m, "columns");
		list(&columns, "names", &s->column_names);
		yaml_tags(&columns, &s->column_tags);
		yaml_ranks(&columns, &s->column_classification, mesh);
		end(&columns);
	}
	end(&m);
}
