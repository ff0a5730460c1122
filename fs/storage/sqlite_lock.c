#include "fs/storage/sqlite_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"

/* Bytes of the shared-memory file. Who copies the log into the database holds the first alone; who starts the log anew holds all the
 * others, of which readers use those in front first. */
#define READ_LOCK_0 123
#define READ_LOCK_4 127

#define POLL_NS (5 * 1000 * 1000)

/* Locks of the open file: those of SQLite, which are the process's, are not disturbed by them. */
static int share(int fd, off_t byte)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock) < 0 ? -errno : 0;
}

static int64_t monotonic_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * WHEN_NS_PER_SEC + t.tv_nsec;
}

static int share_until(int fd, off_t byte, int64_t until_ns, const table_cancel *cancel)
{
	static const struct timespec poll = {.tv_nsec = POLL_NS};

	for (;;) {
		int rc = share(fd, byte);

		if (rc != -EAGAIN && rc != -EACCES)
			return rc;
		if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
			return -EINTR;
		if (monotonic_ns() >= until_ns)
			return -EBUSY;
		(void)nanosleep(&poll, NULL);
	}
}

int sqlite_lock_take(struct sqlite_lock *l, const struct sqlite_file *f, int64_t until_ns,
    const table_cancel *cancel)
{
	char path[SQLITE_PATH_CAP];
	struct stat st;
	int rc;

	sqlite_file_path(f, "-shm", path);
	/* O_NONBLOCK: for a FIFO in its place. */
	l->fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (l->fd < 0)
		return errno == ENOMEM || errno == EMFILE || errno == ENFILE ? -errno : 0;
	if (fstat(l->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		sqlite_lock_clear(l);
		return 0;
	}
	rc = share_until(l->fd, READ_LOCK_0, until_ns, cancel);
	if (rc == 0)
		rc = share_until(l->fd, READ_LOCK_4, until_ns, cancel);
	return rc;
}

void sqlite_lock_clear(struct sqlite_lock *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
}
