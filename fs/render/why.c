#include "fs/render/why.h"

#include <inttypes.h>
#include <string.h>

#include "fs/render/rendition.h"
#include "fs/render/text.h"

void why_decide(const struct ask *ask, enum action action, struct arena *a, struct decision *ret)
{
	struct request rq = {
	    .principal = &ask->caller->principal,
	    .context = &ask->context,
	    .resource = ask->resource,
	    .rules = ask->rules,
	};

	policy_decide(&rq, action, a, ret);
}

bool why_readable(
    const struct why *w, const struct ask *ask, const struct view *v, const char **ret_why)
{
	*ret_why = NULL;
	return !v->deny && (v->identity || rendition_possible(ask, w->file, ret_why));
}

static void line(const struct why *w, const char *key)
{
	buf_printf(w->out, "%*s%s: ", w->indent, "", key);
}

static void text_line(const struct why *w, const char *key, const char *text)
{
	line(w, key);
	buf_yaml(w->out, text);
	buf_addc(w->out, '\n');
}

/* Writes the text in `b` as the key's value and empties it. */
static void buf_line(const struct why *w, const char *key, struct buf *b)
{
	if (buf_error(b))
		w->out->error = buf_error(b);
	text_line(w, key, b->data ? b->data : "");
	buf_clear(b);
}

/* ---- rules ---- */

static void rule_name(struct buf *b, const struct rule *r)
{
	const struct scope *s = &r->scope;

	buf_printf(b, "%s ", effect_name(r->effect));
	switch (s->level) {
	case SCOPE_BUILTIN:
		buf_printf(b, "built-in:%s", r->id);
		return;
	case SCOPE_MESH:
		buf_puts(b, "mesh");
		break;
	case SCOPE_DOMAIN:
		buf_printf(b, "domain:%s", s->domain);
		break;
	case SCOPE_PRODUCT:
		buf_printf(b, "product:%s/%s", s->domain, s->product);
		break;
	}
	buf_printf(b, ":%s (%s:%d)", r->id, r->file ? r->file : "?", r->line);
}

static void rule_yaml(struct buf *out, const struct rule *r)
{
	struct buf b;

	buf_init(&b);
	rule_name(&b, r);
	if (buf_error(&b))
		out->error = buf_error(&b);
	buf_yaml(out, b.data);
	buf_clear(&b);
}

void why_rules(const struct why *w, const struct rule *const *rules, size_t len)
{
	buf_printf(w->out, "%*srules:%s\n", w->indent, "", len ? "" : " []");
	for (size_t i = 0; i < len; i++) {
		buf_printf(w->out, "%*s- ", w->indent + 2, "");
		rule_yaml(w->out, rules[i]);
		buf_addc(w->out, '\n');
	}
}

void why_rules_inline(struct buf *out, const struct rule *const *rules, size_t len)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < len; i++) {
		buf_puts(out, i ? ", " : "");
		rule_yaml(out, rules[i]);
	}
	buf_addc(out, ']');
}

/* ---- columns ---- */

/* Columns with the same outcome share its lists; where they do not, they are only shown apart. */
static bool alike(const struct view_column *a, const struct view_column *b)
{
	return a->dropped == b->dropped && a->rules == b->rules && a->why == b->why &&
	    a->rows.permits == b->rows.permits && a->rows.restricts == b->rows.restricts;
}

static bool is_filtered(const struct view_column *c)
{
	return c->rows.permits_len + c->rows.restricts_len > 0;
}

static void column_outcome(const struct why *w, const struct view_column *c)
{
	struct buf b;

	buf_init(&b);
	if (c->dropped) {
		text_line(w, "gets", "dropped");
		text_line(w, "why", c->why);
		return;
	}
	text_line(w, "gets", c->mask.fn == MASK_NONE ? "raw" : "masked");
	if (c->mask.fn != MASK_NONE) {
		mask_print(&c->mask, &b);
		buf_line(w, "mask", &b);
	}
	if (is_filtered(c)) {
		row_filter_print(&c->rows, &b);
		buf_line(w, "rows", &b);
	}
}

/* Neighbours of the same outcome as one element. Returns how many. */
static size_t column_group(const struct why *w, const struct view_column *columns, size_t len)
{
	struct why inner = {.out = w->out, .indent = w->indent + 2};
	size_t n = 1;

	while (n < len && alike(&columns[0], &columns[n]))
		n++;
	buf_printf(w->out, "%*s- names: [", w->indent, "");
	for (size_t i = 0; i < n; i++) {
		buf_puts(w->out, i ? ", " : "");
		buf_yaml(w->out, columns[i].name);
	}
	buf_puts(w->out, "]\n");
	column_outcome(&inner, &columns[0]);
	line(&inner, "rules");
	why_rules_inline(w->out, columns[0].rules, columns[0].rules_len);
	buf_addc(w->out, '\n');
	return n;
}

static void list_columns(const struct why *w, const struct view *v)
{
	struct why inner = {.out = w->out, .indent = w->indent + 2};

	buf_printf(w->out, "%*scolumns:%s\n", w->indent, "", v->columns_len ? "" : " []");
	for (size_t i = 0; i < v->columns_len;)
		i += column_group(&inner, &v->columns[i], v->columns_len - i);
}

static void count_columns(const struct why *w, const struct view *v)
{
	size_t dropped = 0, masked = 0, filtered = 0;

	for (size_t i = 0; i < v->columns_len; i++) {
		const struct view_column *c = &v->columns[i];

		dropped += c->dropped;
		masked += !c->dropped && c->mask.fn != MASK_NONE;
		filtered += !c->dropped && is_filtered(c);
	}
	line(w, "columns");
	buf_printf(w->out,
	    "{of: %zu, dropped: %zu, masked: %zu, filtered: %zu} # their names need readMetadata\n",
	    v->columns_len, dropped, masked, filtered);
}

/* ---- the view ---- */

/* The sentence about a view that is not the identity names columns. */
static void served(const struct why *w, const struct ask *ask, const struct view *v)
{
	const char *whole = rendition_is_database(ask->resource.product, ask->resource.port)
	    ? "the whole table"
	    : "as stored";
	struct buf b;

	buf_init(&b);
	buf_puts(&b, v->identity ? whole : "filtered");
	if (!v->identity && w->names)
		buf_printf(&b, ": %s", v->reason);
	buf_line(w, "served", &b);
}

static void refused(const struct why *w, const struct view *v, const char *why)
{
	struct buf b;

	buf_init(&b);
	if (v->deny)
		buf_puts(&b, v->reason);
	else
		buf_printf(&b, "needs a filtered view, which cannot be produced: %s", why);
	if (!v->deny && w->names)
		buf_printf(&b, "; %s", v->reason);
	buf_line(w, "reason", &b);
}

void why_view(const struct why *w, const struct ask *ask, const struct view *v)
{
	const char *why = NULL;
	struct buf b;

	if (why_readable(w, ask, v, &why)) {
		served(w, ask, v);
	} else {
		refused(w, v, why);
		why_mend(w, ask, v->rules, v->rules_len);
	}
	buf_init(&b);
	if (w->names || v->deny || v->identity) {
		view_print(v, &b);
		buf_line(w, "view", &b);
	}
	why_rules(w, v->rules, v->rules_len);
	if (w->names)
		list_columns(w, v);
	else
		count_columns(w, v);
}

/* ---- what to do ---- */

static bool has_effect(const struct rule *const *rules, size_t len, enum effect e)
{
	for (size_t i = 0; i < len; i++)
		if (rules[i]->effect == e)
			return true;
	return false;
}

static void add_owner(struct buf *b, const struct ask *ask)
{
	const struct product *p = ask->resource.product;
	const struct member *owner = p ? product_owner(p, ask->context.now_ns) : NULL;

	buf_puts(b, owner && owner->username ? owner->username : "the owners");
	buf_puts(b, p ? " of the product" : " of the domain");
}

static void add_purpose(struct buf *b, const struct ask *ask)
{
	const struct product *p = ask->resource.product;

	if (ask->context.purpose || !ask->resource.mesh->purposes.len || !p)
		return;
	buf_printf(b,
	    ", or open it for your purpose, below .purpose/<purpose>/%s/%s, if it is one of the mesh's",
	    p->domain, p->entry);
}

void why_mend(
    const struct why *w, const struct ask *ask, const struct rule *const *rules, size_t len)
{
	struct buf b;

	buf_init(&b);
	if (has_effect(rules, len, EFFECT_FORBID))
		buf_puts(&b, "only whoever keeps the rules that forbid it can except you: ask ");
	else if (has_effect(rules, len, EFFECT_RESTRICT) && has_effect(rules, len, EFFECT_PERMIT))
		buf_puts(&b,
		    "this content is served whole or not at all: to be excepted from the rules that mask, filter or leave "
		    "out, ask ");
	else
		buf_puts(&b, "to be permitted, ask ");
	add_owner(&b, ask);
	add_purpose(&b, ask);
	buf_line(w, "mend", &b);
}
