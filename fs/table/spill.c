#include "fs/table/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"

#define BUFFER_BYTES ((size_t)128 << 10)

/* For file systems without O_TMPFILE. */
static int open_and_unlink(const char *dir)
{
	char path[4096];
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/meshfs-XXXXXX", dir) >= sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)unlink(path);
	return fd;
}

static int open_temporary(void)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (!dir || !dir[0])
		dir = "/var/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	return errno == EOPNOTSUPP || errno == EISDIR ? open_and_unlink(dir) : -errno;
}

int spill_init(struct spill *s, struct mesh_err *err)
{
	*s = (struct spill){.fd = open_temporary()};
	if (s->fd < 0) {
		int rc = s->fd;

		*s = (struct spill){0};
		return mesh_err_set(err, rc, "no temporary file can be made: %s", strerror(-rc));
	}
	s->buffer = malloc(BUFFER_BYTES);
	if (s->buffer)
		return 0;
	(void)close(s->fd);
	*s = (struct spill){0};
	return mesh_err_nomem(err);
}

void spill_clear(struct spill *s)
{
	if (s->buffer)
		(void)close(s->fd);
	free(s->buffer);
	*s = (struct spill){0};
}

int spill_write(
    const struct spill *s, uint64_t at, const void *data, size_t len, struct mesh_err *err)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = pwrite(s->fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int rc = n < 0 ? -errno : -EIO;

			return mesh_err_set(
			    err, rc, "writing a temporary file failed: %s", strerror(-rc));
		}
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int spill_flush(struct spill *s, struct mesh_err *err)
{
	int rc = spill_write(s, s->len - s->buffered, s->buffer, s->buffered, err);

	if (rc == 0)
		s->buffered = 0;
	return rc;
}

int spill_add(struct spill *s, const void *data, size_t len, struct mesh_err *err)
{
	int rc = 0;

	if (len > BUFFER_BYTES - s->buffered)
		rc = spill_flush(s, err);
	if (rc == 0 && len > BUFFER_BYTES) {
		rc = spill_write(s, s->len, data, len, err);
	} else if (rc == 0) {
		memcpy(s->buffer + s->buffered, data, len);
		s->buffered += len;
	}
	if (rc == 0)
		s->len += len;
	return rc;
}

int spill_read(const struct spill *s, uint64_t at, void *data, size_t len, struct mesh_err *err)
{
	char *p = data;

	while (len > 0) {
		ssize_t n = pread(s->fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int rc = n < 0 ? -errno : -EIO;

			return mesh_err_set(
			    err, rc, "reading a temporary file failed: %s", strerror(-rc));
		}
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}
