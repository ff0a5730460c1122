#include "catalog/store/field.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "catalog/base/buf.h"
#include "catalog/base/when.h"

/* A member as what SQLite holds: text, or an integer, or NULL. */
struct stored {
	bool null, is_text;
	const char *text;
	int64_t number;
};

/* Kept as a name, because a domain that stays at its last good state must survive a change of the
 * ladder. */
static const char *class_name(const struct mesh *m, int rank)
{
	return rank >= 0 && (size_t)rank < m->classifications.len ? m->classifications.items[rank]
								  : NULL;
}

static struct stored stored_text(const char *text)
{
	return (struct stored){.is_text = true, .null = !text, .text = text};
}

static struct stored stored_number(int64_t number)
{
	return (struct stored){.number = number};
}

/* Each element and a newline, which no string of the model contains. */
static struct stored stored_list(const struct strlist *l, struct buf *scratch)
{
	if (l->len == 0)
		return stored_text(NULL);
	for (size_t i = 0; i < l->len; i++) {
		buf_puts(scratch, l->items[i]);
		buf_addc(scratch, '\n');
	}
	return stored_text(scratch->data ? scratch->data : "");
}

/* `scratch` holds the text of a list; its error is the caller's to look at. */
static struct stored stored_of(
    const struct layout_ctx *ctx, const struct field *f, const void *item, struct buf *scratch)
{
	const void *member = (const char *)item + f->offset;

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_NAME:
		return stored_text(*(const char *const *)member);
	case FIELD_LIST:
		return stored_list(member, scratch);
	case FIELD_RANK:
		return stored_text(class_name(ctx->mesh, *(const int *)member));
	case FIELD_INT:
		return stored_number(*(const int *)member);
	case FIELD_BITS:
		return stored_number(*(const uint32_t *)member);
	case FIELD_CHAR:
		return stored_number((unsigned char)*(const char *)member);
	case FIELD_BOOL:
		return stored_number(*(const bool *)member);
	case FIELD_TIME:
		if (*(const int64_t *)member == WHEN_NONE)
			return stored_text(NULL);
		return stored_number(*(const int64_t *)member);
	case FIELD_WIDE:
		return stored_number(*(const int64_t *)member);
	}
	return stored_text(NULL);
}

static int bind_stored(const struct stored *s, struct cell cell)
{
	if (s->null)
		return sqlite3_bind_null(cell.stmt, cell.index);
	if (s->is_text)
		return sqlite3_bind_text(cell.stmt, cell.index, s->text, -1, SQLITE_TRANSIENT);
	return sqlite3_bind_int64(cell.stmt, cell.index, s->number);
}

int field_bind(
    const struct layout_ctx *ctx, const struct field *f, const void *item, struct cell cell)
{
	struct buf scratch;

	buf_init(&scratch);

	struct stored s = stored_of(ctx, f, item, &scratch);
	int rc = buf_error(&scratch) ? SQLITE_NOMEM : bind_stored(&s, cell);

	buf_clear(&scratch);
	if (rc != SQLITE_OK)
		return db_fail(ctx->db, rc, ctx->err);
	if (s.null && f->type == FIELD_NAME)
		return mesh_err_set(
		    ctx->err, -EINVAL, "something without a %s cannot be stored", f->column);
	return 0;
}

void field_print(
    const struct layout_ctx *ctx, const struct field *f, const void *item, struct buf *out)
{
	struct buf scratch;

	if (f->undigested)
		return;
	buf_init(&scratch);

	struct stored s = stored_of(ctx, f, item, &scratch);

	if (s.null)
		buf_puts(out, "null\n");
	else if (s.is_text)
		buf_printf(out, "%zu:%s\n", strlen(s.text), s.text);
	else
		buf_printf(out, "%lld\n", (long long)s.number);
	if (buf_error(&scratch))
		out->error = buf_error(&scratch);
	buf_clear(&scratch);
}

/* ---- reading ---- */

static bool is_null(struct cell cell)
{
	return sqlite3_column_type(cell.stmt, cell.index) == SQLITE_NULL;
}

/* *ret is NULL for a null cell; else borrowed until the next step. */
static int text_of(const struct layout_ctx *ctx, struct cell cell, const char **ret)
{
	*ret = (const char *)sqlite3_column_text(cell.stmt, cell.index);
	return *ret || is_null(cell) ? 0 : mesh_err_nomem(ctx->err);
}

static int read_text(const struct layout_ctx *ctx, struct cell cell, const char **ret)
{
	const char *text;
	int rc = text_of(ctx, cell, &text);

	if (rc < 0 || !text)
		return rc;
	*ret = arena_strdup(ctx->arena, text);
	return *ret ? 0 : mesh_err_nomem(ctx->err);
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	while ((text = strchr(text, '\n'))) {
		lines++;
		text++;
	}
	return lines;
}

static int read_list(const struct layout_ctx *ctx, struct cell cell, struct strlist *ret)
{
	const char *text;
	int rc = text_of(ctx, cell, &text);

	if (rc < 0 || !text)
		return rc;

	size_t len = count_lines(text);
	const char **items = arena_array(ctx->arena, len, sizeof(*items));

	if (!items)
		return mesh_err_nomem(ctx->err);
	for (size_t i = 0; i < len; i++) {
		size_t bytes = strcspn(text, "\n");

		items[i] = arena_strndup(ctx->arena, text, bytes);
		if (!items[i])
			return mesh_err_nomem(ctx->err);
		text += bytes + 1;
	}
	*ret = (struct strlist){items, len};
	return 0;
}

static int read_rank(const struct layout_ctx *ctx, struct cell cell, int *ret)
{
	const char *name;
	int rc = text_of(ctx, cell, &name);

	if (rc < 0)
		return rc;

	int rank = name ? mesh_rank(ctx->mesh, name) : -1;

	/* Not on the ladder (any more): as sensitive as can be. */
	*ret = rank >= 0 ? rank : (int)ctx->mesh->classifications.len - 1;
	return 0;
}

/* *ret is written on success alone. */
static int read_within(
    const struct layout_ctx *ctx, struct cell cell, int64_t min, int64_t max, int64_t *ret)
{
	int64_t number = sqlite3_column_int64(cell.stmt, cell.index);

	if (number < min || number > max)
		return db_corrupt(ctx->db, "a number is out of range", ctx->err);
	*ret = number;
	return 0;
}

static int read_int(const struct layout_ctx *ctx, struct cell cell, int *ret)
{
	int64_t number = *ret;
	int rc = read_within(ctx, cell, INT_MIN, INT_MAX, &number);

	*ret = (int)number;
	return rc;
}

static int read_bits(const struct layout_ctx *ctx, struct cell cell, uint32_t *ret)
{
	int64_t number = *ret;
	int rc = read_within(ctx, cell, 0, UINT32_MAX, &number);

	*ret = (uint32_t)number;
	return rc;
}

static int read_char(const struct layout_ctx *ctx, struct cell cell, char *ret)
{
	int64_t number = *ret;
	int rc = read_within(ctx, cell, 0, 0x7f, &number);

	*ret = (char)number;
	return rc;
}

int field_read(const struct layout_ctx *ctx, const struct field *f, void *item, struct cell cell)
{
	void *member = (char *)item + f->offset;

	switch (f->type) {
	case FIELD_NAME:
		if (is_null(cell))
			return db_corrupt(ctx->db, "a name is missing", ctx->err);
		return read_text(ctx, cell, member);
	case FIELD_TEXT:
		return read_text(ctx, cell, member);
	case FIELD_LIST:
		return read_list(ctx, cell, member);
	case FIELD_RANK:
		return read_rank(ctx, cell, member);
	case FIELD_INT:
		return read_int(ctx, cell, member);
	case FIELD_BITS:
		return read_bits(ctx, cell, member);
	case FIELD_CHAR:
		return read_char(ctx, cell, member);
	case FIELD_BOOL:
		*(bool *)member = sqlite3_column_int(cell.stmt, cell.index) != 0;
		return 0;
	case FIELD_TIME:
		*(int64_t *)member = is_null(cell) ? WHEN_NONE
						   : sqlite3_column_int64(cell.stmt, cell.index);
		return 0;
	case FIELD_WIDE:
		*(int64_t *)member = sqlite3_column_int64(cell.stmt, cell.index);
		return 0;
	}
	return 0;
}
