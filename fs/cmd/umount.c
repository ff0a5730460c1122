#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/opts.h"
#include "fs/cmd/term.h"
#include "fs/cmd/probe.h"
#include "fs/cmd/target.h"
#include "fs/mount/mountpoint.h"

#define DAEMON_TIMEOUT_MS 10000
#define POLL_MS 20

/* The mount point by its spelling, else by what its links lead to. malloc'ed. */
static int find(const char *arg, char **ret, struct mesh_err *err)
{
	AUTOFREE char *path = target_absolute(arg);
	AUTOFREE char *inside = NULL;

	if (path && !mountpoint_is_meshfs(path)) {
		AUTOFREE char *real = realpath(arg, NULL);

		if (real && mountpoint_is_meshfs(real)) {
			*ret = take_ptr(real);
			return 0;
		}
	}
	if (!path)
		return mesh_err_nomem(err);
	if (mountpoint_is_meshfs(path)) {
		*ret = take_ptr(path);
		return 0;
	}
	inside = target_mountpoint(path);
	if (inside)
		return mesh_err_set(
		    err, -EINVAL, "%s is no mount point; the mesh is mounted at %s", arg, inside);
	return mesh_err_set(err, -EINVAL, "no mesh is mounted at %s", arg);
}

/* The lock of the audit directory that the daemon holds to its end; -1: it cannot be had, or nobody tells where it is. */
static int open_lock(const struct probe *p)
{
	const char *dir = json_text(json_get(json_get(p->json, "audit"), "dir"));
	AUTOFREE char *path = NULL;

	if (!dir || asprintf(&path, "%s/lock", dir) < 0) {
		path = NULL;
		return -1;
	}
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* So that the next mount does not find the daemon's record still being closed. audit.h, flock(2). */
static void wait_for_daemon(int lock_fd)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

	for (int ms = 0; ms < DAEMON_TIMEOUT_MS; ms += POLL_MS) {
		if (flock(lock_fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			return;
		(void)nanosleep(&pause, NULL);
	}
	term_note("its daemon is still at work: files below the mount were open");
}

static int run(const char *arg, bool lazy, struct mesh_err *err)
{
	AUTOFREE char *mountpoint = NULL;
	AUTOFD int lock_fd = -1;
	struct probe p;
	int rc = find(arg, &mountpoint, err);

	if (rc < 0)
		return rc;
	probe_mount(&p, mountpoint);
	if (p.state == PROBE_ALIVE && !lazy)
		lock_fd = open_lock(&p);
	rc = mountpoint_unmount(mountpoint, lazy || p.state == PROBE_DEAD, err);
	if (rc < 0 && p.state == PROBE_SILENT)
		(void)mesh_err_set(err, rc,
		    "the mount at %s does not answer; `meshfs umount -l %s` detaches it all the same",
		    mountpoint, arg);
	else if (rc == -EBUSY && geteuid() != 0)
		(void)mesh_err_set(err, rc,
		    "%s cannot be unmounted: it is in use, or another user mounted it", mountpoint);
	probe_clear(&p);
	if (rc == 0 && lock_fd >= 0)
		wait_for_daemon(lock_fd);
	return rc;
}

int cmd_umount(int argc, char **argv)
{
	bool lazy = false;
	const struct opt list[] = {{"lazy", 'l', OPT_FLAG, &lazy}, {0}};
	const struct opts opts = {.command = "umount", .list = list, .min = 1, .max = 1};
	struct operands operands;
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	return run(operands.items[0], lazy, &err) < 0 ? cmd_fail("umount", &err) : EXIT_DONE;
}
