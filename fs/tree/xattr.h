#ifndef FS_TREE_XATTR_H
#define FS_TREE_XATTR_H

/*
 * The extended attributes user.meshfs.*: what a file or directory is in the mesh, and how policy decides for the caller. They come from the
 * catalog and never touch storage.
 */

#include "fs/tree/tree.h"

/* The value of one attribute, malloc'ed, with its length. -ENODATA: no such attribute here; -EOPNOTSUPP: not in the user.meshfs space
 * (security, ACLs: this filesystem has none). */
int xattr_get(struct tree *t, struct asker who, uint64_t id, const char *name, char **ret, size_t *ret_len);

/* The names of those that have a value here, each with its NUL, malloc'ed. user.meshfs.explain exists too but is not listed: it is long, and
 * copying tools would carry it along. */
int xattr_list(struct tree *t, struct asker who, uint64_t id, char **ret, size_t *ret_len);

#endif
