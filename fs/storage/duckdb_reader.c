#include "fs/storage/duckdb_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/storage/duckdb_cells.h"

#define CANCEL_POLL_MS 50
#define READY_MAX 4 /* chunks fetched ahead: the threads need not take turns */

struct duckdb_reader {
	struct table_reader base;
	struct arena arena;
	struct duckdb_reader_options opt;
	struct duckdb_job job;
	bool started; /* the job has to be stopped */
	/* Of the chunk that rows are handed out of. */
	struct duckdb_chunk *chunk; /* owned */
	size_t row, rows;
	struct duckdb_cells *cells; /* by column; `type` is written before the first chunk comes */
	/* job.lock: */
	struct duckdb_chunk
	    *ready[READY_MAX]; /* owned; a ring of those fetched and not yet taken */
	size_t fetched, taken; /* chunks so far */
	bool complete; /* no chunk will follow */
};

static const struct duckdb_lib *lib_of(void)
{
	return duckdb_lib_get(NULL);
}

/* ---- the job ---- */

static int bind_values(struct duckdb_reader *r, struct duckdb_session *s,
    struct duckdb_statement *statement, struct mesh_err *err)
{
	for (size_t i = 0; i < r->opt.values_len; i++) {
		const struct duckdb_bound *v = &r->opt.values[i];
		int state;

		if (v->type == VALUE_STRING)
			state = s->lib->bind_varchar_length(statement, i + 1, v->s, strlen(v->s));
		else if (v->type == VALUE_BOOL)
			state = s->lib->bind_boolean(statement, i + 1, v->i != 0);
		else
			state = s->lib->bind_int64(statement, i + 1, v->i);
		if (state != 0)
			return mesh_err_set(err, -EIO, "DuckDB refuses a value of the row filter");
	}
	return 0;
}

static int take_types(struct duckdb_reader *r, struct duckdb_session *s,
    struct duckdb_result *result, struct mesh_err *err)
{
	/* Without columns the SELECT gives one all the same. */
	if (r->opt.schema.len > 0 && s->lib->column_count(result) != r->opt.schema.len)
		return mesh_err_set(err, -EIO, "DuckDB gives other columns than it was asked for");
	for (size_t i = 0; i < r->opt.schema.len; i++) {
		r->cells[i].type = s->lib->column_type(result, i);
		if (!duckdb_cells_can(r->cells[i].type))
			return mesh_err_set(err, -EIO,
			    "DuckDB gives column %s in a type that was not expected",
			    r->opt.schema.columns[i].source_name);
	}
	return 0;
}

/* Hands a chunk over once there is room. False: asked to end. */
static bool hand_over(struct duckdb_reader *r, struct duckdb_chunk *chunk)
{
	bool stop;

	pthread_mutex_lock(&r->job.lock);
	while (r->fetched - r->taken == READY_MAX && !r->job.stop)
		duckdb_job_wait_locked(&r->job, 0);
	stop = r->job.stop;
	if (!stop) {
		r->ready[r->fetched++ % READY_MAX] = chunk;
		pthread_cond_broadcast(&r->job.changed);
	}
	pthread_mutex_unlock(&r->job.lock);
	return !stop;
}

static int stream(struct duckdb_reader *r, struct duckdb_session *s, struct duckdb_result *result,
    struct mesh_err *err)
{
	struct duckdb_chunk *chunk;
	const char *text;

	while ((chunk = s->lib->fetch_chunk(*result))) {
		if (s->lib->data_chunk_get_size(chunk) > 0 && hand_over(r, chunk))
			continue;
		bool empty = s->lib->data_chunk_get_size(chunk) == 0;

		s->lib->destroy_data_chunk(&chunk);
		if (!empty)
			return mesh_err_set(err, -EINTR, "the rendering was cancelled");
	}
	text = s->lib->result_error(result);
	return text && text[0] != '\0' ? duckdb_session_failed(s, result, err) : 0;
}

/* Chunks must not outlive the session that they come from: it stays until the reader has dropped those that it took, and asks
 * the job to end. */
static void settle(struct duckdb_reader *r, struct duckdb_session *s)
{
	pthread_mutex_lock(&r->job.lock);
	r->complete = true;
	pthread_cond_broadcast(&r->job.changed);
	while (!r->job.stop)
		duckdb_job_wait_locked(&r->job, 0);
	for (; r->taken < r->fetched; r->taken++)
		s->lib->destroy_data_chunk(&r->ready[r->taken % READY_MAX]);
	pthread_mutex_unlock(&r->job.lock);
}

static int execute(struct duckdb_reader *r, struct duckdb_session *s,
    struct duckdb_statement *statement, struct mesh_err *err)
{
	struct duckdb_pending *pending = NULL;
	struct duckdb_result result = {0};
	int rc = bind_values(r, s, statement, err);

	if (rc < 0)
		return rc;
	if (s->lib->pending_prepared_streaming(statement, &pending) != 0) {
		rc = duckdb_session_error(s, s->lib->pending_error(pending), err);
	} else {
		if (s->lib->execute_pending(pending, &result) != 0)
			rc = duckdb_session_failed(s, &result, err);
		if (rc == 0)
			rc = take_types(r, s, &result, err);
		if (rc == 0) {
			rc = stream(r, s, &result, err);
			settle(r, s);
		}
		s->lib->destroy_result(&result);
	}
	s->lib->destroy_pending(&pending);
	return rc;
}

static int run(void *arg, struct duckdb_session *s, struct mesh_err *err)
{
	struct duckdb_reader *r = arg;
	struct duckdb_statement *statement = NULL;
	int rc;

	s->rows = true;
	if (s->lib->prepare(s->connection, r->opt.sql, &statement) == 0)
		rc = execute(r, s, statement, err);
	else
		rc = duckdb_session_error(s, s->lib->prepare_error(statement), err);
	s->lib->destroy_prepare(&statement);
	return rc;
}

/* ---- the reader ---- */

static bool is_cancelled(const struct duckdb_reader *r)
{
	return r->opt.cancel && atomic_load_explicit(r->opt.cancel, memory_order_relaxed);
}

static void drop_chunk(struct duckdb_chunk **chunk)
{
	if (*chunk)
		lib_of()->destroy_data_chunk(chunk);
}

/* 1: there is a chunk; 0: no chunk will follow; -EINTR. */
static int await_chunk(struct duckdb_reader *r)
{
	int rc;

	pthread_mutex_lock(&r->job.lock);
	while (r->fetched == r->taken && !r->complete && !r->job.ended && !is_cancelled(r))
		duckdb_job_wait_locked(&r->job, CANCEL_POLL_MS);
	rc = is_cancelled(r) ? -EINTR : r->fetched > r->taken;
	if (rc == 1) {
		r->chunk = r->ready[r->taken++ % READY_MAX];
		pthread_cond_broadcast(&r->job.changed);
	}
	pthread_mutex_unlock(&r->job.lock);
	return rc;
}

/* What the job ended with. A file that changed meanwhile explains whatever went wrong, and taints what went well. */
static int finish(struct duckdb_reader *r, struct mesh_err *err)
{
	int rc = r->opt.check(r->opt.check_arg, err);

	pthread_mutex_lock(&r->job.lock);
	r->job.stop = true;
	pthread_cond_broadcast(&r->job.changed);
	pthread_mutex_unlock(&r->job.lock);
	r->started = false;
	if (rc < 0) {
		(void)duckdb_job_join(&r->job, NULL);
		return rc;
	}
	return duckdb_job_join(&r->job, err);
}

static int next_chunk(struct duckdb_reader *r, struct mesh_err *err)
{
	int rc;

	drop_chunk(&r->chunk);
	r->row = r->rows = 0;
	if (!r->started)
		return 0;
	rc = await_chunk(r);
	if (rc < 0)
		return mesh_err_set(err, rc, "the rendering was cancelled");
	if (rc == 0)
		return finish(r, err);
	r->rows = lib_of()->data_chunk_get_size(r->chunk);
	for (size_t i = 0; i < r->opt.schema.len; i++)
		duckdb_cells_aim(
		    &r->cells[i], lib_of(), lib_of()->data_chunk_get_vector(r->chunk, i));
	return 1;
}

static int reader_next(struct table_reader *base, struct cell *ret_cells, struct mesh_err *err)
{
	struct duckdb_reader *r = (struct duckdb_reader *)base;

	if (r->row == r->rows) {
		int rc = next_chunk(r, err);

		if (rc <= 0)
			return rc;
	}
	for (size_t i = 0; i < r->opt.schema.len; i++)
		duckdb_cells_get(&r->cells[i], r->row, &ret_cells[i]);
	r->row++;
	return 1;
}

static void reader_close(struct table_reader *base)
{
	struct duckdb_reader *r = (struct duckdb_reader *)base;

	drop_chunk(&r->chunk);
	if (r->started)
		duckdb_job_stop(&r->job);
	arena_clear(&r->arena);
	free(r);
}

static const struct table_reader_ops ops = {.next = reader_next, .close = reader_close};

static int copy_options(struct duckdb_reader *r, const struct duckdb_reader_options *opt)
{
	struct duckdb_bound *values = arena_array(&r->arena, opt->values_len, sizeof(*opt->values));

	r->opt = *opt;
	r->opt.sql = arena_strdup(&r->arena, opt->sql);
	r->cells = arena_array(&r->arena, opt->schema.len, sizeof(*r->cells));
	if (!values || !r->opt.sql || !r->cells)
		return -ENOMEM;
	if (opt->values_len > 0)
		memcpy(values, opt->values, opt->values_len * sizeof(*values));
	r->opt.values = values;
	for (size_t i = 0; i < opt->schema.len; i++) {
		r->cells[i].json = opt->json[i];
		r->cells[i].utf8 = str_eq(opt->schema.columns[i].logical_type, "string");
	}
	return 0;
}

int duckdb_reader_new(
    const struct duckdb_reader_options *opt, struct table_reader **ret, struct mesh_err *err)
{
	struct duckdb_reader *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return mesh_err_nomem(err);
	r->base.ops = &ops;
	r->base.schema = opt->schema;
	arena_init(&r->arena);
	rc = copy_options(r, opt);
	if (rc < 0)
		mesh_err_nomem(err);
	else
		rc = duckdb_job_start(&r->job,
		    &(struct duckdb_job_options){
			.fd = opt->fd, .attach = opt->attach, .run = run, .arg = r},
		    err);
	if (rc < 0) {
		reader_close(&r->base);
		return rc;
	}
	r->started = true;
	*ret = &r->base;
	return 0;
}
