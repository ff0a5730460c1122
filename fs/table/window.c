#include "fs/table/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES ((size_t)64 << 10)

int window_init(struct window *w, struct feed *take_feed, const table_cancel *cancel, size_t max,
    struct mesh_err *err)
{
	*w = (struct window){.feed = take_feed, .max = max};
	feed_watch(take_feed, cancel);
	w->cap = max < FIRST_BYTES ? max : FIRST_BYTES;
	/* Zeroed, so that the slack is never memory of unknown content. */
	w->data = calloc(1, w->cap + WINDOW_SLACK);
	if (!w->data) {
		window_clear(w);
		return mesh_err_nomem(err);
	}
	w->at = w->end = w->data;
	return 0;
}

void window_clear(struct window *w)
{
	feed_close(w->feed);
	free(w->data);
	*w = (struct window){0};
}

static int grow(struct window *w, struct mesh_err *err)
{
	size_t used = (size_t)(w->end - w->data);
	size_t cap = w->cap > w->max / 2 ? w->max : w->cap * 2;
	char *data;

	if (w->cap >= w->max)
		return mesh_err_set(err, -E2BIG, "a record is longer than %zu bytes", w->max);
	data = realloc(w->data, cap + WINDOW_SLACK);
	if (!data)
		return mesh_err_nomem(err);
	w->data = w->at = data;
	w->end = data + used;
	w->cap = cap;
	memset(w->end, 0, cap - used + WINDOW_SLACK);
	return 0;
}

static int fill(struct window *w, struct mesh_err *err)
{
	while (!w->eof && w->end < w->data + w->cap) {
		ssize_t n = feed_read(w->feed, w->end, (size_t)(w->data + w->cap - w->end), err);

		if (n < 0)
			return (int)n;
		w->eof = n == 0;
		w->end += n;
	}
	return 0;
}

int window_more(struct window *w, struct mesh_err *err)
{
	size_t kept = (size_t)(w->end - w->at);
	bool first = w->end == w->data;
	int rc = 0;

	if (w->at > w->data)
		memmove(w->data, w->at, kept);
	w->at = w->data;
	w->end = w->data + kept;
	if (kept == w->cap)
		rc = grow(w, err);
	if (rc == 0)
		rc = fill(w, err);
	if (rc == 0 && first && w->end - w->at >= 3 && memcmp(w->at, "\xef\xbb\xbf", 3) == 0)
		w->at += 3;
	return rc;
}
