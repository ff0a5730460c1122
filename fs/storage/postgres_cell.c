#include "fs/storage/postgres_cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"

/* Object identifiers of built-in types never change (pg_type.dat in PostgreSQL's source). */
enum postgres_kind postgres_kind_of(unsigned int oid, const char *logical_type)
{
	static const struct {
		unsigned int oid;
		enum postgres_kind kind;
	} known[] = {
	    {16, POSTGRES_BOOL}, {17, POSTGRES_BYTEA}, {20, POSTGRES_INT}, /* int8 */
	    {21, POSTGRES_INT}, /* int2 */
	    {23, POSTGRES_INT}, /* int4 */
	    {26, POSTGRES_INT}, /* oid */
	    {114, POSTGRES_JSON}, {700, POSTGRES_REAL}, /* float4 */
	    {701, POSTGRES_REAL}, /* float8 */
	    {1114, POSTGRES_TIMESTAMP}, {1184, POSTGRES_TIMESTAMP}, /* with time zone */
	    {3802, POSTGRES_JSON}, /* jsonb */
	};
	enum postgres_kind kind = POSTGRES_TEXT;

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (known[i].oid == oid)
			kind = known[i].kind;
	}
	return kind == POSTGRES_REAL && str_eq(logical_type, "number") ? POSTGRES_TEXT : kind;
}

static struct cell text(const char *s, size_t len)
{
	return (struct cell){.type = CELL_TEXT, .s = s, .len = len};
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Downwards, as the least integer has no positive twin. */
static struct cell integer(const char *s, size_t len)
{
	bool negative = len > 0 && s[0] == '-';
	int64_t v = 0;

	if (len == (size_t)negative)
		return text(s, len);
	for (size_t i = negative; i < len; i++) {
		if (!is_digit(s[i]) || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, s[i] - '0', &v))
			return text(s, len);
	}
	if (!negative && v == INT64_MIN)
		return text(s, len);
	return (struct cell){.type = CELL_INT, .i = negative ? v : -v};
}

static struct cell real(char *s, size_t len)
{
	char *end;
	double f;

	s[len] = '\0';
	f = strtod(s, &end);
	if (len == 0 || end != s + len || !isfinite(f))
		return text(s, len);
	return (struct cell){.type = CELL_REAL, .f = f};
}

static struct cell boolean(const char *s, size_t len)
{
	if (len != 1 || (s[0] != 't' && s[0] != 'f'))
		return text(s, len);
	return (struct cell){.type = CELL_BOOL, .i = s[0] == 't'};
}

/* 2026-11-22 23:30:00.5 and 2026-11-22 23:30:00.5+00; not "infinity" and not years BC. */
static struct cell timestamp(char *s, size_t len)
{
	size_t day = 0, end;

	while (day < len && (is_digit(s[day]) || s[day] == '-'))
		day++;
	if (day < strlen("YYYY-MM-DD") || day == len || s[day] != ' ')
		return text(s, len);
	for (end = day + 1; end < len && (is_digit(s[end]) || s[end] == ':' || s[end] == '.');)
		end++;
	if (end != len && (len - end != 3 || memcmp(s + end, "+00", 3) != 0))
		return text(s, len);
	s[day] = 'T';
	if (end == len)
		return text(s, len);
	s[end] = 'Z';
	return text(s, end + 1);
}

static int hex(char c)
{
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct cell bytea(char *s, size_t len)
{
	size_t n = 0;

	if (len < 2 || len % 2 != 0 || s[0] != '\\' || s[1] != 'x')
		return text(s, len);
	for (size_t i = 2; i < len; i++) {
		if (hex(s[i]) < 0)
			return text(s, len);
	}
	for (size_t i = 2; i < len; i += 2)
		s[n++] = (char)(hex(s[i]) << 4 | hex(s[i + 1]));
	return (struct cell){.type = CELL_BLOB, .s = s, .len = n};
}

struct cell postgres_cell(enum postgres_kind kind, char *s, size_t len)
{
	switch (kind) {
	case POSTGRES_TEXT:
		break;
	case POSTGRES_INT:
		return integer(s, len);
	case POSTGRES_REAL:
		return real(s, len);
	case POSTGRES_BOOL:
		return boolean(s, len);
	case POSTGRES_TIMESTAMP:
		return timestamp(s, len);
	case POSTGRES_JSON:
		return (struct cell){.type = CELL_JSON, .s = s, .len = len};
	case POSTGRES_BYTEA:
		return bytea(s, len);
	}
	return text(s, len);
}
