#ifndef FS_TABLE_DEFLATE_H
#define FS_TABLE_DEFLATE_H

/*
 * A finished file compressed into another: gzip (RFC 1952) or Zstandard (RFC 8878), the same bytes for the same input.
 */

#include "catalog/base/err.h"

enum deflate_kind { DEFLATE_NONE, DEFLATE_GZIP, DEFLATE_ZSTD };

/* By the name's last ending: .gz, .zst. */
enum deflate_kind deflate_kind_of(const char *name);

/* Reads `from` from its beginning (pread) and writes to `to`. */
int deflate_file(int from, int to, enum deflate_kind kind, struct mesh_err *err);

#endif
