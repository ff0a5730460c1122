#ifndef FS_CMD_TARGET_H
#define FS_CMD_TARGET_H

/*
 * What a command line means by MESH and PATH: a mesh that --mesh, a mount, $MESHFS_MESH or the only mount there is names, and a
 * path in it. Asks mounts for their status; opens no catalog.
 */

#include <stdbool.h>

#include "catalog/base/err.h"

struct target {
	char *mesh; /* owned: a repository or a catalog; NULL: only the mount can answer */
	char *mountpoint; /* owned; NULL: not by way of a mount */
	char *audit_dir; /* owned: of the mount; NULL: unknown */
	char *path; /* owned: in the mesh, without slashes at its ends, "" the mesh itself */
	char *purpose; /* owned: the path's own (.purpose/...); NULL: none */
	char *file; /* owned, with mountpoint: the path as the system sees it */
};

/*
 * Finds both. `mesh` is what --mesh or a MESH argument gave, or NULL; anything in a mount stands for the mount. `path` NULL: the mesh
 * itself, or the current directory where that is in a mount.
 * -ENOENT where nothing says which mesh is meant, -EINVAL for a path that leads out of a mesh, and what a silent or dead mount
 * makes of it, with a sentence. Clear after success.
 */
int target_find(const char *mesh, const char *path, struct target *ret, struct mesh_err *err);

void target_clear(struct target *t);

/* Absolute and without ".", ".." and double slashes, by its spelling alone (symbolic links stay). malloc'ed; NULL: no memory or no
 * current directory. */
char *target_absolute(const char *path);

/* The mount point that the absolute path is at or below, malloc'ed; NULL: it is in no mount. */
char *target_mountpoint(const char *absolute);

#endif
