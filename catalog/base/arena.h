#ifndef CATALOG_BASE_ARENA_H
#define CATALOG_BASE_ARENA_H

/*
 * Memory that lives and dies together: a loaded product, a compiled rule set, the tree of one YAML
 * file. Everything taken from an arena is zeroed, aligned for any type, and freed by arena_clear
 * alone. Not thread safe; an arena that nobody writes any more may be read by all.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* owned */
	size_t used_bytes; /* handed out so far */
	bool failed; /* something was refused since it was empty: for who asks once, in the end */
};

void arena_init(struct arena *a);

/* Frees every block; the arena is empty and usable again. */
void arena_clear(struct arena *a);

/* Takes back everything that was handed out, but keeps a block of memory for what comes: for many
 * short lives, one after the other. */
void arena_reset(struct arena *a);

/* The largest single allocation; a bigger one is refused as if memory were short. */
#define ARENA_MAX_ALLOC ((size_t)1 << 30)

/* Returns `size` zeroed bytes (a valid pointer also for 0), or NULL when memory is short. */
void *arena_alloc(struct arena *a, size_t size);

/* Returns `n * size` zeroed bytes; NULL also on overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* Copies a string, or its first `len` bytes where no NUL comes earlier. NULL when memory is short;
 * a NULL `s` gives NULL without it being an error (check the input). */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);

/* printf into the arena; NULL when memory is short. */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
