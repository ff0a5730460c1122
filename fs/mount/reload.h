#ifndef FS_MOUNT_RELOAD_H
#define FS_MOUNT_RELOAD_H

/*
 * Keeps a running mount up to date, in a thread of its own: compiles the mesh repository when its manifests change, takes over each new epoch of
 * the catalog, records it, and tells the kernel that it must ask for every name again.
 */

#include "fs/mount/ops.h"

struct reload;

struct reload_options {
	struct mount *mount;	/* borrowed */
	const char *mesh_dir;	/* NULL: the mount was made from a catalog, which others apply to */
	const char *who;	/* for the history */
	struct strlist watch_dirs; /* of the first apply; copied by the watch */
};

/* Starts the thread. 0 or negative errno. */
int reload_start(const struct reload_options *opt, struct reload **ret);

/* Asks for a reload now (SIGHUP). Safe from any thread. */
void reload_kick(struct reload *r);

/* Ends the thread and waits for it. NULL is fine. */
void reload_stop(struct reload *r);

#endif
