#ifndef FS_MOUNT_OPS_H
#define FS_MOUNT_OPS_H

/*
 * The FUSE operations: decode a request, call the tree, reply exactly once. The sign of errno flips here and nowhere else.
 */

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include "fs/tree/tree.h"

/* What every operation works on: the session's user data. */
struct mount {
	struct tree tree;
	struct status *status; /* borrowed */
	struct workers *workers; /* where what must wait is done; session_run's */
	struct pin *pin;	 /* NULL: not needed; session_run's */
	struct fuse_session *session;
	bool tells_epochs; /* the kernel can be told that all names are old */
	bool want_passthrough; /* asked for; whether it is had shows in status */
	void (*ready)(struct mount *m); /* called once, when the kernel has agreed on the protocol */
	void *ready_arg;
};

extern const struct fuse_lowlevel_ops ops_table;

#endif
