#ifndef FS_STORAGE_CHECKSUM_H
#define FS_STORAGE_CHECKSUM_H

/*
 * Files whose port names a list of SHA-256 checksums (the format of sha256sum(1)) are read only where they match it. What was
 * verified once is remembered by device, inode, size and times, so that an unchanged file is not summed at each open.
 */

#include "fs/storage/local.h"

/* 0: matches, or the port has no list; -EIO: does not match, is not listed, or the list cannot be read (logged with both sums). */
int checksum_verify(const struct local_port *lp, const char *rel, int fd, const struct stat *st);

#endif
