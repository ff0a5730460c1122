#include "fs/tree/rendering.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/log.h"
#include "fs/storage/duckdb_writer.h"
#include "fs/table/deflate.h"
#include "fs/table/plan.h"
#include "fs/tree/table_open.h"

/* ---- what is under way, for status.json ---- */

struct under_way {
	const char *path; /* borrowed from the place */
	int64_t since_ns;
	atomic_ulong rows;
	struct under_way *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list */
static struct under_way *list;

static void begin(struct under_way *u, const char *path)
{
	u->path = path;
	u->since_ns = when_now_ns();
	atomic_init(&u->rows, 0);
	(void)pthread_mutex_lock(&lock);
	u->next = list;
	list = u;
	(void)pthread_mutex_unlock(&lock);
}

static void end(struct under_way *u)
{
	struct under_way **at;

	(void)pthread_mutex_lock(&lock);
	for (at = &list; *at != u; at = &(*at)->next)
		;
	*at = u->next;
	(void)pthread_mutex_unlock(&lock);
}

void rendering_status(struct buf *out)
{
	int64_t now_ns = when_now_ns();

	buf_addc(out, '[');
	(void)pthread_mutex_lock(&lock);
	for (const struct under_way *u = list; u; u = u->next) {
		buf_printf(out, "%s{\"path\": ", u == list ? "" : ", ");
		buf_json(out, u->path);
		buf_printf(out, ", \"rows\": %lu, \"seconds\": %.1f}", (unsigned long)atomic_load(&u->rows),
			   (double)(now_ns - u->since_ns) / WHEN_NS_PER_SEC);
	}
	(void)pthread_mutex_unlock(&lock);
	buf_addc(out, ']');
}

/* ---- the pipeline ---- */

struct job {
	struct spot *s;
	const struct content *c;
	int fd; /* the stored file; -1: a database, or a file that is opened when it is needed */
	struct under_way progress;
};

static const struct hash_key *key_of(void *arg, const char *name)
{
	return keys_get(arg, name);
}

/* Where the rows go. */
struct output {
	int fd;
	const struct table_schema *schema;
	const struct table_source *like; /* where they come from */
};

static int open_writer(const struct job *job, const struct output *out, struct table_writer **ret, struct mesh_err *err)
{
	switch (table_format_of(job->s)) {
	case TABLE_CSV:
		/* A stored file keeps the delimiter that its readers know. */
		return table_csv_writer(out->fd, out->like->delimiter ? out->like->delimiter : ',', out->schema, ret, err);
	case TABLE_TSV:
		return table_csv_writer(out->fd, '\t', out->schema, ret, err);
	case TABLE_JSONL:
		return table_jsonl_writer(out->fd, out->schema, ret, err);
	case TABLE_PARQUET:
		return table_parquet_writer(out->fd, out->schema, out->like, ret, err);
	default:
		return mesh_err_set(err, -EOPNOTSUPP, "no table can be written in this format");
	}
}

static int run(struct job *job, struct table_source *source, int fd, struct mesh_err *err)
{
	struct plan_options opt = {
		.view = &job->c->view,
		.object = job->s->object,
		.source = &source->schema,
		.key = key_of,
		.key_arg = job->s->tree->keys,
	};
	struct output out = {.fd = fd, .like = source};
	struct table_plan *plan = NULL;
	struct table_writer *writer = NULL;
	int rc = plan_new(&opt, &plan, err);

	if (rc == 0) {
		out.schema = plan_schema(plan);
		rc = open_writer(job, &out, &writer, err);
	}
	if (rc == 0)
		rc = plan_run(plan, source, writer, job->s->ask.asker.cancel, &job->progress.rows, err);
	if (writer)
		writer->ops->close(writer);
	plan_free(plan);
	return rc;
}

/* The stored file is still the one that was decided about; a table of a database is read in one transaction. */
static int check_unchanged(int source, const struct stat *before, struct mesh_err *err)
{
	struct stat st;

	if (source < 0)
		return 0;
	if (fstat(source, &st) < 0)
		return mesh_err_set(err, -EIO, "the source: %s", strerror(errno));
	if (st.st_size != before->st_size || st.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
		return mesh_err_set(err, -ESTALE, "the source changed while it was rendered");
	return 0;
}

static int render_from(struct job *job, int stored, int fd, struct mesh_err *err)
{
	struct table_source *source = NULL;
	struct stat before = {0};
	int rc;

	if (stored >= 0 && fstat(stored, &before) < 0)
		return mesh_err_set(err, -EIO, "the source: %s", strerror(errno));
	rc = table_open(job->s, stored, &source, err);
	if (rc < 0)
		return rc;
	rc = run(job, source, fd, err);
	source->ops->close(source);
	return rc < 0 ? rc : check_unchanged(stored, &before, err);
}

static int render(struct job *job, int fd, struct mesh_err *err)
{
	AUTOFD int own = -1;
	int rc;

	if (job->fd >= 0)
		return render_from(job, job->fd, fd, err);
	rc = table_open_file(job->s, &own);
	if (rc < 0)
		return mesh_err_set(err, rc, "the source: %s", strerror(-rc));
	return render_from(job, own, fd, err);
}

/* A stored file that is compressed stays so: its name says it. */
static int render_compressed(struct job *job, int fd, enum deflate_kind kind, struct mesh_err *err)
{
	AUTOFD int plain = cache_scratch(job->s->tree->cache);
	int rc;

	if (plain < 0)
		return mesh_err_set(err, plain, "a cache file cannot be made: %s", strerror(-plain));
	rc = render(job, plain, err);
	return rc < 0 ? rc : deflate_file(plain, fd, kind, err);
}

static int produce(void *arg, int fd, struct mesh_err *err)
{
	struct job *job = arg;
	enum deflate_kind kind = deflate_kind_of(job->s->place->rel);
	int rc;

	begin(&job->progress, place_in_mesh(job->s->place->path));
	rc = kind == DEFLATE_NONE ? render(job, fd, err) : render_compressed(job, fd, kind, err);
	end(&job->progress);
	return rc;
}

/* What the caller gets for a failure; its reason is the operator's to read. */
static int failure(const struct job *job, int rc, const struct mesh_err *err)
{
	if (rc == -EINTR)
		return rc;
	log_error("rendering %s: %s", job->s->place->path, err->text);
	atomic_fetch_add(&job->s->tree->status->storage_errors, 1);
	switch (rc) {
	case -ESTALE:
	case -ENOMEM:
	case -ETIMEDOUT:
	case -ENOENT:
		return rc;
	default:
		return -EIO;
	}
}

int rendering_file(struct spot *s, const struct content *c, int fd, struct cache_file *ret)
{
	struct job job = {.s = s, .c = c, .fd = fd};
	struct cache_request rq = {
		.key = c->key,
		.produce = produce,
		.arg = &job,
		.cancel = s->ask.asker.cancel,
	};
	struct mesh_err err = {0};
	off_t bytes;
	int rc;

	/* A file that was not looked at since the mount is summed up first, which takes its time. */
	if (!s->ask.asker.may_wait && cache_size(s->tree->cache, c->key, &bytes) < 0)
		return -EWOULDBLOCK;
	rc = cache_find(s->tree->cache, c->key, ret);
	if (rc == 0)
		return 0;
	if (!s->ask.asker.may_wait)
		return -EWOULDBLOCK;
	rc = cache_fetch(s->tree->cache, &rq, ret, &err);
	return rc < 0 ? failure(&job, rc, &err) : 0;
}

int rendering_size(struct spot *s, const struct content *c, off_t *ret_bytes)
{
	struct cache_file file;
	int rc = cache_size(s->tree->cache, c->key, ret_bytes);

	if (rc == 0)
		return 0;
	rc = rendering_file(s, c, -1, &file);
	if (rc < 0)
		return rc;
	(void)close(file.fd);
	*ret_bytes = file.size;
	return 0;
}
