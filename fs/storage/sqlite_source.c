#include "fs/storage/sqlite_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "fs/storage/sql_predicate.h"
#include "fs/storage/sqlite_conn.h"

struct sqlite_source {
	struct table_source base;
	struct sqlite_conn conn;
	const char *table; /* in the arena, as the database writes it */
	bool utf8; /* text is stored as the bytes that are compared with */
};

struct sqlite_reader {
	struct table_reader base;
	struct sqlite_source *source; /* borrowed */
	sqlite3_stmt *stmt; /* owned */
	struct arena arena;
	bool done;
};

static int fail(struct sqlite_source *s, int result, struct mesh_err *err)
{
	return sqlite_conn_fail(&s->conn, result, err);
}

/* ---- one row after the other ---- */

static void read_cell(sqlite3_stmt *stmt, int i, struct cell *ret)
{
	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_INTEGER:
		ret->type = CELL_INT;
		ret->i = sqlite3_column_int64(stmt, i);
		return;
	case SQLITE_FLOAT:
		ret->type = CELL_REAL;
		ret->f = sqlite3_column_double(stmt, i);
		return;
	case SQLITE_TEXT:
		ret->type = CELL_TEXT;
		ret->s = (const char *)sqlite3_column_text(stmt, i);
		break;
	case SQLITE_BLOB:
		ret->type = CELL_BLOB;
		ret->s = sqlite3_column_blob(stmt, i);
		ret->len = (size_t)sqlite3_column_bytes(stmt, i);
		if (ret->len == 0)
			ret->s = "";
		return;
	default:
		ret->type = CELL_NULL;
		return;
	}
	ret->len = (size_t)sqlite3_column_bytes(stmt, i);
}

/* Text that could not be brought to UTF-8, or a blob that could not be had. */
static bool lacks_memory(const struct cell *c)
{
	return (c->type == CELL_TEXT || c->type == CELL_BLOB) && !c->s;
}

static int next(struct table_reader *base, struct cell *ret_cells, struct mesh_err *err)
{
	struct sqlite_reader *r = (struct sqlite_reader *)base;
	int rc;

	if (r->done)
		return 0;
	rc = sqlite3_step(r->stmt);
	if (rc == SQLITE_DONE) {
		r->done = true;
		return sqlite_conn_verify(&r->source->conn, err);
	}
	if (rc != SQLITE_ROW)
		return fail(r->source, rc, err);
	r->source->conn.rows++;
	for (size_t i = 0; i < base->schema.len; i++) {
		read_cell(r->stmt, (int)i, &ret_cells[i]);
		if (lacks_memory(&ret_cells[i]))
			return mesh_err_nomem(err);
	}
	return 1;
}

static void close_reader(struct table_reader *base)
{
	struct sqlite_reader *r = (struct sqlite_reader *)base;

	(void)sqlite3_finalize(r->stmt);
	arena_clear(&r->arena);
	free(r);
}

static const struct table_reader_ops reader_ops = {.next = next, .close = close_reader};

/* ---- what is asked for ---- */

static int bind(struct sqlite_reader *r, const struct sql_predicate *p)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < p->params_len; i++) {
		const struct value *v = &p->params[i];

		if (v->type == VALUE_STRING)
			rc = sqlite3_bind_text(r->stmt, (int)i + 1, v->s, -1, SQLITE_TRANSIENT);
		else
			rc = sqlite3_bind_int64(r->stmt, (int)i + 1, v->i);
	}
	return rc;
}

/* A limit can be handed on only where no row is tested again. */
static void print_query(const struct sqlite_source *s, const struct table_request *rq,
    const struct sql_predicate *p, struct buf *out)
{
	buf_puts(out, "SELECT ");
	for (size_t i = 0; i < rq->columns_len; i++) {
		buf_puts(out, i ? ", t." : "t.");
		sql_identifier(out, s->base.schema.columns[rq->columns[i]].source_name);
	}
	buf_puts(out, rq->columns_len ? " FROM main." : "NULL FROM main.");
	sql_identifier(out, s->table);
	buf_puts(out, " AS t");
	if (p->sql)
		buf_printf(out, " WHERE %s", p->sql);
	if (rq->limit > 0 && !rq->keep)
		buf_printf(out, " LIMIT %lld", (long long)rq->limit);
}

static int prepare(struct sqlite_reader *r, const struct table_request *rq, struct mesh_err *err)
{
	struct sqlite_source *s = r->source;
	struct sql_ask ask = {
	    .dialect = SQL_SQLITE, .schema = &s->base.schema, .keep = s->utf8 ? rq->keep : NULL};
	struct sql_predicate p;
	struct buf sql;
	int rc = sql_predicate_make(&ask, &r->arena, &p);

	buf_init(&sql);
	print_query(s, rq, &p, &sql);
	if (rc == 0)
		rc = buf_error(&sql);
	if (rc < 0) {
		buf_clear(&sql);
		return mesh_err_nomem(err);
	}
	rc = sqlite3_prepare_v2(s->conn.handle, sql.data, (int)sql.len, &r->stmt, NULL);
	if (rc == SQLITE_OK)
		rc = bind(r, &p);
	buf_clear(&sql);
	return rc == SQLITE_OK ? 0 : fail(s, rc, err);
}

static int pick_columns(struct sqlite_reader *r, const struct table_request *rq)
{
	struct table_schema *schema = &r->base.schema;

	schema->columns = arena_array(&r->arena, rq->columns_len, sizeof(*schema->columns));
	if (!schema->columns)
		return -ENOMEM;
	for (size_t i = 0; i < rq->columns_len; i++)
		schema->columns[i] = r->source->base.schema.columns[rq->columns[i]];
	schema->len = rq->columns_len;
	return 0;
}

static int read_rows(struct table_source *base, const struct table_request *rq,
    struct table_reader **ret, struct mesh_err *err)
{
	struct sqlite_source *s = (struct sqlite_source *)base;
	struct sqlite_reader *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return mesh_err_nomem(err);
	r->base.ops = &reader_ops;
	r->source = s;
	arena_init(&r->arena);
	s->conn.cancel = rq->cancel;
	s->conn.rows++; /* the full time for the first row */
	rc = pick_columns(r, rq) < 0 ? mesh_err_nomem(err) : prepare(r, rq, err);
	if (rc < 0) {
		close_reader(&r->base);
		return rc;
	}
	*ret = &r->base;
	return 0;
}

static void close_source(struct table_source *base)
{
	struct sqlite_source *s = (struct sqlite_source *)base;

	sqlite_conn_clear(&s->conn);
	arena_clear(&s->base.arena);
	free(s);
}

static const struct table_source_ops source_ops = {.read = read_rows, .close = close_source};

/* ---- the schema ---- */

/* Runs a query of one parameter; each row goes to `row`, until it returns an error. */
struct query {
	const char *sql, *param;
	int (*row)(struct sqlite_source *s, sqlite3_stmt *stmt); /* 0 or negative errno */
};

static int run(struct sqlite_source *s, const struct query *q, struct mesh_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->conn.handle, q->sql, -1, &stmt, NULL);
	int result = 0;

	if (rc == SQLITE_OK && q->param)
		rc = sqlite3_bind_text(stmt, 1, q->param, -1, SQLITE_STATIC);
	while (rc == SQLITE_OK && result == 0) {
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW) {
			result = q->row(s, stmt);
			rc = SQLITE_OK;
		}
	}
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		result = fail(s, rc, err);
	else if (result == -ENOMEM)
		result = mesh_err_nomem(err);
	(void)sqlite3_finalize(stmt);
	return result;
}

static const char *copy_text(struct sqlite_source *s, sqlite3_stmt *stmt, int i)
{
	return arena_strdup(&s->base.arena, (const char *)sqlite3_column_text(stmt, i));
}

static int row_of_table(struct sqlite_source *s, sqlite3_stmt *stmt)
{
	const char *type = (const char *)sqlite3_column_text(stmt, 1);

	s->table = copy_text(s, stmt, 0);
	if (!s->table || !type)
		return -ENOMEM;
	return strcmp(type, "table") == 0 || strcmp(type, "view") == 0 ? 0 : -EOPNOTSUPP;
}

static int row_of_encoding(struct sqlite_source *s, sqlite3_stmt *stmt)
{
	const char *encoding = (const char *)sqlite3_column_text(stmt, 0);

	s->utf8 = encoding && strcmp(encoding, "UTF-8") == 0;
	return 0;
}

/* A name that no file could show is left out, as the column is. */
static bool can_be_shown(const char *name)
{
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return name[0] && str_is_utf8(name, strlen(name));
}

static int row_of_column(struct sqlite_source *s, sqlite3_stmt *stmt)
{
	struct table_schema *schema = &s->base.schema;
	const char *name = copy_text(s, stmt, 0);

	if (!name)
		return -ENOMEM;
	if (can_be_shown(name) &&
	    schema->len < (size_t)sqlite3_limit(s->conn.handle, SQLITE_LIMIT_COLUMN, -1))
		schema->columns[schema->len++] = (struct table_column){
		    .name = name, .source_name = name};
	return 0;
}

static int find_table(struct sqlite_source *s, const char *table, struct mesh_err *err)
{
	struct query q = {"SELECT name, type FROM pragma_table_list(?1) WHERE schema = 'main'",
	    table, row_of_table};
	int rc = run(s, &q, err);

	if (rc == -EOPNOTSUPP)
		return mesh_err_set(err, rc,
		    "%s in the database %s is a virtual table, which is not read", table,
		    s->conn.label);
	if (rc == 0 && !s->table)
		return mesh_err_set(
		    err, -ENOENT, "the database %s has no table or view %s", s->conn.label, table);
	return rc;
}

/* Columns of a virtual table that are hidden are not among those of a table; generated ones are. */
static int read_schema(struct sqlite_source *s, const struct object *object, struct mesh_err *err)
{
	struct query encoding = {"SELECT encoding FROM pragma_encoding", NULL, row_of_encoding};
	struct query columns = {
	    "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid",
	    s->table, row_of_column};
	struct table_schema *schema = &s->base.schema;
	size_t max = (size_t)sqlite3_limit(s->conn.handle, SQLITE_LIMIT_COLUMN, -1);
	int rc = run(s, &encoding, err);

	if (rc < 0)
		return rc;
	schema->columns = arena_array(&s->base.arena, max, sizeof(*schema->columns));
	if (!schema->columns)
		return mesh_err_nomem(err);
	rc = run(s, &columns, err);
	source_apply_contract(schema, object);
	return rc;
}

static int open_source(struct sqlite_source *s, const struct sqlite_place *place, const char *table,
    const struct object *object, struct mesh_err *err)
{
	struct sqlite_place own = *place;
	int rc;

	own.rel = arena_strdup(&s->base.arena, place->rel);
	if (!own.rel)
		return mesh_err_nomem(err);
	rc = sqlite_conn_open(&s->conn, &own, err);
	if (rc == 0)
		rc = find_table(s, table, err);
	if (rc == 0)
		rc = read_schema(s, object, err);
	if (rc < 0)
		return rc;
	sqlite_conn_confine(&s->conn);
	return sqlite_state_version(&s->conn.state, s->base.version) < 0 ? mesh_err_nomem(err) : 0;
}

int sqlite_source_open(const struct sqlite_place *place, const char *table,
    const struct object *object, struct table_source **ret, struct mesh_err *err)
{
	struct sqlite_source *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return mesh_err_nomem(err);
	s->base.ops = &source_ops;
	s->conn.file.dir = -1;
	s->conn.lock.fd = -1;
	arena_init(&s->base.arena);
	rc = open_source(s, place, table, object, err);
	if (rc < 0) {
		close_source(&s->base);
		return rc;
	}
	*ret = &s->base;
	return 0;
}

int sqlite_source_version(
    const struct sqlite_place *place, char out[DIGEST_HEX_CAP], struct mesh_err *err)
{
	struct sqlite_file f;
	struct sqlite_state state;
	int rc = sqlite_file_find(&f, place, err);

	if (rc == 0) {
		rc = sqlite_state_read(&f, &state);
		if (rc < 0)
			rc = mesh_err_set(err, rc, "the database %s cannot be opened: %s",
			    place->rel, strerror(-rc));
	}
	if (rc == 0 && sqlite_state_version(&state, out) < 0)
		rc = mesh_err_nomem(err);
	sqlite_file_clear(&f);
	return rc;
}
