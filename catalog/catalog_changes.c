#include "catalog/catalog_changes.h"

#include <errno.h>
#include <string.h>

#include "catalog/store/authored.h"

static const char signs[3] = {'+', '~', '-'};

static const struct {
	const char *one, *many; /* `many` NULL: there is but one */
} whats[CHANGE_WHATS] = {
    [CHANGE_PRODUCT] = {"product", "products"},
    [CHANGE_DOMAIN] = {"domain", "domains"},
    [CHANGE_POLICY] = {"policy", "policies"},
    [CHANGE_POLICY_TEST] = {"policy test", "policy tests"},
    [CHANGE_MESH] = {"mesh", NULL},
    [CHANGE_PRINCIPALS] = {"principals", NULL},
};

static int grow(struct catalog_changes *c)
{
	size_t cap = c->cap ? c->cap * 2 : 16;
	struct apply_change *items = arena_array(c->arena, cap, sizeof(*items));

	if (!items)
		return -ENOMEM;
	if (c->len > 0)
		memcpy(items, c->items, c->len * sizeof(*items));
	c->items = items;
	c->cap = cap;
	return 0;
}

static int add(
    struct catalog_changes *c, char kind, enum catalog_change_what what, const char *name)
{
	if (!name || (c->len == c->cap && grow(c) < 0))
		return -ENOMEM;
	c->items[c->len++] = (struct apply_change){kind, whats[what].one, name};
	for (size_t i = 0; i < sizeof(signs); i++)
		c->counts[what][i] += kind == signs[i];
	return 0;
}

/* ---- files ---- */

struct noting {
	struct catalog_changes *changes;
	const struct span_change *change;
};

/* Everything of a product but its policies stands in its body too, which is compared on its own. */
static int touch(struct catalog_changes *c, const char *domain, const char *product)
{
	char *name;

	if (c->len > 0)
		return 0;
	name = arena_printf(c->arena, "%s/%s", domain, product);
	if (!name)
		return -ENOMEM;
	return catalog_names_have(&c->touched, name)
	    ? 0
	    : catalog_names_add(&c->touched, c->arena, name);
}

static int note_file(void *arg, const char *kind, const char *product)
{
	struct noting *n = arg;
	struct catalog_changes *c = n->changes;
	const struct span_change *change = n->change;
	enum catalog_change_what what;

	if (strcmp(kind, "policy") == 0)
		what = CHANGE_POLICY;
	else if (strcmp(kind, "policy-test") == 0)
		what = CHANGE_POLICY_TEST;
	else if (strcmp(kind, "mesh") == 0)
		what = CHANGE_MESH;
	else if (strcmp(kind, "principals") == 0)
		what = CHANGE_PRINCIPALS;
	else if (*product)
		return touch(c, change->domain, product);
	else
		return 0; /* domain.yaml: the domain's own body differs too */
	return add(c, change->kind, what, arena_strdup(c->arena, change->name));
}

int catalog_changes_note(void *arg, const struct span_change *change)
{
	struct catalog_changes *c = arg;
	struct noting noting = {c, change};

	switch (change->span) {
	case SPAN_DOMAIN:
		return add(c, change->kind, CHANGE_DOMAIN, arena_strdup(c->arena, change->domain));
	case SPAN_PRODUCT:
		return add(c, change->kind, CHANGE_PRODUCT,
		    arena_printf(c->arena, "%s/%s", change->domain, change->name));
	default:
		return authored_describe(c->db, change->ref, note_file, &noting, c->err);
	}
}

int catalog_changes_settle(struct catalog_changes *c)
{
	int rc = 0;

	if (c->len > 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < c->touched.len; i++)
		rc = add(c, '~', CHANGE_PRODUCT, c->touched.items[i]);
	return rc;
}

/* ---- the summary ---- */

static void summarize(
    const struct catalog_changes *c, enum catalog_change_what what, struct buf *out)
{
	const size_t *counts = c->counts[what];
	size_t total = counts[0] + counts[1] + counts[2];

	if (total == 0)
		return;
	if (out->len > 0)
		buf_puts(out, ", ");
	for (size_t i = 0; i < sizeof(signs); i++) {
		if (counts[i] > 0 && whats[what].many)
			buf_printf(out, "%c%zu ", signs[i], counts[i]);
		else if (counts[i] > 0)
			buf_addc(out, signs[i]);
	}
	buf_puts(out, total > 1 && whats[what].many ? whats[what].many : whats[what].one);
}

const char *catalog_changes_summary(const struct catalog_changes *c)
{
	const char *summary = NULL;
	struct buf b;

	buf_init(&b);
	for (int what = 0; what < CHANGE_WHATS; what++)
		summarize(c, (enum catalog_change_what)what, &b);
	if (!buf_error(&b))
		summary = arena_strdup(c->arena, b.data ? b.data : "");
	buf_clear(&b);
	return summary;
}
