#include "catalog/audit/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "catalog/audit/logdir.h"
#include "catalog/audit/record.h"
#include "catalog/base/cleanup.h"

#define DEFAULT_ROTATE_BYTES ((uint64_t)64 << 20)
#define LOCK_NAME "lock"

/* Signals are for the threads of the program. */
static int start_thread(struct audit *a)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&a->thread, NULL, sync_thread, a);

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

static int take_lock(struct audit *a, struct mesh_err *err)
{
	a->lock_fd = logdir_open_file(a->dir_fd, LOCK_NAME, O_RDWR | O_CREAT);
	if (a->lock_fd < 0)
		return mesh_err_set(err, a->lock_fd, "cannot open %s/" LOCK_NAME ": %s", a->dir,
		    strerror(-a->lock_fd));
	if (flock(a->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return mesh_err_set(
		    err, -EBUSY, "another process writes the audit log in %s", a->dir);
	return mesh_err_set(
	    err, -errno, "cannot lock %s/" LOCK_NAME ": %s", a->dir, strerror(errno));
}

static int open_log(struct audit *a, struct mesh_err *err)
{
	int r = logdir_make(a->dir, err);

	if (r < 0)
		return r;
	a->dir_fd = logdir_open(a->dir, err);
	if (a->dir_fd < 0)
		return a->dir_fd;
	r = take_lock(a, err);
	return r < 0 ? r : recover_log(a, err);
}

static void free_audit(struct audit *a)
{
	if (a->fd >= 0)
		(void)close(a->fd);
	if (a->lock_fd >= 0)
		(void)close(a->lock_fd);
	if (a->dir_fd >= 0)
		(void)close(a->dir_fd);
	(void)pthread_cond_destroy(&a->wake);
	(void)pthread_mutex_destroy(&a->lock);
	digest_free(a->digest);
	buf_clear(&a->line);
	free(a->dir);
	free(a);
}

static struct audit *new_audit(const struct audit_options *opt)
{
	struct audit *a = calloc(1, sizeof(*a));
	pthread_condattr_t attr;

	if (!a)
		return NULL;
	a->dir_fd = a->lock_fd = a->fd = -1;
	a->sync_always = opt->sync_always;
	a->rotate_bytes = opt->rotate_bytes > 0 ? opt->rotate_bytes : DEFAULT_ROTATE_BYTES;
	buf_init(&a->line);
	/* None of these can fail on Linux with these arguments. */
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&a->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	a->dir = strdup(opt->dir);
	a->digest = digest_new();
	if (a->dir && a->digest)
		return a;
	free_audit(a);
	return NULL;
}

int audit_open(const struct audit_options *opt, struct audit **ret, struct mesh_err *err)
{
	struct audit *a = new_audit(opt);

	if (!a)
		return mesh_err_nomem(err);

	int r = open_log(a, err);

	if (r == 0) {
		r = start_thread(a);
		if (r < 0)
			(void)mesh_err_set(
			    err, r, "cannot start the audit's thread: %s", strerror(-r));
	}
	if (r < 0) {
		free_audit(a);
		return r;
	}
	*ret = a;
	return 0;
}

void audit_close(struct audit *a)
{
	if (!a)
		return;
	(void)pthread_mutex_lock(&a->lock);
	a->stop = true;
	(void)pthread_cond_signal(&a->wake);
	(void)pthread_mutex_unlock(&a->lock);
	(void)pthread_join(a->thread, NULL);
	if (a->dirty)
		sync_now(a);
	free_audit(a);
}

/* Begins the file of the next record. What the file before holds must be on the disk first: the thread syncs only the
 * current one. From there on the old file is closed for good, so that an error leaves no current file and the next
 * append tries again: an empty file that was made and left has the right name as long as no record is written. */
static int rotate_locked(struct audit *a)
{
	char name[LOGDIR_NAME_CAP];

	if (a->fd >= 0) {
		if (fdatasync(a->fd) < 0)
			return a->lost = -errno;
		(void)close(a->fd);
		a->fd = -1;
		a->size_bytes = 0;
	}
	logdir_name(a->last.seq + 1, name);

	int fd = logdir_open_file(a->dir_fd, name, O_WRONLY | O_APPEND | O_CREAT);

	if (fd < 0)
		return fd;
	if (fsync(a->dir_fd) < 0) {
		int r = -errno;

		(void)close(fd);
		return r;
	}
	a->fd = fd;
	return 0;
}

/* Writes a->line behind the last record, whole or not at all. */
static int write_line_locked(struct audit *a)
{
	int r = logdir_write(a->fd, a->line.data, a->line.len);

	if (r == 0 && a->sync_always && fdatasync(a->fd) < 0)
		r = a->lost = -errno;
	if (r < 0 && ftruncate(a->fd, (off_t)a->size_bytes) < 0)
		a->unusable = true;
	return r;
}

/* The line does not fit into the current file. One that fits into none gets a file of its own. */
static bool is_full_locked(const struct audit *a)
{
	return a->size_bytes > 0 && a->size_bytes + a->line.len > a->rotate_bytes;
}

/* A digest that failed, which a shortage of memory can do, is of no more use; the next record gets a new one. */
static int close_line_locked(struct audit *a, struct chain_point *ret)
{
	if (!a->digest)
		a->digest = digest_new();
	if (!a->digest)
		return -ENOMEM;

	int r = chain_close(&a->line, a->digest, ret);

	if (r == -EIO)
		digest_free(take_ptr(a->digest));
	return r;
}

static int append_locked(struct audit *a, const struct audit_record *rec)
{
	struct chain_point point;

	if (a->unusable)
		return -EIO;
	buf_reset(&a->line);
	chain_open(&a->line, &a->last);
	record_add(&a->line, rec);

	int r = close_line_locked(a, &point);

	if (r == 0 && (a->fd < 0 || is_full_locked(a)))
		r = rotate_locked(a);
	if (r == 0)
		r = write_line_locked(a);
	if (r < 0)
		return r;
	a->size_bytes += a->line.len;
	a->last = point;
	a->records++;
	return 0;
}

int audit_append(struct audit *a, const struct audit_record *r, struct mesh_err *err)
{
	(void)pthread_mutex_lock(&a->lock);
	int error = append_locked(a, r);
	bool unusable = a->unusable;

	a->error = error;
	if (error == 0 && !a->dirty) {
		a->dirty = true;
		(void)pthread_cond_signal(&a->wake);
	}
	(void)pthread_mutex_unlock(&a->lock);
	if (error == 0)
		return 0;
	if (unusable)
		return mesh_err_set(err, error,
		    "the audit log in %s failed in a way that needs it to be opened anew: %s",
		    a->dir, strerror(-error));
	return mesh_err_set(
	    err, error, "cannot write the audit log in %s: %s", a->dir, strerror(-error));
}

void audit_stats(struct audit *a, uint64_t *ret_records, int *ret_error)
{
	(void)pthread_mutex_lock(&a->lock);
	*ret_records = a->records;
	*ret_error = a->error < 0 ? a->error : a->lost;
	(void)pthread_mutex_unlock(&a->lock);
}
