#include "fs/storage/postgres_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/buf.h"
#include "catalog/base/str.h"
#include "fs/storage/postgres_copy.h"
#include "fs/storage/postgres_snapshot.h"

#define DEADLINE_SEC 30
#define COLUMNS_MAX 1664 /* PostgreSQL's own limit (MaxTupleAttributeNumber) */
#define DEFAULT_SCHEMA "public"

struct postgres_source {
	struct table_source base;
	struct postgres_session session;
	struct postgres_table table; /* in the arena */
	const char *where; /* for sentences; in the arena */
	enum postgres_kind *kinds; /* one a column; in the arena */
	enum sql_cells *cells; /* likewise */
	bool any_bytes; /* see struct postgres_copy */
	bool in_use; /* a reader is there, or one was closed before its end */
};

struct postgres_reader {
	struct table_reader base;
	struct postgres_source *source; /* outlives it */
	struct postgres_copy copy;
	enum postgres_kind *kinds; /* owned: of the columns asked for */
	struct table_column *columns; /* owned */
};

/* ---- reading ---- */

static int reader_next(struct table_reader *base, struct cell *ret_cells, struct mesh_err *err)
{
	struct postgres_reader *r = (struct postgres_reader *)base;
	int rc = postgres_copy_next(&r->copy, ret_cells, err);

	if (rc < 0)
		(void)mesh_err_wrap(err, "%s", r->source->where);
	return rc;
}

static void reader_close(struct table_reader *base)
{
	struct postgres_reader *r = (struct postgres_reader *)base;

	if (r->copy.over)
		r->source->in_use = false;
	else
		postgres_session_close(&r->source->session);
	postgres_copy_clear(&r->copy);
	free(r->kinds);
	free(r->columns);
	free(r);
}

static const struct table_reader_ops reader_ops = {.next = reader_next, .close = reader_close};

static int reader_new(struct postgres_source *s, const struct table_request *rq,
    struct postgres_reader **ret, struct mesh_err *err)
{
	struct postgres_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return mesh_err_nomem(err);
	r->base.ops = &reader_ops;
	r->source = s;
	r->kinds = calloc(rq->columns_len + 1, sizeof(*r->kinds));
	r->columns = calloc(rq->columns_len + 1, sizeof(*r->columns));
	r->base.schema = (struct table_schema){r->columns, rq->columns_len};
	r->copy = (struct postgres_copy){
	    .session = &s->session,
	    .kinds = r->kinds,
	    .columns_len = rq->columns_len,
	    .any_bytes = s->any_bytes,
	};
	*ret = r;
	if (!r->kinds || !r->columns)
		return mesh_err_nomem(err);
	for (size_t i = 0; i < rq->columns_len; i++) {
		r->columns[i] = s->base.schema.columns[rq->columns[i]];
		r->kinds[i] = s->kinds[rq->columns[i]];
	}
	return 0;
}

static int start_copy(
    struct postgres_source *s, const struct table_request *rq, struct mesh_err *err)
{
	const struct postgres_query q = {&s->table, &s->base.schema, s->cells};
	PGresult *res = NULL;
	struct buf b;
	int rc;

	buf_init(&b);
	if (postgres_query_copy(&q, rq, &b) == 0)
		rc = postgres_session_result(
		    &s->session, PQsendQuery(s->session.conn, b.data), &res, err);
	else
		rc = mesh_err_nomem(err);
	buf_clear(&b);
	if (rc == 0 &&
	    (PQresultStatus(res) != PGRES_COPY_OUT || (size_t)PQnfields(res) != rq->columns_len ||
		PQbinaryTuples(res)))
		rc = mesh_err_set(err, -EIO, "the server does not answer COPY as it should");
	PQclear(res);
	return rc;
}

static int source_read(struct table_source *base, const struct table_request *rq,
    struct table_reader **ret, struct mesh_err *err)
{
	struct postgres_source *s = (struct postgres_source *)base;
	struct postgres_reader *r = NULL;
	int rc;

	if (s->in_use || !s->session.conn)
		return mesh_err_set(
		    err, -EBUSY, "%s: it is being read, or reading it failed", s->where);
	s->in_use = true;
	if (rq->cancel)
		s->session.cancel = rq->cancel;
	rc = reader_new(s, rq, &r, err);
	if (rc == 0)
		rc = start_copy(s, rq, err);
	if (rc < 0) {
		(void)mesh_err_wrap(err, "%s", s->where);
		if (r)
			reader_close(&r->base);
		return rc;
	}
	*ret = &r->base;
	return 0;
}

static void source_close(struct table_source *base)
{
	struct postgres_source *s = (struct postgres_source *)base;

	postgres_session_close(&s->session);
	arena_clear(&s->base.arena);
	free(s);
}

static const struct table_source_ops source_ops = {.read = source_read, .close = source_close};

/* ---- opening ---- */

static int add_columns(struct postgres_source *s, const PGresult *res, const struct object *object,
    struct mesh_err *err)
{
	/* Other encodings cannot write each text that a predicate may name. */
	bool utf8 = str_eq(PQparameterStatus(s->session.conn, "server_encoding"), "UTF8");
	size_t len = (size_t)PQnfields(res);
	struct table_column *columns;

	if (len > COLUMNS_MAX)
		return mesh_err_set(err, -EIO, "the server says that it has %zu columns", len);
	columns = arena_array(&s->base.arena, len, sizeof(*columns));
	s->kinds = arena_array(&s->base.arena, len, sizeof(*s->kinds));
	s->cells = arena_array(&s->base.arena, len, sizeof(*s->cells));
	if (!columns || !s->kinds || !s->cells)
		return mesh_err_nomem(err);
	for (size_t i = 0; i < len; i++) {
		const char *name = PQfname(res, (int)i);

		if (!str_is_utf8(name, strlen(name)))
			return mesh_err_set(
			    err, -EIO, "the name of column %zu is not UTF-8", i + 1);
		columns[i].name = columns[i].source_name = arena_strdup(&s->base.arena, name);
		if (!columns[i].name)
			return mesh_err_nomem(err);
	}
	s->base.schema = (struct table_schema){columns, len};
	source_apply_contract(&s->base.schema, object);
	for (size_t i = 0; i < len; i++) {
		s->kinds[i] = postgres_kind_of(PQftype(res, (int)i), columns[i].logical_type);
		s->cells[i] = utf8 ? postgres_query_cells(PQftype(res, (int)i)) : SQL_CELLS_OTHER;
	}
	return 0;
}

/* What * stands for is every column that is neither dropped nor the system's, in order, with a domain's base type in its place. */
static int prepare(struct postgres_source *s, struct mesh_err *err)
{
	PGresult *res;
	struct buf b;
	int rc;

	buf_init(&b);
	buf_puts(&b, "SELECT * FROM ");
	postgres_query_table(&s->table, &b);
	if (buf_error(&b))
		rc = mesh_err_nomem(err);
	else
		rc = postgres_session_result(
		    &s->session, PQsendPrepare(s->session.conn, "", b.data, 0, NULL), &res, err);
	buf_clear(&b);
	if (rc == 0)
		PQclear(res);
	return rc;
}

static int describe(struct postgres_source *s, const struct object *object, struct mesh_err *err)
{
	PGresult *res;
	int rc = prepare(s, err);

	if (rc == 0)
		rc = postgres_session_result(
		    &s->session, PQsendDescribePrepared(s->session.conn, ""), &res, err);
	if (rc < 0)
		return rc;
	rc = add_columns(s, res, object, err);
	PQclear(res);
	return rc;
}

static int copy_place(struct postgres_source *s, const struct postgres_place *at)
{
	struct arena *a = &s->base.arena;
	const struct server *server = at->server;

	s->table.schema = arena_strdup(a, server->schema ? server->schema : DEFAULT_SCHEMA);
	s->table.name = arena_strdup(a, at->table);
	s->where = arena_printf(a, "PostgreSQL table %s of database %s at %s", at->table,
	    server->database ? server->database : "(default)",
	    server->host ? server->host : "(default)");
	return s->table.schema && s->table.name && s->where ? 0 : -ENOMEM;
}

static int open_table(
    struct postgres_source *s, const struct postgres_place *at, struct mesh_err *err)
{
	int rc = postgres_session_open(&s->session, at->server, err);

	if (rc == 0)
		rc = postgres_snapshot_begin(&s->session, &s->table, err);
	if (rc == 0)
		rc = postgres_snapshot_version(&s->session, &s->table, s->base.version, err);
	if (rc == 0)
		rc = describe(s, at->object, err);
	if (rc < 0) {
		(void)mesh_err_wrap(err, "%s", s->where);
		return rc;
	}
	s->any_bytes = postgres_session_is_ascii(&s->session);
	return 0;
}

int source_postgres_open(
    const struct postgres_place *at, struct table_source **ret, struct mesh_err *err)
{
	struct postgres_source *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return mesh_err_nomem(err);
	s->base.ops = &source_ops;
	arena_init(&s->base.arena);
	s->session.cancel = at->cancel;
	s->session.deadline_sec = at->deadline_sec > 0 ? at->deadline_sec : DEADLINE_SEC;
	rc = copy_place(s, at) < 0 ? mesh_err_nomem(err) : open_table(s, at, err);
	if (rc < 0) {
		source_close(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}
