#include "fs/storage/duckdb_confine.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h of newer kernels; the build's may be older than the kernel that the program meets. */
#define LANDLOCK_VERSION (1U << 0)
#define LANDLOCK_PATH_BENEATH 1
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_TRUNCATE (1ULL << 14)
#define FS_ALL_OF_ABI_1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)
#define NET_BIND_AND_CONNECT_TCP 3ULL

struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* from ABI 4 on */
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

static long landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_VERSION);
}

bool duckdb_confine_is_whole(void)
{
	return landlock_abi() >= 1;
}

/* ---- descriptors ---- */

static int keep_only(int fd)
{
	unsigned int first = STDERR_FILENO + 1;

	if (fd <= STDERR_FILENO)
		return close_range(first, ~0U, CLOSE_RANGE_UNSHARE) < 0 ? -errno : 0;
	if (close_range((unsigned int)fd + 1, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		return -errno;
	if ((unsigned int)fd > first && close_range(first, (unsigned int)fd - 1, 0) < 0)
		return -errno;
	return 0;
}

/* ---- names ---- */

static int make_ruleset(long abi)
{
	struct ruleset_attr attr = {.handled_access_fs = FS_ALL_OF_ABI_1};
	size_t size = offsetof(struct ruleset_attr, handled_access_net);

	if (abi >= 2)
		attr.handled_access_fs |= FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= FS_TRUNCATE;
	if (abi >= 4) {
		attr.handled_access_net = NET_BIND_AND_CONNECT_TCP;
		size = sizeof(attr);
	}
	return (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0U);
}

/* EBADFD: a pipe or a file without a name, which Landlock lets its holders open as it is. */
static int allow(int ruleset, int fd, uint64_t access)
{
	struct path_beneath_attr beneath = {.allowed_access = access, .parent_fd = fd};

	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_PATH_BENEATH, &beneath, 0U) < 0 &&
	    errno != EBADFD)
		return -errno;
	return 0;
}

static int enforce(int ruleset, int fd, uint64_t access)
{
	int rc = allow(ruleset, fd, access);

	if (rc < 0)
		return rc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0U) < 0)
		return -errno;
	return 0;
}

static int restrict_names(int fd, bool write, long abi)
{
	uint64_t access = FS_READ_FILE;
	int ruleset = make_ruleset(abi), rc;

	if (ruleset < 0)
		return -errno;
	if (write)
		access |= FS_WRITE_FILE | (abi >= 3 ? FS_TRUNCATE : 0);
	rc = enforce(ruleset, fd, access);
	/* Not by close(3): a sanitizer would take the number for another thread's file. */
	(void)syscall(SYS_close, ruleset);
	return rc;
}

static int failed(int rc, struct mesh_err *err)
{
	return mesh_err_set(err, rc, "the thread for DuckDB cannot be confined: %s", strerror(-rc));
}

int duckdb_confine_descriptors(int fd, struct mesh_err *err)
{
	int rc = keep_only(fd);

	return rc < 0 ? failed(rc, err) : 0;
}

int duckdb_confine_names(int fd, bool write, struct mesh_err *err)
{
	long abi = landlock_abi();
	int rc = abi >= 1 ? restrict_names(fd, write, abi) : 0;

	return rc < 0 ? failed(rc, err) : 0;
}
