#include "catalog/store/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/base/cleanup.h"
#include "catalog/store/db.h"
#include "catalog/store/migrate.h"

/* Connections kept while nobody uses them; each has some hundred KiB of page cache. */
#define MAX_FREE 16

struct pool {
	char *path; /* owned */
	pthread_mutex_t lock; /* of free and free_len; never held across SQLite */
	struct db *free; /* owned */
	size_t free_len;
	pthread_mutex_t writing; /* held by whoever has the writer */
	struct db *writer; /* owned; NULL: reading only */
};

/* SQLite would make the file with the umask's mode; its journals then take the mode of the file. */
static int make_file(const char *path, struct mesh_err *err)
{
	AUTOFD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return mesh_err_set(
		    err, -errno, "the catalog %s cannot be made: %s", path, strerror(errno));
	return 0;
}

static int look_at_file(const char *path, struct mesh_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return mesh_err_set(
		    err, -errno, "the catalog %s cannot be opened: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return mesh_err_set(err, -EINVAL, "%s is not a catalog: not a regular file", path);
	return 0;
}

static int open_writer(struct pool *p, struct mesh_err *err)
{
	int rc = make_file(p->path, err);

	if (rc == 0)
		rc = look_at_file(p->path, err);
	if (rc == 0)
		rc = db_open(p->path, true, &p->writer, err);
	return rc < 0 ? rc : migrate_run(p->writer, err);
}

/* The first read connection, which also tells whether the file is what it should be. */
static int open_first_reader(struct pool *p, struct mesh_err *err)
{
	struct db *db;
	int rc = look_at_file(p->path, err);

	if (rc == 0)
		rc = pool_take(p, &db, err);
	if (rc < 0)
		return rc;
	rc = migrate_check(db, err);
	pool_give(p, db);
	return rc == -ENODATA ? -EINVAL : rc;
}

int pool_new(const char *path, bool writable, struct pool **ret, struct mesh_err *err)
{
	struct pool *p = calloc(1, sizeof(*p));
	int rc = 0;

	if (!p)
		return mesh_err_nomem(err);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_mutex_init(&p->writing, NULL);
	p->path = strdup(path);
	if (!p->path)
		rc = mesh_err_nomem(err);
	if (rc == 0 && writable)
		rc = open_writer(p, err);
	if (rc == 0)
		rc = open_first_reader(p, err);
	if (rc < 0) {
		pool_free(p);
		return rc;
	}
	*ret = p;
	return 0;
}

/* The writer goes last: it may write, and so brings the journal back into the file and removes it.
 */
void pool_free(struct pool *p)
{
	if (!p)
		return;
	while (p->free) {
		struct db *db = p->free;

		p->free = db->next;
		db_close(db);
	}
	db_close(p->writer);
	(void)pthread_mutex_destroy(&p->lock);
	(void)pthread_mutex_destroy(&p->writing);
	free(p->path);
	free(p);
}

const char *pool_path(const struct pool *p)
{
	return p->path;
}

int pool_take(struct pool *p, struct db **ret, struct mesh_err *err)
{
	(void)pthread_mutex_lock(&p->lock);

	struct db *db = p->free;

	if (db) {
		p->free = db->next;
		p->free_len--;
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (!db)
		return db_open(p->path, false, ret, err);
	*ret = db;
	return 0;
}

void pool_give(struct pool *p, struct db *db)
{
	bool keep = false;

	if (!db)
		return;
	(void)pthread_mutex_lock(&p->lock);
	if (p->free_len < MAX_FREE) {
		db->next = p->free;
		p->free = db;
		p->free_len++;
		keep = true;
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (!keep)
		db_close(db);
}

int pool_lock_writer(struct pool *p, struct db **ret, struct mesh_err *err)
{
	if (!p->writer)
		return mesh_err_set(
		    err, -EROFS, "the catalog %s was opened for reading only", p->path);
	(void)pthread_mutex_lock(&p->writing);
	*ret = p->writer;
	return 0;
}

void pool_unlock_writer(struct pool *p)
{
	(void)pthread_mutex_unlock(&p->writing);
}
