#ifndef FS_TABLE_OUT_H
#define FS_TABLE_OUT_H

/*
 * Bytes on their way to a file descriptor, gathered into large writes. The first failure is kept
 * and given by out_flush; what is added after it goes nowhere.
 */

#include <stddef.h>
#include <string.h>

#include "catalog/base/err.h"

#define OUT_BYTES ((size_t)128 << 10)

struct out {
	int fd; /* borrowed */
	int error; /* negative errno, sticky */
	char *data; /* owned: OUT_BYTES */
	size_t len;
};

/* 0 or -ENOMEM. */
int out_init(struct out *o, int fd, struct mesh_err *err);
void out_clear(struct out *o);

/* Writes what was gathered. 0, or the first failure. */
int out_flush(struct out *o, struct mesh_err *err);

/* For out_add, where the room does not suffice. */
void out_add_slowly(struct out *o, const char *s, size_t len);

static inline void out_add(struct out *o, const char *s, size_t len)
{
	if (len > OUT_BYTES - o->len) {
		out_add_slowly(o, s, len);
		return;
	}
	memcpy(o->data + o->len, s, len);
	o->len += len;
}

static inline void out_addc(struct out *o, char c)
{
	if (o->len == OUT_BYTES)
		out_add_slowly(o, &c, 1);
	else
		o->data[o->len++] = c;
}

#endif
