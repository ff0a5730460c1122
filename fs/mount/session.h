#ifndef FS_MOUNT_SESSION_H
#define FS_MOUNT_SESSION_H

/*
 * One mounted mesh from the FUSE session's beginning to its end: mount, signals, loop, unmount.
 */

#include "fs/mount/ops.h"
#include "fs/mount/reload.h"

struct session_options {
	const char *mountpoint; /* absolute */
	const char *source;	/* shown as the mount's source in /proc/mounts */
	bool allow_other;
	bool debug; /* libfuse's own trace on standard error */
	unsigned max_threads;
	struct reload_options reload; /* `mount` is filled in by session_run */
};

/*
 * Mounts and serves until unmounted or told to end by SIGTERM or SIGINT; SIGHUP reloads. `m` is complete but for its session; m->ready
 * is called when the kernel has answered. 0 after a clean end; negative errno with a sentence where nothing was mounted.
 */
int session_run(struct mount *m, const struct session_options *opt, struct mesh_err *err);

#endif
