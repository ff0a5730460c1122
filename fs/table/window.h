#ifndef FS_TABLE_WINDOW_H
#define FS_TABLE_WINDOW_H

/*
 * The part of a text file that is in memory: whole records in place, and room for one of up to 16
 * MiB. Knows nothing of what a record is.
 */

#include <stdbool.h>

#include "fs/table/feed.h"
#include "fs/table/table.h"

#define WINDOW_SLACK 64 /* readable bytes behind the end */
#define WINDOW_RECORD_MAX ((size_t)16 << 20)

struct window {
	struct feed *feed; /* owned */
	char *data; /* owned */
	size_t cap; /* bytes at `data`, without the slack */
	size_t max; /* the longest record */
	char *at; /* the first byte still needed; who reads moves it on */
	char *end;
	bool eof;
};

/* Takes over the feed, also on failure. Nothing is read yet; a byte order mark (UTF-8) is passed
 * over by the first window_more. */
int window_init(struct window *w, struct feed *take_feed, const table_cancel *cancel, size_t max,
    struct mesh_err *err);
void window_clear(struct window *w);

/* Drops what lies before `at` and reads until the window is full: `at` and `end` point elsewhere
 * afterwards. 0, also at the end of the file (eof); -E2BIG: what is still needed is longer than a
 * record may be; -EINTR: cancelled; what feed_read failed with. */
int window_more(struct window *w, struct mesh_err *err);

#endif
