#include "fs/storage/sql_maker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const char *vtext(struct sql_maker *m, const char *fmt, va_list args)
{
	char *text = NULL;
	va_list again;
	int len;

	if (m->error < 0)
		return "";
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	if (len < 0 || (m->bytes += (size_t)len) > SQL_MAX_BYTES)
		m->error = -E2BIG;
	else
		text = arena_alloc(m->a, (size_t)len + 1);
	if (text)
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	else if (m->error == 0)
		m->error = -ENOMEM;
	va_end(again);
	return text ? text : "";
}

const char *sql_maker_text(struct sql_maker *m, const char *fmt, ...)
{
	va_list args;
	const char *text;

	va_start(args, fmt);
	text = vtext(m, fmt, args);
	va_end(args);
	return text;
}

/* As an escape string, which is read alike under every setting of the server. */
static const char *constant(struct sql_maker *m, const struct value *v)
{
	const char *text = "";
	struct buf b;

	if (v->type == VALUE_INT)
		return sql_maker_text(m, "'%lld'::bigint", (long long)v->i);
	buf_init(&b);
	for (const char *s = v->s; *s; s++) {
		if (*s == '\'' || *s == '\\')
			buf_addc(&b, *s);
		buf_addc(&b, *s);
	}
	if (buf_error(&b))
		m->error = -ENOMEM;
	else
		text = sql_maker_text(m, "E'%s'::text", b.data ? b.data : "");
	buf_clear(&b);
	return text;
}

const char *sql_maker_param(struct sql_maker *m, struct value v)
{
	bool postgres = m->ask->dialect == SQL_POSTGRES;

	if (postgres && m->ask->inlined)
		return constant(m, &v);
	if (m->params_len == SQL_MAX_PARAMS)
		m->error = m->error < 0 ? m->error : -E2BIG;
	if (m->error < 0)
		return "";
	m->params[m->params_len++] = v;
	return sql_maker_text(m, postgres ? "$%zu::%s" : "?%zu", m->params_len,
	    v.type == VALUE_STRING ? "text" : "bigint");
}

struct sql_part sql_maker_part(struct sql_maker *m, bool exact, const char *fmt, ...)
{
	va_list args;
	const char *text;

	va_start(args, fmt);
	text = vtext(m, fmt, args);
	va_end(args);
	return m->error < 0 ? (struct sql_part){.kind = SQL_ALL}
			    : (struct sql_part){SQL_TEXT, text, exact};
}

const char *sql_maker_plain(struct sql_maker *m, const char *x)
{
	return m->ask->dialect == SQL_POSTGRES ? x : sql_maker_text(m, "+%s", x);
}
