#ifndef FS_STORAGE_BENEATH_H
#define FS_STORAGE_BENEATH_H

/*
 * openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS, and nothing else: the one way in which storage paths are opened.
 */

#include <stdint.h>

/* Opens `rel` beneath `dirfd`; flags as open(2), O_CLOEXEC is added. The descriptor or negative errno; -EXDEV: the path leads out.
 * Repeats on EAGAIN (a rename in the way) a bounded number of times. "" stands for dirfd itself. */
int beneath_open(int dirfd, const char *rel, int flags);

#endif
