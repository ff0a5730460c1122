#ifndef CATALOG_AUDIT_QUERY_H
#define CATALOG_AUDIT_QUERY_H

/*
 * Where reading begins: shared by audit_query and audit_follow.
 */

#include <stddef.h>
#include <stdint.h>

#include "catalog/audit/logdir.h"
#include "catalog/audit/loglines.h"
#include "catalog/audit/logmatch.h"

/* Opens the file that begins with record `first` for reading, at a line's start. 0 or negative errno;
 * loglines_clear on success. */
int query_open_file(int dir_fd, uint64_t first, uint64_t offset, struct loglines *ret);

/* The next line that passes: 1, 0 (no more for now) or negative errno, as loglines_next. */
int query_next(
    struct loglines *l, const struct logmatch *m, const char **ret_line, size_t *ret_len);

/* Finds where the last `last` matches begin: in files->first[*ret_file], after *ret_skip matches in that file. Reads no
 * file before that one. Where the whole log has fewer, its beginning. 0 or negative errno. */
int query_find_last(int dir_fd, const struct logdir_files *files, const struct logmatch *m,
    uint64_t last, size_t *ret_file, uint64_t *ret_skip);

#endif
