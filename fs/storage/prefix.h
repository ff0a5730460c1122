#ifndef FS_STORAGE_PREFIX_H
#define FS_STORAGE_PREFIX_H

/*
 * Which directory lets a domain use a path: its own, or one that the operator listed in mesh.yaml. Compares text; whoever opens
 * the path resolves it beneath that directory.
 */

#include "catalog/model.h"

/* *ret_prefix is borrowed from the domain, *ret_rel ("." for the prefix itself) from `path`, which is absolute. 0, or -EACCES: none does. */
int prefix_find(
    const struct domain *d, const char *path, const char **ret_prefix, const char **ret_rel);

#endif
