#include "fs/tree/xattr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "fs/render/render.h"
#include "fs/render/rendition.h"
#include "fs/tree/spot.h"

#define PREFIX "user.meshfs."

/* Each appends the value, or nothing where the place has none. */
struct attr {
	const char *name; /* after the prefix */
	void (*print)(struct spot *s, struct buf *out);
	bool hidden; /* not listed */
};

static const struct contract *contract_of(const struct spot *s)
{
	return s->port && s->port->contract >= 0 ? &s->product->contracts[s->port->contract] : NULL;
}

static void put(struct buf *out, const char *text)
{
	if (text)
		buf_puts(out, text);
}

static void print_domain(struct spot *s, struct buf *out)
{
	put(out, s->domain ? s->domain->domain->id : NULL);
}

static void print_product(struct spot *s, struct buf *out)
{
	put(out, s->product ? s->product->name : NULL);
}

static void print_version(struct spot *s, struct buf *out)
{
	put(out, s->port ? s->port->version : s->product ? s->product->version : NULL);
}

static void print_owner(struct spot *s, struct buf *out)
{
	const struct member *m = s->product ? product_owner(s->product, s->ask.context.now_ns) : NULL;

	if (m)
		put(out, m->username);
	else if (s->domain && s->domain->domain->owners_len > 0)
		put(out, s->domain->domain->owners[0].user);
}

static void print_classification(struct spot *s, struct buf *out)
{
	const struct strlist *ladder = &snapshot_mesh(s->world->snap)->classifications;
	int rank = s->object ? s->object->rank : s->port ? s->port->rank : s->product ? s->product->rank : -1;

	if (rank >= 0 && (size_t)rank < ladder->len)
		put(out, ladder->items[rank]);
}

static void print_tags(struct spot *s, struct buf *out)
{
	const struct strlist *tags = s->object	  ? &s->object->tags
				     : s->port	  ? &s->port->tags
				     : s->product ? &s->product->tags
				     : s->domain  ? &s->domain->domain->tags
						  : NULL;

	for (size_t i = 0; tags && i < tags->len; i++)
		buf_printf(out, "%s%s", i ? "," : "", tags->items[i]);
}

static void print_contract(struct spot *s, struct buf *out)
{
	const struct contract *c = contract_of(s);

	if (c)
		buf_printf(out, "%s %s", c->id, c->version ? c->version : "");
}

static void print_freshness(struct spot *s, struct buf *out)
{
	const struct contract *c = contract_of(s);

	for (size_t i = 0; c && i < c->slas_len; i++) {
		const struct sla *sla = &c->slas[i];

		if (strcmp(sla->property, "freshness") != 0 && strcmp(sla->property, "latency") != 0)
			continue;
		buf_printf(out, "%s%s%s", sla->value ? sla->value : "", sla->unit ? " " : "", sla->unit ? sla->unit : "");
		return;
	}
}

static void print_view(struct spot *s, struct buf *out)
{
	struct strlist none = {0};
	struct view v = {0};

	if (!s->port)
		return;
	spot_ask_object(s, s->object);
	if (gate_view(&s->ask, none, &s->arena, &v) == 0)
		view_print(&v, out);
}

/* The document at the place; NULL: a directory. */
static const struct doc *doc_of(struct spot *s)
{
	struct doc_env env;
	struct doc_list list;

	spot_ask_product(s);
	env = spot_doc_env(s);
	if (docs_list(s->place->section, &env, &s->arena, &list) < 0)
		return NULL;
	return docs_find(&list, s->place->rel);
}

static enum action action_of(struct spot *s)
{
	const struct doc *d = s->place->kind == PLACE_DOCS ? doc_of(s) : NULL;

	if (s->port)
		return ACTION_READ;
	if (d)
		return d->own ? ACTION_DISCOVER : d->action;
	return ACTION_LIST;
}

static void print_decision(struct spot *s, struct buf *out)
{
	struct strlist none = {0};
	const char *why = NULL;
	struct view v = {0};

	if (!s->product)
		return;
	if (!s->port) {
		put(out, gate_may(&s->ask, action_of(s)) ? "allow" : "deny");
		return;
	}
	spot_ask_object(s, s->object);
	if (gate_view(&s->ask, none, &s->arena, &v) < 0 || v.deny)
		buf_printf(out, "deny: %s", v.reason);
	else if (!v.identity && !rendition_of_file_possible(&s->ask, s->place->rel, &why))
		buf_printf(out, "deny: needs a filtered view, which cannot be produced: %s; %s", why, v.reason);
	else
		put(out, v.identity ? "allow" : "allow: a filtered view");
}

static void print_explain(struct spot *s, struct buf *out)
{
	struct strlist none = {0};

	if (s->product)
		(void)render_explain(&s->ask, place_in_mesh(s->place->path), action_of(s), none, out);
}

static const struct attr attrs[] = {
	{"domain", print_domain, false},
	{"product", print_product, false},
	{"version", print_version, false},
	{"owner", print_owner, false},
	{"classification", print_classification, false},
	{"tags", print_tags, false},
	{"contract", print_contract, false},
	{"freshness", print_freshness, false},
	{"view", print_view, false},
	{"decision", print_decision, false},
	{"explain", print_explain, true},
};

/* The value in `out`; -ENODATA where there is none. */
static int value_of(const struct attr *a, struct spot *s, struct buf *out)
{
	a->print(s, out);
	if (buf_error(out) < 0)
		return -ENOMEM;
	return out->len ? 0 : -ENODATA;
}

static int get_one(struct spot *s, const char *name, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(attrs); i++)
		if (strcmp(attrs[i].name, name) == 0)
			return value_of(&attrs[i], s, out);
	return -ENODATA;
}

static int list_all(struct spot *s, struct buf *out)
{
	struct buf value;

	buf_init(&value);
	for (size_t i = 0; i < ARRAY_LEN(attrs); i++) {
		buf_reset(&value);
		if (attrs[i].hidden || value_of(&attrs[i], s, &value) < 0)
			continue;
		buf_printf(out, PREFIX "%s", attrs[i].name);
		buf_addc(out, '\0');
	}
	buf_clear(&value);
	return buf_error(out);
}

struct run_arg {
	const char *name; /* NULL: the list */
	struct buf *out;
};

static int run_at(struct node *n, struct spot *s, void *arg)
{
	const struct run_arg *a = arg;

	(void)n;
	return a->name ? get_one(s, a->name, a->out) : list_all(s, a->out);
}

static int take(struct buf *out, int rc, char **ret, size_t *ret_len)
{
	if (rc == 0) {
		*ret = buf_take(out, ret_len);
		if (!*ret)
			rc = -ENOMEM;
	}
	buf_clear(out);
	return tree_errno(rc);
}

int xattr_get(struct tree *t, struct asker who, uint64_t id, const char *name, char **ret, size_t *ret_len)
{
	struct buf out;
	struct run_arg arg = {.out = &out};

	if (!str_starts(name, PREFIX))
		return str_starts(name, "user.") ? -ENODATA : -EOPNOTSUPP;
	arg.name = name + strlen(PREFIX);
	buf_init(&out);
	return take(&out, tree_with_spot(t, who, id, run_at, &arg), ret, ret_len);
}

int xattr_list(struct tree *t, struct asker who, uint64_t id, char **ret, size_t *ret_len)
{
	struct buf out;
	struct run_arg arg = {.out = &out};

	buf_init(&out);
	return take(&out, tree_with_spot(t, who, id, run_at, &arg), ret, ret_len);
}
