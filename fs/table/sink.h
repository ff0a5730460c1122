#ifndef FS_TABLE_SINK_H
#define FS_TABLE_SINK_H

/*
 * Bytes on their way to a file descriptor, gathered into large writes. The first failure is kept and given by sink_flush; what is added after
 * it goes nowhere.
 */

#include <stddef.h>
#include <string.h>

#include "catalog/base/err.h"

#define SINK_BYTES ((size_t)128 << 10)

struct sink {
	int fd; /* borrowed */
	int error; /* negative errno, sticky */
	char *data; /* owned: SINK_BYTES */
	size_t len;
};

/* 0 or -ENOMEM. */
int sink_init(struct sink *o, int fd, struct mesh_err *err);
void sink_clear(struct sink *o);

/* Writes what was gathered. 0, or the first failure. */
int sink_flush(struct sink *o, struct mesh_err *err);

/* For sink_add, where the room does not suffice. */
void sink_add_slowly(struct sink *o, const char *s, size_t len);

static inline void sink_add(struct sink *o, const char *s, size_t len)
{
	if (len > SINK_BYTES - o->len) {
		sink_add_slowly(o, s, len);
		return;
	}
	memcpy(o->data + o->len, s, len);
	o->len += len;
}

static inline void sink_addc(struct sink *o, char c)
{
	if (o->len == SINK_BYTES)
		sink_add_slowly(o, &c, 1);
	else
		o->data[o->len++] = c;
}

#endif
