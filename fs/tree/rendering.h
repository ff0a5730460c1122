#ifndef FS_TREE_RENDERING_H
#define FS_TREE_RENDERING_H

/*
 * Produces the file of a view into the cache: source, plan, writer. Once for however many ask; never a partial or mixed one.
 */

#include "fs/cache/cache.h"
#include "fs/tree/content.h"

/*
 * The file of a RENDERED content: from the cache, or rendered now. `fd` is the stored file, -1 for a database. -EWOULDBLOCK where it must be
 * rendered and the asker may not wait; -EINTR: cancelled; -ESTALE: the source changed meanwhile; -EACCES: the view has a mask whose key cannot be
 * had; -EIO, -ETIMEDOUT, -ENOSPC as EIO: logged with the reason.
 */
int rendering_file(struct spot *s, const struct content *c, int fd, struct cache_file *ret);

/* Its size: as rendering_file, without opening it where the size is known. */
int rendering_size(struct spot *s, const struct content *c, off_t *ret_bytes);

/* The renderings under way, for status.json: appends a JSON array of {path, rows, seconds}. */
void rendering_status(struct buf *out);

#endif
