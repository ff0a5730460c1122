#include "catalog/base/when.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define SEC_PER_DAY 86400

int64_t when_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * WHEN_NS_PER_SEC + now.tv_nsec;
}

/*
 * Both ways between days and dates count years from 1 March, so that the leap day is the last of
 * its year, in eras of 400 years, which are 146097 days. 719468 days lie between 0000-03-01 and
 * 1970-01-01.
 */
int64_t when_days(int64_t year, int month, int day)
{
	if (month <= 2)
		year--;

	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

void when_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
	days += 719468;

	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era -
	    (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t march_month = (5 * day_of_year + 2) / 153;
	int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;

	*ret_year = (int)(year_of_era + era * 400 + (month <= 2));
	*ret_month = (int)month;
	*ret_day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
}

/* Takes exactly `width` digits from *s. False, *s somewhere, where there are fewer. */
static bool take_digits(const char **s, int width, int *ret)
{
	int value = 0;

	for (int i = 0; i < width; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		value = value * 10 + (**s - '0');
	}
	*ret = value;
	return true;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool date_exists(int year, int month, int day)
{
	int y, m, d;

	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	when_civil(when_days(year, month, day), &y, &m, &d);
	return m == month && d == day;
}

static bool take_date(const char **s, int64_t *ret_days)
{
	int year, month, day;

	if (!take_digits(s, 4, &year) || !take_char(s, '-') || !take_digits(s, 2, &month) ||
	    !take_char(s, '-') || !take_digits(s, 2, &day) || !date_exists(year, month, day))
		return false;
	*ret_days = when_days(year, month, day);
	return true;
}

struct time_of_day {
	int sec_of_day;
	int ns;
	bool leap; /* the second was 60 */
};

/* hh:mm:ss with an optional fraction. Whether a second 60 may stand there, only the offset
 * tells. */
static bool take_time(const char **s, struct time_of_day *ret)
{
	int hour, minute, sec;
	int ns = 0;

	if (!take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute) ||
	    !take_char(s, ':') || !take_digits(s, 2, &sec) || hour > 23 || minute > 59 || sec > 60)
		return false;
	if (take_char(s, '.')) {
		const char *first = *s;

		for (int unit = 100000000; **s >= '0' && **s <= '9'; unit /= 10)
			ns += (*(*s)++ - '0') * unit;
		if (*s == first)
			return false;
	}
	*ret = (struct time_of_day){hour * 3600 + minute * 60 + sec, ns, sec == 60};
	return true;
}

/* Z or +hh:mm or -hh:mm, as seconds east of UTC. */
static bool take_offset(const char **s, int *ret_sec)
{
	int hour, minute;

	*ret_sec = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;

	int sign = **s == '-' ? -1 : 1;

	if (!take_char(s, '-') && !take_char(s, '+'))
		return false;
	if (!take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute) ||
	    hour > 23 || minute > 59)
		return false;
	*ret_sec = sign * (hour * 3600 + minute * 60);
	return true;
}

bool when_is_date(const char *s)
{
	int64_t days;

	return s && take_date(&s, &days) && *s == '\0';
}

static int to_ns(int64_t sec, int ns, int64_t *ret_ns)
{
	int64_t total;

	if (__builtin_mul_overflow(sec, WHEN_NS_PER_SEC, &total) ||
	    __builtin_add_overflow(total, ns, &total) || total == WHEN_NONE)
		return -EINVAL;
	*ret_ns = total;
	return 0;
}

int when_parse(const char *s, int64_t *ret_ns)
{
	struct time_of_day tod;
	int64_t days;
	int offset;

	if (!s || !take_date(&s, &days))
		return -EINVAL;
	if (*s == '\0')
		return to_ns(days * SEC_PER_DAY, 0, ret_ns);
	if (!take_char(&s, 'T') && !take_char(&s, 't'))
		return -EINVAL;
	if (!take_time(&s, &tod) || !take_offset(&s, &offset) || *s != '\0')
		return -EINVAL;

	int64_t utc = days * SEC_PER_DAY + tod.sec_of_day - offset;

	/* RFC 3339, section 5.7: second 60 exists only as the last of a UTC day. */
	if (tod.leap && utc % SEC_PER_DAY != 0)
		return -EINVAL;
	return to_ns(utc, tod.ns, ret_ns);
}

void when_format(int64_t ns, int ns_digits, char *out, int cap)
{
	int64_t sec = ns / WHEN_NS_PER_SEC;
	int fraction = (int)(ns % WHEN_NS_PER_SEC);
	int year, month, day;

	if (cap <= 0)
		return;
	if (fraction < 0) {
		fraction += (int)WHEN_NS_PER_SEC;
		sec--;
	}

	int64_t days = sec / SEC_PER_DAY - (sec % SEC_PER_DAY < 0);
	int sec_of_day = (int)(sec - days * SEC_PER_DAY);
	char digits[16] = "";

	when_civil(days, &year, &month, &day);
	if (ns_digits == 3 || ns_digits == 6 || ns_digits == 9)
		(void)snprintf(digits, sizeof(digits), ".%09d", fraction);
	(void)snprintf(out, (size_t)cap, "%04d-%02d-%02dT%02d:%02d:%02d%.*sZ", year, month, day,
	    sec_of_day / 3600, sec_of_day / 60 % 60, sec_of_day % 60, ns_digits + 1, digits);
}

struct unit {
	char letter;
	bool after_t; /* stands behind the T */
	int64_t sec;
};

/* In the order in which ISO 8601 lets them stand; M means two things. */
static const struct unit units[] = {
    {'Y', false, 365LL * SEC_PER_DAY},
    {'M', false, 30LL * SEC_PER_DAY},
    {'W', false, 7LL * SEC_PER_DAY},
    {'D', false, SEC_PER_DAY},
    {'H', true, 3600},
    {'M', true, 60},
    {'S', true, 1},
};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

static bool take_number(const char **s, int64_t *ret)
{
	const char *first = *s;
	int64_t value = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, **s - '0', &value))
			return false;
	}
	*ret = value;
	return *s != first;
}

/* The index of the unit `letter` at or after `from`, or N_UNITS. */
static size_t find_unit(size_t from, char letter, bool after_t)
{
	while (from < N_UNITS && (units[from].letter != letter || units[from].after_t != after_t))
		from++;
	return from;
}

/* Takes one number with its unit, adds it to *total_sec, and moves *next behind that unit. */
static bool take_component(const char **s, bool after_t, size_t *next, int64_t *total_sec)
{
	int64_t n;

	if (!take_number(s, &n))
		return false;
	*next = find_unit(*next, **s, after_t);
	if (*next == N_UNITS || __builtin_mul_overflow(n, units[*next].sec, &n) ||
	    __builtin_add_overflow(*total_sec, n, total_sec))
		return false;
	(*s)++;
	(*next)++;
	return true;
}

int when_parse_duration(const char *s, int64_t *ret_ns)
{
	int64_t total_sec = 0;
	size_t next = 0;
	bool after_t = false;

	if (!s || *s++ != 'P')
		return -EINVAL;
	do {
		if (!after_t && take_char(&s, 'T'))
			after_t = true;
		if (!take_component(&s, after_t, &next, &total_sec))
			return -EINVAL;
	} while (*s != '\0');
	return to_ns(total_sec, 0, ret_ns);
}
