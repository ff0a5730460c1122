#include "fs/storage/duckdb_iso.h"

#include <string.h>

#include "catalog/base/when.h"

#define SECONDS_PER_DAY 86400
#define US_PER_SECOND 1000000

/* ---- writing ---- */

static char *digits(char *p, int64_t i, int width)
{
	char reversed[24];
	int n = 0;

	while (i > 0 || n < width) {
		reversed[n++] = (char)('0' + i % 10);
		i /= 10;
	}
	while (n > 0)
		*p++ = reversed[--n];
	return p;
}

static char *put_date(char *p, int64_t days)
{
	int year, month, day;

	when_civil(days, &year, &month, &day);
	if (year < 0)
		*p++ = '-';
	p = digits(p, year < 0 ? -(int64_t)year : year, 4);
	*p++ = '-';
	p = digits(p, month, 2);
	*p++ = '-';
	return digits(p, day, 2);
}

static size_t put_infinity(bool negative, char *out)
{
	const char *text = negative ? "-infinity" : "infinity";

	return (size_t)(stpcpy(out, text) - out);
}

size_t duckdb_iso_date(int32_t days, char out[DUCKDB_ISO_CAP])
{
	if (days == INT32_MAX || days == -INT32_MAX)
		return put_infinity(days < 0, out);
	return (size_t)(put_date(out, days) - out);
}

static char *put_time(char *p, int64_t second)
{
	p = digits(p, second / 3600, 2);
	*p++ = ':';
	p = digits(p, second / 60 % 60, 2);
	*p++ = ':';
	return digits(p, second % 60, 2);
}

static int digits_of(int64_t per_second)
{
	int n = 0;

	for (; per_second > 1; per_second /= 10)
		n++;
	return n;
}

size_t duckdb_iso_timestamp(int64_t units, int64_t per_second, bool utc, char out[DUCKDB_ISO_CAP])
{
	int64_t per_day = per_second * SECONDS_PER_DAY;
	int64_t days = units / per_day, rest = units % per_day;
	char *p;

	/* Whole seconds in 64 bits reach beyond what any calendar counts. */
	if (units == INT64_MAX || units == -INT64_MAX || days > INT32_MAX || days < -INT32_MAX)
		return put_infinity(units < 0, out);
	if (rest < 0) {
		rest += per_day;
		days--;
	}
	p = put_date(out, days);
	*p++ = 'T';
	p = put_time(p, rest / per_second);
	if (rest % per_second != 0) {
		*p++ = '.';
		p = digits(p, rest % per_second, digits_of(per_second));
	}
	if (utc)
		*p++ = 'Z';
	return (size_t)(p - out);
}

/* ---- reading ---- */

struct scan {
	const char *s, *end;
};

static bool take_char(struct scan *in, const char *any_of)
{
	if (in->s == in->end || *in->s == '\0' || !strchr(any_of, *in->s))
		return false;
	in->s++;
	return true;
}

/* From `min` to `max` digits; returns their number, 0: fewer. */
static int take_number(struct scan *in, int min, int max, int *ret)
{
	int value = 0, n = 0;

	for (; n < max && in->s + n < in->end && in->s[n] >= '0' && in->s[n] <= '9'; n++)
		value = value * 10 + (in->s[n] - '0');
	if (n < min)
		return 0;
	in->s += n;
	*ret = value;
	return n;
}

static bool take_date(struct scan *in, int64_t *ret_days)
{
	bool negative = take_char(in, "-");
	int year, month, day, y, m, d;

	if (!take_number(in, 4, 7, &year) || !take_char(in, "-") ||
	    !take_number(in, 2, 2, &month) || !take_char(in, "-") || !take_number(in, 2, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1)
		return false;
	year = negative ? -year : year;
	*ret_days = when_days(year, month, day);
	when_civil(*ret_days, &y, &m, &d);
	return y == year && m == month && d == day;
}

static bool take_fraction(struct scan *in, int64_t *us)
{
	int64_t unit = US_PER_SECOND;
	bool any = false;

	for (; in->s < in->end && *in->s >= '0' && *in->s <= '9'; in->s++) {
		unit /= 10;
		*us += unit * (*in->s - '0');
		any = true;
	}
	return any;
}

static bool take_time(struct scan *in, int64_t *ret_us)
{
	int hour, minute, second = 0;
	int64_t us = 0;

	if (!take_number(in, 2, 2, &hour) || !take_char(in, ":") || !take_number(in, 2, 2, &minute))
		return false;
	if (take_char(in, ":")) {
		if (!take_number(in, 2, 2, &second))
			return false;
		if (take_char(in, ".") && !take_fraction(in, &us))
			return false;
	}
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_us = ((int64_t)hour * 3600 + minute * 60 + second) * US_PER_SECOND + us;
	return true;
}

static bool take_zone(struct scan *in, int64_t *ret_us)
{
	bool east = in->s < in->end && *in->s == '+';
	int hour, minute = 0;

	*ret_us = 0;
	if (in->s == in->end || take_char(in, "Zz"))
		return true;
	if (!take_char(in, "+-") || !take_number(in, 2, 2, &hour))
		return false;
	if (in->s < in->end) {
		(void)take_char(in, ":");
		if (!take_number(in, 2, 2, &minute))
			return false;
	}
	if (hour > 23 || minute > 59)
		return false;
	*ret_us = (int64_t)(hour * 60 + minute) * 60 * US_PER_SECOND;
	*ret_us = east ? *ret_us : -*ret_us;
	return true;
}

static bool is_infinity(const char *s, size_t len, bool *ret_negative)
{
	*ret_negative = len > 0 && *s == '-';
	s += *ret_negative;
	len -= *ret_negative;
	return len == strlen("infinity") && memcmp(s, "infinity", len) == 0;
}

bool duckdb_iso_parse_date(const char *s, size_t len, int32_t *ret_days)
{
	struct scan in = {s, s + len};
	int64_t days;
	bool negative;

	if (is_infinity(s, len, &negative)) {
		*ret_days = negative ? -INT32_MAX : INT32_MAX;
		return true;
	}
	if (!take_date(&in, &days) || in.s != in.end || days >= INT32_MAX || days <= -INT32_MAX)
		return false;
	*ret_days = (int32_t)days;
	return true;
}

bool duckdb_iso_parse_timestamp(const char *s, size_t len, int64_t *ret_us)
{
	struct scan in = {s, s + len};
	int64_t days, time_us = 0, zone_us = 0, us;
	bool negative;

	if (is_infinity(s, len, &negative)) {
		*ret_us = negative ? -INT64_MAX : INT64_MAX;
		return true;
	}
	if (!take_date(&in, &days))
		return false;
	if (in.s < in.end &&
	    (!take_char(&in, "Tt ") || !take_time(&in, &time_us) || !take_zone(&in, &zone_us)))
		return false;
	if (in.s != in.end ||
	    __builtin_mul_overflow(days, (int64_t)SECONDS_PER_DAY * US_PER_SECOND, &us) ||
	    __builtin_add_overflow(us, time_us - zone_us, &us))
		return false;
	*ret_us = us;
	return true;
}
