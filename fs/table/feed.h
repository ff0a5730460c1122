#ifndef FS_TABLE_FEED_H
#define FS_TABLE_FEED_H

/*
 * The bytes of a stored file from its start to its end, decompressed on the way where it is
 * compressed, in constant memory. Says so when the file is another one at the end than it was at
 * the beginning. Knows nothing of what the bytes mean.
 */

#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "catalog/base/err.h"

enum feed_kind { FEED_PLAIN, FEED_GZIP, FEED_ZSTD };

struct feed;

/* `fd` is borrowed and read by pread; `opened` is the file's state that the reader counts on,
 * copied. 0; -ENOMEM. */
int feed_open(int fd, enum feed_kind kind, const struct stat *opened, struct feed **ret,
    struct mesh_err *err);
/* Reading ends with -EINTR soon after *cancel (borrowed; NULL: never) is set. */
void feed_watch(struct feed *f, const atomic_bool *cancel);
void feed_close(struct feed *f); /* NULL is fine */

/* Up to `cap` (> 0) bytes; 0 is the end. -ESTALE: the file was changed since; -EINVAL: it is not
 * compressed as it should be, or ends too early; or what reading failed with. */
ssize_t feed_read(struct feed *f, char *buf, size_t cap, struct mesh_err *err);

#endif
