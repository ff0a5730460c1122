#ifndef CATALOG_AUDIT_LOGLINES_H
#define CATALOG_AUDIT_LOGLINES_H

/*
 * Reads a file of the log line by line, also one that still grows. Knows newlines, not records. Memory is
 * bounded by CHAIN_LINE_MAX_BYTES: a longer line comes out as an empty one, which is no record.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loglines {
	int fd; /* owned */
	char *data; /* owned */
	size_t cap;
	size_t at, end; /* data[at..end): read, not yet handed out */
	size_t scanned; /* no newline before this */
	uint64_t offset; /* of data[at] in the file */
	uint64_t line; /* number of the line handed out last, from 1 */
	bool skipping; /* inside of a line that is too long */
};

/* Begins at `offset`, which is the start of a line. Takes `fd`. */
void loglines_init(struct loglines *l, int fd, uint64_t offset);
void loglines_clear(struct loglines *l);

/* Returns 1 with the next line, without its newline, valid until the next call; 0 where no whole line follows
 * (ask again later: bytes without a newline are read anew then, since a writer may cut them off); or negative errno. */
int loglines_next(struct loglines *l, const char **ret_line, size_t *ret_len);

/* Returns 1 where bytes without a newline follow the last line, 0 where none do, or negative errno. To be called after
 * loglines_next has returned 0. */
int loglines_torn(const struct loglines *l);

#endif
