#ifndef FS_TABLE_SPILL_H
#define FS_TABLE_SPILL_H

/*
 * A temporary file for what does not fit into memory: written to its end, read anywhere, without a
 * name, gone when closed. In $TMPDIR, else in /var/tmp.
 */

#include <stddef.h>
#include <stdint.h>

#include "catalog/base/err.h"

struct spill {
	int fd;
	uint64_t len; /* bytes, those in the buffer included */
	char *buffer; /* owned; the last bytes, not written yet */
	size_t buffered;
};

/* 0; negative errno: then nothing is to be cleared, but may be. */
int spill_init(struct spill *s, struct mesh_err *err);
void spill_clear(struct spill *s); /* a zeroed one is fine */

int spill_add(struct spill *s, const void *data, size_t len, struct mesh_err *err);
/* Exactly these bytes, which are there: to be called after spill_flush. */
int spill_read(const struct spill *s, uint64_t at, void *data, size_t len, struct mesh_err *err);
/* Over what is there already, or in place of bytes never written. Not to be mixed with
 * spill_add. */
int spill_write(
    const struct spill *s, uint64_t at, const void *data, size_t len, struct mesh_err *err);
int spill_flush(struct spill *s, struct mesh_err *err);

#endif
