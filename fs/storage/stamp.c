#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/buf.h"
#include "catalog/base/cleanup.h"
#include "catalog/base/digest.h"
#include "catalog/base/when.h"
#include "fs/storage/beneath.h"
#include "fs/storage/local.h"

static void add_stat(struct buf *b, const struct stat *st)
{
	buf_printf(b, "%llx:%llx:%lld:%lld.%ld:%lld.%ld;", (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
		   (long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		   (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

static int finish(struct buf *b, char out[DIGEST_HEX_CAP])
{
	int rc = buf_error(b);

	if (rc == 0)
		rc = digest_hex(b->data, b->len, out);
	buf_clear(b);
	return rc;
}

int local_file_stamp(const struct stat *st, char out[DIGEST_HEX_CAP])
{
	struct buf b;

	buf_init(&b);
	add_stat(&b, st);
	return finish(&b, out);
}

static int stat_beneath(int dir, const char *rel, struct stat *ret)
{
	AUTOFD int fd = beneath_open(dir, rel, O_PATH);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

int local_stamp(const struct local_port *lp, char out[DIGEST_HEX_CAP], int64_t *ret_mtime_ns)
{
	AUTOFD int prefix = open(lp->prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char wal[PATH_MAX];
	struct stat st;
	struct buf b;
	int rc;

	if (prefix < 0)
		return errno == ENOENT ? -ENOENT : -EIO;
	rc = stat_beneath(prefix, lp->root, &st);
	if (rc < 0)
		return rc == -ENOENT ? rc : -EIO;
	*ret_mtime_ns = (int64_t)st.st_mtim.tv_sec * WHEN_NS_PER_SEC + st.st_mtim.tv_nsec;
	buf_init(&b);
	add_stat(&b, &st);
	(void)snprintf(wal, sizeof(wal), "%s-wal", lp->root);
	if (stat_beneath(prefix, wal, &st) == 0)
		add_stat(&b, &st);
	return finish(&b, out);
}
