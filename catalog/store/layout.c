#include "catalog/store/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/store/field.h"
#include "catalog/store/stmt.h"

/* Where a struct stands: the keys of its ancestors and its own position. */
struct place {
	int64_t keys[LAYOUT_MAX_KEYS];
	size_t len;
};

static struct place place_below(const struct place *at, size_t position)
{
	struct place below = *at;

	below.keys[below.len++] = (int64_t)position;
	return below;
}

/* The statement is kept under an address in the layout: of the whole (insert) or of its size
 * (select). */
static int prepare(
    const struct layout_ctx *ctx, const void *key, const struct buf *sql, sqlite3_stmt **ret)
{
	if (buf_error(sql))
		return mesh_err_nomem(ctx->err);
	return db_prepare(ctx->db, key, sql->data, ret, ctx->err);
}

static int insert_statement(
    const struct layout_ctx *ctx, const struct layout *r, sqlite3_stmt **ret)
{
	*ret = db_cached(ctx->db, r);
	if (*ret)
		return 0;

	struct buf sql;

	buf_init(&sql);
	buf_printf(&sql, "INSERT INTO %s (", r->table);
	for (size_t i = 0; i < r->keys_len; i++)
		buf_printf(&sql, "%s%s", i ? ", " : "", r->keys[i]);
	for (size_t i = 0; i < r->fields_len; i++)
		buf_printf(&sql, ", %s", r->fields[i].column);
	buf_puts(&sql, ") VALUES (?");
	for (size_t i = 1; i < r->keys_len + r->fields_len; i++)
		buf_puts(&sql, ", ?");
	buf_puts(&sql, ")");

	int rc = prepare(ctx, r, &sql, ret);

	buf_clear(&sql);
	return rc;
}

/* The root by its key; children by the keys of their parent, in order of position. */
static int select_statement(
    const struct layout_ctx *ctx, const struct layout *r, sqlite3_stmt **ret)
{
	const void *key = &r->size;

	*ret = db_cached(ctx->db, key);
	if (*ret)
		return 0;

	struct buf sql;
	size_t given = r->keys_len > 1 ? r->keys_len - 1 : 1;

	buf_init(&sql);
	buf_puts(&sql, "SELECT ");
	for (size_t i = 0; i < r->fields_len; i++)
		buf_printf(&sql, "%s%s", i ? ", " : "", r->fields[i].column);
	buf_printf(&sql, " FROM %s WHERE", r->table);
	for (size_t i = 0; i < given; i++)
		buf_printf(&sql, "%s %s = ?", i ? " AND" : "", r->keys[i]);
	if (r->keys_len > 1)
		buf_printf(&sql, " ORDER BY %s", r->keys[r->keys_len - 1]);

	int rc = prepare(ctx, key, &sql, ret);

	buf_clear(&sql);
	return rc;
}

static const void *member_of(const void *item, size_t offset)
{
	return (const char *)item + offset;
}

/* ---- writing ---- */

static int insert(
    const struct layout_ctx *ctx, const struct layout *r, const struct place *at, const void *item)
{
	struct stmt q = {.db = ctx->db, .err = ctx->err};
	int rc = insert_statement(ctx, r, &q.handle);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == SQLITE_OK && i < at->len; i++)
		rc = sqlite3_bind_int64(q.handle, (int)i + 1, at->keys[i]);
	if (rc != SQLITE_OK)
		rc = db_fail(ctx->db, rc, ctx->err);
	for (size_t i = 0; rc == 0 && i < r->fields_len; i++)
		rc = field_bind(
		    ctx, &r->fields[i], item, (struct cell){q.handle, (int)(at->len + i) + 1});
	if (rc == 0)
		rc = stmt_next(&q);
	stmt_end(&q);
	return rc;
}

static int write_tree(
    const struct layout_ctx *ctx, const struct layout *r, const struct place *at, const void *item)
{
	int rc = insert(ctx, r, at, item);

	for (size_t c = 0; rc == 0 && c < r->children_len; c++) {
		const struct child *child = &r->children[c];
		const char *items = *(const char *const *)member_of(item, child->items);
		size_t len = *(const size_t *)member_of(item, child->len);

		for (size_t i = 0; rc == 0 && i < len; i++) {
			struct place below = place_below(at, i);

			rc = write_tree(
			    ctx, child->layout, &below, items + i * child->layout->size);
		}
	}
	return rc;
}

int layout_write(
    const struct layout_ctx *ctx, const struct layout *r, int64_t key, const void *item)
{
	struct place at = {.keys = {key}, .len = 1};

	return write_tree(ctx, r, &at, item);
}

/* ---- reading ---- */

/* Items of one array while their number is not known yet. */
struct heap {
	char *items; /* owned */
	size_t len, cap;
};

static void *heap_next(struct heap *h, size_t size)
{
	if (h->len == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 8;
		char *items = reallocarray(h->items, cap, size);

		if (!items)
			return NULL;
		h->items = items;
		h->cap = cap;
	}

	void *item = h->items + h->len++ * size;

	memset(item, 0, size);
	return item;
}

static int read_fields(
    const struct layout_ctx *ctx, const struct layout *r, struct stmt *q, void *item)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->fields_len; i++)
		rc = field_read(ctx, &r->fields[i], item, (struct cell){q->handle, (int)i});
	return rc;
}

static int begin_select(
    const struct layout_ctx *ctx, const struct layout *r, const struct place *at, struct stmt *q)
{
	*q = (struct stmt){.db = ctx->db, .err = ctx->err};

	int rc = select_statement(ctx, r, &q->handle);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == SQLITE_OK && i < at->len; i++)
		rc = sqlite3_bind_int64(q->handle, (int)i + 1, at->keys[i]);
	if (rc == SQLITE_OK)
		return 0;
	stmt_end(q);
	return db_fail(ctx->db, rc, ctx->err);
}

static int select_rows(
    const struct layout_ctx *ctx, const struct layout *r, const struct place *at, struct heap *h)
{
	struct stmt q;
	int rc = begin_select(ctx, r, at, &q);

	while (rc == 0 && (rc = stmt_next(&q)) > 0) {
		void *item = heap_next(h, r->size);

		rc = item ? read_fields(ctx, r, &q, item) : mesh_err_nomem(ctx->err);
	}
	stmt_end(&q);
	return rc;
}

static int read_children(
    const struct layout_ctx *ctx, const struct layout *r, const struct place *at, void *item);

static int read_array(
    const struct layout_ctx *ctx, const struct child *child, const struct place *at, void *parent)
{
	const struct layout *r = child->layout;
	struct heap h = {0};
	char *items = NULL;
	int rc = select_rows(ctx, r, at, &h);

	if (rc == 0 && h.len > 0) {
		items = arena_array(ctx->arena, h.len, r->size);
		if (items)
			memcpy(items, h.items, h.len * r->size);
		else
			rc = mesh_err_nomem(ctx->err);
	}
	free(h.items);
	for (size_t i = 0; rc == 0 && i < h.len; i++) {
		struct place below = place_below(at, i);

		rc = read_children(ctx, r, &below, items + i * r->size);
	}
	if (rc == 0) {
		*(char **)((char *)parent + child->items) = items;
		*(size_t *)((char *)parent + child->len) = h.len;
	}
	return rc;
}

static int read_children(
    const struct layout_ctx *ctx, const struct layout *r, const struct place *at, void *item)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->children_len; i++)
		rc = read_array(ctx, &r->children[i], at, item);
	return rc;
}

/* The root is read in place: it may hold members that are no columns. */
int layout_read(const struct layout_ctx *ctx, const struct layout *r, int64_t key, void *item)
{
	struct place at = {.keys = {key}, .len = 1};
	struct stmt q;
	int rc = begin_select(ctx, r, &at, &q);

	if (rc == 0)
		rc = stmt_next(&q);
	if (rc == 0)
		rc = mesh_err_set(
		    ctx->err, -ENOENT, "the catalog has no %s %lld", r->table, (long long)key);
	else if (rc > 0)
		rc = read_fields(ctx, r, &q, item);
	stmt_end(&q);
	return rc < 0 ? rc : read_children(ctx, r, &at, item);
}

/* ---- comparing ---- */

void layout_print(
    const struct layout_ctx *ctx, const struct layout *r, const void *item, struct buf *out)
{
	for (size_t i = 0; i < r->fields_len; i++)
		field_print(ctx, &r->fields[i], item, out);
	for (size_t c = 0; c < r->children_len; c++) {
		const struct child *child = &r->children[c];
		const char *items = *(const char *const *)member_of(item, child->items);
		size_t len = *(const size_t *)member_of(item, child->len);

		buf_printf(out, "[%zu]\n", len);
		for (size_t i = 0; i < len; i++)
			layout_print(ctx, child->layout, items + i * child->layout->size, out);
	}
}
