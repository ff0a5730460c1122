#include "fs/tree/node.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"

struct node_table {
	pthread_mutex_t lock; /* guards the buckets, and lookups, holds and next of every node */
	struct node **buckets;
	size_t buckets_len; /* a power of two */
	size_t len;
};

/* ---- bytes ---- */

struct bytes *bytes_new(char *data, size_t len)
{
	struct bytes *b = data ? malloc(sizeof(*b)) : NULL;

	if (!b) {
		free(data);
		return NULL;
	}
	atomic_init(&b->refs, 1);
	b->data = data;
	b->len = len;
	return b;
}

struct bytes *bytes_ref(struct bytes *b)
{
	if (b)
		atomic_fetch_add(&b->refs, 1);
	return b;
}

void bytes_unref(struct bytes *b)
{
	if (!b || atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	free(b->data);
	free(b);
}

/* ---- nodes ---- */

uint64_t node_id(const char *path, const char *tag)
{
	uint64_t h;

	if (!*path && !*tag)
		return NODE_ROOT_ID;
	/* The NUL between both keeps ("ab", "c") and ("a", "bc") apart. */
	h = str_hash(str_hash(STR_HASH_SEED, path, strlen(path) + 1), tag, strlen(tag));
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15ULL;
	h ^= h >> 29;
	/* 0 is "no node", 1 the root, and all ones is taken for "unknown" by some programs. */
	return h <= NODE_ROOT_ID || h == UINT64_MAX ? h ^ 0x5555555555555555ULL : h;
}

static void node_free(struct node *n)
{
	if (!n)
		return;
	place_clear(&n->place);
	bytes_unref(n->bytes);
	(void)pthread_mutex_destroy(&n->lock);
	free(n->tag);
	free(n);
}

static struct node *node_new(const char *path, const char *tag, struct bytes *bytes, int *ret_error)
{
	struct node *n = calloc(1, sizeof(*n));

	*ret_error = -ENOMEM;
	if (!n)
		return NULL;
	(void)pthread_mutex_init(&n->lock, NULL);
	n->tag = strdup(tag);
	n->bytes = bytes_ref(bytes);
	if (n->tag)
		*ret_error = place_parse(path, &n->place);
	if (*ret_error == 0)
		return n;
	node_free(n);
	return NULL;
}

static struct node **bucket_of(struct node_table *t, uint64_t id)
{
	return &t->buckets[id & (t->buckets_len - 1)];
}

static void grow_locked(struct node_table *t)
{
	struct node **old = t->buckets;
	size_t old_len = t->buckets_len;
	struct node **bigger;

	if (t->len < old_len)
		return;
	bigger = calloc(old_len * 2, sizeof(struct node *));
	if (!bigger)
		return; /* longer chains, nothing worse */
	t->buckets = bigger;
	t->buckets_len = old_len * 2;
	for (size_t i = 0; i < old_len; i++) {
		for (struct node *n = old[i], *next; n; n = next) {
			struct node **b = bucket_of(t, n->id);

			next = n->next;
			n->next = *b;
			*b = n;
		}
	}
	free(old);
}

static struct node *find_locked(struct node_table *t, uint64_t id)
{
	struct node *n = *bucket_of(t, id);

	while (n && n->id != id)
		n = n->next;
	return n;
}

static bool is_node(const struct node *n, const char *path, const char *tag)
{
	return strcmp(n->place.path, path) == 0 && strcmp(n->tag, tag) == 0;
}

/* The node, or the id that a new one gets: the hash, or where another node has it the next free one. */
static struct node *probe_locked(struct node_table *t, const char *path, const char *tag, uint64_t *ret_id)
{
	uint64_t id = node_id(path, tag);
	struct node *n;

	while ((n = find_locked(t, id)) && !is_node(n, path, tag))
		id = id + 1 < 2 ? 2 : id + 1;
	*ret_id = id;
	return n;
}

static void insert_locked(struct node_table *t, struct node *n)
{
	struct node **b;

	grow_locked(t);
	b = bucket_of(t, n->id);
	n->next = *b;
	*b = n;
	t->len++;
}

struct node_table *node_table_new(void)
{
	struct node_table *t = calloc(1, sizeof(*t));
	struct node *root;
	int rc;

	if (!t)
		return NULL;
	(void)pthread_mutex_init(&t->lock, NULL);
	t->buckets_len = 1024;
	t->buckets = calloc(t->buckets_len, sizeof(struct node *));
	root = node_new("", "", NULL, &rc);
	if (!t->buckets || !root) {
		node_free(root);
		node_table_free(t);
		return NULL;
	}
	root->id = NODE_ROOT_ID;
	root->lookups = 1; /* the kernel never forgets it */
	insert_locked(t, root);
	return t;
}

void node_table_free(struct node_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; t->buckets && i < t->buckets_len; i++) {
		for (struct node *n = t->buckets[i], *next; n; n = next) {
			next = n->next;
			node_free(n);
		}
	}
	(void)pthread_mutex_destroy(&t->lock);
	free(t->buckets);
	free(t);
}

int node_lookup(struct node_table *t, const char *path, const char *tag, struct bytes *bytes, struct node **ret)
{
	/* Made before the lock is taken, and thrown away where the node exists: nothing slow happens inside. */
	int rc;
	struct node *made = node_new(path, tag, bytes, &rc);
	struct node *n;
	uint64_t id;

	if (!made)
		return rc;
	(void)pthread_mutex_lock(&t->lock);
	n = probe_locked(t, path, tag, &id);
	if (!n) {
		n = take_ptr(made);
		n->id = id;
		insert_locked(t, n);
	}
	n->lookups++;
	n->holds++;
	(void)pthread_mutex_unlock(&t->lock);
	node_free(made);
	*ret = n;
	return 0;
}

struct node *node_look_again(struct node_table *t, uint64_t id)
{
	struct node *n;

	(void)pthread_mutex_lock(&t->lock);
	n = find_locked(t, id);
	if (n) {
		n->lookups++;
		n->holds++;
	}
	(void)pthread_mutex_unlock(&t->lock);
	return n;
}

struct node *node_get(struct node_table *t, uint64_t id)
{
	struct node *n;

	(void)pthread_mutex_lock(&t->lock);
	n = find_locked(t, id);
	if (n)
		n->holds++;
	(void)pthread_mutex_unlock(&t->lock);
	return n;
}

struct node *node_hold(struct node_table *t, struct node *n)
{
	(void)pthread_mutex_lock(&t->lock);
	n->holds++;
	(void)pthread_mutex_unlock(&t->lock);
	return n;
}

struct node_seen node_last_seen(struct node *n)
{
	struct node_seen seen;

	(void)pthread_mutex_lock(&n->lock);
	seen = n->seen;
	(void)pthread_mutex_unlock(&n->lock);
	return seen;
}

/* Unlinks the node where nobody needs it any more; the caller frees it outside the lock. */
static struct node *unlink_if_unused_locked(struct node_table *t, struct node *n)
{
	struct node **at;

	if (n->lookups > 0 || n->holds > 0)
		return NULL;
	for (at = bucket_of(t, n->id); *at != n; at = &(*at)->next)
		;
	*at = n->next;
	t->len--;
	return n;
}

void node_put(struct node_table *t, struct node *n)
{
	struct node *dead;

	if (!n)
		return;
	(void)pthread_mutex_lock(&t->lock);
	n->holds--;
	dead = unlink_if_unused_locked(t, n);
	(void)pthread_mutex_unlock(&t->lock);
	node_free(dead);
}

void node_forget(struct node_table *t, uint64_t id, uint64_t count)
{
	struct node *n, *dead = NULL;

	if (id == NODE_ROOT_ID)
		return;
	(void)pthread_mutex_lock(&t->lock);
	n = find_locked(t, id);
	if (n) {
		n->lookups -= count < n->lookups ? count : n->lookups;
		dead = unlink_if_unused_locked(t, n);
	}
	(void)pthread_mutex_unlock(&t->lock);
	node_free(dead);
}

size_t node_count(struct node_table *t)
{
	size_t len;

	(void)pthread_mutex_lock(&t->lock);
	len = t->len;
	(void)pthread_mutex_unlock(&t->lock);
	return len;
}
