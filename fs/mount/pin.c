#include "fs/mount/pin.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUEUE 256

struct pin {
	struct tree *tree;   /* borrowed */
	char *mountpoint;    /* owned */
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wanted;
	uint64_t queue[QUEUE];
	size_t first, len;
	bool over;
};

static bool next(struct pin *p, uint64_t *ret_id)
{
	bool over;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->over && p->len == 0)
		(void)pthread_cond_wait(&p->wanted, &p->lock);
	over = p->over;
	if (!over) {
		*ret_id = p->queue[p->first];
		p->first = (p->first + 1) % QUEUE;
		p->len--;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return !over;
}

/* The look-up is answered by another thread of this process, which knows this one by its id. */
static void *run(void *arg)
{
	struct pin *p = arg;
	char path[PATH_MAX];
	struct stat st;
	uint64_t id;

	atomic_store(&p->tree->pin_tid, gettid());
	while (next(p, &id)) {
		(void)snprintf(path, sizeof(path), "%s/" PIN_DIR "/%" PRIx64, p->mountpoint, id);
		(void)stat(path, &st);
	}
	return NULL;
}

struct pin *pin_start(struct tree *tree, const char *mountpoint)
{
	struct pin *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->tree = tree;
	p->mountpoint = strdup(mountpoint);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->wanted, NULL);
	if (p->mountpoint && pthread_create(&p->thread, NULL, run, p) == 0)
		return p;
	free(p->mountpoint);
	free(p);
	return NULL;
}

void pin_stop(struct pin *p)
{
	bool was_over;

	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	was_over = p->over;
	p->over = true;
	(void)pthread_cond_signal(&p->wanted);
	(void)pthread_mutex_unlock(&p->lock);
	if (!was_over)
		(void)pthread_join(p->thread, NULL);
	atomic_store(&p->tree->pin_tid, 0);
}

void pin_free(struct pin *p)
{
	if (!p)
		return;
	pin_stop(p);
	(void)pthread_cond_destroy(&p->wanted);
	(void)pthread_mutex_destroy(&p->lock);
	free(p->mountpoint);
	free(p);
}

void pin_want(struct pin *p, uint64_t id)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	if (!p->over && p->len < QUEUE) {
		p->queue[(p->first + p->len) % QUEUE] = id;
		p->len++;
		(void)pthread_cond_signal(&p->wanted);
	}
	(void)pthread_mutex_unlock(&p->lock);
}
