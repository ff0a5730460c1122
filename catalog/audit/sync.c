#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "catalog/audit/logdir.h"
#include "catalog/audit/writer.h"

/* From the first record that is not on the disk; leaves the disk as long to stay below a second. */
#define SYNC_DELAY_NS 500000000L

void sync_now(struct audit *a)
{
	(void)pthread_mutex_lock(&a->lock);
	struct chain_point point = a->last;
	/* A descriptor of its own: a rotation may close a->fd meanwhile. */
	int fd = a->fd >= 0 ? fcntl(a->fd, F_DUPFD_CLOEXEC, 0) : -1;
	int r = a->fd >= 0 && fd < 0 ? -errno : 0;
	int lost = 0;

	a->dirty = false;
	(void)pthread_mutex_unlock(&a->lock);

	if (fd >= 0) {
		lost = fdatasync(fd) < 0 ? -errno : 0;
		(void)close(fd);
	}
	if (r == 0 && lost == 0)
		r = logdir_set_head(a->dir_fd, &point);

	(void)pthread_mutex_lock(&a->lock);
	if (lost < 0)
		a->lost = lost;
	if (r < 0)
		a->error = r;
	if (lost < 0 || r < 0)
		a->dirty = true;
	(void)pthread_mutex_unlock(&a->lock);
}

static void wait_delay_locked(struct audit *a)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SYNC_DELAY_NS;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	while (!a->stop && pthread_cond_timedwait(&a->wake, &a->lock, &until) == 0)
		;
}

void *sync_thread(void *audit)
{
	struct audit *a = audit;

	(void)pthread_mutex_lock(&a->lock);
	while (!a->stop) {
		while (!a->stop && !a->dirty)
			(void)pthread_cond_wait(&a->wake, &a->lock);
		wait_delay_locked(a);
		if (a->stop || !a->dirty)
			continue;
		(void)pthread_mutex_unlock(&a->lock);
		sync_now(a);
		(void)pthread_mutex_lock(&a->lock);
	}
	(void)pthread_mutex_unlock(&a->lock);
	return NULL;
}
