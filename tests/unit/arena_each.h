/*
 * An arena in which every allocation is one of its own, so that a sweep of failures reaches each and not only those that
 * begin a block. Included by one test's source, it stands in place of catalog/base/arena.c, which the linker then leaves in its
 * archive.
 */
#ifndef TESTS_UNIT_ARENA_EACH_H
#define TESTS_UNIT_ARENA_EACH_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/arena.h"

struct arena_block {
	struct arena_block *next;
	max_align_t data[];
};

void arena_init(struct arena *a)
{
	memset(a, 0, sizeof(*a));
}

void arena_clear(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	a->used_bytes = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = size > ARENA_MAX_ALLOC ? NULL : calloc(1, sizeof(*b) + size + 1);

	if (!b)
		return NULL;
	b->next = a->blocks;
	a->blocks = b;
	a->used_bytes += size;
	return b->data;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy;

	if (!s)
		return NULL;
	len = strnlen(s, len);
	copy = arena_alloc(a, len + 1);
	if (copy)
		memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *out;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	out = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
	if (!out)
		return NULL;
	va_start(args, fmt);
	(void)vsnprintf(out, (size_t)len + 1, fmt, args);
	va_end(args);
	return out;
}

#endif
