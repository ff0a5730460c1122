#ifndef CATALOG_BASE_ERR_H
#define CATALOG_BASE_ERR_H

/*
 * A failure that a person will read: a negative errno and one sentence. Functions that can fail in
 * a way worth explaining take a last `struct mesh_err *`; it may be NULL. Nothing here prints or
 * allocates.
 */

#include <stdarg.h>
#include <stddef.h>

struct mesh_err {
	int code; /* negative errno; 0: nothing failed */
	char text[1024]; /* one sentence, without a final newline; cut, never overrun */
};

/* Clears `err`. NULL is allowed. */
void mesh_err_clear(struct mesh_err *err);

/* Writes `code` (negative errno) and the sentence; returns `code`, so that `return
 * mesh_err_set(...)` works. Control characters, which names from outside may carry, become '?'. The
 * arguments may point into `err`. */
int mesh_err_set(struct mesh_err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts context in front of the sentence ("reading x.yaml: ..."); keeps and returns the code. With a
 * NULL `err` there is no code to return: -EIO then, never success. */
int mesh_err_wrap(struct mesh_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets -ENOMEM with the fixed sentence; returns -ENOMEM. */
int mesh_err_nomem(struct mesh_err *err);

#endif
