#ifndef FS_MOUNT_DEFERRED_H
#define FS_MOUNT_DEFERRED_H

/*
 * Requests that would have to wait, for a rendering or for slow storage: they are done again from their domain's own workers, so that the
 * threads that serve the kernel are never held. A signal to the waiting process ends them with EINTR.
 */

#include "fs/mount/ops.h"

/* One request, as far as the operations that can wait need it. */
struct request_args {
	fuse_req_t req;
	fuse_ino_t ino;		  /* the parent for look-ups */
	const char *name;	  /* look-up; NULL else */
	struct fuse_file_info fi; /* open */
	int mask;		  /* access */
};

/* An operation: replies and returns 0, or returns the negative errno that the caller gets, without having replied; -EWOULDBLOCK where `who`
 * may not wait and it would have to. Calls deferred_settle before it replies. */
typedef int (*deferrable)(struct mount *m, const struct request_args *args, struct asker who);

/* Runs the operation now, or where it would wait hands it to the workers of the node's domain. Replies in any case. */
void deferred_run(struct mount *m, const struct request_args *args, deferrable op);

/* From here on no interrupt reaches the request. It waits for one that is being delivered, so that what it refers to may be freed. */
void deferred_settle(fuse_req_t req);

#endif
