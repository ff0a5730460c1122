#include "fs/cmd/table.h"

#include <errno.h>
#include <string.h>

#include "catalog/base/str.h"

void table_init(struct table *t, const struct table_column *columns, size_t columns_len)
{
	memset(t, 0, sizeof(*t));
	arena_init(&t->arena);
	t->columns = columns;
	t->columns_len = columns_len;
}

void table_clear(struct table *t)
{
	arena_clear(&t->arena);
	memset(t, 0, sizeof(*t));
}

static bool grow(struct table *t)
{
	size_t cap = t->cap_rows ? t->cap_rows * 2 : 16;
	const char **cells = arena_array(&t->arena, cap * t->columns_len, sizeof(*cells));

	if (!cells)
		return false;
	if (t->rows > 0)
		memcpy(cells, t->cells, t->rows * t->columns_len * sizeof(*cells));
	t->cells = cells;
	t->cap_rows = cap;
	return true;
}

void table_add(struct table *t, const char *const *cells)
{
	if (t->oom || (t->rows == t->cap_rows && !grow(t))) {
		t->oom = true;
		return;
	}
	for (size_t i = 0; i < t->columns_len; i++) {
		const char *copy = arena_strdup(&t->arena, cells[i]);

		if (cells[i] && !copy)
			t->oom = true;
		t->cells[t->rows * t->columns_len + i] = copy;
	}
	t->rows++;
}

/* ---- text ---- */

static const char *shown(const char *cell)
{
	return cell && *cell ? cell : "-";
}

/* Appends the text without what would steer a terminal; returns its width in characters. */
static size_t add_text(struct buf *out, const char *s)
{
	size_t width = 0, len = strlen(s);

	while (len > 0) {
		uint32_t code = 0;
		size_t n = str_utf8_next(s, len, &code);

		if (n == 0 || code < ' ' || (code >= 0x7f && code < 0xa0)) {
			buf_addc(out, '?');
			n = n ? n : 1;
		} else {
			buf_add(out, s, n);
		}
		s += n;
		len -= n;
		width++;
	}
	return width;
}

static size_t width_of(const char *s)
{
	size_t width = 0, len = strlen(s);

	while (len > 0) {
		uint32_t code;
		size_t n = str_utf8_next(s, len, &code);

		n = n ? n : 1;
		s += n;
		len -= n;
		width++;
	}
	return width;
}

static size_t column_width(const struct table *t, size_t i)
{
	size_t width = t->with_heads ? width_of(t->columns[i].head) : 0;

	for (size_t r = 0; r < t->rows; r++) {
		size_t w = width_of(shown(t->cells[r * t->columns_len + i]));

		if (w > width)
			width = w;
	}
	return width;
}

static size_t last_shown(const struct table *t)
{
	size_t last = 0;

	for (size_t i = 0; i < t->columns_len; i++)
		if (t->columns[i].head)
			last = i;
	return last;
}

/* A line of cells; `cells` NULL: the heads. The last column is not filled up. */
static void print_line(
    const struct table *t, const char *const *cells, const size_t *widths, struct buf *out)
{
	size_t last = last_shown(t);

	for (size_t i = 0; i <= last; i++) {
		size_t width;

		if (!t->columns[i].head)
			continue;
		width = add_text(out, cells ? shown(cells[i]) : t->columns[i].head);
		if (i < last)
			buf_printf(out, "%*s", (int)(widths[i] - width) + 2, "");
	}
	buf_addc(out, '\n');
}

static void print_text(const struct table *t, struct buf *out)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0};

	for (size_t i = 0; i < t->columns_len; i++)
		if (t->columns[i].head)
			widths[i] = column_width(t, i);
	if (t->with_heads && t->rows > 0)
		print_line(t, NULL, widths, out);
	for (size_t r = 0; r < t->rows; r++)
		print_line(t, &t->cells[r * t->columns_len], widths, out);
}

/* ---- JSON ---- */

static void print_object(const struct table *t, const char *const *cells, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < t->columns_len; i++) {
		if (!t->columns[i].key)
			continue;
		buf_puts(out, first ? "{" : ", ");
		first = false;
		buf_json(out, t->columns[i].key);
		buf_puts(out, ": ");
		if (cells[i] && t->columns[i].number)
			buf_puts(out, cells[i]);
		else
			buf_json(out, cells[i]);
	}
	buf_addc(out, '}');
}

static void print_json(const struct table *t, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t r = 0; r < t->rows; r++) {
		buf_puts(out, r ? ",\n  " : "\n  ");
		print_object(t, &t->cells[r * t->columns_len], out);
	}
	buf_puts(out, t->rows ? "\n]\n" : "]\n");
}

void table_print(const struct table *t, enum opt_format format, struct buf *out)
{
	if (t->oom)
		out->error = -ENOMEM;
	else if (format == FORMAT_JSON)
		print_json(t, out);
	else
		print_text(t, out);
}
