#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/when.h"
#include "catalog/base/when_rule.h"
#include "tests/lib/oom.h"

#define SEC WHEN_NS_PER_SEC
#define DAY_SEC 86400LL

static void parse_times(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
	    {"1970-01-01", 0},
	    {"1970-01-01T00:00:00Z", 0},
	    {"1969-12-31T23:59:59Z", -SEC},
	    {"2000-02-29", 951782400 * SEC},
	    {"2024-05-17T13:14:15Z", 1715951655 * SEC},
	    {"2024-05-17t13:14:15z", 1715951655 * SEC},
	    {"2024-05-17T15:14:15+02:00", 1715951655 * SEC},
	    {"2024-05-17T07:44:15-05:30", 1715951655 * SEC},
	    {"2024-05-17T13:14:15.5Z", 1715951655 * SEC + 500000000},
	    {"2024-05-17T13:14:15.123456789Z", 1715951655 * SEC + 123456789},
	    {"2024-05-17T13:14:15.1234567899999Z", 1715951655 * SEC + 123456789},
	    {"1969-12-31T23:59:59.25Z", -750000000},
	    {"2016-12-31T23:59:60Z", 1483228800 * SEC},
	    {"2017-01-01T00:59:60+01:00", 1483228800 * SEC},
	    {"2262-04-11T23:47:16.854775807Z", INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns = 42;

		assert_int_equal(when_parse(cases[i].text, &ns), 0);
		assert_true(ns == cases[i].ns);
	}
}

static void refuse_what_is_no_time(void **state)
{
	static const char *const bad[] = {"", "2024", "2024-1-01", "2024-13-01", "2024-00-10",
	    "2024-04-31", "2023-02-29", "2100-02-29", "2024-05-00", "2024-05-17 13:14:15Z",
	    "2024-05-17T", "2024-05-17T13:14Z", "2024-05-17T13:14:15", "2024-05-17T13:14:15.Z",
	    "2024-05-17T24:00:00Z", "2024-05-17T13:60:00Z", "2024-05-17T13:14:61Z",
	    "2024-05-17T13:14:60Z", "2016-12-31T23:59:60+01:00", "2024-05-17T13:14:15+0200",
	    "2024-05-17T13:14:15+24:00", "2024-05-17T13:14:15+02:60", "2024-05-17T13:14:15Zx",
	    "2024-05-17x", " 2024-05-17", "-024-05-17", "1600-01-01", "2262-04-12", "9999-12-31",
	    "2024-05-17T13:14:15 Z", "+2024-05-17"};
	int64_t ns = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(when_parse(bad[i], &ns), -EINVAL);
	assert_int_equal(when_parse(NULL, &ns), -EINVAL);
	assert_true(ns == 42);
}

static void dates(void **state)
{
	(void)state;
	assert_true(when_is_date("2024-02-29"));
	assert_true(when_is_date("9999-12-31"));
	assert_true(when_is_date("0000-02-29"));
	assert_false(when_is_date("2023-02-29"));
	assert_false(when_is_date("2024-2-29"));
	assert_false(when_is_date("2024-02-29T00:00:00Z"));
	assert_false(when_is_date(""));
	assert_false(when_is_date(NULL));
}

/* Every day of 800 years comes back, and follows the one before. */
static void calendar_both_ways(void **state)
{
	int last = 0;

	(void)state;
	for (int64_t d = when_days(1600, 1, 1); d < when_days(2400, 1, 1); d++) {
		int year, month, day;

		when_civil(d, &year, &month, &day);
		assert_true(when_days(year, month, day) == d);
		assert_true(year * 10000 + month * 100 + day > last);
		last = year * 10000 + month * 100 + day;
	}
	assert_int_equal(last, 23991231);
	assert_int_equal(when_days(1, 1, 1), -719162);
	assert_int_equal(when_days(-400, 3, 1), -719468 - 146097);
}

static void format_times(void **state)
{
	static const struct {
		int64_t ns;
		int digits;
		const char *text;
	} cases[] = {
	    {0, 0, "1970-01-01T00:00:00Z"},
	    {-1, 0, "1969-12-31T23:59:59Z"},
	    {-1, 9, "1969-12-31T23:59:59.999999999Z"},
	    {1715951655 * SEC + 123456789, 0, "2024-05-17T13:14:15Z"},
	    {1715951655 * SEC + 123456789, 3, "2024-05-17T13:14:15.123Z"},
	    {1715951655 * SEC + 123456789, 6, "2024-05-17T13:14:15.123456Z"},
	    {1715951655 * SEC + 123456789, 9, "2024-05-17T13:14:15.123456789Z"},
	    {INT64_MAX, 9, "2262-04-11T23:47:16.854775807Z"},
	    {INT64_MIN, 9, "1677-09-21T00:12:43.145224192Z"},
	};
	char text[36];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		when_format(cases[i].ns, cases[i].digits, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	when_format(0, 9, text, 5);
	assert_string_equal(text, "1970");
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t sec;
	} cases[] = {
	    {"P90D", 90 * DAY_SEC},
	    {"PT1H", 3600},
	    {"P2W", 14 * DAY_SEC},
	    {"P1Y", 365 * DAY_SEC},
	    {"P1M", 30 * DAY_SEC},
	    {"PT1M", 60},
	    {"P1Y2M3W4DT5H6M7S", (365 + 60 + 21 + 4) * DAY_SEC + 5 * 3600 + 6 * 60 + 7},
	    {"P1MT1M", 30 * DAY_SEC + 60},
	    {"P0D", 0},
	    {"PT9223372036S", 9223372036},
	};
	static const char *const bad[] = {"", "P", "PT", "P1", "1D", "P1H", "PT1D", "P1DT", "P-1D",
	    "-P1D", "P1.5D", "P1D2W", "PT1S1M", "PT1M1M", "P1DT1HT1M", "p1d", "P1D ", " P1D", "P1X",
	    "PT9223372037S", "P293Y", "P99999999999999999999D", "PT1H1", "P1W1"};
	int64_t ns = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(when_parse_duration(bad[i], &ns), -EINVAL);
	assert_int_equal(when_parse_duration(NULL, &ns), -EINVAL);
	assert_true(ns == 42);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(when_parse_duration(cases[i].text, &ns), 0);
		assert_true(ns == cases[i].sec * SEC);
	}
}

/* Local time of an RFC 3339 instant, as "weekday YYYY-MM-DD hh:mm". */
static void check_local(const struct when_zone *z, const char *instant, const char *wanted)
{
	struct when_local local;
	int64_t ns;
	char text[96];

	assert_int_equal(when_parse(instant, &ns), 0);
	when_local(z, ns, &local);
	(void)snprintf(text, sizeof(text), "%d %04d-%02d-%02d %02d:%02d", local.weekday, local.year,
	    local.month, local.day, local.minute_of_day / 60, local.minute_of_day % 60);
	assert_string_equal(text, wanted);
}

static void utc(void **state)
{
	struct when_zone *z = NULL;

	(void)state;
	check_local(NULL, "1970-01-01", "4 1970-01-01 00:00");
	check_local(NULL, "1969-12-31T23:59:59.5Z", "3 1969-12-31 23:59");
	check_local(NULL, "2024-05-19T12:30:00Z", "7 2024-05-19 12:30");
	check_local(NULL, "2024-05-20T00:00:00Z", "1 2024-05-20 00:00");
	check_local(NULL, "1700-01-01T00:00:00Z", "5 1700-01-01 00:00");

	assert_int_equal(when_zone_new("UTC", &z, NULL), 0);
	check_local(z, "2024-05-19T12:30:00Z", "7 2024-05-19 12:30");
	when_zone_free(z);
	when_zone_free(NULL);
}

/* Instants of the past, which no government can move any more. */
static void zones_of_the_system(void **state)
{
	static const struct {
		const char *zone, *instant, *local;
	} cases[] = {
	    {"Europe/Berlin", "2024-03-31T00:59:59Z", "7 2024-03-31 01:59"},
	    {"Europe/Berlin", "2024-03-31T01:00:00Z", "7 2024-03-31 03:00"},
	    {"Europe/Berlin", "2023-10-29T00:59:59Z", "7 2023-10-29 02:59"},
	    {"Europe/Berlin", "2023-10-29T01:00:00Z", "7 2023-10-29 02:00"},
	    {"Europe/Berlin", "1945-06-01T12:00:00Z", "5 1945-06-01 15:00"},
	    {"Europe/Berlin", "1890-01-01T12:00:00Z", "3 1890-01-01 12:53"},
	    {"America/New_York", "2007-03-11T06:59:59Z", "7 2007-03-11 01:59"},
	    {"America/New_York", "2007-03-11T07:00:00Z", "7 2007-03-11 03:00"},
	    {"America/New_York", "1999-12-31T23:59:59Z", "5 1999-12-31 18:59"},
	    {"Asia/Kolkata", "2020-06-15T18:30:00Z", "2 2020-06-16 00:00"},
	    {"Asia/Kathmandu", "2020-06-15T18:15:00Z", "2 2020-06-16 00:00"},
	    {"Pacific/Apia", "2011-12-30T09:59:59Z", "4 2011-12-29 23:59"},
	    {"Pacific/Apia", "2011-12-30T10:00:00Z", "6 2011-12-31 00:00"},
	    {"Australia/Sydney", "2020-01-01T00:00:00Z", "3 2020-01-01 11:00"},
	    {"Europe/Dublin", "2020-01-15T12:00:00Z", "3 2020-01-15 12:00"},
	    {"Etc/GMT+5", "2020-01-01T00:00:00Z", "2 2019-12-31 19:00"},
	};

	(void)state;
	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct when_zone *z = NULL;
		struct mesh_err err = {0};

		assert_int_equal(when_zone_new(cases[i].zone, &z, &err), 0);
		check_local(z, cases[i].instant, cases[i].local);
		when_zone_free(z);
	}
}

static void names_of_zones(void **state)
{
	static const char *const bad[] = {"", "/etc/passwd", "..", "../../../etc/passwd", "Europe/",
	    "Europe//Berlin", "Europe/../UTC", "zone.tab", "Europe/Berlin\n", "Europe Berlin",
	    "\xc3\xa9"};
	static const char *const unknown[] = {"Europe/Atlantis", "Europe", "UTC/x", "utc-"};
	struct when_zone *z = NULL;
	struct mesh_err err = {0};
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(when_zone_new(name, &z, &err), -EINVAL);
	assert_int_equal(when_zone_new(NULL, &z, &err), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(when_zone_new(bad[i], &z, &err), -EINVAL);
		assert_non_null(strstr(err.text, "cannot be the name"));
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(when_zone_new(unknown[i], &z, &err), -ENOENT);
		assert_non_null(strstr(err.text, unknown[i]));
	}
	assert_null(z);
}

/*
 * A TZif file in memory: an empty first block, then two types (0: -1 h, 1: +2 h) and two changes,
 * at 1000 s to type 1 and at 2000 s to type 0.
 */
struct tzif {
	unsigned char bytes[256];
	size_t len;
};

enum {
	SECOND = 44, /* where the second header begins */
	TIMES = SECOND + 44, /* the changes */
	INDEXES = TIMES + 16, /* their types */
	TYPES = INDEXES + 2, /* the types' records of 6 bytes */
	FOOTER = TYPES + 12 + 4 /* behind the abbreviations */
};

static void put(struct tzif *f, uint64_t value, size_t n_bytes)
{
	while (n_bytes-- > 0)
		f->bytes[f->len++] = (unsigned char)(value >> (8 * n_bytes));
}

static void put_header(struct tzif *f, uint32_t n_times, uint32_t n_types, uint32_t n_chars)
{
	memcpy(f->bytes + f->len, "TZif2", 5);
	f->len += 20;
	put(f, 0, 4);
	put(f, 0, 4);
	put(f, 0, 4);
	put(f, n_times, 4);
	put(f, n_types, 4);
	put(f, n_chars, 4);
}

static struct tzif make_tzif(const char *footer)
{
	struct tzif f = {0};

	put_header(&f, 0, 0, 0);
	put_header(&f, 2, 2, 4);
	put(&f, 1000, 8);
	put(&f, 2000, 8);
	put(&f, 0x0100, 2);
	put(&f, (uint32_t)-3600, 4);
	put(&f, 0, 2);
	put(&f, 7200, 4);
	put(&f, 0x0100, 2);
	put(&f, 0x41424300, 4);
	assert_int_equal(f.len, FOOTER);
	memcpy(f.bytes + f.len, footer, strlen(footer));
	f.len += strlen(footer);
	return f;
}

static int parse_tzif(const struct tzif *f, struct when_zone **ret, struct mesh_err *err)
{
	/* Ends where the file does and is aligned for nothing, so that a sanitizer sees what goes
	 * beyond. */
	unsigned char *copy = malloc(f->len + 1);

	assert_non_null(copy);
	memcpy(copy + 1, f->bytes, f->len);
	int r = when_zone_parse(copy + 1, f->len, ret, err);

	free(copy);
	return r;
}

static void refuse_tzif(const struct tzif *f, const char *reason)
{
	struct when_zone *z = NULL;
	struct mesh_err err = {0};

	assert_int_equal(parse_tzif(f, &z, &err), -EINVAL);
	assert_null(z);
	assert_non_null(strstr(err.text, reason));
}

static void changes_and_footer(void **state)
{
	struct tzif f = make_tzif("\n<+03>-3\n");
	struct when_zone *z = NULL;

	(void)state;
	assert_int_equal(parse_tzif(&f, &z, NULL), 0);
	check_local(z, "1970-01-01T00:00:00Z", "3 1969-12-31 23:00");
	check_local(z, "1970-01-01T00:16:39Z", "3 1969-12-31 23:16");
	check_local(z, "1970-01-01T00:16:40Z", "4 1970-01-01 02:16");
	check_local(z, "1970-01-01T00:33:19Z", "4 1970-01-01 02:33");
	check_local(z, "2200-01-01T00:00:00Z", "3 2200-01-01 03:00");
	when_zone_free(z);

	f = make_tzif("\n\n");
	assert_int_equal(parse_tzif(&f, &z, NULL), 0);
	check_local(z, "2200-01-01T00:00:00Z", "2 2199-12-31 23:00");
	when_zone_free(z);
}

static void damaged_files(void **state)
{
	const struct tzif good = make_tzif("\nCET-1CEST,M3.5.0,M10.5.0/3\n");
	struct tzif f = good;
	static const struct {
		size_t at;
		unsigned char byte;
		const char *reason;
	} flips[] = {
	    {0, 'X', "not a whole TZif"},
	    {4, 0, "version 1"},
	    {23, 200, "not a whole TZif"},
	    {SECOND, 'X', "not a whole TZif"},
	    {SECOND + 20, 0xff, "not a whole TZif"},
	    {SECOND + 23, 1, "indicators"},
	    {SECOND + 31, 1, "leap seconds"},
	    {SECOND + 32, 0xff, "not a whole TZif"},
	    {SECOND + 39, 0, "local time types"},
	    {TIMES + 6, 0xff, "damaged"},
	    {INDEXES, 2, "damaged"},
	    {TYPES + 6, 0x7f, "damaged"},
	    {TYPES, 0x80, "damaged"},
	    {FOOTER, 'x', "damaged"},
	    {FOOTER + 1, '1', "damaged"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
		f = good;
		f.bytes[flips[i].at] = flips[i].byte;
		refuse_tzif(&f, flips[i].reason);
	}
	f = good;
	for (f.len = 0; f.len < good.len; f.len++)
		refuse_tzif(&f, f.len < FOOTER ? "not a whole TZif" : "damaged");
}

static int parse_once(void *arg)
{
	const struct tzif *f = arg;
	struct when_zone *z = NULL;
	struct mesh_err err = {0};
	int r = when_zone_parse(f->bytes, f->len, &z, &err);

	when_zone_free(z);
	return r == err.code ? r : -EPROTO;
}

static int load_utc(void *arg)
{
	struct when_zone *z = NULL;
	int r = when_zone_new("UTC", &z, NULL);

	(void)arg;
	when_zone_free(z);
	return r;
}

static void short_memory(void **state)
{
	struct tzif f = make_tzif("\n\n");

	(void)state;
	oom_sweep(parse_once, &f, 20);
	oom_sweep(load_utc, NULL, 20);
}

static void footers_parse_whole(void **state)
{
	static const char *const good[] = {"CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3",
	    "EST5EDT,M3.2.0,M11.1.0", "IST-1GMT0,M10.5.0,M3.5.0/1", "XXX3EDT4,0/0,J365/23",
	    "AAA-5:30:15", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
	    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "AAA0BBB,M1.1.0/167,M12.5.6/-167"};
	static const char *const bad[] = {"", "C", "CE-1", "CET", "CET-", "CET-25", "CET-1CEST",
	    "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,", "CET-1CEST,M13.5.0,M10.5.0",
	    "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
	    "CET-1CEST,M3.5,M10.5.0", "CET-1CEST,J0,J365", "CET-1CEST,J1,J366", "CET-1CEST,366,0",
	    "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<+03-3", "<>3",
	    "CET-1:60", "CET-1:", "CET99999999999999999999", ":Europe/Berlin", "CET-1 "};
	struct when_rule rule;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(when_rule_parse(good[i], strlen(good[i]), &rule), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(when_rule_parse(bad[i], strlen(bad[i]), &rule), -EINVAL);
	assert_int_equal(when_rule_parse("AAA-5:30:15", 11, &rule), 0);
	assert_int_equal(rule.std_sec, 5 * 3600 + 30 * 60 + 15);
	assert_false(rule.has_dst);
}

static void check_offset(const char *footer, const char *instant, int wanted_sec)
{
	struct when_rule rule;
	int64_t ns;

	assert_int_equal(when_rule_parse(footer, strlen(footer), &rule), 0);
	assert_int_equal(when_parse(instant, &ns), 0);
	assert_int_equal(when_rule_offset(&rule, ns / SEC), wanted_sec);
}

static void footers_give_offsets(void **state)
{
	static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";
	static const char sydney[] = "AEST-10AEDT,M10.1.0,M4.1.0/3";
	static const char dublin[] = "IST-1GMT0,M10.5.0,M3.5.0/1";
	static const char always[] = "XXX3EDT4,0/0,J365/23";
	static const char late[] = "AAA0BBB,M12.5.0/160,M3.1.0";

	(void)state;
	check_offset(berlin, "2050-03-27T00:59:59Z", 3600);
	check_offset(berlin, "2050-03-27T01:00:00Z", 7200);
	check_offset(berlin, "2050-10-30T00:59:59Z", 7200);
	check_offset(berlin, "2050-10-30T01:00:00Z", 3600);
	check_offset(berlin, "1700-07-01T00:00:00Z", 7200);
	check_offset(sydney, "2050-01-01T00:00:00Z", 11 * 3600);
	check_offset(sydney, "2050-04-02T15:59:59Z", 11 * 3600);
	check_offset(sydney, "2050-04-02T16:00:00Z", 10 * 3600);
	check_offset(sydney, "2050-12-31T23:59:59Z", 11 * 3600);
	check_offset(dublin, "2050-07-01T00:00:00Z", 3600);
	check_offset(dublin, "2050-01-01T00:00:00Z", 0);
	check_offset(always, "2050-01-01T02:59:59Z", -4 * 3600);
	check_offset(always, "2050-01-01T03:00:00Z", -4 * 3600);
	check_offset(always, "2050-07-01T00:00:00Z", -4 * 3600);

	/* Counting 29 February, or not. */
	check_offset("AAA0BBB,J60/0,J365", "2048-02-29T12:00:00Z", 0);
	check_offset("AAA0BBB,J60/0,J365", "2048-03-01T00:00:00Z", 3600);
	check_offset("AAA0BBB,59/0,J365", "2048-02-29T00:00:00Z", 3600);
	check_offset("AAA0BBB,59/0,J365", "2047-02-28T23:59:59Z", 0);

	/* The last Sunday of December 2050 is Christmas: 160 hours later is New Year's Eve, 16:00;
	 * of 2051 the last day: the change lies in January. */
	check_offset(late, "2050-12-31T15:59:59Z", 0);
	check_offset(late, "2050-12-31T16:00:00Z", 3600);
	check_offset(late, "2052-01-06T15:59:59Z", 0);
	check_offset(late, "2052-01-06T16:00:00Z", 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parse_times),
	    cmocka_unit_test(refuse_what_is_no_time),
	    cmocka_unit_test(dates),
	    cmocka_unit_test(calendar_both_ways),
	    cmocka_unit_test(format_times),
	    cmocka_unit_test(durations),
	    cmocka_unit_test(utc),
	    cmocka_unit_test(zones_of_the_system),
	    cmocka_unit_test(names_of_zones),
	    cmocka_unit_test(changes_and_footer),
	    cmocka_unit_test(damaged_files),
	    cmocka_unit_test(short_memory),
	    cmocka_unit_test(footers_parse_whole),
	    cmocka_unit_test(footers_give_offsets),
	};

	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
