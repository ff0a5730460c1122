#include "fs/mount/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The look-ups are made by a child. A thread of the daemon that waits for the daemon's own answer cannot be killed: were the
 * daemon killed or did it crash meanwhile, /dev/fuse would stay open and neither the process nor its mount would ever end
 * (fs/fuse/dev.c, request_wait_answer). The child has no descriptor but its pipe, so the connection ends with the daemon.
 */
struct pin {
	struct tree *tree; /* borrowed */
	pid_t child;
	pthread_mutex_t lock; /* guards what follows */
	int fd; /* where ids go in; -1: over */
};

/* ---- the child: forked from a process with threads, so async-signal-safe calls alone ---- */

static void add_hex(char *out, uint64_t id)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		*out++ = "0123456789abcdef"[(id >> shift) & 15];
	*out = '\0';
}

static _Noreturn void look_up_always(char *path)
{
	char *end = path + strlen(path);
	struct stat st;
	uint64_t id;
	ssize_t n;

	for (;;) {
		n = read(STDIN_FILENO, &id, sizeof(id));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(id))
			_exit(0);
		add_hex(end, id);
		(void)stat(path, &st);
	}
}

static _Noreturn void child_run(int fd, char *path)
{
	sigset_t none;

	(void)prctl(PR_SET_NAME, "meshfs-pin");
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDIN_FILENO) < 0 || close_range(STDIN_FILENO + 1, ~0U, 0) < 0)
		_exit(1);
	look_up_always(path);
}

/* ---- the daemon ---- */

static int start_child(struct pin *p, char *path)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	p->child = fork();
	if (p->child == 0)
		child_run(fds[0], path);
	(void)close(fds[0]);
	p->fd = fds[1];
	/* A pipe that is full forgets the request. */
	if (p->child < 0 || fcntl(p->fd, F_SETFL, O_NONBLOCK) < 0) {
		(void)close(p->fd);
		return -errno;
	}
	return 0;
}

struct pin *pin_start(struct tree *tree, const char *mountpoint)
{
	struct pin *p = calloc(1, sizeof(*p));
	char path[PATH_MAX + 32];

	if (!p)
		return NULL;
	p->tree = tree;
	(void)snprintf(path, sizeof(path) - 17, "%s/" PIN_DIR "/", mountpoint);
	if (start_child(p, path) < 0) {
		free(p);
		return NULL;
	}
	(void)pthread_mutex_init(&p->lock, NULL);
	atomic_store(&tree->pin_pid, p->child);
	return p;
}

/* Ends the child, whatever it has still to do. True: it was not ended before. */
static bool end_child(struct pin *p)
{
	bool open;

	(void)pthread_mutex_lock(&p->lock);
	open = p->fd >= 0;
	if (open)
		(void)close(p->fd);
	p->fd = -1;
	(void)pthread_mutex_unlock(&p->lock);
	if (open)
		(void)kill(p->child, SIGKILL);
	return open;
}

void pin_stop(struct pin *p)
{
	if (!p || !end_child(p))
		return;
	while (waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
		;
}

void pin_free(struct pin *p)
{
	if (!p)
		return;
	/* Not waited for: it may wait itself, for an answer that no longer comes. */
	if (end_child(p))
		(void)waitpid(p->child, NULL, WNOHANG);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

void pin_want(struct pin *p, uint64_t id)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	if (p->fd >= 0)
		(void)!write(p->fd, &id, sizeof(id));
	(void)pthread_mutex_unlock(&p->lock);
}
