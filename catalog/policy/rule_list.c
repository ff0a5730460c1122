#include "catalog/policy/rule_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 8

/* The old array stays in the arena: growing by doubling wastes no more than the list itself. */
int rule_list_add(struct rule_list *l, const struct rule *r, struct arena *a)
{
	if (l->len == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : FIRST_CAP;
		const struct rule **items = arena_array(a, cap, sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (l->len > 0)
			memcpy(items, l->items, l->len * sizeof(*items));
		l->items = items;
		l->cap = cap;
	}
	l->items[l->len++] = r;
	return 0;
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

int rule_order(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a;
	const struct rule *y = *(const struct rule *const *)b;
	int c = (x->scope.level > y->scope.level) - (x->scope.level < y->scope.level);

	if (c == 0)
		c = compare_text(x->policy, y->policy);
	if (c == 0)
		c = compare_text(x->id, y->id);
	if (c == 0)
		c = compare_text(x->file, y->file);
	if (c == 0)
		c = (x->line > y->line) - (x->line < y->line);
	return c;
}

void rule_list_sort(struct rule_list *l)
{
	size_t kept = 0;

	if (l->len == 0)
		return;
	qsort(l->items, l->len, sizeof(*l->items), rule_order);
	for (size_t i = 1; i < l->len; i++) {
		if (l->items[i] != l->items[kept])
			l->items[++kept] = l->items[i];
	}
	l->len = kept + 1;
}

const struct rule *rule_walk_next(struct rule_walk *w, const struct rules_in_force *rules)
{
	const struct ruleset *sets[] = {
	    policy_builtin(), rules->mesh, rules->domain, rules->product};

	for (; w->set < sizeof(sets) / sizeof(sets[0]); w->set++, w->next = 0) {
		const struct ruleset *rs = sets[w->set];

		if (rs && w->next < rs->len)
			return &rs->rules[w->next++];
	}
	return NULL;
}
