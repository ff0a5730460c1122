#include <stdio.h>

#include "catalog/base/when.h"
#include "catalog/policy/mask.h"

#define SECONDS_PER_DAY 86400

static int64_t floor_to(int64_t i, int64_t step)
{
	int64_t rest = i % step;

	return i - (rest < 0 ? rest + step : rest);
}

/* The first month of the unit that holds `month`; 0 for units of less than a month. */
static int first_month(enum date_unit unit, int month)
{
	switch (unit) {
	case UNIT_MONTH:
		return month;
	case UNIT_QUARTER:
		return month - (month - 1) % 3;
	case UNIT_YEAR:
		return 1;
	default:
		return 0;
	}
}

/* The day on which the unit that holds this day begins. */
static int64_t first_day(enum date_unit unit, int64_t day)
{
	int year, month, day_of_month;

	when_civil(day, &year, &month, &day_of_month);
	month = first_month(unit, month);
	return month == 0 ? day : when_days(year, month, 1);
}

/* Seconds cannot overflow where nanoseconds fit. */
static int64_t first_second(enum date_unit unit, int64_t sec)
{
	switch (unit) {
	case UNIT_SECOND:
		return sec;
	case UNIT_MINUTE:
		return floor_to(sec, 60);
	case UNIT_HOUR:
		return floor_to(sec, 3600);
	default:
		return first_day(unit, floor_to(sec, SECONDS_PER_DAY) / SECONDS_PER_DAY) *
		    SECONDS_PER_DAY;
	}
}

/* False where the start of the unit is before what 64 bits hold. */
static bool truncate_ns(enum date_unit unit, int64_t ns, int64_t *ret_ns)
{
	int64_t rest = ns % WHEN_NS_PER_SEC;
	int64_t sec = ns / WHEN_NS_PER_SEC - (rest < 0);

	return !__builtin_mul_overflow(first_second(unit, sec), WHEN_NS_PER_SEC, ret_ns);
}

/* A date needs no clock: it may lie outside of what nanoseconds hold, as 9999-12-31 does. */
static struct value truncate_date(enum date_unit unit, const char *s, struct arena *a)
{
	int year, month, day;
	char *text = NULL;

	if (sscanf(s, "%4d-%2d-%2d", &year, &month, &day) == 3) {
		int first = first_month(unit, month);

		text = arena_printf(
		    a, "%04d-%02d-%02d", year, first ? first : month, first ? 1 : day);
	}
	return (struct value){.type = text ? VALUE_STRING : VALUE_NULL, .s = text};
}

static struct value truncate_timestamp(enum date_unit unit, const char *s, struct arena *a)
{
	char text[40];
	const char *copy;
	int64_t ns;

	if (when_parse(s, &ns) || !truncate_ns(unit, ns, &ns))
		return (struct value){.type = VALUE_NULL};
	when_format(ns, 0, text, sizeof(text));
	copy = arena_strdup(a, text);
	return (struct value){.type = copy ? VALUE_STRING : VALUE_NULL, .s = copy};
}

struct value mask_date(enum date_unit unit, const struct value *v, struct arena *a)
{
	int64_t ns;

	if (v->type == VALUE_TIME && truncate_ns(unit, v->i, &ns))
		return (struct value){.type = VALUE_TIME, .i = ns};
	if (v->type != VALUE_STRING)
		return (struct value){.type = VALUE_NULL};
	return when_is_date(v->s) ? truncate_date(unit, v->s, a)
				  : truncate_timestamp(unit, v->s, a);
}
