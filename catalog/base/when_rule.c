#include "catalog/base/when_rule.h"

#include <errno.h>

#include "catalog/base/when.h"

#define SEC_PER_DAY 86400

/* What is left to parse; never read at or beyond `end`. */
struct cursor {
	const char *at;
	const char *end;
};

static char peek(const struct cursor *c)
{
	return c->at < c->end ? *c->at : '\0';
}

static bool take(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* A decimal number within `least`..`most`. */
static bool take_number(struct cursor *c, int least, int most, int *ret)
{
	const char *first = c->at;
	int value = 0;

	for (; peek(c) >= '0' && peek(c) <= '9'; c->at++) {
		value = value * 10 + (peek(c) - '0');
		if (value > most)
			return false;
	}
	*ret = value;
	return c->at != first && value >= least;
}

/* The abbreviation, which nobody asks for: three or more letters, or anything of letters, digits
 * and signs in <>. */
static bool skip_name(struct cursor *c)
{
	bool quoted = take(c, '<');
	const char *first = c->at;

	for (;; c->at++) {
		char ch = peek(c);
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
		bool other = (ch >= '0' && ch <= '9') || ch == '+' || ch == '-';

		if (!letter && !(quoted && other))
			break;
	}

	bool enough = c->at - first >= 3;

	return enough && (!quoted || take(c, '>'));
}

/* [+-]hh[:mm[:ss]], in seconds. */
static bool take_hms(struct cursor *c, int most_hours, int *ret_sec)
{
	int hours;
	int minutes = 0;
	int sec = 0;
	int sign = peek(c) == '-' ? -1 : 1;

	if (!take(c, '-'))
		(void)take(c, '+');
	if (!take_number(c, 0, most_hours, &hours))
		return false;
	if (take(c, ':')) {
		if (!take_number(c, 0, 59, &minutes))
			return false;
		if (take(c, ':') && !take_number(c, 0, 59, &sec))
			return false;
	}
	*ret_sec = sign * (hours * 3600 + minutes * 60 + sec);
	return true;
}

static bool take_date(struct cursor *c, struct when_rule_date *ret)
{
	*ret = (struct when_rule_date){.sec = 2 * 3600};
	if (take(c, 'J')) {
		ret->kind = WHEN_RULE_JULIAN;
		if (!take_number(c, 1, 365, &ret->day))
			return false;
	} else if (take(c, 'M')) {
		ret->kind = WHEN_RULE_WEEKDAY;
		if (!take_number(c, 1, 12, &ret->month) || !take(c, '.') ||
		    !take_number(c, 1, 5, &ret->week) || !take(c, '.') ||
		    !take_number(c, 0, 6, &ret->day))
			return false;
	} else {
		ret->kind = WHEN_RULE_DAY;
		if (!take_number(c, 0, 365, &ret->day))
			return false;
	}
	return !take(c, '/') || take_hms(c, 167, &ret->sec);
}

/* The part behind the standard offset. Without rules POSIX leaves the dates to the system:
 * refused. */
static bool take_dst(struct cursor *c, struct when_rule *rule)
{
	rule->has_dst = true;
	rule->dst_sec = rule->std_sec + 3600;
	if (!skip_name(c))
		return false;
	if (peek(c) != ',') {
		if (!take_hms(c, 24, &rule->dst_sec))
			return false;
		rule->dst_sec = -rule->dst_sec;
	}
	return take(c, ',') && take_date(c, &rule->start) && take(c, ',') &&
	    take_date(c, &rule->end);
}

int when_rule_parse(const char *s, size_t len, struct when_rule *ret)
{
	struct cursor c = {s, s + len};
	struct when_rule rule = {0};

	if (!skip_name(&c) || !take_hms(&c, 24, &rule.std_sec))
		return -EINVAL;
	rule.std_sec = -rule.std_sec; /* POSIX counts westward */
	if (c.at != c.end && !take_dst(&c, &rule))
		return -EINVAL;
	if (c.at != c.end)
		return -EINVAL;
	*ret = rule;
	return 0;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since the epoch of the w-th weekday of a month. */
static int64_t nth_weekday(const struct when_rule_date *date, int year)
{
	int64_t first = when_days(year, date->month, 1);
	int64_t next = date->month == 12 ? when_days(year + 1, 1, 1)
					 : when_days(year, date->month + 1, 1);
	int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday, 4 */
	int64_t day = first + (date->day - weekday + 7) % 7 + 7 * (date->week - 1);

	return day < next ? day : day - 7;
}

/* The instant of a change in `year`, given the offset that was in force before it. */
static int64_t change_sec(const struct when_rule_date *date, int year, int offset_sec)
{
	int64_t day = when_days(year, 1, 1);

	switch (date->kind) {
	case WHEN_RULE_JULIAN:
		day += date->day - 1 + (is_leap(year) && date->day >= 60);
		break;
	case WHEN_RULE_DAY:
		day += date->day;
		break;
	case WHEN_RULE_WEEKDAY:
		day = nth_weekday(date, year);
		break;
	}
	return day * SEC_PER_DAY + date->sec - offset_sec;
}

/*
 * The last change at or before the instant decides. Hours outside of 0..24 can move a change across
 * New Year, so that the years on both sides are asked too. Where an end and a start fall together,
 * daylight saving time goes on: so RFC 8536 writes a zone that never leaves it.
 */
int when_rule_offset(const struct when_rule *rule, int64_t utc_sec)
{
	int year, month, day;
	int64_t latest = INT64_MIN;
	int offset_sec = rule->std_sec;

	if (!rule->has_dst)
		return offset_sec;

	when_civil((utc_sec + rule->std_sec) / SEC_PER_DAY, &year, &month, &day);
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t start = change_sec(&rule->start, y, rule->std_sec);
		int64_t end = change_sec(&rule->end, y, rule->dst_sec);

		if (start <= utc_sec && start >= latest) {
			latest = start;
			offset_sec = rule->dst_sec;
		}
		if (end <= utc_sec && end > latest) {
			latest = end;
			offset_sec = rule->std_sec;
		}
	}
	return offset_sec;
}
