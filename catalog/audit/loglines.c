#include "catalog/audit/loglines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/audit/chain.h"

#define FIRST_CAP_BYTES ((size_t)64 << 10)

void loglines_init(struct loglines *l, int fd, uint64_t offset)
{
	*l = (struct loglines){.fd = fd, .offset = offset};
}

void loglines_clear(struct loglines *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	free(l->data);
	*l = (struct loglines){.fd = -1};
}

/* Forgets the bytes up to `to`, which lie behind the reader now. */
static void pass(struct loglines *l, size_t to)
{
	l->offset += to - l->at;
	l->at = to;
	l->scanned = to;
}

/* Makes room for more bytes behind data[end]. */
static int make_room(struct loglines *l)
{
	if (l->end - l->at >= CHAIN_LINE_MAX_BYTES) {
		pass(l, l->end);
		l->skipping = true;
	}
	if (l->at > 0) {
		memmove(l->data, l->data + l->at, l->end - l->at);
		l->end -= l->at;
		l->scanned -= l->at;
		l->at = 0;
	}
	if (l->end < l->cap)
		return 0;

	size_t cap = l->cap ? l->cap * 2 : FIRST_CAP_BYTES;
	char *data = realloc(l->data, cap);

	if (!data)
		return -ENOMEM;
	l->data = data;
	l->cap = cap;
	return 0;
}

/* 1: bytes were added; 0: the file ends here. */
static int fill(struct loglines *l)
{
	int r = make_room(l);

	if (r < 0)
		return r;
	for (;;) {
		ssize_t n = pread(l->fd, l->data + l->end, l->cap - l->end,
		    (off_t)(l->offset + (l->end - l->at)));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		l->end += (size_t)n;
		return n > 0;
	}
}

static void hand_out(struct loglines *l, size_t newline, const char **ret_line, size_t *ret_len)
{
	*ret_line = l->data + l->at;
	*ret_len = newline - l->at;
	if (l->skipping || *ret_len >= CHAIN_LINE_MAX_BYTES)
		*ret_len = 0;
	l->skipping = false;
	l->line++;
	pass(l, newline + 1);
}

int loglines_next(struct loglines *l, const char **ret_line, size_t *ret_len)
{
	for (;;) {
		char *newline = NULL;

		if (l->scanned < l->end)
			newline = memchr(l->data + l->scanned, '\n', l->end - l->scanned);
		if (newline) {
			hand_out(l, (size_t)(newline - l->data), ret_line, ret_len);
			return 1;
		}
		l->scanned = l->end;

		int r = fill(l);

		if (r <= 0) {
			l->end = l->at;
			l->scanned = l->at;
			return r;
		}
	}
}

int loglines_torn(const struct loglines *l)
{
	struct stat st;

	if (fstat(l->fd, &st) < 0)
		return -errno;
	return l->skipping || (uint64_t)st.st_size > l->offset;
}
