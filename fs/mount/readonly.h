#ifndef FS_MOUNT_READONLY_H
#define FS_MOUNT_READONLY_H

/*
 * Everything that would change something, answered EROFS. The mount is read-only already; this holds where somebody remounts it otherwise.
 */

#include "fs/mount/ops.h"

void readonly_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set, struct fuse_file_info *fi);
void readonly_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev);
void readonly_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void readonly_remove(fuse_req_t req, fuse_ino_t parent, const char *name); /* unlink, rmdir */
void readonly_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name);
void readonly_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent, const char *new_name,
		     unsigned int flags);
void readonly_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char *new_name);
void readonly_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi);
void readonly_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off, struct fuse_file_info *fi);
void readonly_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size, int flags);
void readonly_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);
void readonly_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len, struct fuse_file_info *fi);

#endif
