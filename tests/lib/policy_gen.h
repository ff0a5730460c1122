#ifndef TESTS_LIB_POLICY_GEN_H
#define TESTS_LIB_POLICY_GEN_H

/*
 * Random meshes, callers, contexts, rows and rules for the policy engine, drawn from a stream of
 * bytes or from a generator. Small vocabularies, so that things meet. A header alone, because the
 * fuzz targets link nothing else.
 */

#include <string.h>

#include "catalog/base/when.h"
#include "catalog/policy/policy.h"

struct draw {
	const uint8_t *data; /* NULL: from `state` */
	size_t len, at;
	uint64_t state;
};

/* 0 .. n - 1; 0 when the bytes have ended. n <= 256. */
static inline uint32_t draw(struct draw *d, uint32_t n)
{
	if (d->data)
		return d->at < d->len ? d->data[d->at++] % n : 0;
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (uint32_t)(d->state >> 33) % n;
}

/* Once in n. */
static inline bool chance(struct draw *d, uint32_t n)
{
	return draw(d, n) == n - 1;
}

#define PICK(d, list) ((list)[draw(d, sizeof(list) / sizeof((list)[0]))])

#define GEN_MAX_RULES 12
#define GEN_ROWS 4
#define GEN_NOW_NS 1795694400000000000LL
#define GEN_DAY_NS 86400000000000LL

struct gen {
	struct draw d;
	struct arena a;
	struct mesh mesh;
	struct domain domain;
	struct product product;
	struct principal who;
	struct context now;
	struct ruleset sets[SCOPE_PRODUCT + 1];
	struct exemption exemptions[2];
	struct strlist extra;
	struct request rq;
	struct gen_row {
		const char *const *names;
		struct value cells[5];
	} rows[GEN_ROWS];
};

static const char *const gen_tags[] = {"pii", "finance", "open"};
static const char *const gen_users[] = {"ada", "bob", "tess"};
static const char *const gen_groups[] = {"staff", "analysts", "ops"};
static const char *const gen_roles[] = {"steward", "operator"};
static const char *const gen_globs[] = {"*", "orders", "o*", "*s", "re*d*", "x"};
static const char *const gen_columns[] = {
    "id", "email", "region", "amount", "address.street", "address.zip"};
static const char *const gen_column_globs[] = {
    "*", "id", "e*", "*.street", "address", "*a*", "ssn", "region"};
static const char *const gen_extra[] = {"id", "ssn", "address", "address.city", "email.local"};
static const char *const gen_status[] = {
    "active", "active", "active", "active", "active", "deprecated", "draft", "proposed", "retired"};
static const char *const gen_words[] = {"EU", "US", "ada", "staff", "billing", "churn"};
static const char *const gen_row_names[] = {"region", "amount", "at", "score", "note"};
static const char *const gen_classes[] = {"public", "internal", "confidential", "restricted"};

/* Out of memory ends the program: these are tests. */
static inline void *gen_alloc(struct gen *g, size_t n, size_t size)
{
	void *p = arena_array(&g->a, n, size);

	if (!p)
		__builtin_trap();
	return p;
}

static inline struct strlist gen_list(
    struct gen *g, const char *const *from, uint32_t n, uint32_t most)
{
	struct strlist l = {.items = gen_alloc(g, most, sizeof(char *))};

	for (uint32_t i = draw(&g->d, most + 1); i > 0; i--)
		l.items[l.len++] = from[draw(&g->d, n)];
	return l;
}

#define LIST_OF(g, from, most) gen_list(g, from, sizeof(from) / sizeof((from)[0]), most)

/* ---- values ---- */

static inline struct value gen_value(struct gen *g, enum value_type type)
{
	struct value v = {.type = type};

	switch (type) {
	case VALUE_BOOL:
		v.i = draw(&g->d, 2);
		break;
	case VALUE_INT:
		v.i = (int64_t)draw(&g->d, 5) - 1;
		break;
	case VALUE_DECIMAL:
		v.i = ((int64_t)draw(&g->d, 5) - 2) * 5000;
		break;
	case VALUE_STRING:
		v.s = PICK(&g->d, gen_words);
		break;
	case VALUE_TIME:
		v.i = GEN_NOW_NS + ((int64_t)draw(&g->d, 5) - 2) * GEN_DAY_NS;
		break;
	default:
		break;
	}
	return v;
}

static inline struct value gen_set(struct gen *g, enum value_type of)
{
	size_t len = draw(&g->d, 3);
	struct value *items = gen_alloc(g, len, sizeof(*items));

	for (size_t i = 0; i < len; i++)
		items[i] = gen_value(g, chance(&g->d, 16) ? VALUE_INT : of);
	return (struct value){.type = VALUE_SET, .set = items, .set_len = len};
}

/* ---- the mesh ---- */

static inline struct strlist gen_tag_list(struct gen *g)
{
	return LIST_OF(g, gen_tags, 2);
}

static inline struct object gen_object(struct gen *g, const char *name)
{
	struct object o = {.name = name, .tags = gen_tag_list(g)};

	o.columns_len = chance(&g->d, 8) ? 0 : 1 + draw(&g->d, 6);
	o.columns = gen_alloc(g, o.columns_len, sizeof(*o.columns));
	for (size_t i = 0; i < o.columns_len; i++) {
		o.columns[i].name = gen_columns[i];
		o.columns[i].tags = gen_tag_list(g);
		o.columns[i].rank = (int)draw(&g->d, 4);
		if (o.columns[i].rank > o.rank)
			o.rank = o.columns[i].rank;
	}
	return o;
}

static inline struct port gen_port(struct gen *g, const char *name)
{
	struct port p = {.name = name,
	    .entry = name,
	    .tags = gen_tag_list(g),
	    .contract = (int)draw(&g->d, 2) - 1};

	p.objects_len = draw(&g->d, 3);
	p.objects = gen_alloc(g, p.objects_len, sizeof(*p.objects));
	for (size_t i = 0; i < p.objects_len; i++) {
		p.objects[i] = gen_object(g, i ? "lines" : "orders");
		if (p.objects[i].rank > p.rank)
			p.rank = p.objects[i].rank;
	}
	return p;
}

static inline int64_t gen_end(struct gen *g)
{
	return chance(&g->d, 5) ? gen_value(g, VALUE_TIME).i : WHEN_NONE;
}

static inline void gen_product(struct gen *g)
{
	struct product *p = &g->product;

	p->domain = "sales";
	p->name = p->entry = "orders";
	p->status = PICK(&g->d, gen_status);
	p->tags = gen_tag_list(g);
	p->sealed = chance(&g->d, 4);
	p->team = gen_alloc(g, 2, sizeof(*p->team));
	p->team_len = draw(&g->d, 3);
	for (size_t i = 0; i < p->team_len; i++)
		p->team[i] = (struct member){.username = i ? "ada@x.org" : PICK(&g->d, gen_users),
		    .role = "owner",
		    .date_in_ns = gen_end(g),
		    .date_out_ns = gen_end(g)};
	p->contracts = gen_alloc(g, 1, sizeof(*p->contracts));
	p->contracts_len = 1;
	p->end_of_life_ns = p->contracts[0].end_of_life_ns = gen_end(g);
	p->ports = gen_alloc(g, 2, sizeof(*p->ports));
	p->ports_len = 2;
	for (size_t i = 0; i < 2; i++) {
		p->ports[i] = gen_port(g, i ? "refunds" : "orders");
		if (p->ports[i].rank > p->rank)
			p->rank = p->ports[i].rank;
	}
}

static inline void gen_resource(struct gen *g)
{
	struct port *port = &g->product.ports[draw(&g->d, 2)];
	struct resource at = {&g->mesh, "sales", &g->product, port, NULL};

	if (port->objects_len > 0 && !chance(&g->d, 6))
		at.object = &port->objects[draw(&g->d, (uint32_t)port->objects_len)];
	g->rq.resource = at;
	g->extra = LIST_OF(g, gen_extra, 2);
}

/* ---- the caller ---- */

static inline void gen_attributes(struct gen *g)
{
	static const struct {
		const char *name;
		enum value_type type;
	} known[] = {{"region", VALUE_STRING}, {"level", VALUE_INT}, {"score", VALUE_DECIMAL},
	    {"since", VALUE_TIME}, {"vip", VALUE_BOOL}, {"regions", VALUE_SET}};
	struct attribute *out = gen_alloc(g, 6, sizeof(*out));

	g->who.attributes = out;
	for (size_t i = 0; i < 6; i++) {
		enum value_type type = chance(&g->d, 12) ? VALUE_INT : known[i].type;

		if (chance(&g->d, 4))
			continue;
		out[g->who.attributes_len++] = (struct attribute){known[i].name,
		    type == VALUE_SET ? gen_set(g, VALUE_STRING) : gen_value(g, type)};
	}
}

static inline void gen_caller(struct gen *g)
{
	static const char *emails[] = {"ada@x.org"};

	g->who = (struct principal){.user = PICK(&g->d, gen_users),
	    .groups = LIST_OF(g, gen_groups, 2),
	    .roles = LIST_OF(g, gen_roles, 1)};
	if (strcmp(g->who.user, "ada") == 0)
		g->who.emails = (struct strlist){emails, 1};
	gen_attributes(g);
	g->now = (struct context){.now_ns = GEN_NOW_NS + (int64_t)draw(&g->d, 2) * GEN_DAY_NS,
	    .weekday = 1 + (int)draw(&g->d, 7),
	    .minute_of_day = (int)draw(&g->d, 4),
	    .host = PICK(&g->d, gen_words),
	    .break_glass = chance(&g->d, 4),
	    .purpose = chance(&g->d, 3) ? NULL : gen_words[4 + draw(&g->d, 2)]};
}

static inline void gen_rows(struct gen *g)
{
	static const enum value_type types[] = {
	    VALUE_STRING, VALUE_INT, VALUE_TIME, VALUE_DECIMAL, VALUE_STRING};

	for (size_t r = 0; r < GEN_ROWS; r++) {
		g->rows[r].names = gen_row_names;
		for (size_t c = 0; c < 5; c++) {
			enum value_type type = chance(&g->d, 8) ? VALUE_NULL : types[c];

			g->rows[r].cells[c] = gen_value(
			    g, chance(&g->d, 16) ? VALUE_MISSING : type);
		}
	}
}

static inline const struct value *gen_cell(const void *row, const char *column)
{
	const struct gen_row *r = row;

	for (size_t c = 0; c < 5; c++) {
		if (strcmp(r->names[c], column) == 0)
			return &r->cells[c];
	}
	return NULL;
}

#endif
