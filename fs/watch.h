#ifndef FS_WATCH_H
#define FS_WATCH_H

/*
 * Notices that something changed in directories (inotify(7)), and that the changing has stopped for a moment. Knows nothing of what
 * the files mean.
 */

#include <stdbool.h>

#include "catalog/base/str.h"

struct watch;

/* NULL where the system has no inotify instance left, or memory is short. */
struct watch *watch_new(void);
void watch_free(struct watch *w); /* NULL is fine */

/* Watches these directories too; those already watched stay so. False where one could not be watched (the limit of watches, usually): its
 * changes must be found otherwise. Directories that are gone are no failure. */
bool watch_add(struct watch *w, struct strlist dirs);

/* Waits at most `timeout_ms` for a change. Once there is one, waits until 50 ms pass without another, at most 400 ms. True: something
 * changed. */
bool watch_wait(struct watch *w, int timeout_ms);

#endif
