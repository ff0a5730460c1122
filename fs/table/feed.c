#include "fs/table/feed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/table/inflate.h"

struct feed {
	int fd; /* borrowed */
	off_t at;
	struct stat opened;
	struct inflate *inflate; /* owned; NULL: the bytes are as they are */
	const atomic_bool *cancel; /* borrowed; NULL: none */
};

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* At the end: whether what was read is what was there at the beginning. */
static int check_unchanged(const struct feed *f, struct mesh_err *err)
{
	const struct stat *was = &f->opened;
	struct stat now;

	if (fstat(f->fd, &now) < 0)
		return mesh_err_set(err, -errno, "%s", strerror(errno));
	if (f->at == was->st_size && now.st_size == was->st_size &&
	    same_time(&now.st_mtim, &was->st_mtim) && same_time(&now.st_ctim, &was->st_ctim))
		return 0;
	return mesh_err_set(err, -ESTALE, "the file was changed while it was read");
}

static ssize_t read_file(void *arg, char *buf, size_t cap, struct mesh_err *err)
{
	struct feed *f = arg;
	ssize_t n;

	if (f->cancel && atomic_load_explicit(f->cancel, memory_order_relaxed))
		return mesh_err_set(err, -EINTR, "the rendering was cancelled");
	do
		n = pread(f->fd, buf, cap, f->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return mesh_err_set(err, -errno, "reading failed: %s", strerror(errno));
	f->at += n;
	return n > 0 ? n : check_unchanged(f, err);
}

int feed_open(
    int fd, enum feed_kind kind, const struct stat *opened, struct feed **ret, struct mesh_err *err)
{
	struct feed *f = calloc(1, sizeof(*f));
	int rc = 0;

	if (!f)
		return mesh_err_nomem(err);
	f->fd = fd;
	f->opened = *opened;
	if (kind != FEED_PLAIN)
		rc = inflate_new(kind, read_file, f, &f->inflate, err);
	if (rc < 0) {
		feed_close(f);
		return rc;
	}
	*ret = f;
	return 0;
}

void feed_watch(struct feed *f, const atomic_bool *cancel)
{
	f->cancel = cancel;
}

void feed_close(struct feed *f)
{
	if (f)
		inflate_free(f->inflate);
	free(f);
}

ssize_t feed_read(struct feed *f, char *buf, size_t cap, struct mesh_err *err)
{
	return f->inflate ? inflate_read(f->inflate, buf, cap, err) : read_file(f, buf, cap, err);
}
