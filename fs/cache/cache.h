#ifndef FS_CACHE_CACHE_H
#define FS_CACHE_CACHE_H

/*
 * Files that were rendered or fetched once, on disk: one directory of mode 0700, bounded by bytes (the least recently used go first),
 * each file checksummed, none visible before it is whole. Survives a remount and a crash. Knows keys and bytes, not what they mean.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "catalog/base/err.h"

struct cache;

struct cache_options {
	const char *dir;   /* made with mode 0700 where missing; else it must be the user's own and nobody else's to write to */
	uint64_t max_bytes; /* 0: 10 GiB */
};

/* Opens the directory, removes what a crash left half-made, finds what is there. -EBUSY: another process uses it; -EPERM: it is not
 * the caller's own. */
int cache_open(const struct cache_options *opt, struct cache **ret, struct mesh_err *err);
void cache_close(struct cache *c); /* NULL is fine */

#define CACHE_KEY_LEN 64 /* lowercase hex digits */

/* Writes a new file's content to `fd`. 0 or negative errno; called without any lock. */
typedef int (*cache_producer)(void *arg, int fd, struct mesh_err *err);

struct cache_file {
	int fd; /* read-only, the caller's to close; stays readable when the file is evicted */
	off_t size;
};

/* The file if it is there and whole: 0; -ENOENT: not there. Marks it used. */
int cache_find(struct cache *c, const char *key, struct cache_file *ret);

/* Its size, from memory, where it is known to be there and whole; else -ENOENT, and cache_find tells. */
int cache_size(struct cache *c, const char *key, off_t *ret_bytes);

/*
 * The file, produced if it is not there. However many ask at once, one produces and the others wait; each waiter stops waiting when its own
 * `cancel` is set (-EINTR). A failed production is reported to those who waited for it and leaves nothing behind; the next who asks tries
 * again. -ENOSPC: the disk is full even after evicting; -EFBIG: it is larger than the whole cache may be.
 */
struct cache_request {
	const char *key;
	cache_producer produce;
	void *arg;
	const atomic_bool *cancel; /* may be NULL */
};
int cache_fetch(struct cache *c, const struct cache_request *rq, struct cache_file *ret, struct mesh_err *err);

/* A file without a name in the cache's directory, for what a producer needs on the way; the caller closes it. Negative errno. */
int cache_scratch(struct cache *c);

struct cache_stats {
	uint64_t bytes, max_bytes, files, hits, misses, evictions, corrupt;
};
void cache_stats(struct cache *c, struct cache_stats *ret);

#endif
