#include "fs/cache/entry.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/base/str.h"

static struct cache_entry **bucket_of(struct entry_table *t, const char *key)
{
	return &t->buckets[str_hash(STR_HASH_SEED, key, strlen(key)) % ENTRY_BUCKETS];
}

struct cache_entry *entry_find(struct entry_table *t, const char *key)
{
	struct cache_entry *e = *bucket_of(t, key);

	while (e && strcmp(e->key, key) != 0)
		e = e->next;
	return e;
}

static void link_newest(struct entry_table *t, struct cache_entry *e)
{
	e->newer = NULL;
	e->older = t->newest;
	if (t->newest)
		t->newest->newer = e;
	else
		t->oldest = e;
	t->newest = e;
}

static void unlink_use(struct entry_table *t, struct cache_entry *e)
{
	*(e->older ? &e->older->newer : &t->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &t->newest) = e->older;
}

void entry_add(struct entry_table *t, struct cache_entry *e)
{
	struct cache_entry **b = bucket_of(t, e->key);

	e->next = *b;
	*b = e;
	link_newest(t, e);
	t->bytes += e->bytes;
	t->len++;
}

void entry_used(struct entry_table *t, struct cache_entry *e)
{
	unlink_use(t, e);
	link_newest(t, e);
}

void entry_remove(struct entry_table *t, struct cache_entry *e)
{
	struct cache_entry **at = bucket_of(t, e->key);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	unlink_use(t, e);
	t->bytes -= e->bytes;
	t->len--;
}

void entry_clear(struct entry_table *t)
{
	for (size_t i = 0; i < ENTRY_BUCKETS; i++) {
		for (struct cache_entry *e = t->buckets[i], *next; e; e = next) {
			next = e->next;
			free(e);
		}
	}
	memset(t, 0, sizeof(*t));
}
