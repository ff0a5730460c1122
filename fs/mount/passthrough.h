#ifndef FS_MOUNT_PASSTHROUGH_H
#define FS_MOUNT_PASSTHROUGH_H

/*
 * Kernel passthrough: which opens read the stored file without coming back here. One backing id a node, shared by its opens, given
 * back with the last; passthrough and cached opens of one node never mix (the kernel would answer EIO:
 * fs/fuse/iomode.c).
 */

#include "fs/mount/ops.h"
#include "fs/tree/file.h"

/* Asks for the capability in INIT, where this libfuse has it. Sets the status' reason. */
void passthrough_init(struct mount *m, struct fuse_conn_info *conn);

/* Chooses how this open reads and fills fi. Notes it in the file and its node. Never fails: cached reads are always possible. */
void passthrough_open(struct mount *m, fuse_req_t req, struct file *f, struct fuse_file_info *fi);

/* Takes the open back, before file_close. */
void passthrough_release(struct mount *m, struct file *f);

#endif
