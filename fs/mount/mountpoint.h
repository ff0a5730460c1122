#ifndef FS_MOUNT_MOUNTPOINT_H
#define FS_MOUNT_MOUNTPOINT_H

/*
 * The state of a mount point before and after: is it a directory, is there a dead mount to clean away, is this mesh mounted there already; and
 * unmounting. mountinfo is read, the mount itself is not touched (but for one stat that finds a dead daemon).
 */

#include "catalog/base/err.h"
#include "catalog/base/str.h"

#include <stdbool.h>
#include <sys/types.h>

/* Makes the place ready: a dead meshfs mount is unmounted. -ENOENT, -ENOTDIR, -EBUSY (a living meshfs mount), with a sentence. */
int mountpoint_prepare(const char *path, struct mesh_err *err);

/* Unmounts `path`: umount2(2) as root, fusermount3 else. `lazy` detaches a busy or dead one. */
int mountpoint_unmount(const char *path, bool lazy, struct mesh_err *err);

struct mount_info {
	const char *mountpoint, *source, *type; /* unescaped; valid during the call */
	dev_t dev;
};
/* Calls fn for each mount of type fuse.meshfs until it returns non-zero, which is returned. proc(5), /proc/self/mountinfo. */
int mountpoint_each(int (*fn)(void *arg, const struct mount_info *mi), void *arg);

/* The device of the meshfs that is mounted at exactly `path` (absolute, resolved), found without a request to it; 0: none. */
dev_t mountpoint_dev(const char *path);

/* True where exactly `path` (absolute, resolved) is a meshfs mount point. */
bool mountpoint_is_meshfs(const char *path);

#endif
