/*
 * JSON Schema 2020-12 of an object's columns. The contract's nested properties are dotted columns
 * in the model; here they become objects again.
 */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "catalog/base/cleanup.h"
#include "fs/render/names.h"
#include "fs/render/render.h"
#include "fs/render/text.h"

/*
 * A name with more dots keeps the rest of them: readers of JSON commonly refuse more than 64
 * levels, and each takes two.
 */
#define MAX_DEPTH 24

struct node {
	const char *dotted; /* its whole name, from ... */
	size_t start, end; /* ... and where its own part of it lies */
	const struct column *column; /* NULL: only something to hold others */
	struct node *first, *last, *next; /* kids, in the contract's order; the next sibling */
};

struct schema {
	const struct mesh *mesh;
	struct arena *arena;
	struct names nodes; /* dotted name -> node */
	struct node root;
	struct buf *out;
};

/* ---- the tree of names ---- */

static struct node *add_node(struct schema *s, struct node *parent, const char *dotted, size_t len)
{
	struct node *n = names_get(&s->nodes, dotted, len);

	if (n)
		return n;
	n = arena_alloc(s->arena, sizeof(*n));
	if (!n || names_put(&s->nodes, dotted, len, n) < 0)
		return NULL;
	n->dotted = dotted;
	n->start = parent == &s->root ? 0 : parent->end + 1;
	n->end = len;
	if (parent->last)
		parent->last->next = n;
	else
		parent->first = n;
	parent->last = n;
	return n;
}

static int add_column(struct schema *s, const struct column *c)
{
	struct node *at = &s->root;
	const char *dot = c->name;

	for (int depth = 1; at && depth < MAX_DEPTH && (dot = strchr(dot, '.')); depth++, dot++)
		at = add_node(s, at, c->name, (size_t)(dot - c->name));
	at = at ? add_node(s, at, c->name, strlen(c->name)) : NULL;
	if (!at)
		return -ENOMEM;
	at->column = c;
	return 0;
}

/* ---- types ---- */

struct type {
	const char *logical, *json, *format;
};

/* The logical types of ODCS v3, and those that v2.2 contracts use besides. */
static const struct type types[] = {
    {"string", "string", NULL},
    {"text", "string", NULL},
    {"date", "string", "date"},
    {"timestamp", "string", "date-time"},
    {"datetime", "string", "date-time"},
    {"time", "string", NULL},
    {"number", "number", NULL},
    {"decimal", "number", NULL},
    {"numeric", "number", NULL},
    {"double", "number", NULL},
    {"float", "number", NULL},
    {"integer", "integer", NULL},
    {"int", "integer", NULL},
    {"long", "integer", NULL},
    {"bigint", "integer", NULL},
    {"boolean", "boolean", NULL},
    {"object", "object", NULL},
    {"array", "array", NULL},
};

static const struct type *find_type(const char *logical)
{
	for (size_t i = 0; logical && i < ARRAY_LEN(types); i++)
		if (strcasecmp(types[i].logical, logical) == 0)
			return &types[i];
	return NULL;
}

static const struct type *node_type(const struct node *n)
{
	static const struct type object = {NULL, "object", NULL};

	return n->first ? &object : find_type(n->column ? n->column->logical_type : NULL);
}

/* ---- JSON ---- */

/* The members of one JSON object. */
struct members {
	struct buf *out;
	int indent;
	bool begun;
};

static void key(struct members *m, const char *name)
{
	buf_printf(m->out, "%s\n%*s\"%s\": ", m->begun ? "," : "", m->indent, "", name);
	m->begun = true;
}

static void text(struct members *m, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	key(m, name);
	buf_json(m->out, value);
}

static void tags(struct members *m, const struct strlist *l)
{
	if (!l->len)
		return;
	key(m, "x-tags");
	text_json_list(m->out, l);
}

static void write_node(struct schema *s, const struct node *n, int indent);

/* A column that is not required may be absent or null. */
static bool is_required(const struct node *n)
{
	return n->column && n->column->required;
}

static void name_of(struct buf *out, const struct node *n)
{
	buf_json_len(out, n->dotted + n->start, n->end - n->start);
}

static void write_required(struct members *m, const struct node *n)
{
	bool begun = false;

	for (const struct node *kid = n->first; kid; kid = kid->next) {
		if (!is_required(kid))
			continue;
		if (!begun)
			key(m, "required");
		buf_puts(m->out, begun ? ", " : "[");
		name_of(m->out, kid);
		begun = true;
	}
	if (begun)
		buf_addc(m->out, ']');
}

static void write_kids(struct schema *s, struct members *m, const struct node *n)
{
	key(m, "properties");
	buf_addc(m->out, '{');
	for (const struct node *kid = n->first; kid; kid = kid->next) {
		buf_printf(m->out, "%s\n%*s", kid == n->first ? "" : ",", m->indent + 2, "");
		name_of(m->out, kid);
		buf_puts(m->out, ": ");
		write_node(s, kid, m->indent + 4);
	}
	if (n->first)
		buf_printf(m->out, "\n%*s", m->indent, "");
	buf_addc(m->out, '}');
	write_required(m, n);
}

static void write_type(struct members *m, const struct node *n)
{
	const struct type *t = node_type(n);

	if (!t)
		return;
	key(m, "type");
	buf_printf(m->out, is_required(n) ? "\"%s\"" : "[\"%s\", \"null\"]", t->json);
	text(m, "format", t->format);
}

static void write_node(struct schema *s, const struct node *n, int indent)
{
	struct members m = {.out = s->out, .indent = indent};
	const struct column *c = n->column;

	buf_addc(s->out, '{');
	write_type(&m, n);
	if (c) {
		text(&m, "description", c->description);
		text(&m, "x-classification", text_class(s->mesh, c->rank));
		tags(&m, &c->tags);
	}
	if (n->first)
		write_kids(s, &m, n);
	if (m.begun)
		buf_printf(s->out, "\n%*s", indent - 2, "");
	buf_addc(s->out, '}');
}

static void write_root(struct schema *s, const struct object *o)
{
	struct members m = {.out = s->out, .indent = 2};

	buf_addc(s->out, '{');
	text(&m, "$schema", "https://json-schema.org/draft/2020-12/schema");
	text(&m, "title", o->name);
	text(&m, "description", o->description);
	text(&m, "type", "object");
	text(&m, "x-classification", text_class(s->mesh, o->rank));
	tags(&m, &o->tags);
	write_kids(s, &m, &s->root);
	buf_puts(s->out, "\n}\n");
}

int render_json_schema(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	const struct object *o = d->what;
	struct arena arena;
	struct schema s = {
	    .mesh = env->ask->resource.mesh,
	    .arena = &arena,
	    .nodes = {.arena = &arena},
	    .out = out,
	};
	int rc = 0;

	arena_init(&arena);
	for (size_t i = 0; rc == 0 && i < o->columns_len; i++)
		rc = add_column(&s, &o->columns[i]);
	if (rc == 0)
		write_root(&s, o);
	arena_clear(&arena);
	return rc < 0 ? rc : buf_error(out);
}
