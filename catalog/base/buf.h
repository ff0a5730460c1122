#ifndef CATALOG_BASE_BUF_H
#define CATALOG_BASE_BUF_H

/*
 * A growing byte buffer with a sticky error: append freely, look at buf_error once at the end.
 * After a failed allocation further appends do nothing. The bytes are always followed by a NUL that
 * is not counted, so `data` is a C string when no NUL was appended. A cleared buffer's data is
 * NULL.
 */

#include <stddef.h>
#include <stdint.h>

/* A buffer never grows beyond this; an append that would do it fails with -ENOMEM. */
#define BUF_MAX_BYTES ((size_t)1 << 30)

struct buf {
	char *data; /* owned */
	size_t len; /* bytes in use */
	size_t cap;
	int error; /* 0 or -ENOMEM, sticky */
};

void buf_init(struct buf *b);

/* Frees the bytes and resets the error; the buffer is usable again. */
void buf_clear(struct buf *b);

/* Empties the buffer and resets the error but keeps its memory. */
void buf_reset(struct buf *b);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_addc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends `s` as a JSON string with its quotes (RFC 8259); bytes that are not UTF-8 become U+FFFD,
 * one each. Control characters and U+2028/9 are escaped, so that one value is one line for any
 * reader. NULL appends null. */
void buf_json(struct buf *b, const char *s);
void buf_json_len(struct buf *b, const char *s, size_t len);

/* Appends `s` on one line as a YAML scalar that reads back as this very string in block and flow
 * context, under the YAML 1.2 core schema (section 10.3) and under YAML 1.1: plain where both take
 * it for a string, double-quoted otherwise. Bytes that are not UTF-8, which YAML cannot carry,
 * become U+FFFD. NULL appends null. */
void buf_yaml(struct buf *b, const char *s);

/* Appends `s` with & < > " ' replaced by HTML entities. NULL appends nothing. */
void buf_html(struct buf *b, const char *s);

/* Returns the sticky error: 0 or -ENOMEM. */
int buf_error(const struct buf *b);

/* Hands the bytes to the caller (free them), with the length in *ret_len (may be NULL); the buffer
 * is empty afterwards. NULL if an append failed. An empty buffer gives an empty string. */
char *buf_take(struct buf *b, size_t *ret_len);

#endif
