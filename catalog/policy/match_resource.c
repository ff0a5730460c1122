#include "catalog/base/when.h"
#include "catalog/policy/match.h"

const char *asked_domain(const struct asked *q)
{
	return q->at.product ? q->at.product->domain : q->at.domain;
}

const struct strlist *asked_tags(const struct asked *q)
{
	if (q->column)
		return &q->column->tags;
	if (q->at.object)
		return &q->at.object->tags;
	if (q->at.port)
		return &q->at.port->tags;
	return q->at.product ? &q->at.product->tags : NULL;
}

int asked_rank(const struct asked *q)
{
	if (q->column)
		return q->column->rank;
	if (q->at.object)
		return q->at.object->rank;
	if (q->at.port)
		return q->at.port->rank;
	return q->at.product ? q->at.product->rank : -1;
}

int64_t asked_end_of_life_ns(const struct asked *q)
{
	const struct product *product = q->at.product;
	const struct port *port = q->at.port;

	if (!product)
		return WHEN_NONE;
	if (port && port->contract >= 0 && (size_t)port->contract < product->contracts_len)
		return product->contracts[port->contract].end_of_life_ns;
	return product->end_of_life_ns;
}

/* An empty list selects all. */
static bool selects_name(const struct strlist *globs, const char *name)
{
	if (globs->len == 0)
		return true;
	for (size_t i = 0; name && i < globs->len; i++) {
		if (str_glob(globs->items[i], name))
			return true;
	}
	return false;
}

static bool selects_tags(const struct tag_sel *s, const struct strlist *tags)
{
	bool found = s->any.len == 0;

	if (s->any.len + s->all.len + s->none.len == 0)
		return true;
	if (!tags)
		return false;
	for (size_t i = 0; !found && i < s->any.len; i++)
		found = strlist_has(tags, s->any.items[i]);
	for (size_t i = 0; found && i < s->all.len; i++)
		found = strlist_has(tags, s->all.items[i]);
	for (size_t i = 0; found && i < s->none.len; i++)
		found = !strlist_has(tags, s->none.items[i]);
	return found;
}

static bool selects_rank(const struct class_sel *s, int rank)
{
	if (!s->given)
		return true;
	return rank >= 0 && rank < MODEL_MAX_CLASSES && (s->ranks >> rank & 1) != 0;
}

bool match_resource(const struct rule *r, const struct asked *q)
{
	const struct selector *s = &r->resources;
	const struct resource *at = &q->at;
	struct asked whole = {.at = *at};

	return selects_name(&s->products, at->product ? at->product->name : NULL) &&
	    selects_name(&s->ports, at->port ? at->port->name : NULL) &&
	    selects_name(&s->objects, at->object ? at->object->name : NULL) &&
	    selects_name(&s->domains, asked_domain(q)) &&
	    selects_name(&s->status, at->product ? at->product->status : NULL) &&
	    selects_rank(&s->classification, asked_rank(&whole)) &&
	    selects_tags(&s->tags, asked_tags(&whole));
}

bool match_column(const struct rule *r, const struct asked *q)
{
	const struct selector *s = &r->resources;

	if (!s->has_columns)
		return true;
	return q->column && selects_name(&s->column_names, q->column->name) &&
	    selects_rank(&s->column_classification, q->column->rank) &&
	    selects_tags(&s->column_tags, &q->column->tags);
}
