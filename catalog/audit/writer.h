#ifndef CATALOG_AUDIT_WRITER_H
#define CATALOG_AUDIT_WRITER_H

/*
 * What the parts of the writing side share: recover.c finds the end of an existing log, sync.c brings what was written
 * to the disk, writer.c opens, appends and rotates.
 */

#include <pthread.h>

#include "catalog/audit/audit.h"
#include "catalog/audit/chain.h"

struct audit {
	/* Set by audit_open, never changed. */
	char *dir; /* owned; for sentences */
	int dir_fd; /* owned */
	int lock_fd; /* owned; holds the flock */
	bool sync_always;
	uint64_t rotate_bytes;

	pthread_mutex_t
	    lock; /* guards what follows; held over one write(2), and over fdatasync with sync_always */
	int fd; /* owned; O_APPEND; -1: the next record begins a file */
	uint64_t size_bytes; /* of fd's file; all whole lines */
	struct chain_point last; /* the last record that counts as written */
	struct buf line; /* owned; memory kept from record to record */
	struct digest *digest; /* owned; NULL after it failed */
	uint64_t records; /* since the open */
	int error; /* of the latest append or head */
	int lost; /* fdatasync failed once: what it lost stays lost */
	bool unusable; /* a partial line could not be cut off */
	bool dirty; /* the head is behind `last` */
	bool stop; /* tells the thread to end */
	pthread_cond_t wake; /* dirty or stop became true; CLOCK_MONOTONIC */

	pthread_t thread; /* runs sync_thread */
};

/* Finds where the chain stands and sets last, fd and size_bytes; cuts a torn line off and keeps it aside; sets the head of
 * a new log. Refuses, before it changes anything, a log whose end is not sound: -EINVAL, the sentence says what is
 * wrong and how to go on. Before the thread runs; needs dir, dir_fd, digest. */
int recover_log(struct audit *a, struct mesh_err *err);

/* The thread: brings records to the disk and sets the head at most a second after they were written. */
void *sync_thread(void *audit);

/* Does it once, now. Takes the lock, but not while the disk works. */
void sync_now(struct audit *a);

#endif
