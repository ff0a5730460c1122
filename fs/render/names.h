#ifndef FS_RENDER_NAMES_H
#define FS_RENDER_NAMES_H

/*
 * A table from strings to pointers, for giving out file names once and for joining dotted names.
 * Knows nothing of what it holds. Lives in an arena, with the strings.
 */

#include "catalog/base/arena.h"

struct names {
	struct arena *arena; /* borrowed; set before the first use, the rest zeroed */
	struct names_slot *slots;
	size_t cap, len;
};

/* What was put under the `len` bytes of `key`; NULL: nothing. */
void *names_get(const struct names *n, const char *key, size_t len);

/*
 * Puts a value (not NULL) under a key that is not there yet; the key's bytes are borrowed. 0 or
 * -ENOMEM.
 */
int names_put(struct names *n, const char *key, size_t len, void *value);

#endif
