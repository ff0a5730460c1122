#include "fs/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IDLE_SEC 10
#define SWEEP_MS 50

struct lane {
	char *name; /* owned */
	struct workers *all;
	struct work_job *first, **last;
	unsigned waiting, threads, idle;
	bool swept; /* its sweeper runs */
	pthread_cond_t work;
	struct running *running;
	struct lane *next;
};

/* The job that a worker is at, so that the end of all can cancel it. */
struct running {
	struct work_job *job;
	struct running *next;
};

struct workers {
	pthread_mutex_t lock; /* guards every lane; never held while a job runs */
	pthread_cond_t ended;
	struct lane *lanes;
	unsigned workers;
	bool over;
};

struct workers *workers_new(void)
{
	struct workers *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->ended, NULL);
	return p;
}

static struct lane *lane_locked(struct workers *p, const char *name)
{
	struct lane *l = p->lanes;

	while (l && strcmp(l->name, name) != 0)
		l = l->next;
	if (l)
		return l;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->name = strdup(name);
	if (!l->name) {
		free(l);
		return NULL;
	}
	l->all = p;
	l->last = &l->first;
	(void)pthread_cond_init(&l->work, NULL);
	l->next = p->lanes;
	p->lanes = l;
	return l;
}

/* ---- workers ---- */

/* The next job, or NULL when there was none for a while or all ends. */
static struct work_job *wait_for_job_locked(struct lane *l)
{
	struct work_job *job;
	struct timespec until;
	int rc = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += IDLE_SEC;
	l->idle++;
	while (!l->first && !l->all->over && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&l->work, &l->all->lock, &until);
	l->idle--;
	job = l->first;
	if (!job)
		return NULL;
	l->first = job->next;
	if (!l->first)
		l->last = &l->first;
	l->waiting--;
	return job;
}

static void run_locked(struct lane *l, struct work_job *job)
{
	struct running me = {.job = job, .next = l->running};
	struct running **at;

	l->running = &me;
	(void)pthread_mutex_unlock(&l->all->lock);
	job->run(job);
	(void)pthread_mutex_lock(&l->all->lock);
	for (at = &l->running; *at != &me; at = &(*at)->next)
		;
	*at = me.next;
	job->free(job);
}

static void *work(void *arg)
{
	struct lane *l = arg;
	struct workers *p = l->all;
	struct work_job *job;

	(void)pthread_mutex_lock(&p->lock);
	while ((job = wait_for_job_locked(l)))
		run_locked(l, job);
	l->threads--;
	p->workers--;
	(void)pthread_cond_broadcast(&p->ended);
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

static int start_locked(struct lane *l, void *(*routine)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, routine, l);
	(void)pthread_attr_destroy(&attr);
	l->all->workers += rc == 0;
	return -rc;
}

static int start_worker_locked(struct lane *l)
{
	int rc;

	/* An idle one that was woken counts as idle until it runs. */
	if (l->idle > l->waiting || l->threads >= WORKERS_PER_NAME)
		return 0;
	rc = start_locked(l, work);
	l->threads += rc == 0;
	return l->threads > 0 ? 0 : rc;
}

/* ---- the sweeper: a waiting job that was cancelled ends now, whatever keeps the workers busy ---- */

static struct work_job *take_cancelled_locked(struct lane *l)
{
	struct work_job **at = &l->first, *job;

	while (*at && !atomic_load(&(*at)->cancel))
		at = &(*at)->next;
	job = *at;
	if (!job)
		return NULL;
	*at = job->next;
	if (!*at)
		l->last = at;
	l->waiting--;
	return job;
}

static void pause_locked(struct lane *l)
{
	struct timespec ts = {.tv_nsec = SWEEP_MS * 1000000L};

	(void)pthread_mutex_unlock(&l->all->lock);
	(void)nanosleep(&ts, NULL);
	(void)pthread_mutex_lock(&l->all->lock);
}

static void *sweep(void *arg)
{
	struct lane *l = arg;
	struct workers *p = l->all;

	(void)pthread_mutex_lock(&p->lock);
	while (l->first) {
		struct work_job *job = take_cancelled_locked(l);

		if (job)
			run_locked(l, job);
		else
			pause_locked(l);
	}
	l->swept = false;
	p->workers--;
	(void)pthread_cond_broadcast(&p->ended);
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Where it cannot be started, cancelled jobs wait like all others. */
static void start_sweeper_locked(struct lane *l)
{
	if (!l->swept && l->waiting > l->idle && l->threads >= WORKERS_PER_NAME)
		l->swept = start_locked(l, sweep) == 0;
}

/* ---- jobs ---- */

static int submit_locked(struct workers *p, const char *name, struct work_job *job)
{
	struct lane *l = lane_locked(p, name);
	int rc;

	if (!l)
		return -ENOMEM;
	if (p->over || l->waiting >= WORKERS_QUEUE)
		return -EBUSY;
	rc = start_worker_locked(l);
	if (rc < 0)
		return rc;
	job->next = NULL;
	*l->last = job;
	l->last = &job->next;
	l->waiting++;
	(void)pthread_cond_signal(&l->work);
	start_sweeper_locked(l);
	return 0;
}

int workers_submit(struct workers *p, const char *name, struct work_job *job)
{
	int rc;

	(void)pthread_mutex_lock(&p->lock);
	rc = submit_locked(p, name, job);
	(void)pthread_mutex_unlock(&p->lock);
	return rc;
}

static void cancel_all_locked(struct workers *p)
{
	for (struct lane *l = p->lanes; l; l = l->next) {
		for (struct work_job *job = l->first; job; job = job->next)
			atomic_store(&job->cancel, true);
		for (struct running *r = l->running; r; r = r->next)
			atomic_store(&r->job->cancel, true);
		(void)pthread_cond_broadcast(&l->work);
	}
}

void workers_free(struct workers *p)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->over = true;
	cancel_all_locked(p);
	while (p->workers > 0)
		(void)pthread_cond_wait(&p->ended, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
	for (struct lane *l = p->lanes, *next; l; l = next) {
		next = l->next;
		(void)pthread_cond_destroy(&l->work);
		free(l->name);
		free(l);
	}
	(void)pthread_cond_destroy(&p->ended);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}
