#ifndef FS_TABLE_INFLATE_H
#define FS_TABLE_INFLATE_H

/*
 * Decompression of a stream of bytes: gzip (RFC 1952, several members too) by zlib, zstd (RFC 8878)
 * by libzstd. The only file that includes either. Constant memory: a zstd frame whose window is
 * larger than 8 MiB is refused.
 */

#include "fs/table/feed.h"

/* Where the compressed bytes come from: up to `cap` of them, 0 at the end, negative errno. */
typedef ssize_t (*inflate_input)(void *arg, char *buf, size_t cap, struct mesh_err *err);

struct inflate;

/* `kind` is FEED_GZIP or FEED_ZSTD. 0 or -ENOMEM. */
int inflate_new(enum feed_kind kind, inflate_input input, void *arg, struct inflate **ret,
    struct mesh_err *err);
void inflate_free(struct inflate *i); /* NULL is fine */

/* Up to `cap` (> 0) bytes; 0 is the end. -EINVAL: not so compressed, damaged, or cut off; what the
 * input failed with. */
ssize_t inflate_read(struct inflate *i, char *buf, size_t cap, struct mesh_err *err);

#endif
