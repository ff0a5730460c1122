#include "catalog/policy/content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- opaque content ---- */

/* The column "*" of content without columns, with the resource's tags and classification. */
static const struct column *whole(const struct resource *at, struct arena *a)
{
	struct asked q = {.at = *at};
	struct column *c = arena_alloc(a, sizeof(*c));

	if (!c)
		return NULL;
	c->name = "*";
	c->tags = *asked_tags(&q);
	c->rank = asked_rank(&q);
	return c;
}

/* Writes what the port's objects hold, or only counts it where `to` is NULL. */
static int hold_port(const struct resource *at, struct arena *a, struct held *to, size_t *n)
{
	for (size_t i = 0; i < at->port->objects_len; i++) {
		struct resource below = *at;
		const struct object *o = below.object = &at->port->objects[i];

		for (size_t k = 0; to && k < o->columns_len; k++)
			to[*n + k] = (struct held){at->port, o, &o->columns[k]};
		if (to && o->columns_len == 0) {
			to[*n] = (struct held){at->port, o, whole(&below, a)};
			if (!to[*n].column)
				return -ENOMEM;
		}
		*n += o->columns_len > 0 ? o->columns_len : 1;
	}
	return 0;
}

static int hold_ports(const struct resource *at, struct arena *a, struct held *to, size_t *n)
{
	int error = 0;

	*n = 0;
	if (at->port)
		return hold_port(at, a, to, n);
	for (size_t i = 0; !error && i < at->product->ports_len; i++) {
		struct resource below = *at;

		below.port = &at->product->ports[i];
		if (to)
			to[*n] = (struct held){below.port, NULL, whole(&below, a)};
		error = to && !to[*n].column ? -ENOMEM : 0;
		(*n)++;
		if (!error)
			error = hold_port(&below, a, to, n);
	}
	return error;
}

static int build_opaque(struct content *c, struct arena *a)
{
	struct held *held = NULL;
	size_t n = 0;
	int error = 0;

	if (!c->at.object) {
		(void)hold_ports(&c->at, a, NULL, &n);
		held = arena_array(a, n, sizeof(*held));
		error = held ? hold_ports(&c->at, a, held, &n) : -ENOMEM;
	}
	c->columns = arena_array(a, 1, sizeof(*c->columns));
	if (error || !c->columns)
		return -ENOMEM;
	c->columns[0] = (struct content_column){.column = whole(&c->at, a), .held_to = n};
	if (!c->columns[0].column)
		return -ENOMEM;
	c->held = held;
	c->len = 1;
	return 0;
}

/* ---- columns ---- */

static int by_name(const void *a, const void *b)
{
	const struct held *x = a;
	const struct held *y = b;

	return strcmp(x->column->name, y->column->name);
}

/* The contract's columns in the order of their names: what lies below "address" is one range. */
static struct held *sorted_columns(const struct resource *at, struct arena *a)
{
	const struct object *o = at->object;
	struct held *held = arena_array(a, o->columns_len, sizeof(*held));

	for (size_t i = 0; held && i < o->columns_len; i++)
		held[i] = (struct held){at->port, o, &o->columns[i]};
	if (held && o->columns_len > 0)
		qsort(held, o->columns_len, sizeof(*held), by_name);
	return held;
}

/* The first index whose name is not before the `len` bytes of `name` followed by `next` (0: by the
 * end). */
static size_t lower_bound(const struct content *c, const char *name, size_t len, char next)
{
	size_t low = 0;
	size_t high = c->at.object->columns_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *have = c->held[mid].column->name;
		int order = strncmp(have, name, len);

		if (order == 0)
			order = (unsigned char)have[len] - (unsigned char)next;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The contract's column with this name; NULL: none. */
static const struct column *find(const struct content *c, const char *name, size_t len)
{
	size_t i = lower_bound(c, name, len, '\0');
	const struct column *found = i < c->at.object->columns_len ? c->held[i].column : NULL;

	return found && strncmp(found->name, name, len) == 0 && found->name[len] == '\0' ? found
											 : NULL;
}

/* The nearest column of the contract that this one lies below; NULL: none. */
static const struct column *parent(const struct content *c, const char *name)
{
	for (size_t len = strlen(name); len > 0; len--) {
		const struct column *found = name[len - 1] == '.' ? find(c, name, len - 1) : NULL;

		if (found)
			return found;
	}
	return NULL;
}

static int add_extra(struct content *c, const char *name, struct arena *a)
{
	const struct resource *at = &c->at;
	struct column *column = arena_alloc(a, sizeof(*column));
	const struct column *above = parent(c, name);

	if (!column || !(column->name = arena_strdup(a, name)))
		return -ENOMEM;
	column->tags = above ? above->tags : at->object->tags;
	/* "*" is content whose columns nobody can tell: classified as its object. */
	column->rank = at->mesh && strcmp(name, "*") != 0 ? at->mesh->default_rank
							  : at->object->rank;
	if (above && above->rank > column->rank)
		column->rank = above->rank;
	c->columns[c->len++] = (struct content_column){
	    .column = column,
	    .held_from = lower_bound(c, name, strlen(name), '.'),
	    .held_to = lower_bound(c, name, strlen(name), '.' + 1),
	};
	return 0;
}

struct extra {
	const char *name;
	size_t place;
};

static int extra_order(const void *a, const void *b)
{
	const struct extra *x = a;
	const struct extra *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (x->place > y->place) - (x->place < y->place);
}

/* Which of the extra names are new: in no contract, and the first of their kind. */
static bool *new_names(const struct content *c, const struct strlist *names, struct arena *a)
{
	bool *fresh = arena_array(a, names->len, sizeof(*fresh));
	struct extra *extras = arena_array(a, names->len, sizeof(*extras));

	if (!fresh || !extras)
		return NULL;
	for (size_t i = 0; i < names->len; i++)
		extras[i] = (struct extra){names->items[i], i};
	qsort(extras, names->len, sizeof(*extras), extra_order);
	for (size_t i = 0; i < names->len; i++) {
		const char *name = extras[i].name;

		fresh[extras[i].place] = (i == 0 || strcmp(name, extras[i - 1].name) != 0) &&
		    !find(c, name, strlen(name));
	}
	return fresh;
}

/* An object's classification is the maximum over its columns, and these are columns of it too. */
static int raise_object(struct content *c, struct arena *a)
{
	struct object *raised;
	int rank = c->at.object->rank;

	for (size_t i = c->at.object->columns_len; i < c->len; i++) {
		if (c->columns[i].column->rank > rank)
			rank = c->columns[i].column->rank;
	}
	if (rank == c->at.object->rank)
		return 0;
	raised = arena_alloc(a, sizeof(*raised));
	if (!raised)
		return -ENOMEM;
	*raised = *c->at.object;
	raised->rank = rank;
	c->raised = raised;
	return 0;
}

static int add_extras(struct content *c, const struct strlist *names, struct arena *a)
{
	int error = 0;

	if (names->len == 0)
		return 0;
	c->held = sorted_columns(&c->at, a);

	bool *fresh = c->held ? new_names(c, names, a) : NULL;

	if (!fresh)
		return -ENOMEM;
	for (size_t i = 0; !error && i < names->len; i++) {
		if (fresh[i])
			error = add_extra(c, names->items[i], a);
	}
	return error ? error : raise_object(c, a);
}

int content_build(
    const struct request *rq, struct strlist extra_columns, struct arena *a, struct content *ret)
{
	const struct object *o = rq->resource.object;
	struct content c = {.at = rq->resource};
	int error;

	if (!o || o->columns_len + extra_columns.len == 0) {
		error = build_opaque(&c, a);
	} else {
		c.columns = arena_array(a, o->columns_len + extra_columns.len, sizeof(*c.columns));
		for (; c.columns && c.len < o->columns_len; c.len++)
			c.columns[c.len].column = &o->columns[c.len];
		error = c.columns ? add_extras(&c, &extra_columns, a) : -ENOMEM;
	}
	if (!error)
		*ret = c;
	return error;
}

/* ---- matching ---- */

bool content_selects(const struct rule *r, const struct content *c)
{
	struct asked q = {.at = c->at};
	bool permit = r->effect == EFFECT_PERMIT;

	if (!c->raised || match_resource(r, &q) != permit)
		return match_resource(r, &q);
	q.at.object = c->raised;
	return match_resource(r, &q);
}

/* Of a known object content_selects has asked the selector. */
static bool matches_at(
    const struct rule *r, const struct request *rq, const struct content *c, const struct asked *q)
{
	return (c->at.object || match_resource(r, q)) && match_column(r, q) &&
	    match_conditions(r, rq, q);
}

bool content_matches(const struct rule *r, const struct request *rq, const struct content *c,
    const struct content_column *col)
{
	struct asked q = {.at = c->at, .column = col->column};
	bool permit = r->effect == EFFECT_PERMIT;

	if (matches_at(r, rq, c, &q) != permit)
		return !permit;
	for (size_t i = col->held_from; i < col->held_to; i++) {
		q.at.port = c->held[i].port;
		q.at.object = c->held[i].object;
		q.column = c->held[i].column;
		if (matches_at(r, rq, c, &q) != permit)
			return !permit;
	}
	return permit;
}
