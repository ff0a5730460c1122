#include "catalog/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN_BYTES ((size_t)4 << 10)
#define BLOCK_MAX_BYTES ((size_t)256 << 10)

struct arena_block {
	struct arena_block *next; /* owned */
	size_t size; /* bytes in `data` */
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

static size_t aligned(size_t size)
{
	size_t mask = alignof(max_align_t) - 1;

	return (size + mask) & ~mask;
}

/* Blocks double up to a bound, so that small arenas stay small and big ones ask malloc seldom. */
static size_t block_size(const struct arena *a, size_t want)
{
	size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN_BYTES;

	if (size > BLOCK_MAX_BYTES)
		size = BLOCK_MAX_BYTES;
	return want > size ? want : size;
}

static struct arena_block *block_add(struct arena *a, size_t want)
{
	size_t size = block_size(a, want);
	struct arena_block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		return NULL;
	block->size = size;

	/* A block made for one big value is full at once: the head stays the one with room. */
	struct arena_block *head = a->blocks;

	if (head && want == size && head->size - head->used > 0) {
		block->next = head->next;
		head->next = block;
	} else {
		block->next = head;
		a->blocks = block;
	}
	return block;
}

void arena_init(struct arena *a)
{
	*a = (struct arena){0};
}

void arena_clear(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *b = a->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	arena_init(a);
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = NULL, *next;

	for (struct arena_block *b = a->blocks; b; b = next) {
		next = b->next;
		if (!kept && b->size <= BLOCK_MAX_BYTES)
			kept = b;
		else
			free(b);
	}
	arena_init(a);
	if (kept) {
		memset(kept->data, 0, kept->used);
		kept->used = 0;
		kept->next = NULL;
		a->blocks = kept;
	}
}

void *arena_alloc(struct arena *a, size_t size)
{
	if (size > ARENA_MAX_ALLOC) {
		a->failed = true;
		return NULL;
	}

	size_t want = aligned(size > 0 ? size : 1);
	struct arena_block *block = a->blocks;

	if (!block || block->size - block->used < want)
		block = block_add(a, want);
	if (!block) {
		a->failed = true;
		return NULL;
	}

	void *p = block->data + block->used;

	block->used += want;
	a->used_bytes += want;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		a->failed = true;
		return NULL;
	}
	return arena_alloc(a, total);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	if (!s || len >= ARENA_MAX_ALLOC)
		return NULL;
	len = strnlen(s, len);

	char *copy = arena_alloc(a, len + 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args, again;

	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, args);
	char *text = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);

	if (text)
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(args);
	return text;
}
