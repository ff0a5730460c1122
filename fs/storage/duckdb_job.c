#include "fs/storage/duckdb_job.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fs/storage/duckdb_confine.h"

/* Nested types and expressions are walked by recursion, as deep as a file says. Untouched pages cost nothing. */
#define STACK_BYTES ((size_t)64 << 20)
#define INTERRUPT_EVERY_MS 10

/* /proc/self would be another thread's descriptors. */
void duckdb_job_path(int fd, char out[DUCKDB_JOB_PATH_CAP])
{
	(void)snprintf(out, DUCKDB_JOB_PATH_CAP, "/proc/thread-self/fd/%d", fd);
}

/* ---- the thread ---- */

static bool publish(struct duckdb_job *j, struct duckdb_session *s)
{
	bool stop;

	pthread_mutex_lock(&j->lock);
	stop = j->stop;
	j->session = stop ? NULL : s;
	pthread_mutex_unlock(&j->lock);
	return !stop;
}

static void withdraw(struct duckdb_job *j)
{
	pthread_mutex_lock(&j->lock);
	j->session = NULL;
	pthread_mutex_unlock(&j->lock);
}

static int run_published(struct duckdb_job *j, struct duckdb_session *s, struct mesh_err *err)
{
	int rc;

	if (!publish(j, s))
		return mesh_err_set(err, -EINTR, "the rendering was cancelled");
	rc = j->opt.run(j->opt.arg, s, err);
	withdraw(j);
	return rc;
}

/* DuckDB reads about the machine from files while it opens a database, and aborts the process where it cannot: descriptors are
 * plenty then, and names are taken from it after that, before it sees anything from outside. */
static int work(struct duckdb_job *j, struct mesh_err *err)
{
	char path[DUCKDB_JOB_PATH_CAP];
	struct duckdb_session_file file = {.path = path, .attach = j->opt.attach};
	struct duckdb_session s = {0};
	int rc = duckdb_confine_descriptors(j->opt.fd, err);

	if (rc == 0)
		rc = duckdb_session_open(&s, err);
	if (rc < 0)
		return rc;
	duckdb_job_path(j->opt.fd, path);
	rc = duckdb_confine_names(j->opt.fd, j->opt.write, err);
	if (rc == 0)
		rc = duckdb_session_confine(&s, &file, err);
	if (rc == 0)
		rc = run_published(j, &s, err);
	duckdb_session_close(&s);
	return rc;
}

static void *thread_main(void *arg)
{
	struct duckdb_job *j = arg;
	struct mesh_err err = {0};
	int rc = work(j, &err);

	pthread_mutex_lock(&j->lock);
	j->rc = rc;
	j->err = err;
	j->ended = true;
	pthread_cond_broadcast(&j->changed);
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

/* Signals are for the threads that expect them. */
static int start_thread(struct duckdb_job *j)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int rc = pthread_attr_init(&attr);

	if (rc != 0)
		return -rc;
	(void)sigfillset(&all);
	rc = pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (rc == 0)
		rc = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (rc == 0) {
		rc = pthread_create(&j->thread, &attr, thread_main, j);
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	(void)pthread_attr_destroy(&attr);
	return rc == EAGAIN ? -ENOMEM : -rc; /* short of memory, or of threads */
}

/* ---- its user ---- */

static int init_condition(pthread_cond_t *ret)
{
	pthread_condattr_t attr;
	int rc = pthread_condattr_init(&attr);

	if (rc != 0)
		return -rc;
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (rc == 0)
		rc = pthread_cond_init(ret, &attr);
	(void)pthread_condattr_destroy(&attr);
	return -rc;
}

static int start(struct duckdb_job *j)
{
	int rc = init_condition(&j->changed);

	if (rc < 0)
		return rc;
	rc = -pthread_mutex_init(&j->lock, NULL);
	if (rc < 0)
		goto destroy_condition;
	rc = start_thread(j);
	if (rc < 0)
		goto destroy_lock;
	return 0;

destroy_lock:
	(void)pthread_mutex_destroy(&j->lock);
destroy_condition:
	(void)pthread_cond_destroy(&j->changed);
	return rc;
}

int duckdb_job_start(
    struct duckdb_job *j, const struct duckdb_job_options *opt, struct mesh_err *err)
{
	int rc;

	*j = (struct duckdb_job){.opt = *opt};
	if (!duckdb_lib_get(err))
		return -EOPNOTSUPP;
	/* DuckDB resolves the name of what it attaches, and looks for a .wal beside it: without Landlock the storage's owner could put another's
	 * file in their places meanwhile. */
	if (opt->attach && !duckdb_confine_is_whole())
		return mesh_err_set(err, -EOPNOTSUPP,
		    "DuckDB files cannot be read safely on this kernel, which lacks Landlock");
	rc = start(j);
	if (rc < 0)
		mesh_err_set(err, rc, "no thread for DuckDB: %s", strerror(-rc));
	return rc;
}

void duckdb_job_wait_locked(struct duckdb_job *j, long ms)
{
	struct timespec until;

	if (ms == 0) {
		pthread_cond_wait(&j->changed, &j->lock);
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&j->changed, &j->lock, &until);
}

int duckdb_job_join(struct duckdb_job *j, struct mesh_err *err)
{
	(void)pthread_join(j->thread, NULL);
	(void)pthread_mutex_destroy(&j->lock);
	(void)pthread_cond_destroy(&j->changed);
	return j->rc < 0 ? mesh_err_set(err, j->rc, "%s", j->err.text) : j->rc;
}

/* DuckDB forgets an interrupt where it begins a statement, so that it is told again until it has ended. */
void duckdb_job_stop(struct duckdb_job *j)
{
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_broadcast(&j->changed);
	while (!j->ended) {
		if (j->session)
			j->session->lib->interrupt(j->session->connection);
		duckdb_job_wait_locked(j, INTERRUPT_EVERY_MS);
	}
	pthread_mutex_unlock(&j->lock);
	(void)duckdb_job_join(j, NULL);
}

int duckdb_job_do(const struct duckdb_job_options *opt, struct mesh_err *err)
{
	struct duckdb_job j;
	int rc = duckdb_job_start(&j, opt, err);

	return rc < 0 ? rc : duckdb_job_join(&j, err);
}
