#include <errno.h>
#include <stdlib.h>

#include "fs/table/cell.h"
#include "fs/table/out.h"
#include "fs/table/scan.h"

struct csv_writer {
	struct table_writer base;
	struct out out;
	char delimiter;
	const struct table_schema *schema; /* borrowed */
};

static struct csv_writer *self(struct table_writer *w)
{
	return (struct csv_writer *)w;
}

static bool is_plain(const char *s, size_t len, char delimiter)
{
	char last[SCAN_BLOCK] = {0};

	for (; len >= SCAN_BLOCK; s += SCAN_BLOCK, len -= SCAN_BLOCK)
		if (scan_block(s, delimiter))
			return false;
	memcpy(last, s, len);
	return scan_block(last, delimiter) == 0;
}

static void add_quoted(struct out *o, const char *s, size_t len)
{
	const char *end = s + len, *quote;

	out_addc(o, '"');
	while ((quote = memchr(s, '"', (size_t)(end - s)))) {
		out_add(o, s, (size_t)(quote + 1 - s));
		out_addc(o, '"');
		s = quote + 1;
	}
	out_add(o, s, (size_t)(end - s));
	out_addc(o, '"');
}

/* An empty text is "", which tells it from null. */
static void add_text(struct csv_writer *w, const char *s, size_t len)
{
	if (len > 0 && is_plain(s, len, w->delimiter))
		out_add(&w->out, s, len);
	else
		add_quoted(&w->out, s, len);
}

/* As PostgreSQL writes bytea: \x and hexadecimal digits. */
static void add_blob(struct out *o, const char *s, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	out_add(o, "\\x", 2);
	for (size_t i = 0; i < len; i++) {
		out_addc(o, digits[(unsigned char)s[i] >> 4]);
		out_addc(o, digits[s[i] & 15]);
	}
}

static void add_number(struct csv_writer *w, const struct cell *c)
{
	char text[CELL_NUMBER_CAP];
	size_t len = c->type == CELL_INT ? cell_print_int(c->i, text) : cell_print_real(c->f, text);

	add_text(w, text, len);
}

static void add_cell(struct csv_writer *w, const struct cell *c)
{
	switch (c->type) {
	case CELL_NULL:
		break;
	case CELL_TEXT:
	case CELL_JSON:
		add_text(w, c->s, c->len);
		break;
	case CELL_INT:
	case CELL_REAL:
		add_number(w, c);
		break;
	case CELL_BOOL:
		add_text(w, c->i ? "true" : "false", c->i ? 4 : 5);
		break;
	case CELL_BLOB:
		add_blob(&w->out, c->s, c->len);
		break;
	}
}

static int row(struct table_writer *base, const struct cell *cells, struct mesh_err *err)
{
	struct csv_writer *w = self(base);

	for (size_t i = 0; i < w->schema->len; i++) {
		if (i > 0)
			out_addc(&w->out, w->delimiter);
		add_cell(w, &cells[i]);
	}
	out_addc(&w->out, '\n');
	return w->out.error < 0 ? out_flush(&w->out, err) : 0;
}

static int finish(struct table_writer *base, struct mesh_err *err)
{
	return out_flush(&self(base)->out, err);
}

static void writer_close(struct table_writer *base)
{
	struct csv_writer *w = self(base);

	out_clear(&w->out);
	free(w);
}

static const struct table_writer_ops ops = {.row = row, .finish = finish, .close = writer_close};

/* Quoted where a reader would take the first bytes for a byte order mark. */
static void add_header(struct csv_writer *w)
{
	for (size_t i = 0; i < w->schema->len; i++) {
		const char *name = w->schema->columns[i].name;

		if (i > 0)
			out_addc(&w->out, w->delimiter);
		if (i == 0 && strncmp(name, "\xef\xbb\xbf", 3) == 0)
			add_quoted(&w->out, name, strlen(name));
		else
			add_text(w, name, strlen(name));
	}
	if (w->schema->len > 0)
		out_addc(&w->out, '\n');
}

int table_csv_writer(int fd, char delimiter, const struct table_schema *schema,
    struct table_writer **ret, struct mesh_err *err)
{
	struct csv_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return mesh_err_nomem(err);
	w->base.ops = &ops;
	w->delimiter = delimiter;
	w->schema = schema;
	if (out_init(&w->out, fd, err) < 0) {
		free(w);
		return -ENOMEM;
	}
	add_header(w);
	*ret = &w->base;
	return 0;
}
