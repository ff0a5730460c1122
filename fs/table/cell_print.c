#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/when.h"
#include "fs/table/cell.h"

size_t cell_print_int(int64_t i, char out[CELL_NUMBER_CAP])
{
	char digits[CELL_NUMBER_CAP];
	char *p = digits + sizeof(digits);
	uint64_t rest = i < 0 ? -(uint64_t)i : (uint64_t)i;
	size_t len;

	do
		*--p = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (i < 0)
		*--p = '-';
	len = (size_t)(digits + sizeof(digits) - p);
	memcpy(out, p, len);
	return len;
}

#define PLACES 10000 /* four */

/* A number of at most 15 digits, four of them behind the point, is the only one as short that reads
 * back as its double: found so, printf need not be asked, which takes ten times as long. False:
 * another number. */
static bool print_short(double f, char out[CELL_NUMBER_CAP], int *ret_len)
{
	double scaled = f * PLACES;
	int64_t i;
	int len, fraction;

	if (!(fabs(scaled) < 1e15) || (f == 0 && signbit(f)))
		return false;
	i = (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
	if ((double)i / PLACES != f)
		return false;
	len = 0;
	if (i < 0)
		out[len++] = '-';
	i = i < 0 ? -i : i;
	len += (int)cell_print_int(i / PLACES, out + len);
	fraction = (int)(i % PLACES);
	if (fraction > 0)
		out[len++] = '.';
	for (int unit = PLACES / 10; fraction > 0; unit /= 10) {
		out[len++] = (char)('0' + fraction / unit);
		fraction %= unit;
	}
	*ret_len = len;
	return true;
}

/* 17 digits always read back (IEEE 754 binary64); fewer often do. */
size_t cell_print_real(double f, char out[CELL_NUMBER_CAP])
{
	int len = 0;

	if (isnan(f))
		return (size_t)(stpcpy(out, "NaN") - out);
	if (isinf(f))
		return (size_t)(stpcpy(out, f < 0 ? "-Infinity" : "Infinity") - out);
	if (print_short(f, out, &len))
		return (size_t)len;
	for (int digits = 15; digits <= 17; digits++) {
		len = snprintf(out, CELL_NUMBER_CAP, "%.*g", digits, f);
		if (strtod(out, NULL) == f)
			break;
	}
	return (size_t)len;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The offset behind the time of day, as RFC 3339 has it. */
static bool copy_zone(const char *s, size_t len, char **out)
{
	if (len == 0 || (len == 1 && (*s == 'Z' || *s == 'z'))) {
		*out = stpcpy(*out, "Z");
		return true;
	}
	if (*s != '+' && *s != '-')
		return false;
	if (len == 3)
		*out = stpcpy(mempcpy(*out, s, 3), ":00");
	else if (len == 5)
		*out = mempcpy(stpcpy(mempcpy(*out, s, 3), ":"), s + 3, 2);
	else if (len == 6)
		*out = mempcpy(*out, s, 6);
	else
		return false;
	**out = '\0';
	return true;
}

bool cell_time(const char *s, size_t len, char out[CELL_TIME_CAP])
{
	size_t i = 11;
	char *p;

	if (len < 10 || len > CELL_TIME_CAP - 8 || memchr(s, '\0', len))
		return false;
	p = mempcpy(out, s, 10);
	*p = '\0';
	if (len == 10)
		return true;
	if (s[10] != ' ' && s[10] != 'T' && s[10] != 't')
		return false;
	*p++ = 'T';
	while (i < len && (is_digit(s[i]) || s[i] == ':' || s[i] == '.'))
		*p++ = s[i++];
	return copy_zone(s + i, len - i, &p);
}

static struct cell text_cell(const char *s)
{
	return (struct cell){.type = CELL_TEXT, .s = s, .len = strlen(s)};
}

/* Masks leave no fraction of a second. */
static struct cell time_cell(int64_t ns, enum cell_meaning m, struct arena *a)
{
	char text[CELL_TIME_CAP];
	const char *copy;

	when_format(ns, 0, text, sizeof(text));
	if (m == CELL_MEANS_DATE)
		text[strlen("YYYY-MM-DD")] = '\0';
	copy = arena_strdup(a, text);
	return copy ? text_cell(copy) : (struct cell){.type = CELL_NULL};
}

struct cell cell_of_value(const struct value *v, enum cell_meaning m, struct arena *a)
{
	switch (v->type) {
	case VALUE_STRING:
		return text_cell(v->s);
	case VALUE_INT:
		return (struct cell){.type = CELL_INT, .i = v->i};
	case VALUE_BOOL:
		return (struct cell){.type = CELL_BOOL, .i = v->i};
	case VALUE_TIME:
		return time_cell(v->i, m, a);
	default:
		return (struct cell){.type = CELL_NULL};
	}
}
