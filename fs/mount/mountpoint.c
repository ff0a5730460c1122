#include "fs/mount/mountpoint.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"

extern char **environ;

/* ---- mountinfo ---- */

/* \040 and its kin, in place. */
static void unescape(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*out++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* The n-th blank-separated field of what follows, cut out. */
static char *field(char **rest)
{
	char *f = strsep(rest, " \n");

	return f ? f : "";
}

/* "id parent major:minor root mountpoint options [optional...] - type source superoptions" */
static bool parse_line(char *line, struct mount_info *ret)
{
	char *rest = line, *tail = strstr(line, " - ");
	char *mountpoint, *type, *source;
	unsigned major_number, minor_number;

	if (!tail)
		return false;
	*tail = '\0';
	tail += 3;
	(void)field(&rest);
	(void)field(&rest);
	if (sscanf(field(&rest), "%u:%u", &major_number, &minor_number) != 2)
		return false;
	(void)field(&rest);
	mountpoint = field(&rest);
	type = field(&tail);
	source = field(&tail);
	unescape(mountpoint);
	unescape(source);
	*ret = (struct mount_info){
		.mountpoint = mountpoint,
		.type = type,
		.source = source,
		.dev = makedev(major_number, minor_number),
	};
	return true;
}

int mountpoint_each(int (*fn)(void *arg, const struct mount_info *mi), void *arg)
{
	AUTOFILE FILE *f = fopen("/proc/self/mountinfo", "re");
	AUTOFREE char *line = NULL;
	size_t cap = 0;
	int rc = 0;

	if (!f)
		return -errno;
	while (rc == 0 && getline(&line, &cap, f) > 0) {
		struct mount_info mi;

		if (parse_line(line, &mi) && strcmp(mi.type, "fuse.meshfs") == 0)
			rc = fn(arg, &mi);
	}
	return rc;
}

static int is_there(void *arg, const struct mount_info *mi)
{
	return strcmp(mi->mountpoint, arg) == 0;
}

bool mountpoint_is_meshfs(const char *path)
{
	return mountpoint_each(is_there, (void *)path) == 1;
}

struct find_dev {
	const char *path;
	dev_t dev;
};

/* The last one is on top. */
static int note_dev(void *arg, const struct mount_info *mi)
{
	struct find_dev *find = arg;

	if (strcmp(mi->mountpoint, find->path) == 0)
		find->dev = mi->dev;
	return 0;
}

dev_t mountpoint_dev(const char *path)
{
	struct find_dev find = {.path = path};

	(void)mountpoint_each(note_dev, &find);
	return find.dev;
}

/* ---- unmounting ---- */

static int run_fusermount(const char *path, bool lazy)
{
	char *argv[] = {"fusermount3", "-u", "-q", "--", (char *)path, NULL};
	char *argv_lazy[] = {"fusermount3", "-u", "-q", "-z", "--", (char *)path, NULL};
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, "fusermount3", NULL, NULL, lazy ? argv_lazy : argv, environ) != 0)
		return -ENOENT;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EBUSY;
}

int mountpoint_unmount(const char *path, bool lazy, struct mesh_err *err)
{
	int rc;

	if (geteuid() == 0)
		rc = umount2(path, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)) < 0 ? -errno : 0;
	else
		rc = run_fusermount(path, lazy);
	if (rc == -EBUSY)
		return mesh_err_set(err, rc, "%s is in use: close the files and leave the directories below it", path);
	if (rc == -EINVAL)
		return mesh_err_set(err, rc, "%s is not mounted", path);
	if (rc < 0)
		return mesh_err_set(err, rc, "%s cannot be unmounted: %s", path, strerror(-rc));
	return 0;
}

/* stat(2) may be answered from what the kernel remembers of the root; statfs(2) always asks the daemon. */
static bool is_dead(const char *path)
{
	struct statfs st;

	return statfs(path, &st) < 0 && (errno == ENOTCONN || errno == ECONNABORTED);
}

int mountpoint_prepare(const char *path, struct mesh_err *err)
{
	struct stat st;
	AUTOFREE char *real = NULL;

	while (is_dead(path)) {
		int rc = mountpoint_unmount(path, true, err);

		if (rc < 0)
			return mesh_err_wrap(err, "cleaning a dead mount away");
	}
	if (stat(path, &st) < 0)
		return mesh_err_set(err, -errno, "mount point %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return mesh_err_set(err, -ENOTDIR, "mount point %s is not a directory", path);
	real = realpath(path, NULL);
	if (real && mountpoint_is_meshfs(real))
		return mesh_err_set(err, -EBUSY, "a mesh is mounted at %s already; `meshfs umount %s` first", path, path);
	return 0;
}
