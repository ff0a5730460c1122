#ifndef FS_STORAGE_DUCKDB_JOB_H
#define FS_STORAGE_DUCKDB_JOB_H

/*
 * DuckDB at work for one rendering: a thread of its own, confined to one file, which opens a locked-down session on it, does what is
 * asked, and closes it. Whoever started it waits, hands rows over under a lock of his own, and can end it early.
 */

#include <pthread.h>
#include <time.h>

#include "fs/storage/duckdb_session.h"

struct duckdb_job_options {
	int fd; /* the one file; borrowed until the job is joined */
	bool attach; /* see struct duckdb_session_file; needs Landlock */
	bool write;
	/* Runs on the job's thread. */
	int (*run)(void *arg, struct duckdb_session *s, struct mesh_err *err);
	void *arg;
};

/* The name of the job's file for SQL; means it on the job's thread alone. */
#define DUCKDB_JOB_PATH_CAP 48
void duckdb_job_path(int fd, char out[DUCKDB_JOB_PATH_CAP]);

struct duckdb_job {
	struct duckdb_job_options opt;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* the job has ended, or what its user signals by it; with `lock` */
	struct duckdb_session *session; /* lock: the one to interrupt; NULL: none yet or no more */
	bool stop; /* lock: asked to end early */
	bool ended; /* lock */
	int rc; /* valid once ended */
	struct mesh_err err;
};

/* Starts it; on success it must be joined. `j` must not move. -EOPNOTSUPP: no library, or `attach` without Landlock. */
int duckdb_job_start(
    struct duckdb_job *j, const struct duckdb_job_options *opt, struct mesh_err *err);

/* Waits for its end and gives back what it ended with. To be called once. */
int duckdb_job_join(struct duckdb_job *j, struct mesh_err *err);

/* Ends it as soon as it can be, whatever it is doing, and joins it. */
void duckdb_job_stop(struct duckdb_job *j);

/* ---- for who shares the lock ---- */

/* Waits for a signal, at most `ms` milliseconds (0: until there is one). */
void duckdb_job_wait_locked(struct duckdb_job *j, long ms);

/* From opening to closing on the calling thread, for what is short. */
int duckdb_job_do(const struct duckdb_job_options *opt, struct mesh_err *err);

#endif
