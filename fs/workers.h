#ifndef FS_WORKERS_H
#define FS_WORKERS_H

/*
 * Work that may wait, done away from the threads that serve the kernel: each domain has workers and a queue of its own, so that one whose
 * storage hangs holds up nobody else. Knows jobs, not what they do.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include "catalog/base/err.h"

struct workers;

#define WORKERS_PER_NAME 4	 /* for each name, started when there is work, ended when idle for 10 s */
#define WORKERS_QUEUE 1024 /* waiting jobs for each name */

/* One job; the first member of the caller's own struct. One that is cancelled while it waits is run ahead of the others, soon. */
struct work_job {
	void (*run)(struct work_job *job);  /* called once, on a worker; looks at `cancel` first */
	void (*free)(struct work_job *job); /* called after it: until then `cancel` may be set at any time */
	atomic_bool cancel;
	struct work_job *next;
};

struct workers *workers_new(void); /* NULL when memory is short */

/* Cancels what waits and runs, runs the rest out and ends the workers. NULL is fine. */
void workers_free(struct workers *p);

/* Queues the job under a name (a domain's). 0: it will be run; -EBUSY: too many wait already; -ENOMEM; the job is still the caller's then. */
int workers_submit(struct workers *p, const char *name, struct work_job *job);

#endif
