#include "fs/storage/postgres_wait.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "catalog/base/when.h"

#define SLICE_MS 50

int64_t postgres_wait_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * WHEN_NS_PER_SEC + ts.tv_nsec;
}

int postgres_wait_cancelled(const table_cancel *cancel, struct mesh_err *err)
{
	if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
		return mesh_err_set(err, -EINTR, "the rendering was cancelled");
	return 0;
}

int postgres_wait_over(const struct postgres_wait *w, struct mesh_err *err)
{
	int rc = postgres_wait_cancelled(w->cancel, err);

	if (rc == 0 && postgres_wait_now() >= w->until_ns)
		rc = mesh_err_set(err, -ETIMEDOUT, "the server did not answer in time");
	return rc;
}

int postgres_wait(int fd, short events, const struct postgres_wait *w, struct mesh_err *err)
{
	struct pollfd p = {.fd = fd, .events = events};
	int rc;

	if (fd < 0)
		return mesh_err_set(err, -EIO, "the connection to the server was lost");
	while ((rc = postgres_wait_over(w, err)) == 0) {
		rc = poll(&p, 1, SLICE_MS);
		if (rc > 0)
			return 0;
		if (rc < 0 && errno != EINTR)
			return mesh_err_set(err, -EIO, "waiting for the server failed");
	}
	return rc;
}
