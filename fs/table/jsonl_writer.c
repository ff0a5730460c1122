#include <errno.h>
#include <stdlib.h>

#include "catalog/base/buf.h"
#include "fs/table/cell.h"
#include "fs/table/json_scan.h"
#include "fs/table/jsonl_shape.h"
#include "fs/table/out.h"

struct jsonl_writer {
	struct table_writer base;
	struct out out;
	struct jsonl_shape shape;
	struct arena arena; /* of the shape and the meanings */
	enum cell_meaning *meaning;
	size_t len;
	struct buf scratch;
};

static struct jsonl_writer *self(struct table_writer *w)
{
	return (struct jsonl_writer *)w;
}

/* ASCII that stands for itself between quotes. */
static bool is_plain(const char *s, size_t len)
{
	unsigned bad = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		bad |= (unsigned)(c < 0x20) | (unsigned)(c == '"') | (unsigned)(c == '\\') |
		    (unsigned)(c >= 0x7f);
	}
	return bad == 0;
}

static int add_string(struct jsonl_writer *w, const char *s, size_t len)
{
	if (is_plain(s, len)) {
		out_addc(&w->out, '"');
		out_add(&w->out, s, len);
		out_addc(&w->out, '"');
		return 0;
	}
	buf_reset(&w->scratch);
	buf_json_len(&w->scratch, s, len);
	if (buf_error(&w->scratch))
		return -ENOMEM;
	out_add(&w->out, w->scratch.data, w->scratch.len);
	return 0;
}

static bool is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(s, word, len) == 0;
}

/* A number or a boolean, where the column has such, is written as one. */
static int add_text(struct jsonl_writer *w, const struct cell *c, enum cell_meaning m)
{
	bool number = m == CELL_MEANS_INTEGER || m == CELL_MEANS_NUMBER;

	if ((number && json_scan_is_number(c->s, c->len)) ||
	    (m == CELL_MEANS_BOOLEAN &&
		(is_word(c->s, c->len, "true") || is_word(c->s, c->len, "false")))) {
		out_add(&w->out, c->s, c->len);
		return 0;
	}
	return add_string(w, c->s, c->len);
}

/* Line ends in JSON are nothing but blanks. What is no JSON is text. */
static int add_json(struct jsonl_writer *w, const struct cell *c)
{
	const char *s = c->s, *end = c->s + c->len;

	if (!json_scan_is_value(c->s, c->len) || !str_is_utf8(c->s, c->len))
		return add_string(w, c->s, c->len);
	while (s < end) {
		size_t n = 0;

		while (s + n < end && s[n] != '\n' && s[n] != '\r')
			n++;
		out_add(&w->out, s, n);
		if (s + n < end)
			out_addc(&w->out, ' ');
		s += n + (s + n < end);
	}
	return 0;
}

static int add_blob(struct jsonl_writer *w, const struct cell *c)
{
	static const char digits[] = "0123456789abcdef";

	out_add(&w->out, "\"\\\\x", 4);
	for (size_t i = 0; i < c->len; i++) {
		out_addc(&w->out, digits[(unsigned char)c->s[i] >> 4]);
		out_addc(&w->out, digits[c->s[i] & 15]);
	}
	out_addc(&w->out, '"');
	return 0;
}

static int add_number(struct jsonl_writer *w, const struct cell *c)
{
	char text[CELL_NUMBER_CAP];
	size_t len = c->type == CELL_INT ? cell_print_int(c->i, text) : cell_print_real(c->f, text);

	/* NaN and the infinities are no JSON. */
	if (json_scan_is_number(text, len))
		out_add(&w->out, text, len);
	else
		out_add(&w->out, "null", 4);
	return 0;
}

static int add_cell(struct jsonl_writer *w, const struct cell *c, enum cell_meaning m)
{
	switch (c->type) {
	case CELL_NULL:
		out_add(&w->out, "null", 4);
		return 0;
	case CELL_TEXT:
		return add_text(w, c, m);
	case CELL_JSON:
		return add_json(w, c);
	case CELL_BOOL:
		out_add(&w->out, c->i ? "true" : "false", c->i ? 4 : 5);
		return 0;
	case CELL_INT:
	case CELL_REAL:
		return add_number(w, c);
	case CELL_BLOB:
		return add_blob(w, c);
	}
	return 0;
}

static int row(struct table_writer *base, const struct cell *cells, struct mesh_err *err)
{
	struct jsonl_writer *w = self(base);

	for (size_t i = 0; i < w->len; i++) {
		const struct jsonl_part *before = &w->shape.before[i];

		out_add(&w->out, before->s, before->len);
		if (add_cell(w, &cells[i], w->meaning[i]) < 0)
			return mesh_err_nomem(err);
	}
	out_add(&w->out, w->shape.end.s, w->shape.end.len);
	return w->out.error < 0 ? out_flush(&w->out, err) : 0;
}

static int finish(struct table_writer *base, struct mesh_err *err)
{
	return out_flush(&self(base)->out, err);
}

static void writer_close(struct table_writer *base)
{
	struct jsonl_writer *w = self(base);

	buf_clear(&w->scratch);
	arena_clear(&w->arena);
	out_clear(&w->out);
	free(w);
}

static const struct table_writer_ops ops = {.row = row, .finish = finish, .close = writer_close};

static int build(struct jsonl_writer *w, const struct table_schema *schema)
{
	w->len = schema->len;
	w->meaning = arena_array(&w->arena, schema->len, sizeof(*w->meaning));
	if (!w->meaning)
		return -ENOMEM;
	for (size_t i = 0; i < schema->len; i++)
		w->meaning[i] = cell_meaning(schema->columns[i].logical_type);
	return jsonl_shape_build(schema, &w->arena, &w->shape);
}

int table_jsonl_writer(
    int fd, const struct table_schema *schema, struct table_writer **ret, struct mesh_err *err)
{
	struct jsonl_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return mesh_err_nomem(err);
	w->base.ops = &ops;
	arena_init(&w->arena);
	buf_init(&w->scratch);
	if (out_init(&w->out, fd, err) < 0 || build(w, schema) < 0) {
		writer_close(&w->base);
		return mesh_err_nomem(err);
	}
	*ret = &w->base;
	return 0;
}
