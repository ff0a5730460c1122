#ifndef FS_MOUNT_PIN_H
#define FS_MOUNT_PIN_H

/*
 * Keeps the pages of files that look different to different users. Where two users take turns on one path the kernel drops the name's dentry each
 * time, and with the last dentry of an inode its page cache. A second, hidden name (.pin/NODE) for each such inode, made by a look-up of our own (a child process) and
 * cached for long, prevents that. Needed only where reads go through the page cache of this filesystem: passthrough reads have the backing
 * file's. Nothing is held open, so that the mount can be unmounted at any time.
 */

#include "fs/mount/ops.h"

struct pin;

/* Forks the child that looks names up. NULL where it cannot be: files are then read again more often, nothing else. */
struct pin *pin_start(struct tree *tree, const char *mountpoint);
/* Ends the child, while requests are still served; may be called twice. pin_free when no request is left. NULL is fine for both. */
void pin_stop(struct pin *p);
void pin_free(struct pin *p);

/* The kernel was just told of this node. Never waits: a full pipe forgets the request. NULL is fine. */
void pin_want(struct pin *p, uint64_t id);

#endif
