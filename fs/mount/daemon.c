#include "fs/mount/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The parent: one byte means ready; the end of the pipe without it that the child failed, and said why itself. */
static void wait_for_child(int fd, pid_t child)
{
	char byte;
	int status;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(0);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 32);
}

int daemon_start(struct daemon_pipe *p)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child < 0) {
		int rc = -errno;

		(void)close(fds[0]);
		(void)close(fds[1]);
		return rc;
	}
	if (child > 0) {
		(void)close(fds[1]);
		wait_for_child(fds[0], child);
	}
	(void)close(fds[0]);
	(void)setsid();
	p->fd = fds[1];
	return 0;
}

void daemon_ready(struct daemon_pipe *p)
{
	int null;

	if (p->fd < 0)
		return;
	/* Not worth failing for: only the current directory's own filesystem stays busy then. */
	(void)!chdir("/");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			(void)close(null);
	}
	(void)!write(p->fd, "", 1);
	(void)close(p->fd);
	p->fd = -1;
}
