#ifndef FS_PATHS_H
#define FS_PATHS_H

/*
 * Where things are kept when nobody says otherwise: below /var/lib/meshfs for root, below the XDG state directory for others
 * (XDG Base Directory Specification). One directory a mesh repository, named after its path.
 */

#include "catalog/base/err.h"

/* The catalog of a mesh repository (an absolute, resolved directory), malloc'ed. Makes the directories, mode 0700. */
int paths_catalog(const char *mesh_dir, char **ret, struct mesh_err *err);

/* A directory of that name beside a catalog file, malloc'ed: "audit" where neither the mesh nor an option names another, "cache", "keys". NULL: no
 * memory. */
char *paths_beside(const char *catalog, const char *name);

/* Makes a directory and those above it, mode 0700 for those that are new. 0 or negative errno. */
int paths_make_dir(const char *dir);

#endif
