#include "fs/cmd/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "catalog/base/cleanup.h"

#define STATUS_MAX_BYTES ((size_t)16 << 20)
#define NS_PER_MS 1000000LL

const char *probe_state_name(enum probe_state s)
{
	static const char *const names[] = {"running", "dead", "silent", "refused", "strange"};

	return names[s];
}

const char *probe_state_text(enum probe_state s)
{
	static const char *const texts[] = {
	    "running", "dead", "does not answer", "is another user's", "is no mesh"};

	return texts[s];
}

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 * NS_PER_MS + ts.tv_nsec;
}

int64_t probe_deadline_ns(void)
{
	return monotonic_ns() + PROBE_TIMEOUT_MS * NS_PER_MS;
}

/* ---- the child ---- */

/* So that whoever reads the command's output sees its end even while the child hangs. */
static void drop_descriptors(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);
}

static int copy_all(int from, int to)
{
	char block[16384];

	for (;;) {
		ssize_t n = read(from, block, sizeof(block));

		if (n <= 0)
			return n < 0 ? errno : 0;
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(to, block + done, (size_t)(n - done));

			if (w < 0)
				return errno;
			done += w;
		}
	}
}

_Noreturn static void child(const char *path, int out)
{
	int fd;

	drop_descriptors();
	fd = open(path, O_RDONLY | O_CLOEXEC);
	_exit(fd < 0 ? errno : copy_all(fd, out));
}

/* ---- the parent ---- */

int probe_start(struct probe *p, const char *mountpoint)
{
	AUTOFREE char *path = NULL;
	int fds[2];
	pid_t pid;

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->pid = -1;
	p->state = PROBE_STRANGE;
	buf_init(&p->data);
	if (asprintf(&path, "%s/.meshfs/status.json", mountpoint) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		child(path, fds[1]);
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[0]);
		return -EAGAIN;
	}
	p->pid = pid;
	p->fd = fds[0];
	return 0;
}

/* False: nothing came until the deadline. */
static bool wait_readable(int fd, int64_t deadline_ns)
{
	for (;;) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		int64_t left_ms = (deadline_ns - monotonic_ns()) / NS_PER_MS;
		int n = poll(&pfd, 1, left_ms > 0 ? (int)left_ms : 0);

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

/* 0 at the end of the child's answer; -ETIMEDOUT, -EFBIG, -EIO. */
static int collect(struct probe *p, int64_t deadline_ns)
{
	char block[16384];

	while (wait_readable(p->fd, deadline_ns)) {
		ssize_t n = read(p->fd, block, sizeof(block));

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -EIO;
		buf_add(&p->data, block, (size_t)n);
		if (p->data.len > STATUS_MAX_BYTES)
			return -EFBIG;
	}
	return -ETIMEDOUT;
}

static enum probe_state state_of(int error)
{
	switch (error) {
	case 0:
		return PROBE_ALIVE;
	case ENOTCONN:
	case ECONNABORTED:
		return PROBE_DEAD;
	case EACCES:
	case EPERM:
		return PROBE_REFUSED;
	default:
		return PROBE_STRANGE;
	}
}

/* The child has closed its end, so it is about to exit: its status is the errno. */
static int exit_errno(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EIO;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

void probe_finish(struct probe *p, int64_t deadline_ns)
{
	int rc;

	if (p->fd < 0)
		return;
	rc = collect(p, deadline_ns);
	(void)close(p->fd);
	p->fd = -1;
	if (rc < 0) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, WNOHANG);
		p->state = rc == -ETIMEDOUT ? PROBE_SILENT : PROBE_STRANGE;
		return;
	}
	p->state = state_of(exit_errno(p->pid));
	if (p->state == PROBE_ALIVE &&
	    (buf_error(&p->data) < 0 ||
		json_parse(p->data.data ? p->data.data : "", p->data.len, &p->json, NULL) < 0))
		p->state = PROBE_STRANGE;
}

void probe_clear(struct probe *p)
{
	json_free(p->json);
	p->json = NULL;
	buf_clear(&p->data);
}

void probe_mount(struct probe *p, const char *mountpoint)
{
	if (probe_start(p, mountpoint) == 0)
		probe_finish(p, probe_deadline_ns());
}
