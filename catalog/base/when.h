#ifndef CATALOG_BASE_WHEN_H
#define CATALOG_BASE_WHEN_H

/*
 * Points in time as nanoseconds since the epoch (UTC), dates, durations and zones. Parses and
 * prints; reads no clock, except when_now_ns, which is the one place that does. Zones are read from
 * the system's zoneinfo.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/base/err.h"

#define WHEN_NS_PER_SEC 1000000000LL
#define WHEN_NONE INT64_MIN /* "no such time" in fields that are optional */

/* CLOCK_REALTIME, as nanoseconds since the epoch. */
int64_t when_now_ns(void);

/* Parses RFC 3339 (date-time with zone; a space for T and a missing seconds part are refused) or a
 * bare date, which is midnight UTC. A fraction is cut to nanoseconds; a leap second is the second
 * after it. Returns 0, or -EINVAL, also for times that 64 bits do not hold (before 1677-09-22,
 * after 2262-04-11), and leaves *ret_ns alone. */
int when_parse(const char *s, int64_t *ret_ns);

/* True only for YYYY-MM-DD, a real date. */
bool when_is_date(const char *s);

/* Writes YYYY-MM-DDTHH:MM:SSZ, or with `ns_digits` (3, 6 or 9) a fraction, always NUL-terminated;
 * cap >= 36. */
void when_format(int64_t ns, int ns_digits, char *out, int cap);

/* Parses an ISO 8601 duration in weeks, days, hours, minutes, seconds (P90D, PT1H, P2W) and years
 * and months counted as 365 and 30 days; whole numbers, the units in falling order. Returns 0, or
 * -EINVAL, also where 64 bits do not hold the result, and leaves *ret_ns alone. */
int when_parse_duration(const char *s, int64_t *ret_ns);

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar (`month` 1..12), and the way
 * back. */
int64_t when_days(int64_t year, int month, int day);
void when_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day);

struct when_zone;

/* Loads a zone by its IANA name ("Europe/Berlin") from the zoneinfo directory; "UTC" needs no file.
 * Fails with -ENOENT for an unknown name, -EINVAL for a bad name or file, another negative errno
 * where the file cannot be read, -ENOMEM. *ret is written on success only. Free with
 * when_zone_free. */
int when_zone_new(const char *name, struct when_zone **ret, struct mesh_err *err);

/* Makes a zone of the bytes of a TZif file, version 2 or later (RFC 8536); files that count leap
 * seconds are refused. -EINVAL with the reason in `err`, or -ENOMEM. The bytes are not kept. */
int when_zone_parse(const void *data, size_t len, struct when_zone **ret, struct mesh_err *err);
void when_zone_free(struct when_zone *z);

struct when_local {
	int weekday; /* 1 Monday ... 7 Sunday (ISO 8601) */
	int minute_of_day; /* 0..1439 */
	int year, month, day;
};

/* The local calendar of `ns` in `z` (NULL: UTC). Pure; any thread. */
void when_local(const struct when_zone *z, int64_t ns, struct when_local *ret);

#endif
