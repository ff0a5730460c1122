#include "fs/render/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/when.h"

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/*
 * CommonMark 0.30, section 2.4 lets any ASCII punctuation be escaped. Escaped are those that begin
 * something in the middle of a line: code, emphasis, links and images, HTML, an escape, the next
 * cell of a table. '_' is left alone: inside a word, as in customer_id, it means nothing.
 */
static bool is_markup(char c)
{
	return strchr("\\`*[]<|~", c) != NULL;
}

static bool ends_marker(char c)
{
	return c == ' ' || c == '\0' || is_control(c);
}

/*
 * Escapes what would make the line a heading, a quotation, a list, a rule or an underline. Returns
 * the length that is done.
 */
static size_t add_line_start(struct buf *out, const char *s)
{
	size_t digits = strspn(s, "0123456789");

	if (s[0] && strchr("#>+-=_", s[0])) {
		buf_printf(out, "\\%c", s[0]);
		return 1;
	}
	if (digits && (s[digits] == '.' || s[digits] == ')') && ends_marker(s[digits + 1])) {
		buf_add(out, s, digits);
		buf_printf(out, "\\%c", s[digits]);
		return digits + 1;
	}
	return 0;
}

void text_markdown(struct buf *out, const char *s)
{
	for (; s && *s; s++) {
		if (is_markup(*s))
			buf_addc(out, '\\');
		buf_addc(out, is_control(*s) ? ' ' : *s);
	}
}

void text_markdown_line(struct buf *out, const char *s)
{
	/* Four blanks in front would make it code. */
	while (*s == ' ' || (*s && is_control(*s)))
		s++;
	s += add_line_start(out, s);
	text_markdown(out, s);
}

void text_url(struct buf *out, const char *path)
{
	for (const unsigned char *c = (const unsigned char *)path; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		    (*c >= '0' && *c <= '9') || strchr("-._~/", *c);

		if (plain)
			buf_addc(out, (char)*c);
		else
			buf_printf(out, "%%%02X", *c);
	}
}

const char *text_date(int64_t ns, char out[TEXT_DATE_CAP])
{
	out[0] = '\0';
	if (ns == WHEN_NONE)
		return out;
	when_format(ns, 0, out, TEXT_DATE_CAP);
	out[strcspn(out, "T")] = '\0';
	return out;
}

const char *text_class(const struct mesh *m, int rank)
{
	return m && rank >= 0 && (size_t)rank < m->classifications.len
	    ? m->classifications.items[rank]
	    : "";
}

const char *text_join(struct arena *a, const struct strlist *l)
{
	size_t len = 1, at = 0;
	char *out;

	for (size_t i = 0; i < l->len; i++)
		len += strlen(l->items[i]) + 2;
	out = arena_alloc(a, len);
	for (size_t i = 0; out && i < l->len; i++) {
		size_t n = strlen(l->items[i]);

		if (i > 0) {
			out[at++] = ',';
			out[at++] = ' ';
		}
		memcpy(out + at, l->items[i], n);
		at += n;
	}
	return out;
}

void text_yaml_list(struct buf *out, const struct strlist *l)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < l->len; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		buf_yaml(out, l->items[i]);
	}
	buf_addc(out, ']');
}

void text_yaml_printf(struct buf *out, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		out->error = -ENOMEM;
		return;
	}
	buf_yaml(out, text);
	free(text);
}

void text_yaml_comment(struct buf *out, const char *s)
{
	buf_puts(out, "# ");
	for (; *s; s++)
		buf_addc(out, is_control(*s) ? ' ' : *s);
	buf_addc(out, '\n');
}

static void yaml_decimal(struct buf *out, int64_t i)
{
	uint64_t n = i < 0 ? -(uint64_t)i : (uint64_t)i;

	buf_printf(out, "%s%" PRIu64 ".%04" PRIu64, i < 0 ? "-" : "", n / 10000, n % 10000);
}

static void yaml_scalar(struct buf *out, const struct value *v)
{
	char time[TEXT_DATE_CAP];

	switch (v->type) {
	case VALUE_BOOL:
		buf_puts(out, v->i ? "true" : "false");
		return;
	case VALUE_INT:
		buf_printf(out, "%" PRId64, v->i);
		return;
	case VALUE_DECIMAL:
		yaml_decimal(out, v->i);
		return;
	case VALUE_STRING:
		buf_yaml(out, v->s);
		return;
	case VALUE_TIME:
		when_format(v->i, v->i % WHEN_NS_PER_SEC ? 9 : 0, time, sizeof(time));
		buf_puts(out, time);
		return;
	case VALUE_MISSING:
	case VALUE_NULL:
	case VALUE_SET:
		break;
	}
	buf_puts(out, "null");
}

void text_yaml_value(struct buf *out, const struct value *v)
{
	if (v->type != VALUE_SET) {
		yaml_scalar(out, v);
		return;
	}
	buf_addc(out, '[');
	for (size_t i = 0; i < v->set_len; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		yaml_scalar(out, &v->set[i]);
	}
	buf_addc(out, ']');
}

void text_json_list(struct buf *out, const struct strlist *l)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < l->len; i++) {
		buf_puts(out, i > 0 ? ", " : "");
		buf_json(out, l->items[i]);
	}
	buf_addc(out, ']');
}
