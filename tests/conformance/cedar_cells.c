/*
 * Prints random cases for cedar.js, one JSON object a line: a mesh, a caller, a context, rules, and
 * what the engine answers: each non-read action on the object, and for some cells of the object
 * whether they are visible, whether they are raw, and which rules mask them. usage: cedar_cells
 * CELLS SEED
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/policy_check.h"

/* ---- JSON ---- */

static void key(struct buf *out, const char *name)
{
	char last = out->len > 0 ? out->data[out->len - 1] : '{';

	buf_puts(out, last == '{' || last == '[' ? "" : ",");
	buf_json(out, name);
	buf_addc(out, ':');
}

static void next(struct buf *out)
{
	buf_puts(out, out->data[out->len - 1] == '[' ? "" : ",");
}

static void text(struct buf *out, const char *name, const char *s)
{
	key(out, name);
	buf_json(out, s);
}

static void number(struct buf *out, const char *name, int64_t n)
{
	key(out, name);
	buf_printf(out, "%" PRId64, n);
}

static void boolean(struct buf *out, const char *name, bool b)
{
	key(out, name);
	buf_puts(out, b ? "true" : "false");
}

/* Nanoseconds do not fit into a JavaScript number. */
static void time_ms(struct buf *out, const char *name, int64_t ns)
{
	key(out, name);
	if (ns == WHEN_NONE)
		buf_puts(out, "null");
	else
		buf_printf(out, "%" PRId64, ns / 1000000);
}

static void list(struct buf *out, const char *name, const struct strlist *l)
{
	key(out, name);
	buf_addc(out, '[');
	for (size_t i = 0; i < l->len; i++) {
		next(out);
		buf_json(out, l->items[i]);
	}
	buf_addc(out, ']');
}

static void value(struct buf *out, const struct value *v)
{
	static const char *const types[] = {
	    "missing", "null", "bool", "int", "decimal", "string", "time", "set"};

	buf_printf(out, "{\"type\":\"%s\"", types[v->type]);
	if (v->type == VALUE_STRING) {
		text(out, "is", v->s);
	} else if (v->type == VALUE_TIME) {
		time_ms(out, "is", v->i);
	} else if (v->type == VALUE_SET) {
		key(out, "is");
		buf_addc(out, '[');
		for (size_t i = 0; i < v->set_len; i++) {
			next(out);
			value(out, &v->set[i]);
		}
		buf_addc(out, ']');
	} else {
		number(out, "is", v->i);
	}
	buf_addc(out, '}');
}

/* ---- rules ---- */

static void operand(struct buf *out, const char *name, const struct operand *o)
{
	static const char *const spaces[] = {"context", "principal", "resource", "row"};

	key(out, name);
	buf_printf(out, "{\"space\":\"%s\"", spaces[o->space]);
	text(out, "name", o->name);
	buf_addc(out, '}');
}

static void condition(struct buf *out, const struct cond *c)
{
	static const char *const kinds[] = {"all", "any", "not", "atom"};

	buf_printf(out, "{\"kind\":\"%s\"", kinds[c->kind]);
	if (c->kind == COND_ATOM) {
		operand(out, "left", &c->left);
		text(out, "op", cond_op_name(c->op));
		if (c->has_ref) {
			operand(out, "ref", &c->ref);
		} else {
			key(out, "literal");
			value(out, &c->literal);
		}
	} else {
		key(out, "kids");
		buf_addc(out, '[');
		for (size_t i = 0; i < c->len; i++) {
			next(out);
			condition(out, &c->kids[i]);
		}
		buf_addc(out, ']');
	}
	buf_addc(out, '}');
}

static void condition_of(struct buf *out, const char *name, const struct cond *c)
{
	if (!c)
		return;
	key(out, name);
	condition(out, c);
}

static void principals(struct buf *out, const char *name, const struct principal_sel *s)
{
	key(out, name);
	buf_addc(out, '{');
	boolean(out, "any", s->any);
	boolean(out, "team", s->team);
	list(out, "users", &s->users);
	list(out, "groups", &s->groups);
	list(out, "roles", &s->roles);
	buf_addc(out, '}');
}

static void tag_selector(struct buf *out, const char *name, const struct tag_sel *s)
{
	key(out, name);
	buf_addc(out, '{');
	list(out, "any", &s->any);
	list(out, "all", &s->all);
	list(out, "none", &s->none);
	buf_addc(out, '}');
}

static void ranks(struct buf *out, const char *name, const struct class_sel *s)
{
	if (!s->given)
		return;
	key(out, name);
	buf_addc(out, '[');
	for (int rank = 0; rank < MODEL_MAX_CLASSES; rank++) {
		if ((s->ranks >> rank & 1) == 0)
			continue;
		next(out);
		buf_printf(out, "%d", rank);
	}
	buf_addc(out, ']');
}

static void selector(struct buf *out, const struct selector *s)
{
	key(out, "resources");
	buf_addc(out, '{');
	list(out, "domains", &s->domains);
	list(out, "products", &s->products);
	list(out, "ports", &s->ports);
	list(out, "objects", &s->objects);
	list(out, "status", &s->status);
	tag_selector(out, "tags", &s->tags);
	ranks(out, "ranks", &s->classification);
	boolean(out, "hasColumns", s->has_columns);
	list(out, "columnNames", &s->column_names);
	tag_selector(out, "columnTags", &s->column_tags);
	ranks(out, "columnRanks", &s->column_classification);
	buf_addc(out, '}');
}

static void rule(struct buf *out, const struct rule *r)
{
	static const char *const levels[] = {"builtin", "mesh", "domain", "product"};

	next(out);
	buf_addc(out, '{');
	text(out, "id", r->id);
	text(out, "level", levels[r->scope.level]);
	text(out, "domain", r->scope.domain);
	text(out, "product", r->scope.product);
	text(out, "effect", effect_name(r->effect));
	key(out, "actions");
	buf_addc(out, '[');
	for (int a = 0; a < ACTION_COUNT; a++) {
		if ((r->actions >> a & 1) == 0)
			continue;
		next(out);
		buf_json(out, action_name((enum action)a));
	}
	buf_addc(out, ']');
	principals(out, "principals", &r->principals);
	principals(out, "except", &r->except);
	selector(out, &r->resources);
	condition_of(out, "when", r->when);
	condition_of(out, "unless", r->unless);
	condition_of(out, "rows", r->rows);
	time_ms(out, "from", r->from_ns);
	time_ms(out, "until", r->until_ns);
	boolean(out, "masks", r->mask.fn != MASK_NONE);
	boolean(out, "overridable", r->overridable_break_glass);
	boolean(out, "breakGlass", r->break_glass);
	boolean(out, "delegable", r->delegable);
	buf_addc(out, '}');
}

static void rules(struct buf *out, const struct gen *g)
{
	const struct ruleset *sets[] = {policy_builtin(), &g->sets[SCOPE_MESH],
	    &g->sets[SCOPE_DOMAIN], &g->sets[SCOPE_PRODUCT]};

	key(out, "rules");
	buf_addc(out, '[');
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < sets[i]->len; k++)
			rule(out, &sets[i]->rules[k]);
	}
	buf_addc(out, ']');
	key(out, "exemptions");
	buf_addc(out, '[');
	for (size_t i = 0; i < g->sets[SCOPE_PRODUCT].exemptions_len; i++) {
		const struct exemption *e = &g->exemptions[i];

		next(out);
		buf_addc(out, '{');
		text(out, "rule", e->rule);
		principals(out, "principals", &e->principals);
		time_ms(out, "from", e->from_ns);
		time_ms(out, "until", e->until_ns);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

/* ---- the question ---- */

static void level(
    struct buf *out, const char *name, const char *is, const struct strlist *tags, int rank)
{
	key(out, name);
	buf_addc(out, '{');
	text(out, "name", is);
	list(out, "tags", tags);
	number(out, "rank", rank);
	buf_addc(out, '}');
}

static void resource(struct buf *out, const struct gen *g)
{
	const struct resource *at = &g->rq.resource;
	const struct asked q = {.at = *at};

	list(out, "classes", &g->mesh.classifications);
	list(out, "grants", &g->domain.mesh_may_grant);
	text(out, "domain", at->product->domain);
	level(out, "product", at->product->name, &at->product->tags, at->product->rank);
	level(out, "port", at->port->name, &at->port->tags, at->port->rank);
	level(out, "object", at->object->name, &at->object->tags, at->object->rank);
	text(out, "status", at->product->status);
	boolean(out, "sealed", at->product->sealed);
	time_ms(out, "endOfLife", asked_end_of_life_ns(&q));
	key(out, "team");
	buf_addc(out, '[');
	for (size_t i = 0; i < at->product->team_len; i++) {
		next(out);
		buf_addc(out, '{');
		text(out, "username", at->product->team[i].username);
		time_ms(out, "in", at->product->team[i].date_in_ns);
		time_ms(out, "out", at->product->team[i].date_out_ns);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void caller(struct buf *out, const struct gen *g)
{
	key(out, "user");
	buf_addc(out, '{');
	text(out, "name", g->who.user);
	list(out, "groups", &g->who.groups);
	list(out, "roles", &g->who.roles);
	list(out, "emails", &g->who.emails);
	key(out, "attributes");
	buf_addc(out, '{');
	for (size_t i = 0; i < g->who.attributes_len; i++) {
		key(out, g->who.attributes[i].name);
		value(out, &g->who.attributes[i].value);
	}
	buf_puts(out, "}}");
	key(out, "context");
	buf_addc(out, '{');
	time_ms(out, "now", g->now.now_ns);
	number(out, "weekday", g->now.weekday);
	number(out, "minuteOfDay", g->now.minute_of_day);
	text(out, "host", g->now.host);
	text(out, "purpose", g->now.purpose);
	boolean(out, "breakGlass", g->now.break_glass);
	buf_addc(out, '}');
}

/* ---- the answers ---- */

static void actions(struct buf *out, struct gen *g)
{
	struct decision d;

	key(out, "answers");
	buf_addc(out, '{');
	for (int a = 0; a < ACTION_COUNT; a++) {
		if (a == ACTION_READ)
			continue;
		policy_decide(&g->rq, (enum action)a, &g->a, &d);
		boolean(out, action_name((enum action)a), d.allow);
	}
	buf_addc(out, '}');
}

static void cell(
    struct buf *out, const struct gen *g, const struct view *v, size_t column, size_t row)
{
	const struct column *c = &g->rq.resource.object->columns[column];
	const struct view_column *is = &v->columns[column];

	next(out);
	buf_addc(out, '{');
	level(out, "column", c->name, &c->tags, c->rank);
	key(out, "row");
	buf_addc(out, '{');
	for (size_t i = 0; i < 5; i++) {
		key(out, gen_row_names[i]);
		value(out, &g->rows[row].cells[i]);
	}
	buf_addc(out, '}');
	boolean(out, "visible", check_visible(g, v, column, row));
	boolean(out, "raw", check_raw(g, v, column, row));
	key(out, "masks");
	buf_addc(out, '[');
	for (size_t i = 0; i < is->rules_len; i++) {
		if (is->rules[i]->effect != EFFECT_RESTRICT || is->rules[i]->mask.fn == MASK_NONE)
			continue;
		next(out);
		buf_json(out, is->rules[i]->id);
	}
	buf_puts(out, "]}");
}

/* Cells on the diagonal: each column and each row comes up. Returns how many. */
static size_t cells(struct buf *out, struct gen *g)
{
	size_t columns = g->rq.resource.object->columns_len,
	       n = columns > GEN_ROWS ? columns : GEN_ROWS;
	struct view v;

	if (policy_view(&g->rq, (struct strlist){0}, &g->a, &v))
		exit(1);
	key(out, "cells");
	buf_addc(out, '[');
	for (size_t i = 0; i < n; i++)
		cell(out, g, &v, i % columns, i % GEN_ROWS);
	buf_addc(out, ']');
	return n;
}

static size_t one_case(uint64_t seed)
{
	struct gen g;
	struct buf out;
	size_t n = 0;

	buf_init(&out);
	gen_init(&g, (struct draw){.state = seed * 0x9e3779b97f4a7c15ULL + 1});
	if (g.rq.resource.object && g.rq.resource.object->columns_len > 0) {
		buf_addc(&out, '{');
		number(&out, "seed", (int64_t)seed);
		resource(&out, &g);
		caller(&out, &g);
		rules(&out, &g);
		actions(&out, &g);
		n = cells(&out, &g);
		buf_puts(&out, "}");
	}
	if (buf_error(&out))
		exit(1);
	if (n > 0)
		(void)puts(out.data);
	gen_clear(&g);
	buf_clear(&out);
	return n;
}

int main(int argc, char **argv)
{
	size_t wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	for (size_t n = 0; n < wanted; seed++)
		n += one_case(seed);
	return fflush(stdout) ? 1 : 0;
}
