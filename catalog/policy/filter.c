#include "catalog/policy/filter.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/policy/canon.h"
#include "catalog/policy/condition.h"
#include "catalog/policy/filter_atom.h"

static const struct cond always = {.kind = COND_ALL};
static const struct cond never = {.kind = COND_ANY};

bool filter_is_always(const struct cond *c)
{
	return c->kind == COND_ALL && c->len == 0;
}

bool filter_is_never(const struct cond *c)
{
	return c->kind == COND_ANY && c->len == 0;
}

/* ---- one order, each once ---- */

struct part {
	const char *text;
	const struct cond *cond;
};

static int part_order(const void *a, const void *b)
{
	return strcmp(((const struct part *)a)->text, ((const struct part *)b)->text);
}

static const char *canon_text(const struct cond *c, struct arena *a)
{
	struct buf text;
	const char *copy = NULL;

	buf_init(&text);
	canon_cond(c, &text);
	if (!buf_error(&text))
		copy = arena_strndup(a, text.data, text.len);
	buf_clear(&text);
	return copy;
}

/* Adds a part, or the parts of a part of the same kind. */
static bool add_parts(
    struct part *parts, size_t *len, enum cond_kind kind, const struct cond *c, struct arena *a)
{
	size_t n = c->kind == kind ? c->len : 1;

	for (size_t i = 0; i < n; i++) {
		const struct cond *part = c->kind == kind ? &c->kids[i] : c;

		parts[*len] = (struct part){canon_text(part, a), part};
		if (!parts[(*len)++].text)
			return false;
	}
	return true;
}

static const struct cond *make(enum cond_kind kind, struct part *parts, size_t len, struct arena *a)
{
	struct cond *c = arena_alloc(a, sizeof(*c));
	struct cond *kids = arena_array(a, len, sizeof(*kids));
	size_t n = 0;

	if (!c || !kids)
		return NULL;
	if (len > 0)
		qsort(parts, len, sizeof(*parts), part_order);
	for (size_t i = 0; i < len; i++) {
		if (i == 0 || strcmp(parts[i].text, parts[i - 1].text) != 0)
			kids[n++] = *parts[i].cond;
	}
	*c = (struct cond){.kind = kind, .kids = kids, .len = n};
	return n == 1 ? &kids[0] : c;
}

const struct cond *filter_combine(
    enum cond_kind kind, const struct cond *const *parts, size_t len, struct arena *a)
{
	size_t room = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		if (kind == COND_ALL ? filter_is_never(parts[i]) : filter_is_always(parts[i]))
			return parts[i];
		room += parts[i]->kind == kind ? parts[i]->len : 1;
	}

	struct part *all = arena_array(a, room, sizeof(*all));

	for (size_t i = 0; i < len; i++) {
		if (!all || !add_parts(all, &n, kind, parts[i], a))
			return NULL;
	}
	return all ? make(kind, all, n, a) : NULL;
}

/* ---- resolving ---- */

struct resolver {
	const struct scene *at;
	struct arena *a;
};

static const struct cond *resolve(
    const struct resolver *r, const struct cond *c, bool negated, int depth);

static const struct cond *resolve_kids(
    const struct resolver *r, const struct cond *c, bool negated, int depth)
{
	const struct cond **parts = arena_array(r->a, c->len, sizeof(*parts));

	for (size_t i = 0; parts && i < c->len; i++) {
		parts[i] = resolve(r, &c->kids[i], negated, depth + 1);
		if (!parts[i])
			return NULL;
	}
	if (!parts)
		return NULL;
	return filter_combine(
	    (c->kind == COND_ALL) != negated ? COND_ALL : COND_ANY, parts, c->len, r->a);
}

static const struct cond *resolve_atom(const struct resolver *r, const struct cond *c, bool negated)
{
	struct cond *atom = arena_alloc(r->a, sizeof(*atom));

	if (!atom)
		return NULL;
	switch (filter_atom(c, r->at, negated, r->a, atom)) {
	case FILTER_ALWAYS:
		return &always;
	case FILTER_NEVER:
		return &never;
	case FILTER_DEPENDS:
		return atom;
	case FILTER_NO_MEMORY:
		break;
	}
	return NULL;
}

static const struct cond *resolve(
    const struct resolver *r, const struct cond *c, bool negated, int depth)
{
	if (depth >= COND_MAX_DEPTH)
		return &never;
	switch (c->kind) {
	case COND_ALL:
	case COND_ANY:
		return resolve_kids(r, c, negated, depth);
	case COND_NOT:
		return resolve(r, c->kids, !negated, depth + 1);
	case COND_ATOM:
		return resolve_atom(r, c, negated);
	}
	return &never;
}

const struct cond *filter_resolve(const struct cond *rows, const struct scene *at, struct arena *a)
{
	struct scene without_row = *at;
	struct resolver r = {.at = &without_row, .a = a};

	without_row.row = NULL;
	return resolve(&r, rows, false, 0);
}
