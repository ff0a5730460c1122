#include "fs/render/names.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "catalog/base/str.h"

#define FIRST_CAP 64 /* a power of two, as every cap is */

struct names_slot {
	const char *key; /* NULL: free */
	size_t len;
	void *value;
};

/* The slot of the key, or the free one where it would stand. There always is a free one. */
static struct names_slot *find(const struct names *n, const char *key, size_t len)
{
	size_t i = (size_t)str_hash(STR_HASH_SEED, key, len) & (n->cap - 1);

	while (
	    n->slots[i].key && (n->slots[i].len != len || memcmp(n->slots[i].key, key, len) != 0))
		i = (i + 1) & (n->cap - 1);
	return &n->slots[i];
}

void *names_get(const struct names *n, const char *key, size_t len)
{
	return n->cap ? find(n, key, len)->value : NULL;
}

/* Keeps the table at most half full. */
static int grow(struct names *n)
{
	struct names wider = {
	    .arena = n->arena, .cap = n->cap ? n->cap * 2 : FIRST_CAP, .len = n->len};

	if (n->len < n->cap / 2)
		return 0;
	wider.slots = arena_array(n->arena, wider.cap, sizeof(*wider.slots));
	if (!wider.slots)
		return -ENOMEM;
	for (size_t i = 0; i < n->cap; i++)
		if (n->slots[i].key)
			*find(&wider, n->slots[i].key, n->slots[i].len) = n->slots[i];
	*n = wider;
	return 0;
}

int names_put(struct names *n, const char *key, size_t len, void *value)
{
	if (grow(n) < 0)
		return -ENOMEM;
	*find(n, key, len) = (struct names_slot){key, len, value};
	n->len++;
	return 0;
}
