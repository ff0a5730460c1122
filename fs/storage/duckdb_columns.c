#include "fs/storage/duckdb_columns.h"

#include <errno.h>
#include <string.h>

#include "fs/storage/duckdb_cells.h"
#include "fs/storage/duckdb_kind.h"
#include "fs/storage/duckdb_sql.h"

#define DEPTH_MAX 16

struct finder {
	const struct duckdb_columns_request *rq;
	struct arena *a;
	struct duckdb_columns *out;
	struct mesh_err *err;
};

/* What DESCRIBE is asked for: the table itself, or what is in a struct of it. */
struct level {
	const struct duckdb_column *within; /* NULL: the table */
	int depth;
};

static int describe(struct finder *f, const struct level *at);

/* ---- one column ---- */

static bool contract_knows_inside(const struct object *o, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; o && i < o->columns_len; i++)
		if (strncmp(o->columns[i].name, name, len) == 0 && o->columns[i].name[len] == '.')
			return true;
	return false;
}

static const char *expression(struct finder *f, const struct level *at, const char *name)
{
	const char *copy = NULL;
	struct buf sql;

	buf_init(&sql);
	if (at->within) {
		buf_printf(&sql, "struct_extract(%s, ", at->within->expr);
		duckdb_sql_text(&sql, name);
		buf_addc(&sql, ')');
	} else {
		duckdb_sql_name(&sql, name);
	}
	if (!buf_error(&sql))
		copy = arena_strdup(f->a, sql.data);
	buf_clear(&sql);
	return copy;
}

static int add(struct finder *f, const struct duckdb_column *c)
{
	if (f->out->len == DUCKDB_COLUMNS_MAX)
		return mesh_err_set(f->err, -EINVAL, "more than %d columns", DUCKDB_COLUMNS_MAX);
	f->out->items[f->out->len++] = *c;
	return 0;
}

static int found(struct finder *f, const struct level *at, const char *name, const char *type)
{
	struct duckdb_column c = {.type = type, .expr = expression(f, at, name)};

	c.name = at->within ? arena_printf(f->a, "%s.%s", at->within->name, name) : name;
	if (!c.name || !c.expr)
		return mesh_err_nomem(f->err);
	if (duckdb_kind_is_struct(type) && at->depth < DEPTH_MAX &&
	    contract_knows_inside(f->rq->object, c.name))
		return describe(f, &(struct level){.within = &c, .depth = at->depth + 1});
	return add(f, &c);
}

/* ---- what DESCRIBE says ---- */

struct described {
	const char *name, *type;
};

struct description {
	struct described *columns;
	size_t len;
};

/* DESCRIBE gives rows of column_name, column_type and more that is of no interest. */
static int take_rows(
    struct finder *f, struct duckdb_chunk *chunk, size_t cap, struct description *d)
{
	const struct duckdb_lib *lib = f->rq->session->lib;
	struct duckdb_cells name = {.type = DUCKDB_VARCHAR}, type = name;
	struct cell n, t;

	duckdb_cells_aim(&name, lib, lib->data_chunk_get_vector(chunk, 0));
	duckdb_cells_aim(&type, lib, lib->data_chunk_get_vector(chunk, 1));
	for (size_t i = 0; i < lib->data_chunk_get_size(chunk); i++) {
		duckdb_cells_get(&name, i, &n);
		duckdb_cells_get(&type, i, &t);
		if (n.type != CELL_TEXT || t.type != CELL_TEXT || memchr(n.s, '\0', n.len))
			return mesh_err_set(f->err, -EINVAL, "a column without a proper name");
		if (n.len == 0)
			continue; /* nobody could name it, not even here */
		if (d->len == cap)
			return mesh_err_set(f->err, -EINVAL, "more than %zu columns", cap);
		d->columns[d->len].name = arena_strndup(f->a, n.s, n.len);
		d->columns[d->len].type = arena_strndup(f->a, t.s, t.len);
		if (!d->columns[d->len].name || !d->columns[d->len].type)
			return mesh_err_nomem(f->err);
		d->len++;
	}
	return 0;
}

static int take_result(struct finder *f, struct duckdb_result *result, struct description *d)
{
	const struct duckdb_lib *lib = f->rq->session->lib;
	struct duckdb_chunk *chunk;
	int rc = 0;

	d->columns = arena_array(f->a, DUCKDB_COLUMNS_MAX, sizeof(*d->columns));
	if (!d->columns)
		return mesh_err_nomem(f->err);
	if (lib->column_count(result) < 2 || lib->column_type(result, 0) != DUCKDB_VARCHAR ||
	    lib->column_type(result, 1) != DUCKDB_VARCHAR)
		return mesh_err_set(f->err, -EIO, "DuckDB does not describe tables as expected");
	while (rc == 0 && (chunk = lib->fetch_chunk(*result))) {
		rc = take_rows(f, chunk, DUCKDB_COLUMNS_MAX, d);
		lib->destroy_data_chunk(&chunk);
	}
	return rc;
}

static int ask(struct finder *f, const struct level *at, struct description *d)
{
	struct duckdb_session *s = f->rq->session;
	struct duckdb_result result = {0};
	struct buf sql;
	int rc;

	buf_init(&sql);
	if (at->within)
		buf_printf(
		    &sql, "DESCRIBE SELECT unnest(%s) FROM %s", at->within->expr, f->rq->from);
	else
		buf_printf(&sql, "DESCRIBE SELECT * FROM %s", f->rq->from);
	rc = buf_error(&sql) ? mesh_err_nomem(f->err) : 0;
	if (rc == 0 && s->lib->query(s->connection, sql.data, &result) != 0)
		rc = duckdb_session_failed(s, &result, f->err);
	if (rc == 0)
		rc = take_result(f, &result, d);
	s->lib->destroy_result(&result);
	buf_clear(&sql);
	return rc;
}

static int describe(struct finder *f, const struct level *at)
{
	struct description d = {0};
	int rc = ask(f, at, &d);

	for (size_t i = 0; rc == 0 && i < d.len; i++)
		rc = found(f, at, d.columns[i].name, d.columns[i].type);
	return rc;
}

int duckdb_columns_find(const struct duckdb_columns_request *rq, struct arena *a,
    struct duckdb_columns *ret, struct mesh_err *err)
{
	struct finder f = {.rq = rq, .a = a, .out = ret, .err = err};

	*ret = (struct duckdb_columns){
	    .items = arena_array(a, DUCKDB_COLUMNS_MAX, sizeof(*ret->items))};
	if (!ret->items)
		return mesh_err_nomem(err);
	return describe(&f, &(struct level){0});
}
