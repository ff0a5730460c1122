#include "fs/storage/sqlite_vfs.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

#include "fs/storage/sqlite_log.h"

#define NAME "meshfs-untrusted"
#define SLEEP_MAX_US 1000

static sqlite3_vfs *base; /* SQLite's own for this system */
static sqlite3_vfs own;

/* Behind the memory of each file of `base`; file->pMethods points to `methods`. */
struct tail {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *of_base;
	int64_t end; /* of a log: what stands behind it is not there */
};

static const struct tail *tail_of(const sqlite3_file *f)
{
	return (const struct tail *)f->pMethods;
}

static size_t tail_offset(void)
{
	return ((size_t)base->szOsFile + 15) & ~(size_t)15;
}

static struct tail *add_tail(sqlite3_file *f)
{
	struct tail *t = (struct tail *)((char *)f + tail_offset());

	t->of_base = f->pMethods;
	t->methods = *f->pMethods;
	f->pMethods = &t->methods;
	return t;
}

/* ---- the database ---- */

/* "It cannot be told that another process keeps the shared memory up to date": SQLite then makes an index of the log in memory of its own. */
static int no_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	(void)f, (void)page, (void)size, (void)extend;
	*ret = NULL;
	return SQLITE_READONLY_CANTINIT;
}

static int no_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	(void)f, (void)offset, (void)n, (void)flags;
	return SQLITE_OK;
}

static void no_shm_barrier(sqlite3_file *f)
{
	(void)f;
	atomic_thread_fence(memory_order_seq_cst);
}

static int no_shm_unmap(sqlite3_file *f, int remove)
{
	(void)f, (void)remove;
	return SQLITE_OK;
}

static int no_fetch(sqlite3_file *f, sqlite3_int64 offset, int amount, void **ret)
{
	(void)f, (void)offset, (void)amount;
	*ret = NULL;
	return SQLITE_OK;
}

static int open_to_read(const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	int drop = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE |
	    SQLITE_OPEN_EXCLUSIVE;

	return base->xOpen(base, name, f, (flags & ~drop) | SQLITE_OPEN_READONLY, ret_flags);
}

static int open_main(const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	int rc = open_to_read(name, f, flags, ret_flags);
	struct tail *t;

	if (rc != SQLITE_OK)
		return rc;
	t = add_tail(f);
	t->methods.xShmMap = no_shm_map;
	t->methods.xShmLock = no_shm_lock;
	t->methods.xShmBarrier = no_shm_barrier;
	t->methods.xShmUnmap = no_shm_unmap;
	t->methods.xFetch = no_fetch;
	return SQLITE_OK;
}

/* ---- temporary files: they have no name as soon as they are open ---- */

static int write_capped(sqlite3_file *f, const void *data, int len, sqlite3_int64 offset)
{
	const struct tail *t = tail_of(f);

	if (offset + len > SQLITE_VFS_TEMP_MAX_BYTES)
		return SQLITE_FULL;
	return t->of_base->xWrite(f, data, len, offset);
}

static int open_temp(sqlite3_file *f, int flags, int *ret_flags)
{
	int rc = base->xOpen(base, NULL, f, flags, ret_flags);

	if (rc == SQLITE_OK)
		add_tail(f)->methods.xWrite = write_capped;
	return rc;
}

/* ---- the log: as it was when it was opened, however much is added to it ---- */

static int log_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	*ret = tail_of(f)->end;
	return SQLITE_OK;
}

static int read_log(sqlite3_file *f, void *out, int len, sqlite3_int64 offset)
{
	const struct tail *t = tail_of(f);

	if (offset + len <= t->end)
		return t->of_base->xRead(f, out, len, offset);
	memset(out, 0, (size_t)len);
	return SQLITE_IOERR_SHORT_READ;
}

static int read_raw(void *arg, void *out, int len, int64_t offset)
{
	sqlite3_file *f = arg;
	int rc = tail_of(f)->of_base->xRead(f, out, len, offset);

	return rc == SQLITE_OK ? 0 : rc == SQLITE_IOERR_SHORT_READ ? 1 : -EIO;
}

static int open_good_log(const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	struct sqlite_log_input in = {read_raw, f};
	int rc = open_to_read(name, f, flags, ret_flags);
	struct tail *t;

	if (rc != SQLITE_OK)
		return rc;
	t = add_tail(f);
	t->methods.xFileSize = log_size;
	t->methods.xRead = read_log;
	rc = sqlite_log_end(&in, &t->end);
	if (rc == 0)
		return SQLITE_OK;
	(void)t->of_base->xClose(f);
	f->pMethods = NULL;
	return rc == -ENOMEM ? SQLITE_NOMEM : SQLITE_IOERR_READ;
}

/* A database in WAL mode whose log is missing has nothing in it: an empty file stands for it. */
static int open_log(const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	int temp = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE |
	    SQLITE_OPEN_DELETEONCLOSE | SQLITE_OPEN_TEMP_JOURNAL;
	int exists = 0;
	int rc = base->xAccess(base, name, SQLITE_ACCESS_EXISTS, &exists);

	if (rc != SQLITE_OK || exists)
		return rc == SQLITE_OK ? open_good_log(name, f, flags, ret_flags) : rc;
	rc = open_temp(f, temp, ret_flags);
	if (rc == SQLITE_OK && ret_flags)
		*ret_flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL;
	return rc;
}

/* ---- the VFS ---- */

static int open_any(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	(void)vfs;
	f->pMethods = NULL;
	if (flags & SQLITE_OPEN_MAIN_DB)
		return open_main(name, f, flags, ret_flags);
	if (flags & SQLITE_OPEN_WAL)
		return open_log(name, f, flags, ret_flags);
	if (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL))
		return open_to_read(name, f, flags, ret_flags);
	return open_temp(f, flags, ret_flags);
}

/* The name is used as it is: a link in it that SQLite resolved could be another one when it is opened. */
static int full_pathname(sqlite3_vfs *vfs, const char *name, int cap, char *ret)
{
	size_t len = strlen(name);

	(void)vfs;
	if (len >= (size_t)cap)
		return SQLITE_CANTOPEN;
	memcpy(ret, name, len + 1);
	return SQLITE_OK;
}

/* What SQLite would clean up here (a log beside an empty file) is its owner's business. */
static int delete_nothing(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs, (void)name, (void)sync_dir;
	return SQLITE_OK;
}

/* SQLite waits longer and longer for a log that others begin anew, up to ten seconds in all, deaf to a cancellation. */
static int sleep_little(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return base->xSleep(base, microseconds < SLEEP_MAX_US ? microseconds : SLEEP_MAX_US);
}

static void *open_no_library(sqlite3_vfs *vfs, const char *name)
{
	(void)vfs, (void)name;
	return NULL;
}

static void set_up(void)
{
	base = sqlite3_initialize() == SQLITE_OK ? sqlite3_vfs_find(NULL) : NULL;
	if (!base)
		return;
	own = *base;
	own.zName = NAME;
	own.pNext = NULL;
	own.szOsFile = (int)(tail_offset() + sizeof(struct tail));
	own.xOpen = open_any;
	own.xFullPathname = full_pathname;
	own.xDelete = delete_nothing;
	own.xSleep = sleep_little;
	own.xDlOpen = open_no_library;
	if (sqlite3_vfs_register(&own, 0) != SQLITE_OK)
		base = NULL;
}

const char *sqlite_vfs_name(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, set_up);
	return base ? NAME : NULL;
}
