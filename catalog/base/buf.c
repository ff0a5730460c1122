#include "catalog/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP_BYTES 256

void buf_init(struct buf *b)
{
	*b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
	free(b->data);
	buf_init(b);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

/* Makes room for `more` bytes and the NUL. Returns the sticky error. */
static int reserve(struct buf *b, size_t more)
{
	if (b->error)
		return b->error;
	if (more >= BUF_MAX_BYTES || b->len >= BUF_MAX_BYTES - more)
		return b->error = -ENOMEM;

	size_t need = b->len + more + 1;
	size_t cap = b->cap > 0 ? b->cap : FIRST_CAP_BYTES;

	if (need <= b->cap)
		return 0;
	while (cap < need)
		cap *= 2;

	char *data = realloc(b->data, cap);

	if (!data)
		return b->error = -ENOMEM;
	b->data = data;
	b->cap = cap;
	return 0;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (reserve(b, len) < 0)
		return;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args, again;

	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, args);

	if (len < 0)
		b->error = -ENOMEM;
	else if (reserve(b, (size_t)len) == 0) {
		(void)vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}

void buf_html(struct buf *b, const char *s)
{
	static const char special[] = "&<>\"'";
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

	while (s && *s) {
		size_t run = strcspn(s, special);

		buf_add(b, s, run);
		s += run;
		if (*s)
			buf_puts(b, entities[strchr(special, *s++) - special]);
	}
}

int buf_error(const struct buf *b)
{
	return b->error;
}

char *buf_take(struct buf *b, size_t *ret_len)
{
	buf_add(b, "", 0);
	if (b->error) {
		buf_clear(b);
		return NULL;
	}

	char *data = b->data;

	if (ret_len)
		*ret_len = b->len;
	buf_init(b);
	return data;
}
