#include "fs/table/cell.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "catalog/base/when.h"
#include "fs/table/plan.h"

#define DECIMAL_PLACES 4

static const struct value null_value = {.type = VALUE_NULL};

enum cell_meaning cell_meaning(const char *logical_type)
{
	static const struct {
		const char *name;
		enum cell_meaning meaning;
	} known[] = {
	    {"string", CELL_MEANS_STRING},
	    {"time", CELL_MEANS_STRING},
	    {"integer", CELL_MEANS_INTEGER},
	    {"number", CELL_MEANS_NUMBER},
	    {"boolean", CELL_MEANS_BOOLEAN},
	    {"date", CELL_MEANS_DATE},
	    {"timestamp", CELL_MEANS_TIMESTAMP},
	    {"object", CELL_MEANS_NESTED},
	    {"array", CELL_MEANS_NESTED},
	};

	for (size_t i = 0; logical_type && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(logical_type, known[i].name) == 0)
			return known[i].meaning;
	return CELL_MEANS_ANY;
}

/* ---- text ---- */

static struct value number(enum value_type type, int64_t i)
{
	return (struct value){.type = type, .i = i};
}

/* Appends digits to *v, downwards, as the least integer has no positive twin. */
static bool add_digit(int64_t *v, int digit)
{
	return !__builtin_mul_overflow(*v, 10, v) && !__builtin_sub_overflow(*v, digit, v);
}

/* An optional sign and digits; with `places` > 0 also a fraction, of at most so many digits beside
 * final zeros. Scaled by 10^places. */
static bool parse_scaled(const char *s, size_t len, int places, int64_t *ret)
{
	const char *end = s + len;
	bool negative = s < end && *s == '-', point = false, ok = true;
	bool may_point = places > 0;
	size_t digits = 0;
	int64_t v = 0;

	if (s < end && (*s == '-' || *s == '+'))
		s++;
	for (; ok && s < end; s++) {
		bool is_digit = *s >= '0' && *s <= '9';

		digits += is_digit;
		if (*s == '.' && may_point && !point)
			point = true;
		else if (point && places == 0)
			ok = *s == '0';
		else
			ok = is_digit && add_digit(&v, *s - '0');
		places -= point && is_digit && places > 0;
	}
	for (; ok && places > 0; places--)
		ok = add_digit(&v, 0);
	if (!ok || digits == 0 || (!negative && v == INT64_MIN))
		return false;
	*ret = negative ? v : -v;
	return true;
}

static struct value text_number(const struct cell *c, enum value_type type)
{
	int64_t i;

	if (!parse_scaled(c->s, c->len, type == VALUE_DECIMAL ? DECIMAL_PLACES : 0, &i))
		return null_value;
	return number(type, i);
}

static struct value text_boolean(const struct cell *c)
{
	static const struct {
		const char *text;
		bool value;
	} known[] = {
	    {"true", true}, {"false", false}, {"t", true}, {"f", false}, {"1", true}, {"0", false}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].text) == c->len &&
		    strncasecmp(c->s, known[i].text, c->len) == 0)
			return number(VALUE_BOOL, known[i].value);
	return null_value;
}

static struct value text_string(const struct cell *c, struct arena *a)
{
	char *s;

	if (memchr(c->s, '\0', c->len))
		return null_value;
	s = arena_alloc(a, c->len + 1);
	if (!s)
		return null_value;
	memcpy(s, c->s, c->len);
	return (struct value){.type = VALUE_STRING, .s = s};
}

/* Its text where it is a date or timestamp, as the meaning says; else "". */
static const char *time_text(const struct cell *c, enum cell_meaning m, char out[CELL_TIME_CAP])
{
	int64_t ns;

	if (!cell_time(c->s, c->len, out))
		return "";
	if (when_is_date(out))
		return out;
	return m == CELL_MEANS_TIMESTAMP && when_parse(out, &ns) == 0 ? out : "";
}

static struct value text_time(const struct cell *c, enum cell_meaning m)
{
	char text[CELL_TIME_CAP];
	int64_t ns;

	if (when_parse(time_text(c, m, text), &ns) < 0)
		return null_value;
	return number(VALUE_TIME, ns);
}

static struct value of_text(const struct cell *c, enum cell_meaning m, struct arena *a)
{
	switch (m) {
	case CELL_MEANS_ANY:
	case CELL_MEANS_STRING:
		return text_string(c, a);
	case CELL_MEANS_INTEGER:
		return text_number(c, VALUE_INT);
	case CELL_MEANS_NUMBER:
		return text_number(c, VALUE_DECIMAL);
	case CELL_MEANS_BOOLEAN:
		return text_boolean(c);
	case CELL_MEANS_DATE:
	case CELL_MEANS_TIMESTAMP:
		return text_time(c, m);
	case CELL_MEANS_NESTED:
		break;
	}
	return null_value;
}

/* ---- what storage typed itself ---- */

static struct value of_int(int64_t i, enum cell_meaning m)
{
	int64_t scaled;

	if (m == CELL_MEANS_NUMBER && !__builtin_mul_overflow(i, 10000, &scaled))
		return number(VALUE_DECIMAL, scaled);
	if (m == CELL_MEANS_INTEGER || m == CELL_MEANS_ANY)
		return number(VALUE_INT, i);
	if (m == CELL_MEANS_BOOLEAN && (i == 0 || i == 1))
		return number(VALUE_BOOL, i);
	return null_value;
}

static struct value of_real(double f, enum cell_meaning m)
{
	char digits[CELL_NUMBER_CAP];
	struct cell text = {.type = CELL_TEXT, .s = digits};

	if (m != CELL_MEANS_NUMBER)
		return null_value;
	text.len = cell_print_real(f, digits);
	return text_number(&text, VALUE_DECIMAL);
}

struct value cell_value(const struct cell *c, enum cell_meaning m, struct arena *a)
{
	switch (c->type) {
	case CELL_TEXT:
		return of_text(c, m, a);
	case CELL_INT:
		return of_int(c->i, m);
	case CELL_REAL:
		return of_real(c->f, m);
	case CELL_BOOL:
		if (m == CELL_MEANS_BOOLEAN || m == CELL_MEANS_ANY)
			return number(VALUE_BOOL, c->i != 0);
		break;
	case CELL_NULL:
	case CELL_JSON:
	case CELL_BLOB:
		break;
	}
	return null_value;
}

struct value cell_time_text(const struct cell *c, enum cell_meaning m, struct arena *a)
{
	char text[CELL_TIME_CAP];
	struct cell time = {.type = CELL_TEXT, .s = text};

	if (c->type != CELL_TEXT || (m != CELL_MEANS_DATE && m != CELL_MEANS_TIMESTAMP))
		return cell_value(c, m, a);
	time.s = time_text(c, m, text);
	time.len = strlen(time.s);
	return time.len > 0 ? text_string(&time, a) : null_value;
}

struct value plan_value(const struct cell *c, const char *logical_type, struct arena *a)
{
	return cell_value(c, cell_meaning(logical_type), a);
}
