#ifndef FS_STORAGE_POSTGRES_WAIT_H
#define FS_STORAGE_POSTGRES_WAIT_H

/*
 * Waiting for a socket, with an end: a deadline, and a flag that another thread sets. Knows nothing of what goes over the socket.
 */

#include <stdint.h>

#include "fs/table/table.h"

struct postgres_wait {
	const table_cancel *cancel; /* may be NULL */
	int64_t until_ns; /* of postgres_wait_now */
};

/* CLOCK_MONOTONIC. */
int64_t postgres_wait_now(void);

/* 0, or -EINTR with the sentence. */
int postgres_wait_cancelled(const table_cancel *cancel, struct mesh_err *err);
/* The same, or -ETIMEDOUT where the deadline is over. */
int postgres_wait_over(const struct postgres_wait *w, struct mesh_err *err);

/* Waits until one of `events` (poll(2)) or an error is there. 0; -EINTR: cancelled, at most 100 ms ago; -ETIMEDOUT: the deadline is over; -EIO. */
int postgres_wait(int fd, short events, const struct postgres_wait *w, struct mesh_err *err);

#endif
