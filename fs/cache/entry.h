#ifndef FS_CACHE_ENTRY_H
#define FS_CACHE_ENTRY_H

/*
 * The cache's table of what is on disk: by key, and by use. Not thread safe: the cache holds its lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "catalog/base/digest.h"
#include "fs/cache/cache.h"

struct cache_entry {
	char key[CACHE_KEY_LEN + 1];
	char sum[DIGEST_HEX_CAP]; /* SHA-256 of the content */
	uint64_t bytes;
	bool verified;	   /* since the cache was opened */
	int64_t touched_sec; /* when its use was last written to the file; CLOCK_MONOTONIC */
	struct cache_entry *next; /* in its bucket */
	struct cache_entry *older, *newer; /* by use */
};

#define ENTRY_BUCKETS 4096

struct entry_table {
	struct cache_entry *buckets[ENTRY_BUCKETS]; /* owned */
	struct cache_entry *oldest, *newest;
	uint64_t bytes, len;
};

struct cache_entry *entry_find(struct entry_table *t, const char *key);
/* Takes the entry over, as the newest. */
void entry_add(struct entry_table *t, struct cache_entry *e);
/* Makes it the newest. */
void entry_used(struct entry_table *t, struct cache_entry *e);
/* Takes it out; the caller frees it. */
void entry_remove(struct entry_table *t, struct cache_entry *e);
void entry_clear(struct entry_table *t);

#endif
