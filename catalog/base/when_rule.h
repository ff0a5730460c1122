#ifndef CATALOG_BASE_WHEN_RULE_H
#define CATALOG_BASE_WHEN_RULE_H

/*
 * The TZ string of POSIX (Base Definitions, section 8.3) as the footer of a TZif file carries it
 * (RFC 8536, section 3.3, with the hours -167..167 of section 3.3.1): a standard offset and, where
 * a zone has daylight saving time, the two rules of the year. Knows no files; when_zone.c alone
 * uses it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When within a year the clocks change. */
struct when_rule_date {
	enum {
		WHEN_RULE_JULIAN, /* Jn: day 1..365, 29 February never counted */
		WHEN_RULE_DAY, /* n: day 0..365, 29 February counted */
		WHEN_RULE_WEEKDAY /* Mm.w.d: the w-th (5: last) weekday d (0: Sunday) of month m */
	} kind;
	int day;
	int month, week;
	int sec; /* local time of that day; may be negative or beyond 24 h */
};

struct when_rule {
	int std_sec; /* east of UTC */
	int dst_sec;
	bool has_dst;
	struct when_rule_date start, end; /* of daylight saving time, if has_dst */
};

/* Parses all of the `len` bytes. 0, or -EINVAL and *ret is left alone. */
int when_rule_parse(const char *s, size_t len, struct when_rule *ret);

/* Seconds east of UTC at `utc_sec` (seconds since the epoch, the year within 1..9999). */
int when_rule_offset(const struct when_rule *rule, int64_t utc_sec);

#endif
