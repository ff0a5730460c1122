#include "fs/storage/sqlite_conn.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "fs/storage/sqlite_vfs.h"

#define TIMEOUT_NS (30 * WHEN_NS_PER_SEC)
#define BUSY_NS (5 * WHEN_NS_PER_SEC) /* for a lock, where the timeout is not shorter */
#define BUSY_POLL_NS (5 * 1000 * 1000)
#define STEPS_BETWEEN_CHECKS 4000 /* of SQLite's virtual machine */
#define TRIES 4

static int64_t monotonic_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * WHEN_NS_PER_SEC + t.tv_nsec;
}

static void sleep_ns(int64_t ns)
{
	struct timespec t = {.tv_nsec = ns};

	(void)nanosleep(&t, NULL);
}

/* ---- bounds ---- */

static bool is_cancelled(const struct sqlite_conn *c)
{
	return c->cancel && atomic_load_explicit(c->cancel, memory_order_relaxed);
}

/* Not zero ends the statement. */
static int on_progress(void *arg)
{
	struct sqlite_conn *c = arg;
	int64_t now_ns = monotonic_ns();

	if (c->rows != c->rows_seen) {
		c->rows_seen = c->rows;
		c->deadline_ns = now_ns + c->timeout_ns;
	}
	if (is_cancelled(c))
		c->stopped = SQLITE_CANCELLED;
	else if (now_ns >= c->deadline_ns)
		c->stopped = SQLITE_TIMED_OUT;
	else if (sqlite3_memory_used() > SQLITE_MAX_MEMORY_BYTES)
		c->stopped = SQLITE_TOO_LARGE;
	return c->stopped != SQLITE_GOES_ON;
}

static int64_t busy_until(const struct sqlite_conn *c)
{
	return monotonic_ns() + (c->timeout_ns < BUSY_NS ? c->timeout_ns : BUSY_NS);
}

/* Zero gives up: -EBUSY. */
static int on_busy(void *arg, int calls)
{
	struct sqlite_conn *c = arg;

	if (calls == 0)
		c->deadline_ns = busy_until(c);
	if (is_cancelled(c)) {
		c->stopped = SQLITE_CANCELLED;
		return 0;
	}
	if (monotonic_ns() >= c->deadline_ns)
		return 0;
	sleep_ns(BUSY_POLL_NS);
	return 1;
}

/* What a view calls beyond that is bounded by the schema's not being trusted. */
static int authorize(
    void *arg, int action, const char *a, const char *b, const char *db, const char *by)
{
	(void)arg, (void)a, (void)b, (void)db, (void)by;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

void sqlite_conn_confine(struct sqlite_conn *c)
{
	(void)sqlite3_set_authorizer(c->handle, authorize, c); /* cannot fail */
}

/* ---- errors ---- */

static int stopped_errno(const struct sqlite_conn *c, struct mesh_err *err)
{
	switch (c->stopped) {
	case SQLITE_CANCELLED:
		return mesh_err_set(err, -EINTR, "reading the database %s was cancelled", c->label);
	case SQLITE_TOO_LARGE:
		return mesh_err_set(
		    err, -ENOMEM, "reading the database %s needs too much memory", c->label);
	default:
		return mesh_err_set(err, -ETIMEDOUT,
		    "the database %s took longer than %lld s for one row", c->label,
		    (long long)(c->timeout_ns / WHEN_NS_PER_SEC));
	}
}

static int errno_of(int result)
{
	if (result == SQLITE_IOERR_NOMEM)
		return -ENOMEM;
	switch (result & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_TOOBIG:
		return -EFBIG;
	case SQLITE_AUTH:
	case SQLITE_PERM:
		return -EACCES;
	default:
		return -EIO;
	}
}

static bool has_changed(const struct sqlite_conn *c)
{
	struct sqlite_state now;

	return c->state.db.st_ino != 0 &&
	    (sqlite_state_read(&c->file, &now) < 0 || !sqlite_state_same_db(&now, &c->state));
}

static int stale(const struct sqlite_conn *c, struct mesh_err *err)
{
	return mesh_err_set(
	    err, -ESTALE, "the database %s changed while it was being read", c->label);
}

int sqlite_conn_fail(struct sqlite_conn *c, int result, struct mesh_err *err)
{
	const char *detail = c->handle ? sqlite3_errmsg(c->handle) : sqlite3_errstr(result);
	int code = errno_of(result);

	if (c->stopped != SQLITE_GOES_ON)
		return stopped_errno(c, err);
	if (code == -ENOMEM)
		return mesh_err_nomem(err);
	if (code == -EBUSY)
		return mesh_err_set(
		    err, code, "the database %s is locked by a program that writes it", c->label);
	if (result == SQLITE_READONLY_ROLLBACK)
		return mesh_err_set(err, -EIO,
		    "a program that wrote the database %s ended in the middle of it; it can be read again once a "
		    "program that may write has opened it",
		    c->label);
	if (code == -EIO && has_changed(c))
		return stale(c, err);
	if (code == -EFBIG)
		return mesh_err_set(err, code, "a row of the database %s is longer than %d MiB",
		    c->label, SQLITE_MAX_ROW_BYTES >> 20);
	return mesh_err_set(err, code, "the database %s cannot be read: %s", c->label, detail);
}

int sqlite_conn_verify(struct sqlite_conn *c, struct mesh_err *err)
{
	return has_changed(c) ? stale(c, err) : 0;
}

/* ---- opening ---- */

static int configure(sqlite3 *db)
{
	static const int switches[][2] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},
	    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
	    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
	    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
	};
	static const int limits[][2] = {
	    {SQLITE_LIMIT_LENGTH, SQLITE_MAX_ROW_BYTES},
	    {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
	    {SQLITE_LIMIT_ATTACHED, 0},
	    {SQLITE_LIMIT_COMPOUND_SELECT, 100},
	    {SQLITE_LIMIT_VDBE_OP, 250000},
	    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
	    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
	    {SQLITE_LIMIT_WORKER_THREADS, 0},
	};
	static const char settings[] =
	    "PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
	    "PRAGMA temp_store = FILE; PRAGMA cache_size = -2000;";
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < ARRAY_LEN(switches); i++)
		rc = sqlite3_db_config(db, switches[i][0], switches[i][1], NULL);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		(void)sqlite3_limit(db, limits[i][0], limits[i][1]);
	if (rc == SQLITE_OK)
		rc = sqlite3_drop_modules(db, NULL);
	return rc == SQLITE_OK ? sqlite3_exec(db, settings, NULL, NULL, NULL) : rc;
}

static int open_handle(struct sqlite_conn *c)
{
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
	    SQLITE_OPEN_EXRESCODE;
	const char *vfs = sqlite_vfs_name();
	char path[SQLITE_PATH_CAP];
	int rc;

	if (!vfs)
		return SQLITE_NOMEM;
	sqlite_file_path(&c->file, "", path);
	rc = sqlite3_open_v2(path, &c->handle, flags, vfs);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_handler(c->handle, on_busy, c);
	if (rc == SQLITE_OK)
		rc = configure(c->handle);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_progress_handler(c->handle, STEPS_BETWEEN_CHECKS, on_progress, c);
	return SQLITE_OK;
}

/* Reads something, as BEGIN alone takes no lock. */
static int begin(struct sqlite_conn *c)
{
	c->deadline_ns = monotonic_ns() + c->timeout_ns;
	return sqlite3_exec(
	    c->handle, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
}

/* What SQLite has open is what was found. */
static bool is_found_file(struct sqlite_conn *c)
{
	int moved = 1;

	return sqlite3_file_control(c->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
	    SQLITE_OK &&
	    !moved;
}

/* A state that is not fresh, if waiting for it helps. */
static int read_state(struct sqlite_conn *c)
{
	int rc = sqlite_state_read(&c->file, &c->state);

	if (rc < 0 || !c->state.fresh || c->timeout_ns < SQLITE_FRESH_NS)
		return rc;
	sleep_ns(SQLITE_FRESH_NS);
	return sqlite_state_read(&c->file, &c->state);
}

/* *ret_again: it changed before it was locked. */
static int read_one_state(struct sqlite_conn *c, bool *ret_again, struct mesh_err *err)
{
	int rc = read_state(c);

	if (rc == 0)
		rc = sqlite_lock_take(&c->lock, &c->file, busy_until(c), c->cancel);
	if (rc == -EBUSY)
		return sqlite_conn_fail(c, SQLITE_BUSY, err);
	if (rc < 0)
		return mesh_err_set(
		    err, rc, "the database %s cannot be read: %s", c->label, strerror(-rc));
	rc = open_handle(c);
	if (rc == SQLITE_OK)
		rc = begin(c);
	if (rc != SQLITE_OK)
		return sqlite_conn_fail(c, rc, err);
	*ret_again = !is_found_file(c) || has_changed(c);
	return 0;
}

static void close_handle(struct sqlite_conn *c)
{
	(void)sqlite3_close(c->handle);
	c->handle = NULL;
	sqlite_lock_clear(&c->lock);
	sqlite_file_clear(&c->file);
	c->state = (struct sqlite_state){0};
}

/* A failure while it changed may be the change's doing. */
int sqlite_conn_open(struct sqlite_conn *c, const struct sqlite_place *place, struct mesh_err *err)
{
	bool again = true;
	int rc = 0;

	*c = (struct sqlite_conn){
	    .file.dir = -1, .lock.fd = -1, .label = place->rel, .cancel = place->cancel};
	c->timeout_ns = place->timeout_ns > 0 ? place->timeout_ns : TIMEOUT_NS;
	for (int i = 0; again && i < TRIES; i++) {
		close_handle(c);
		again = false;
		rc = sqlite_file_find(&c->file, place, err);
		if (rc == 0)
			rc = read_one_state(c, &again, err);
		again |= rc == -ESTALE;
	}
	return again ? stale(c, err) : rc;
}

void sqlite_conn_clear(struct sqlite_conn *c)
{
	close_handle(c);
}
