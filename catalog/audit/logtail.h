#ifndef CATALOG_AUDIT_LOGTAIL_H
#define CATALOG_AUDIT_LOGTAIL_H

/*
 * Where a file of the log ends, found from behind, whatever its size. Reads, never writes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "catalog/audit/chain.h"

struct logtail {
	uint64_t size_bytes;
	uint64_t
	    end; /* offset behind the last whole line; bytes from here to size_bytes are a torn one */
	bool has_line;
	bool is_record; /* the last whole line has a record's form and its own hash fits */
	struct chain_point last; /* that record; its seq is 0 where is_record is false */
};

/* 0; -EINVAL where the last line is too long to be a record; -ENOMEM, -EIO or another negative errno. */
int logtail_read(int fd, struct digest *d, struct logtail *ret);

#endif
