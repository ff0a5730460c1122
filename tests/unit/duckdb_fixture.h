#ifndef TESTS_UNIT_DUCKDB_FIXTURE_H
#define TESTS_UNIT_DUCKDB_FIXTURE_H

/*
 * libduckdb for a test program, files made by it, and tables of them opened and read. Where tests/lib/duckdb.sh has put no library, or MESHFS_LIBDUCKDB
 * names none, the program skips.
 */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/buf.h"
#include "catalog/base/cleanup.h"
#include "fs/storage/duckdb_lib.h"
#include "fs/storage/duckdb_source.h"

#define DUCK_LIBRARY \
	"build/cache/duckdb-*/node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so"

static char duck_dir[PATH_MAX];

static inline void duck_find(void)
{
	glob_t found;

	if (!getenv("MESHFS_LIBDUCKDB") && glob(DUCK_LIBRARY, 0, NULL, &found) == 0) {
		(void)setenv("MESHFS_LIBDUCKDB", found.gl_pathv[found.gl_pathc - 1], 1);
		globfree(&found);
	}
}

/* 77: there is no library. */
static inline int duck_up(void)
{
	const char *top = getenv("T");
	const char *why;

	duck_find();
	if (!duckdb_lib_available(&why)) {
		puts(why);
		return 77;
	}
	(void)snprintf(duck_dir, sizeof(duck_dir), "%s/duck-XXXXXX", top && top[0] ? top : "/tmp");
	return mkdtemp(duck_dir) ? 0 : 1;
}

static inline void duck_down(void)
{
	char command[PATH_MAX + 16];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", duck_dir);
	(void)!system(command);
}

static inline const char *duck_path(const char *name)
{
	static char paths[4][PATH_MAX + 64];
	static int next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", duck_dir, name);
	return path;
}

/* Runs SQL in a database of its own that may touch everything; the only value of the last statement's first row as a number. */
static inline int64_t duck_sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline int64_t duck_sql(const char *fmt, ...)
{
	const struct duckdb_lib *lib = duckdb_lib_get(NULL);
	struct duckdb_connection *connection;
	struct duckdb_config *config;
	struct duckdb_result result;
	struct duckdb_database *db;
	struct duckdb_chunk *chunk;
	char sql[8192];
	int64_t value = -1;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vsnprintf(sql, sizeof(sql), fmt, ap) < (int)sizeof(sql));
	va_end(ap);
	assert_int_equal(lib->create_config(&config), 0);
	assert_int_equal(lib->set_config(config, "threads", "1"), 0);
	assert_int_equal(lib->open_ext(NULL, &db, config, NULL), 0);
	lib->destroy_config(&config);
	assert_int_equal(lib->connect(db, &connection), 0);
	if (lib->query(connection, sql, &result) != 0)
		fail_msg("%s: %s", sql, lib->result_error(&result));
	chunk = lib->fetch_chunk(result);
	if (chunk && lib->data_chunk_get_size(chunk) > 0 &&
	    lib->column_type(&result, 0) == DUCKDB_BIGINT)
		value = *(int64_t *)lib->vector_get_data(lib->data_chunk_get_vector(chunk, 0));
	if (chunk)
		lib->destroy_data_chunk(&chunk);
	lib->destroy_result(&result);
	lib->disconnect(&connection);
	lib->close(&db);
	return value;
}

/* ---- a source and its reader ---- */

struct duck_reading {
	const char *file;
	const char *table; /* of a DuckDB file; NULL: a Parquet file */
	const char *schema;
	const struct object *object;
	const table_cancel *cancel;
	int fd;
	struct table_source *source;
	struct table_reader *reader;
	struct cell cells[64];
	struct mesh_err err;
};

static inline int duck_open(struct duck_reading *g)
{
	mesh_err_clear(&g->err);
	g->fd = open(duck_path(g->file), O_RDONLY | O_CLOEXEC);
	assert_true(g->fd >= 0);
	if (g->table)
		return source_duckdb_open(&(struct source_duckdb_options){.fd = g->fd,
					      .name = g->file,
					      .schema = g->schema,
					      .table = g->table,
					      .object = g->object},
		    &g->source, &g->err);
	return source_parquet_open(g->fd, g->file, g->object, &g->source, &g->err);
}

/* Of all columns, where the request names none. */
static inline int duck_read(struct duck_reading *g, struct table_request rq)
{
	static const size_t all[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
	    18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};

	if (!rq.columns) {
		rq.columns = all;
		rq.columns_len = g->source->schema.len;
	}
	rq.cancel = g->cancel;
	assert_true(rq.columns_len <= 30);
	return g->source->ops->read(g->source, &rq, &g->reader, &g->err);
}

static inline int duck_next(struct duck_reading *g)
{
	return g->reader->ops->next(g->reader, g->cells, &g->err);
}

static inline void duck_close(struct duck_reading *g)
{
	if (g->reader)
		g->reader->ops->close(g->reader);
	if (g->source)
		g->source->ops->close(g->source);
	g->reader = NULL;
	g->source = NULL;
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
}

static inline void duck_start(struct duck_reading *g)
{
	if (duck_open(g) < 0 || duck_read(g, (struct table_request){.limit = 0}) < 0)
		fail_msg("%s", g->err.text);
}

/* Reads on to the end; the number of rows, or what it failed with. */
static inline long duck_drain(struct duck_reading *g)
{
	long rows = 0;
	int rc;

	while ((rc = duck_next(g)) == 1)
		rows++;
	return rc < 0 ? rc : rows;
}

/* One cell as "type:value". */
static inline const char *duck_show(const struct cell *c)
{
	static char text[512];

	switch (c->type) {
	case CELL_NULL:
		return "null";
	case CELL_INT:
		(void)snprintf(text, sizeof(text), "int:%lld", (long long)c->i);
		return text;
	case CELL_BOOL:
		return c->i ? "bool:true" : "bool:false";
	case CELL_REAL:
		(void)snprintf(text, sizeof(text), "real:%g", c->f);
		return text;
	default:
		(void)snprintf(text, sizeof(text), "%s:%.*s",
		    c->type == CELL_JSON       ? "json"
			: c->type == CELL_BLOB ? "blob"
					       : "text",
		    (int)c->len, c->s);
		return text;
	}
}

static inline struct cond duck_is(const char *column, enum cond_op op, struct value literal)
{
	return (struct cond){
	    .kind = COND_ATOM, .left = {OPERAND_ROW, column}, .op = op, .literal = literal};
}

static inline struct value duck_word(const char *s)
{
	return (struct value){.type = VALUE_STRING, .s = s};
}

static inline struct value duck_number(enum value_type type, int64_t i)
{
	return (struct value){.type = type, .i = i};
}

#endif
