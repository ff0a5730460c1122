#include "fs/storage/duckdb_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/base/digest.h"
#include "fs/storage/duckdb_columns.h"
#include "fs/storage/duckdb_job.h"
#include "fs/storage/duckdb_kind.h"
#include "fs/storage/duckdb_reader.h"
#include "fs/storage/duckdb_sql.h"
#include "fs/storage/duckdb_where.h"

struct duckdb_source {
	struct table_source base;
	int fd; /* borrowed */
	bool attach;
	struct stat opened;
	const char *from; /* SQL; in base.arena, as all below */
	const struct object *object; /* borrowed; NULL: none */
	struct duckdb_columns columns; /* as base.schema */
};

static struct duckdb_source *self(struct table_source *s)
{
	return (struct duckdb_source *)s;
}

/* ---- the file ---- */

static int check_unchanged(void *arg, struct mesh_err *err)
{
	const struct duckdb_source *s = arg;
	const struct stat *was = &s->opened;
	struct stat is;

	if (fstat(s->fd, &is) < 0)
		return mesh_err_set(err, -errno, "%s", strerror(errno));
	if (is.st_size != was->st_size || is.st_mtim.tv_sec != was->st_mtim.tv_sec ||
	    is.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
		return mesh_err_set(err, -ESTALE, "the file changed while it was read");
	return 0;
}

/* Equal only for files that nobody wrote to in between, and for the same table of them. */
static int set_version(struct duckdb_source *s, struct mesh_err *err)
{
	const struct stat *st = &s->opened;
	char *text = arena_printf(&s->base.arena, "%llu %llu %lld %lld.%09ld %lld.%09ld %s",
	    (unsigned long long)st->st_dev, (unsigned long long)st->st_ino, (long long)st->st_size,
	    (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec,
	    st->st_ctim.tv_nsec, s->attach ? s->from : "parquet");

	if (!text || digest_hex(text, strlen(text), s->base.version) < 0)
		return mesh_err_nomem(err);
	return 0;
}

/* ---- reading ---- */

static bool find_column(const void *arg, const char *name, struct duckdb_where_column *ret)
{
	const struct duckdb_source *s = arg;

	for (size_t i = 0; i < s->base.schema.len; i++) {
		const struct table_column *c = &s->base.schema.columns[i];

		if (strcmp(c->name, name) != 0)
			continue;
		*ret = (struct duckdb_where_column){.expr = s->columns.items[i].expr,
		    .type = s->columns.items[i].type,
		    .logical_type = c->logical_type};
		return true;
	}
	return false;
}

/* A SELECT needs a column: without one that is asked for, the rows alone count. */
static int write_select(const struct duckdb_source *s, const struct table_request *rq,
    struct duckdb_where *where, struct buf *sql)
{
	const struct duckdb_where_columns columns = {.find = find_column, .arg = s};
	int rc = duckdb_where_build(where, rq->keep, &columns);

	buf_puts(sql, "SELECT ");
	for (size_t i = 0; i < rq->columns_len; i++) {
		const struct duckdb_column *c = &s->columns.items[rq->columns[i]];

		buf_puts(sql, i > 0 ? ", " : "");
		duckdb_kind_select(sql, c->expr, c->type);
	}
	buf_printf(sql, "%s FROM %s", rq->columns_len == 0 ? "1" : "", s->from);
	if (rc == 0 && where->sql.data[0] != '\0')
		buf_printf(sql, " WHERE %s", where->sql.data);
	return rc < 0 ? rc : buf_error(sql);
}

/* Columns of the reader, in the arena: a source is read once or a few times. */
static int pick_columns(struct duckdb_source *s, const struct table_request *rq,
    struct table_schema *ret, bool **ret_json)
{
	ret->columns = arena_array(&s->base.arena, rq->columns_len, sizeof(*ret->columns));
	*ret_json = arena_array(&s->base.arena, rq->columns_len, sizeof(**ret_json));
	if (!ret->columns || !*ret_json)
		return -ENOMEM;
	ret->len = rq->columns_len;
	for (size_t i = 0; i < rq->columns_len; i++) {
		ret->columns[i] = s->base.schema.columns[rq->columns[i]];
		(*ret_json)[i] = duckdb_kind_is_json(s->columns.items[rq->columns[i]].type);
	}
	return 0;
}

static int read_rows(struct table_source *base, const struct table_request *rq,
    struct table_reader **ret, struct mesh_err *err)
{
	struct duckdb_source *s = self(base);
	struct duckdb_reader_options opt = {.fd = s->fd,
	    .attach = s->attach,
	    .cancel = rq->cancel,
	    .check = check_unchanged,
	    .check_arg = s};
	struct duckdb_where where;
	struct buf sql;
	bool *json = NULL;
	int rc;

	buf_init(&sql);
	rc = write_select(s, rq, &where, &sql);
	if (rc == 0)
		rc = pick_columns(s, rq, &opt.schema, &json);
	if (rc < 0) {
		mesh_err_nomem(err);
	} else {
		opt.sql = sql.data;
		opt.values = where.values;
		opt.values_len = where.values_len;
		opt.json = json;
		rc = duckdb_reader_new(&opt, ret, err);
	}
	duckdb_where_clear(&where);
	buf_clear(&sql);
	return rc;
}

static void source_close(struct table_source *base)
{
	arena_clear(&base->arena);
	free(self(base));
}

static const struct table_source_ops ops = {.read = read_rows, .close = source_close};

/* ---- opening ---- */

static int describe(void *arg, struct duckdb_session *session, struct mesh_err *err)
{
	struct duckdb_source *s = arg;
	const struct duckdb_columns_request rq = {
	    .session = session, .from = s->from, .object = s->object};

	return duckdb_columns_find(&rq, &s->base.arena, &s->columns, err);
}

static int make_schema(struct duckdb_source *s)
{
	struct table_schema *schema = &s->base.schema;

	schema->columns = arena_array(&s->base.arena, s->columns.len, sizeof(*schema->columns));
	if (!schema->columns)
		return -ENOMEM;
	for (size_t i = 0; i < s->columns.len; i++)
		schema->columns[i] = (struct table_column){
		    .name = s->columns.items[i].name, .source_name = s->columns.items[i].name};
	schema->len = s->columns.len;
	source_apply_contract(schema, s->object);
	for (size_t i = 0; i < s->columns.len; i++)
		if (!schema->columns[i].logical_type)
			schema->columns[i].logical_type = duckdb_kind_logical(
			    s->columns.items[i].type);
	return 0;
}

static int open_source(struct duckdb_source *s, struct mesh_err *err)
{
	int rc;

	if (!s->from)
		return mesh_err_nomem(err);
	if (fstat(s->fd, &s->opened) < 0)
		return mesh_err_set(err, -errno, "%s", strerror(errno));
	rc = duckdb_job_do(
	    &(struct duckdb_job_options){
		.fd = s->fd, .attach = s->attach, .run = describe, .arg = s},
	    err);
	if (rc == 0 && make_schema(s) < 0)
		rc = mesh_err_nomem(err);
	return rc == 0 ? set_version(s, err) : rc;
}

static struct duckdb_source *new_source(int fd, const struct object *object)
{
	struct duckdb_source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->base.ops = &ops;
	arena_init(&s->base.arena);
	s->fd = fd;
	s->object = object;
	return s;
}

static int finish_open(
    struct duckdb_source *s, const char *name, struct table_source **ret, struct mesh_err *err)
{
	int rc = open_source(s, err);

	if (rc < 0) {
		if (rc != -EOPNOTSUPP)
			mesh_err_wrap(err, "%s", name);
		source_close(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}

int source_parquet_open(int fd, const char *name, const struct object *object,
    struct table_source **ret, struct mesh_err *err)
{
	struct duckdb_source *s = new_source(fd, object);
	char path[DUCKDB_JOB_PATH_CAP];

	if (!s)
		return mesh_err_nomem(err);
	duckdb_job_path(fd, path);
	s->from = arena_printf(
	    &s->base.arena, "read_parquet('%s', hive_partitioning=false, filename=false)", path);
	return finish_open(s, name, ret, err);
}

static const char *qualified(struct arena *a, const char *schema, const char *table)
{
	const char *copy = NULL;
	struct buf sql;

	buf_init(&sql);
	buf_puts(&sql, "stored.");
	duckdb_sql_name(&sql, schema ? schema : "main");
	buf_addc(&sql, '.');
	duckdb_sql_name(&sql, table);
	if (!buf_error(&sql))
		copy = arena_strdup(a, sql.data);
	buf_clear(&sql);
	return copy;
}

int source_duckdb_open(
    const struct source_duckdb_options *opt, struct table_source **ret, struct mesh_err *err)
{
	struct duckdb_source *s = new_source(opt->fd, opt->object);

	if (!s)
		return mesh_err_nomem(err);
	s->attach = true;
	s->from = qualified(&s->base.arena, opt->schema, opt->table);
	return finish_open(s, opt->name, ret, err);
}

/* ---- looking ---- */

const char *source_duckdb_type(const struct table_source *base, const char *source_name)
{
	const struct duckdb_source *s = (const struct duckdb_source *)base;

	for (size_t i = 0; base->ops == &ops && i < s->columns.len; i++)
		if (strcmp(s->columns.items[i].name, source_name) == 0)
			return s->columns.items[i].type;
	return NULL;
}
