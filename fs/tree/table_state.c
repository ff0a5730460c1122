#include "fs/tree/table_state.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 4096 /* direct-mapped by id: a collision costs one more question to storage */

struct slot {
	struct arena arena; /* of what follows; empty: the slot is free */
	const char *id, *stamp;
	int64_t expires_ns;
	struct table_state state;
};

struct table_states {
	pthread_mutex_t lock; /* guards the slots */
	struct slot slots[SLOTS];
};

struct table_states *table_states_new(void)
{
	struct table_states *t = calloc(1, sizeof(*t));

	if (t)
		(void)pthread_mutex_init(&t->lock, NULL);
	return t;
}

void table_states_free(struct table_states *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		arena_clear(&t->slots[i].arena);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct slot *slot_of(struct table_states *t, const char *id)
{
	return &t->slots[str_hash(STR_HASH_SEED, id, strlen(id)) % SLOTS];
}

static bool copy_columns(const struct strlist *from, struct arena *a, struct strlist *ret)
{
	const char **items = arena_array(a, from->len + 1, sizeof(*items));

	for (size_t i = 0; items && i < from->len; i++) {
		items[i] = arena_strdup(a, from->items[i]);
		if (!items[i])
			return false;
	}
	ret->items = items;
	ret->len = from->len;
	return items != NULL;
}

bool table_states_get(struct table_states *t, const char *id, const char *stamp, int64_t now_ns, struct arena *a,
		      struct table_state *ret)
{
	struct slot *s = slot_of(t, id);
	bool found;

	(void)pthread_mutex_lock(&t->lock);
	found = s->id && strcmp(s->id, id) == 0 && strcmp(s->stamp, stamp) == 0 && now_ns < s->expires_ns;
	if (found) {
		struct table_state copy = s->state;

		found = copy_columns(&s->state.columns, a, &copy.columns);
		if (found)
			*ret = copy;
	}
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

static bool fill(struct slot *s, const char *id, const char *stamp, const struct table_state *state)
{
	s->id = arena_strdup(&s->arena, id);
	s->stamp = arena_strdup(&s->arena, stamp);
	s->state = *state;
	return s->id && s->stamp && copy_columns(&state->columns, &s->arena, &s->state.columns);
}

void table_states_put(struct table_states *t, const char *id, const char *stamp, int64_t expires_ns,
		      const struct table_state *state)
{
	struct slot made = {.expires_ns = expires_ns};
	struct slot *s = slot_of(t, id);
	struct slot old;

	arena_init(&made.arena);
	if (!fill(&made, id, stamp, state)) {
		arena_clear(&made.arena);
		return;
	}
	(void)pthread_mutex_lock(&t->lock);
	old = *s;
	*s = made;
	(void)pthread_mutex_unlock(&t->lock);
	arena_clear(&old.arena);
}
