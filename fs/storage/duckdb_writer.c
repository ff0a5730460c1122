#include "fs/storage/duckdb_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/storage/duckdb_batch.h"
#include "fs/storage/duckdb_job.h"
#include "fs/storage/duckdb_source.h"
#include "fs/storage/duckdb_sql.h"

/* DuckDB's own number of rows; the bytes bound it for wide rows. Level 1 of zstd takes three quarters of the time that its default takes for
 * a whole COPY, and gives no larger files. */
#define FORMAT                                                    \
	"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, " \
	"ROW_GROUP_SIZE 122880, ROW_GROUP_SIZE_BYTES '16MB', USE_TMP_FILE false"

#define BATCHES 4 /* a ring: one being filled, one lent to DuckDB, the others on their way */

struct parquet_writer {
	struct table_writer base;
	struct arena arena;
	int fd; /* borrowed */
	const struct table_schema *schema; /* borrowed */
	struct duckdb_kind_target *targets; /* by column */
	struct duckdb_batch batches[BATCHES];
	struct duckdb_job job;
	bool started; /* the job has to be stopped */
	int failed; /* what the job ended with, if it failed */
	/* job.lock: */
	size_t
	    filled; /* batches so far; written by the writer's user alone. The next one is being filled */
	size_t taken; /* of those; the last of them is lent until DuckDB asks for the next */
	bool complete; /* no row will follow */
};

/* ---- the job: DuckDB asks for rows ---- */

static void bind(struct duckdb_info *info)
{
	const struct duckdb_lib *lib = duckdb_lib_get(NULL);
	const struct parquet_writer *w = lib->bind_get_extra_info(info);
	char name[24];

	for (size_t i = 0; i < w->schema->len; i++) {
		struct duckdb_type *type = lib->create_logical_type(w->targets[i].carrier);

		(void)snprintf(name, sizeof(name), "c%zu", i);
		lib->bind_add_result_column(info, name, type);
		lib->destroy_logical_type(&type);
	}
}

static void init(struct duckdb_info *info)
{
	duckdb_lib_get(NULL)->init_set_max_threads(info, 1);
}

/* Takes the next batch and gives the one before, which DuckDB is done with, back. NULL: no row will follow. False: given up. */
static bool take_batch(struct parquet_writer *w, struct duckdb_batch **ret)
{
	bool stop;

	pthread_mutex_lock(&w->job.lock);
	while (w->filled == w->taken && !w->complete && !w->job.stop)
		duckdb_job_wait_locked(&w->job, 0);
	stop = w->job.stop;
	*ret = NULL;
	if (!stop && w->filled > w->taken) {
		*ret = &w->batches[w->taken++ % BATCHES];
		pthread_cond_broadcast(&w->job.changed);
	}
	pthread_mutex_unlock(&w->job.lock);
	return !stop;
}

static void give_rows(struct duckdb_info *info, struct duckdb_chunk *output)
{
	const struct duckdb_lib *lib = duckdb_lib_get(NULL);
	struct parquet_writer *w = lib->function_get_extra_info(info);
	struct duckdb_batch *b;

	if (!take_batch(w, &b))
		lib->function_set_error(info, "given up");
	else if (b)
		duckdb_batch_show(b, output);
	else
		lib->data_chunk_set_size(output, 0);
}

static int register_rows(struct parquet_writer *w, struct duckdb_session *s, struct mesh_err *err)
{
	struct duckdb_function *f = s->lib->create_table_function();
	int state;

	if (!f)
		return mesh_err_nomem(err);
	s->lib->table_function_set_name(f, "rows_of_mesh");
	s->lib->table_function_set_extra_info(f, w, NULL);
	s->lib->table_function_set_bind(f, bind);
	s->lib->table_function_set_init(f, init);
	s->lib->table_function_set_function(f, give_rows);
	state = s->lib->register_table_function(s->connection, f);
	s->lib->destroy_table_function(&f);
	return state == 0 ? 0 : mesh_err_set(err, -EIO, "DuckDB takes no function for rows");
}

static void select_column(struct buf *sql, const struct duckdb_kind_target *t, size_t i)
{
	if (!t->cast)
		buf_printf(sql, "c%zu", i);
	else if (t->json && strcmp(t->cast, "JSON") != 0)
		buf_printf(sql, "TRY_CAST(TRY_CAST(c%zu AS JSON) AS %s)", i, t->cast);
	else
		buf_printf(sql, "TRY_CAST(c%zu AS %s)", i, t->cast);
}

static void write_copy(const struct parquet_writer *w, struct buf *sql)
{
	char path[DUCKDB_JOB_PATH_CAP];

	duckdb_job_path(w->fd, path);
	buf_puts(sql, "COPY (SELECT ");
	for (size_t i = 0; i < w->schema->len; i++) {
		const char *name = w->schema->columns[i].name;

		buf_puts(sql, i > 0 ? ", " : "");
		select_column(sql, &w->targets[i], i);
		if (name[0] == '\0') /* SQL has no such name: it stays c0 or the like */
			continue;
		buf_puts(sql, " AS ");
		duckdb_sql_name(sql, name);
	}
	buf_printf(sql, " FROM rows_of_mesh()) TO '%s' (" FORMAT ")", path);
}

static int run(void *arg, struct duckdb_session *s, struct mesh_err *err)
{
	struct parquet_writer *w = arg;
	struct buf sql;
	int rc = register_rows(w, s, err);

	if (rc < 0)
		return rc;
	s->rows = true;
	buf_init(&sql);
	write_copy(w, &sql);
	rc = buf_error(&sql) ? mesh_err_nomem(err) : duckdb_session_run(s, sql.data, err);
	buf_clear(&sql);
	return rc;
}

/* ---- the writer ---- */

static int job_ended(struct parquet_writer *w, struct mesh_err *err)
{
	int rc = duckdb_job_join(&w->job, err);

	w->started = false;
	w->failed = rc;
	return rc;
}

static struct duckdb_batch *filling(struct parquet_writer *w)
{
	return &w->batches[w->filled % BATCHES];
}

/* Hands the batch over and waits until there is another one to fill. False: the job has ended before it took all rows. */
static bool hand_over(struct parquet_writer *w)
{
	bool ended;

	pthread_mutex_lock(&w->job.lock);
	w->filled++;
	pthread_cond_broadcast(&w->job.changed);
	/* The one that was taken last is still lent. */
	while (w->filled - w->taken + (w->taken > 0) == BATCHES && !w->job.ended)
		duckdb_job_wait_locked(&w->job, 0);
	ended = w->job.ended;
	pthread_mutex_unlock(&w->job.lock);
	return !ended;
}

static int flush(struct parquet_writer *w, struct mesh_err *err)
{
	int rc;

	if (hand_over(w)) {
		duckdb_batch_reset(filling(w));
		return 0;
	}
	rc = job_ended(w, err);
	if (rc < 0)
		return rc;
	w->failed = -EIO;
	return mesh_err_set(err, -EIO, "DuckDB ended before it took all rows");
}

static int writer_row(struct table_writer *base, const struct cell *cells, struct mesh_err *err)
{
	struct parquet_writer *w = (struct parquet_writer *)base;
	struct duckdb_batch *b = filling(w);

	if (!w->started)
		return mesh_err_set(
		    err, w->failed ? w->failed : -EIO, "the Parquet writer has failed");
	duckdb_batch_add(b, cells);
	return duckdb_batch_is_full(b) ? flush(w, err) : 0;
}

static int writer_finish(struct table_writer *base, struct mesh_err *err)
{
	struct parquet_writer *w = (struct parquet_writer *)base;

	if (w->started && filling(w)->rows > 0) {
		int rc = flush(w, err);

		if (rc < 0)
			return rc;
	}
	if (!w->started)
		return mesh_err_set(
		    err, w->failed ? w->failed : -EIO, "the Parquet writer has failed");
	pthread_mutex_lock(&w->job.lock);
	w->complete = true;
	pthread_cond_broadcast(&w->job.changed);
	pthread_mutex_unlock(&w->job.lock);
	return job_ended(w, err);
}

static void writer_close(struct table_writer *base)
{
	struct parquet_writer *w = (struct parquet_writer *)base;

	if (w->started)
		duckdb_job_stop(&w->job);
	for (int i = 0; i < BATCHES; i++)
		duckdb_batch_clear(&w->batches[i]);
	arena_clear(&w->arena);
	free(w);
}

static const struct table_writer_ops ops = {
    .row = writer_row, .finish = writer_finish, .close = writer_close};

/* The source's own types, copied: it may be gone before the writer is. */
static int find_targets(struct parquet_writer *w, const struct table_source *like)
{
	w->targets = arena_array(&w->arena, w->schema->len, sizeof(*w->targets));
	if (!w->targets)
		return -ENOMEM;
	for (size_t i = 0; i < w->schema->len; i++) {
		const struct table_column *c = &w->schema->columns[i];
		const char *type = like ? source_duckdb_type(like, c->source_name) : NULL;
		const char *copy = type ? arena_strdup(&w->arena, type) : NULL;

		if (type && !copy)
			return -ENOMEM;
		w->targets[i] = duckdb_kind_target(c->logical_type, copy);
	}
	return 0;
}

static int set_up(struct parquet_writer *w, const struct table_source *like)
{
	int rc = find_targets(w, like);

	for (int i = 0; rc == 0 && i < BATCHES; i++)
		rc = duckdb_batch_init(&w->batches[i], w->targets, w->schema->len, &w->arena);
	return rc;
}

int table_parquet_writer(int fd, const struct table_schema *schema, const struct table_source *like,
    struct table_writer **ret, struct mesh_err *err)
{
	struct parquet_writer *w;
	int rc;

	if (!duckdb_lib_get(err))
		return -EOPNOTSUPP;
	if (schema->len == 0)
		return mesh_err_set(err, -EINVAL, "a Parquet file has at least one column");
	w = calloc(1, sizeof(*w));
	if (!w)
		return mesh_err_nomem(err);
	w->base.ops = &ops;
	w->fd = fd;
	w->schema = schema;
	arena_init(&w->arena);
	rc = set_up(w, like);
	if (rc < 0)
		mesh_err_nomem(err);
	else
		rc = duckdb_job_start(&w->job,
		    &(struct duckdb_job_options){.fd = fd, .write = true, .run = run, .arg = w},
		    err);
	if (rc < 0) {
		writer_close(&w->base);
		return rc;
	}
	w->started = true;
	*ret = &w->base;
	return 0;
}
