#include "catalog/catalog_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	struct product *product; /* a reference; its domain and entry are the key */
	uint64_t hash;
	struct slot *chain; /* next in the bucket */
	struct slot *newer, *older;
};

struct catalog_cache {
	pthread_mutex_t lock; /* of everything below */
	size_t max, len;
	struct slot *newest, *oldest;
	size_t buckets_len; /* a power of two */
	struct slot *buckets[];
};

struct catalog_cache *catalog_cache_new(size_t max)
{
	size_t buckets = 1;

	while (buckets < max)
		buckets *= 2;

	struct catalog_cache *c = calloc(1, sizeof(*c) + buckets * sizeof(struct slot *));

	if (!c)
		return NULL;
	(void)pthread_mutex_init(&c->lock, NULL);
	c->max = max;
	c->buckets_len = buckets;
	return c;
}

void catalog_cache_free(struct catalog_cache *c)
{
	if (!c)
		return;
	while (c->newest) {
		struct slot *slot = c->newest;

		c->newest = slot->older;
		product_unref(slot->product);
		free(slot);
	}
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

/* With the NUL of the first name: "ab" "c" is not "a" "bc". */
static uint64_t hash_of(const char *domain, const char *entry)
{
	return str_hash(str_hash(STR_HASH_SEED, domain, strlen(domain) + 1), entry, strlen(entry));
}

static struct slot **bucket_of(struct catalog_cache *c, uint64_t hash)
{
	return &c->buckets[hash & (c->buckets_len - 1)];
}

static struct slot *find_locked(struct catalog_cache *c, const char *domain, const char *entry)
{
	uint64_t hash = hash_of(domain, entry);
	struct slot *slot = *bucket_of(c, hash);

	while (slot &&
	    !(slot->hash == hash && strcmp(slot->product->entry, entry) == 0 &&
		strcmp(slot->product->domain, domain) == 0))
		slot = slot->chain;
	return slot;
}

static void unlink_locked(struct catalog_cache *c, struct slot *slot)
{
	*(slot->newer ? &slot->newer->older : &c->newest) = slot->older;
	*(slot->older ? &slot->older->newer : &c->oldest) = slot->newer;
}

static void push_locked(struct catalog_cache *c, struct slot *slot)
{
	slot->newer = NULL;
	slot->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = slot;
	c->newest = slot;
}

static struct slot *take_oldest_locked(struct catalog_cache *c)
{
	struct slot *slot = c->oldest;
	struct slot **at = bucket_of(c, slot->hash);

	while (*at != slot)
		at = &(*at)->chain;
	*at = slot->chain;
	unlink_locked(c, slot);
	c->len--;
	return slot;
}

struct product *catalog_cache_get(struct catalog_cache *c, const char *domain, const char *entry)
{
	struct product *product = NULL;

	(void)pthread_mutex_lock(&c->lock);

	struct slot *slot = find_locked(c, domain, entry);

	if (slot) {
		unlink_locked(c, slot);
		push_locked(c, slot);
		product = product_ref(slot->product);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return product;
}

/* The slot that is no longer used, to be freed without the lock; NULL: none. */
static struct slot *insert_locked(struct catalog_cache *c, struct slot *slot)
{
	struct slot **bucket = bucket_of(c, slot->hash);
	struct slot *out;

	if (find_locked(c, slot->product->domain, slot->product->entry))
		return slot;
	out = c->len == c->max ? take_oldest_locked(c) : NULL;
	slot->chain = *bucket;
	*bucket = slot;
	push_locked(c, slot);
	c->len++;
	return out;
}

void catalog_cache_put(struct catalog_cache *c, struct product *p)
{
	struct slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return;
	slot->product = product_ref(p);
	slot->hash = hash_of(p->domain, p->entry);
	(void)pthread_mutex_lock(&c->lock);
	slot = insert_locked(c, slot);
	(void)pthread_mutex_unlock(&c->lock);
	if (slot)
		product_unref(slot->product);
	free(slot);
}
