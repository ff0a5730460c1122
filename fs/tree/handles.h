#ifndef FS_TREE_HANDLES_H
#define FS_TREE_HANDLES_H

/*
 * All that the kernel has open. It need not give a handle back where the mount ends while it is in use (no RELEASE comes then);
 * whoever ends it closes what is left. Knows nothing of what a handle stands for.
 */

#include <pthread.h>

/* The first member of an open file or directory. */
struct handle {
	struct handle *next, *prev; /* under the list's lock */
	void (*close)(struct handle *h); /* removes it from the list */
};

struct handles {
	pthread_mutex_t lock; /* guards what follows */
	struct handle *first;
};

void handles_init(struct handles *l);
void handles_add(struct handles *l, struct handle *h);
void handles_remove(struct handles *l, struct handle *h);

/* Closes all that are left and clears the list; the session has ended and nobody uses a handle any more. */
void handles_clear(struct handles *l);

#endif
