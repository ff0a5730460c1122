#ifndef TESTS_LIB_POLICY_GEN_RULE_H
#define TESTS_LIB_POLICY_GEN_RULE_H

/* Random rules and conditions; see policy_gen.h. */

#include <stdio.h>

#include "tests/lib/policy_gen.h"

/* ---- conditions ---- */

struct gen_operand {
	struct operand operand;
	enum value_type type;
};

/* The last five are cells: only for `rows`. */
static const struct gen_operand gen_operands[] = {
    {{OPERAND_CONTEXT, "purpose"}, VALUE_STRING},
    {{OPERAND_CONTEXT, "host"}, VALUE_STRING},
    {{OPERAND_CONTEXT, "weekday"}, VALUE_INT},
    {{OPERAND_CONTEXT, "minuteOfDay"}, VALUE_INT},
    {{OPERAND_CONTEXT, "now"}, VALUE_TIME},
    {{OPERAND_CONTEXT, "breakGlass"}, VALUE_BOOL},
    {{OPERAND_PRINCIPAL, "user"}, VALUE_STRING},
    {{OPERAND_PRINCIPAL, "groups"}, VALUE_SET},
    {{OPERAND_PRINCIPAL, "roles"}, VALUE_SET},
    {{OPERAND_PRINCIPAL, "region"}, VALUE_STRING},
    {{OPERAND_PRINCIPAL, "level"}, VALUE_INT},
    {{OPERAND_PRINCIPAL, "score"}, VALUE_DECIMAL},
    {{OPERAND_PRINCIPAL, "since"}, VALUE_TIME},
    {{OPERAND_PRINCIPAL, "vip"}, VALUE_BOOL},
    {{OPERAND_PRINCIPAL, "regions"}, VALUE_SET},
    {{OPERAND_RESOURCE, "port"}, VALUE_STRING},
    {{OPERAND_RESOURCE, "object"}, VALUE_STRING},
    {{OPERAND_RESOURCE, "column"}, VALUE_STRING},
    {{OPERAND_RESOURCE, "status"}, VALUE_STRING},
    {{OPERAND_RESOURCE, "classification"}, VALUE_STRING},
    {{OPERAND_RESOURCE, "tags"}, VALUE_SET},
    {{OPERAND_ROW, "region"}, VALUE_STRING},
    {{OPERAND_ROW, "amount"}, VALUE_INT},
    {{OPERAND_ROW, "at"}, VALUE_TIME},
    {{OPERAND_ROW, "score"}, VALUE_DECIMAL},
    {{OPERAND_ROW, "note"}, VALUE_STRING},
};

static inline struct gen_operand gen_operand(struct gen *g, bool rows)
{
	uint32_t n = sizeof(gen_operands) / sizeof(gen_operands[0]);

	if (rows && !chance(&g->d, 4))
		return gen_operands[n - 5 + draw(&g->d, 5)];
	return gen_operands[draw(&g->d, n - 5)];
}

static inline enum cond_op gen_op(struct gen *g, enum value_type type)
{
	static const enum cond_op any[] = {OP_EQ, OP_NE, OP_IN, OP_NOT_IN, OP_PRESENT, OP_ABSENT};
	static const enum cond_op orders[] = {OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE, OP_IN};
	static const enum cond_op strings[] = {
	    OP_LIKE, OP_NOT_LIKE, OP_EQ, OP_NE, OP_IN, OP_NOT_IN};

	if (chance(&g->d, 12))
		return (enum cond_op)draw(&g->d, OP_ABSENT + 1);
	if (type == VALUE_SET)
		return chance(&g->d, 4) ? OP_PRESENT : OP_CONTAINS;
	if (type == VALUE_STRING)
		return PICK(&g->d, strings);
	return type == VALUE_BOOL ? PICK(&g->d, any) : PICK(&g->d, orders);
}

static inline const char *gen_word_of(struct gen *g, const struct operand *o)
{
	if (strcmp(o->name, "tags") == 0)
		return PICK(&g->d, gen_tags);
	if (strcmp(o->name, "classification") == 0)
		return PICK(&g->d, gen_classes);
	if (strcmp(o->name, "groups") == 0)
		return PICK(&g->d, gen_groups);
	if (o->space == OPERAND_RESOURCE)
		return PICK(&g->d, gen_columns);
	return PICK(&g->d, gen_words);
}

static inline struct value gen_literal(
    struct gen *g, const struct gen_operand *left, enum cond_op op)
{
	enum value_type type = left->type == VALUE_SET ? VALUE_STRING : left->type;
	struct value v;

	if (op == OP_IN || op == OP_NOT_IN)
		return gen_set(g, type);
	v = gen_value(g, chance(&g->d, 16) ? VALUE_INT : type);
	if (v.type == VALUE_STRING)
		v.s = op == OP_LIKE || op == OP_NOT_LIKE ? PICK(&g->d, gen_globs)
							 : gen_word_of(g, &left->operand);
	return v;
}

/* No pattern is a reference: the loader refuses it, and so does Cedar. */
static inline struct cond gen_atom(struct gen *g, bool rows)
{
	struct gen_operand left = gen_operand(g, rows);
	struct cond c = {.kind = COND_ATOM, .left = left.operand, .op = gen_op(g, left.type)};

	if (c.op == OP_PRESENT || c.op == OP_ABSENT)
		return c;
	c.has_ref = c.op != OP_LIKE && c.op != OP_NOT_LIKE && chance(&g->d, 3);
	for (int i = 0; c.has_ref && i < 4; i++) {
		struct gen_operand right = gen_operand(g, rows);

		c.ref = right.operand;
		if (right.type == left.type)
			break;
	}
	if (!c.has_ref)
		c.literal = gen_literal(g, &left, c.op);
	return c;
}

static inline struct cond gen_cond(struct gen *g, bool rows, int depth)
{
	struct cond c = {.kind = (enum cond_kind)draw(&g->d, 4)};
	struct cond *kids;

	if (c.kind == COND_ATOM || depth == 0)
		return gen_atom(g, rows);
	c.len = c.kind == COND_NOT ? 1 : draw(&g->d, 3) + !chance(&g->d, 8);
	c.kids = kids = gen_alloc(g, c.len, sizeof(*kids));
	for (size_t i = 0; i < c.len; i++)
		kids[i] = gen_cond(g, rows, depth - 1);
	return c;
}

static inline const struct cond *gen_cond_in(struct gen *g, bool rows)
{
	struct cond *c = gen_alloc(g, 1, sizeof(*c));

	*c = gen_cond(g, rows, 3);
	return c;
}

/* ---- rules ---- */

static inline struct principal_sel gen_principals(struct gen *g)
{
	return (struct principal_sel){.any = chance(&g->d, 8),
	    .team = chance(&g->d, 4),
	    .users = LIST_OF(g, gen_users, 2),
	    .groups = LIST_OF(g, gen_groups, 1),
	    .roles = LIST_OF(g, gen_roles, 1)};
}

static inline struct tag_sel gen_tag_sel(struct gen *g)
{
	switch (draw(&g->d, 4)) {
	case 0:
		return (struct tag_sel){.any = gen_tag_list(g)};
	case 1:
		return (struct tag_sel){.all = gen_tag_list(g)};
	default:
		return (struct tag_sel){.none = gen_tag_list(g)};
	}
}

static inline struct class_sel gen_class_sel(struct gen *g)
{
	return (struct class_sel){true, draw(&g->d, 16)};
}

static inline struct selector gen_selector(struct gen *g)
{
	struct selector s = {0};

	if (chance(&g->d, 12))
		s.products = LIST_OF(g, gen_globs, 2);
	if (chance(&g->d, 10))
		s.ports = LIST_OF(g, gen_globs, 2);
	if (chance(&g->d, 10))
		s.objects = LIST_OF(g, gen_globs, 2);
	if (chance(&g->d, 10))
		s.status = LIST_OF(g, gen_status, 3);
	if (chance(&g->d, 6))
		s.tags = gen_tag_sel(g);
	if (chance(&g->d, 6))
		s.classification = gen_class_sel(g);
	s.has_columns = chance(&g->d, 4);
	if (s.has_columns && chance(&g->d, 2))
		s.column_names = LIST_OF(g, gen_column_globs, 3);
	if (s.has_columns && chance(&g->d, 2))
		s.column_tags = gen_tag_sel(g);
	if (s.has_columns && chance(&g->d, 3))
		s.column_classification = gen_class_sel(g);
	return s;
}

static inline struct mask gen_mask(struct gen *g)
{
	struct mask m = {.fn = (enum mask_fn)draw(&g->d, MASK_NULL + 1)};

	m.length = 1 + draw(&g->d, 64);
	m.text = chance(&g->d, 3) ? "#" : NULL;
	m.width = m.to = 1 + draw(&g->d, 10);
	m.unit = (enum date_unit)draw(&g->d, UNIT_YEAR + 1);
	m.v4 = (int)draw(&g->d, 33);
	m.v6 = (int)draw(&g->d, 129);
	m.keep_first = draw(&g->d, 3);
	m.keep_last = draw(&g->d, 3);
	return m;
}

static inline void gen_effects(struct gen *g, struct rule *r)
{
	if (r->effect != EFFECT_FORBID && chance(&g->d, 4))
		r->rows = gen_cond_in(g, true);
	if (r->effect == EFFECT_PERMIT)
		r->break_glass = chance(&g->d, 10);
	else
		r->delegable = chance(&g->d, 4);
	if (r->effect != EFFECT_RESTRICT)
		return;
	if (chance(&g->d, 2))
		r->mask = gen_mask(g);
	r->limit = chance(&g->d, 8) ? 1 + draw(&g->d, 9) : 0;
	r->min_group = chance(&g->d, 8) ? 1 + draw(&g->d, 9) : 0;
	r->recheck = chance(&g->d, 8);
	if (chance(&g->d, 8))
		r->notify = LIST_OF(g, gen_users, 2);
}

static inline struct rule gen_rule(struct gen *g, const struct scope *scope, enum effect effect)
{
	static int serial;
	char *id = gen_alloc(g, 1, 16);
	struct rule r = {.id = id,
	    .policy = "p",
	    .scope = *scope,
	    .file = "f",
	    .line = ++serial,
	    .effect = effect,
	    .from_ns = WHEN_NONE,
	    .until_ns = WHEN_NONE};

	(void)snprintf(id, 16, "r%d", serial % 1000000);
	r.actions = UINT32_C(1) << ACTION_READ;
	if (effect != EFFECT_RESTRICT)
		r.actions |= draw(&g->d, 4) | (draw(&g->d, 4) << ACTION_READ_POLICY);
	r.principals = chance(&g->d, 3) ? gen_principals(g) : (struct principal_sel){.any = true};
	if (chance(&g->d, 4))
		r.except = gen_principals(g);
	r.resources = gen_selector(g);
	if (chance(&g->d, 5))
		r.when = gen_cond_in(g, false);
	if (chance(&g->d, 6))
		r.unless = gen_cond_in(g, false);
	if (chance(&g->d, 8))
		r.from_ns = gen_value(g, VALUE_TIME).i;
	if (chance(&g->d, 8))
		r.until_ns = gen_value(g, VALUE_TIME).i;
	r.overridable_break_glass = chance(&g->d, 8);
	gen_effects(g, &r);
	return r;
}

static inline enum effect gen_effect(struct gen *g)
{
	static const enum effect effects[] = {EFFECT_PERMIT, EFFECT_PERMIT, EFFECT_PERMIT,
	    EFFECT_PERMIT, EFFECT_RESTRICT, EFFECT_RESTRICT, EFFECT_RESTRICT, EFFECT_FORBID};

	return PICK(&g->d, effects);
}

static inline void gen_rulesets(struct gen *g)
{
	struct strlist grants = {.items = gen_alloc(g, GEN_MAX_RULES, sizeof(char *))};

	for (int level = SCOPE_MESH; level <= SCOPE_PRODUCT; level++) {
		struct ruleset *rs = &g->sets[level];

		rs->scope = (struct scope){(enum scope_level)level,
		    level > SCOPE_MESH ? "sales" : NULL, level > SCOPE_DOMAIN ? "orders" : NULL};
		rs->rules = gen_alloc(g, GEN_MAX_RULES, sizeof(*rs->rules));
		rs->len = draw(&g->d, level == SCOPE_PRODUCT ? 6 : 4);
		for (size_t i = 0; i < rs->len; i++) {
			rs->rules[i] = gen_rule(g, &rs->scope, gen_effect(g));
			if (level == SCOPE_MESH && chance(&g->d, 2))
				grants.items[grants.len++] = rs->rules[i].id;
		}
	}
	g->domain = (struct domain){.id = "sales", .mesh_may_grant = grants};
}

static inline void gen_exemptions(struct gen *g)
{
	struct ruleset *rs = &g->sets[SCOPE_PRODUCT];

	rs->exemptions = g->exemptions;
	for (int level = SCOPE_MESH; level <= SCOPE_DOMAIN; level++) {
		const struct ruleset *above = &g->sets[level];

		if (above->len == 0 || chance(&g->d, 2))
			continue;
		g->exemptions[rs->exemptions_len++] = (struct exemption){
		    .rule = above->rules[draw(&g->d, (uint32_t)above->len)].id,
		    .principals = gen_principals(g),
		    .from_ns = gen_end(g),
		    .until_ns = gen_end(g)};
	}
}

/* A whole question with its rules. gen_clear frees it. */
static inline void gen_init(struct gen *g, struct draw d)
{
	memset(g, 0, sizeof(*g));
	g->d = d;
	arena_init(&g->a);
	g->mesh = (struct mesh){.classifications = {(const char **)gen_classes, 4},
	    .default_rank = (int)draw(&g->d, 4)};
	gen_product(g);
	gen_caller(g);
	gen_resource(g);
	gen_rows(g);
	gen_rulesets(g);
	gen_exemptions(g);
	g->rq.principal = &g->who;
	g->rq.context = &g->now;
	g->rq.rules = (struct rules_in_force){
	    &g->sets[SCOPE_MESH], &g->sets[SCOPE_DOMAIN], &g->sets[SCOPE_PRODUCT], &g->domain};
}

static inline void gen_clear(struct gen *g)
{
	arena_clear(&g->a);
}

#endif
