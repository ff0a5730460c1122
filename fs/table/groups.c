#include "fs/table/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/buf.h"
#include "catalog/base/digest.h"
#include "fs/table/tally.h"

/* A row in the file: its length, then for each cell the type, and the number or the length and the
 * bytes. */

struct groups {
	size_t columns;
	struct spill rows;
	struct tally tally;
	struct digest_key *hash; /* owned: no secret, only a fast way to SHA-256 */
	struct buf row; /* as it lies in the file, without the length */
	struct cell *cells; /* owned */
};

int groups_new(size_t columns, struct groups **ret, struct mesh_err *err)
{
	struct groups *g = calloc(1, sizeof(*g));
	int rc;

	if (!g)
		return mesh_err_nomem(err);
	g->columns = columns;
	buf_init(&g->row);
	g->hash = digest_key_new("", 0);
	g->cells = calloc(columns + 1, sizeof(*g->cells));
	rc = g->hash && g->cells ? spill_init(&g->rows, err) : mesh_err_nomem(err);
	if (rc == 0)
		rc = tally_init(&g->tally, err);
	if (rc < 0) {
		groups_free(g);
		return rc;
	}
	*ret = g;
	return 0;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	spill_clear(&g->rows);
	tally_clear(&g->tally);
	digest_key_free(g->hash);
	buf_clear(&g->row);
	free(g->cells);
	free(g);
}

static bool has_bytes(enum cell_type type)
{
	return type == CELL_TEXT || type == CELL_JSON || type == CELL_BLOB;
}

/* Fixed-size, so that equal rows are equal bytes. */
static void put_cell(struct buf *b, const struct cell *c)
{
	uint64_t number = (uint64_t)c->i;

	buf_addc(b, (char)c->type);
	if (c->type == CELL_NULL)
		return;
	if (c->type == CELL_REAL)
		memcpy(&number, &c->f, sizeof(number));
	if (has_bytes(c->type))
		number = c->len;
	buf_add(b, &number, sizeof(number));
	if (has_bytes(c->type))
		buf_add(b, c->s, c->len);
}

int groups_add(struct groups *g, const struct cell *cells, struct mesh_err *err)
{
	uint8_t hash[DIGEST_BYTES];
	struct tally_print print;
	uint64_t len;
	int rc;

	buf_reset(&g->row);
	for (size_t i = 0; i < g->columns; i++)
		put_cell(&g->row, &cells[i]);
	if (buf_error(&g->row))
		return mesh_err_nomem(err);
	len = g->row.len;
	digest_key_hmac(g->hash, g->row.data, g->row.len, hash);
	memcpy(&print, hash, sizeof(print));
	rc = spill_add(&g->rows, &len, sizeof(len), err);
	if (rc == 0)
		rc = spill_add(&g->rows, g->row.data, g->row.len, err);
	return rc == 0 ? tally_add(&g->tally, &print, err) : rc;
}

/* ---- giving out ---- */

static const char *get_cell(const char *p, struct cell *ret)
{
	uint64_t number;

	*ret = (struct cell){.type = (enum cell_type) * p++};
	if (ret->type == CELL_NULL)
		return p;
	memcpy(&number, p, sizeof(number));
	p += sizeof(number);
	if (ret->type == CELL_REAL)
		memcpy(&ret->f, &number, sizeof(number));
	if (!has_bytes(ret->type)) {
		ret->i = (int64_t)number;
		return p;
	}
	ret->s = p;
	ret->len = (size_t)number;
	return p + ret->len;
}

#define AHEAD_BYTES ((size_t)256 << 10)

/* A part of the file in memory. */
struct ahead {
	const struct spill *file;
	uint64_t from;
	char *data; /* owned */
	size_t len, cap;
};

static int make_room(struct ahead *a, size_t len, struct mesh_err *err)
{
	char *data;

	if (len <= a->cap)
		return 0;
	data = realloc(a->data, len);
	if (!data)
		return mesh_err_nomem(err);
	a->data = data;
	a->cap = len;
	return 0;
}

/* *ret are the `len` bytes at `at`, until the next call. */
static int look(struct ahead *a, uint64_t at, size_t len, const char **ret, struct mesh_err *err)
{
	uint64_t left = a->file->len - at;
	size_t want = len > AHEAD_BYTES ? len : AHEAD_BYTES;
	int rc = 0;

	if (at < a->from || at + len > a->from + a->len) {
		want = left < want ? (size_t)left : want;
		a->len = 0;
		rc = make_room(a, want, err);
		if (rc == 0)
			rc = spill_read(a->file, at, a->data, want, err);
		if (rc < 0)
			return rc;
		a->from = at;
		a->len = want;
	}
	*ret = a->data + (at - a->from);
	return 0;
}

static int write_row(
    struct groups *g, const struct groups_out *out, const char *p, struct mesh_err *err)
{
	for (size_t i = 0; i < g->columns; i++)
		p = get_cell(p, &g->cells[i]);
	return out->writer->ops->row(out->writer, g->cells, err);
}

static int write_rows(
    struct groups *g, const struct groups_out *out, struct ahead *a, struct mesh_err *err)
{
	uint64_t at = 0, len, written = 0;
	const char *p;
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < g->tally.len; i++, at += sizeof(len) + len) {
		int enough = tally_enough(&g->tally, i, err);

		if (out->cancel && atomic_load_explicit(out->cancel, memory_order_relaxed))
			return mesh_err_set(err, -EINTR, "the rendering was cancelled");
		rc = enough < 0 ? enough : look(a, at, sizeof(len), &p, err);
		if (rc < 0)
			return rc;
		memcpy(&len, p, sizeof(len));
		if (!enough)
			continue;
		rc = look(a, at + sizeof(len), (size_t)len, &p, err);
		if (rc == 0)
			rc = write_row(g, out, p, err);
		written++;
		if (out->rows)
			atomic_store_explicit(out->rows, written, memory_order_relaxed);
		if (out->limit > 0 && written == out->limit)
			return rc;
	}
	return rc;
}

int groups_write(struct groups *g, const struct groups_out *out, struct mesh_err *err)
{
	struct ahead a = {.file = &g->rows};
	int rc = spill_flush(&g->rows, err);

	if (rc == 0)
		rc = tally_count(&g->tally, out->min, out->cancel, err);
	if (rc == 0)
		rc = write_rows(g, out, &a, err);
	free(a.data);
	return rc;
}
