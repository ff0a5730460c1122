#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/manifest/loading.h"

static int entry_compare(const void *a, const void *b)
{
	const struct loading_entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order)
		return order;
	order = strcmp(x->pos.file, y->pos.file);
	return order ? order : (x->pos.line > y->pos.line) - (x->pos.line < y->pos.line);
}

/* Versions of one product share their id; every other pair is a slip. */
static void check_products(struct loading *g)
{
	const struct loading_ledger *ids = &g->products;

	if (ids->len)
		qsort(ids->items, ids->len, sizeof(*ids->items), entry_compare);
	for (size_t i = 1; i < ids->len; i++) {
		const struct loading_entry *a = &ids->items[i - 1], *b = &ids->items[i];

		if (str_eq(a->key, b->key) && !str_eq(a->product, b->product))
			diag_add(g->l->diags, DIAG_ERROR, "duplicate-product", b->pos,
			    "the product '%s' has the id '%s' too (%s:%d); give each an id of its own",
			    a->product, a->key, a->pos.file, a->pos.line);
	}
}

static void check_contracts(struct loading *g)
{
	const struct loading_ledger *ids = &g->contracts;

	if (ids->len)
		qsort(ids->items, ids->len, sizeof(*ids->items), entry_compare);
	for (size_t i = 1; i < ids->len; i++) {
		const struct loading_entry *a = &ids->items[i - 1], *b = &ids->items[i];

		if (str_eq(a->key, b->key))
			diag_add(g->l->diags, DIAG_ERROR, "duplicate-contract", b->pos,
			    "the same id and version (%s) are in %s; raise the version or change the id",
			    b->key, a->pos.file);
	}
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_context(struct loading *g, const struct yaml_node *domain_yaml, const char *file)
{
	const struct yaml_node *list = yaml_get(domain_yaml, "boundedContext");

	if (g->objects.len)
		qsort(g->objects.items, g->objects.len, sizeof(*g->objects.items), name_compare);
	for (size_t i = 0; list && list->type == YAML_SEQ && i < list->len; i++) {
		const char *name = yaml_str(list->items[i]);

		if (name &&
		    (!g->objects.len ||
			!bsearch(&name, g->objects.items, g->objects.len, sizeof(*g->objects.items),
			    name_compare)))
			diag_add(g->l->diags, DIAG_ERROR, "ref-bounded-context",
			    yaml_pos(file, list->items[i]),
			    "no contract of the domain has an object '%s'; correct the name or leave it out",
			    name);
	}
}

int refs_check(struct loading *g, const struct yaml_node *domain_yaml, const char *file)
{
	check_products(g);
	check_contracts(g);
	check_context(g, domain_yaml, file);
	return g->l->diags->oom ? -ENOMEM : 0;
}
