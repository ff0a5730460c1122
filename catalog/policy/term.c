#include "catalog/policy/term.h"

#include <string.h>

#include "catalog/base/when.h"

struct term term_of(struct value v)
{
	return (struct term){.value = v};
}

static struct term missing(void)
{
	return term_of((struct value){.type = VALUE_MISSING});
}

static struct term of_string(const char *s)
{
	return s ? term_of((struct value){.type = VALUE_STRING, .s = s}) : missing();
}

static struct term of_number(enum value_type type, int64_t i)
{
	return term_of((struct value){.type = type, .i = i});
}

static struct term of_strings(const struct strlist *l)
{
	return l ? (struct term){.value.type = VALUE_SET, .strings = l} : missing();
}

static struct term of_time(int64_t ns)
{
	return ns == WHEN_NONE ? missing() : of_number(VALUE_TIME, ns);
}

static struct term resolve_context(const char *name, const struct context *c)
{
	if (strcmp(name, "now") == 0)
		return of_number(VALUE_TIME, c->now_ns);
	if (strcmp(name, "purpose") == 0)
		return of_string(c->purpose);
	if (strcmp(name, "minuteOfDay") == 0)
		return of_number(VALUE_INT, c->minute_of_day);
	if (strcmp(name, "weekday") == 0)
		return of_number(VALUE_INT, c->weekday);
	if (strcmp(name, "host") == 0)
		return of_string(c->host);
	if (strcmp(name, "breakGlass") == 0)
		return of_number(VALUE_BOOL, c->break_glass);
	return missing();
}

static struct term resolve_principal(const char *name, const struct principal *p)
{
	if (strcmp(name, "user") == 0)
		return of_string(p->user);
	if (strcmp(name, "groups") == 0)
		return of_strings(&p->groups);
	if (strcmp(name, "roles") == 0)
		return of_strings(&p->roles);
	for (size_t i = 0; i < p->attributes_len; i++) {
		if (strcmp(name, p->attributes[i].name) == 0)
			return term_of(p->attributes[i].value);
	}
	return missing();
}

static const char *classification(const struct asked *q)
{
	int rank = asked_rank(q);

	if (!q->at.mesh || rank < 0 || (size_t)rank >= q->at.mesh->classifications.len)
		return NULL;
	return q->at.mesh->classifications.items[rank];
}

static struct term resolve_resource(const char *name, const struct asked *q)
{
	const struct resource *at = &q->at;

	if (strcmp(name, "tags") == 0)
		return of_strings(asked_tags(q));
	if (strcmp(name, "classification") == 0)
		return of_string(classification(q));
	if (strcmp(name, "column") == 0)
		return of_string(q->column ? q->column->name : NULL);
	if (strcmp(name, "object") == 0)
		return of_string(at->object ? at->object->name : NULL);
	if (strcmp(name, "port") == 0)
		return of_string(at->port ? at->port->name : NULL);
	if (strcmp(name, "product") == 0)
		return of_string(at->product ? at->product->name : NULL);
	if (strcmp(name, "status") == 0)
		return of_string(at->product ? at->product->status : NULL);
	if (strcmp(name, "domain") == 0)
		return of_string(asked_domain(q));
	if (strcmp(name, "endOfLife") == 0)
		return of_time(asked_end_of_life_ns(q));
	return missing();
}

static struct term resolve_row(const char *name, const struct row *row)
{
	const struct value *cell = row->cell(row->row, name);

	return cell ? term_of(*cell) : missing();
}

struct term term_resolve(const struct operand *o, const struct scene *at)
{
	switch (o->space) {
	case OPERAND_CONTEXT:
		return at->context ? resolve_context(o->name, at->context) : missing();
	case OPERAND_PRINCIPAL:
		return at->principal ? resolve_principal(o->name, at->principal) : missing();
	case OPERAND_RESOURCE:
		return at->asked ? resolve_resource(o->name, at->asked) : missing();
	case OPERAND_ROW:
		return at->row ? resolve_row(o->name, at->row) : missing();
	}
	return missing();
}
