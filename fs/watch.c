#include "fs/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS (IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MODIFY | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB)
#define QUIET_MS 50
#define QUIET_MAX 8 /* times QUIET_MS */

struct watch {
	int fd;
};

struct watch *watch_new(void)
{
	struct watch *w = malloc(sizeof(*w));

	if (!w)
		return NULL;
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0) {
		free(w);
		return NULL;
	}
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	(void)close(w->fd);
	free(w);
}

bool watch_add(struct watch *w, struct strlist dirs)
{
	bool all = true;

	for (size_t i = 0; i < dirs.len; i++) {
		if (inotify_add_watch(w->fd, dirs.items[i], EVENTS | IN_ONLYDIR) < 0)
			all &= errno == ENOENT || errno == ENOTDIR;
	}
	return all;
}

/* Takes what has come within the time; true if anything has. */
static bool drain(struct watch *w, int timeout_ms)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};
	_Alignas(struct inotify_event) char buf[4096];

	if (poll(&p, 1, timeout_ms) <= 0)
		return false;
	while (read(w->fd, buf, sizeof(buf)) > 0)
		;
	return true;
}

bool watch_wait(struct watch *w, int timeout_ms)
{
	if (!drain(w, timeout_ms))
		return false;
	for (int i = 0; i < QUIET_MAX && drain(w, QUIET_MS); i++)
		;
	return true;
}
