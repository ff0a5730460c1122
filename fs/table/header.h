#ifndef FS_TABLE_HEADER_H
#define FS_TABLE_HEADER_H

/*
 * The column names in the first record of a CSV or TSV file (RFC 4180 and its usual variants: byte order mark, CRLF, quoted names,
 * another delimiter), so that policy can decide on columns that the contract does not know.
 */

#include <stdbool.h>

#include "catalog/base/arena.h"
#include "catalog/base/str.h"

/* True where the file's name says that it is an uncompressed CSV or TSV file. */
bool header_is_csv(const char *file_name);

/* Reads the header record from `fd` (pread; the offset is untouched). Names are in `a`. 0; -EINVAL where there is no header record within
 * 1 MiB, or one that is not UTF-8; negative errno. An empty file has no columns. */
int header_read(int fd, const char *file_name, struct arena *a, struct strlist *ret);

/* The delimiter of the record: the most frequent of comma, semicolon, tab and bar outside quotes; comma where none occurs. Tab for .tsv. */
char header_delimiter(const char *file_name, const char *record, size_t len);

#endif
