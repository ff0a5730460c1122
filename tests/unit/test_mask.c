#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/policy/policy.h"
#include "tests/lib/oom.h"
#include "tests/lib/policy_world.h"

static struct arena a;

static int setup(void **state)
{
	(void)state;
	arena_init(&a);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_clear(&a);
	return 0;
}

static const struct hash_key key = {"secret", 6};

static struct value apply(struct mask m, struct value v)
{
	return mask_apply(&m, v, &key, &a);
}

static void assert_text(struct mask m, const char *in, const char *out)
{
	struct value v = apply(m, V_STR(in));

	if (!out) {
		assert_int_equal(v.type, VALUE_NULL);
		return;
	}
	assert_int_equal(v.type, VALUE_STRING);
	assert_string_equal(v.s, out);
}

static void assert_number(struct mask m, int64_t in, int64_t out)
{
	struct value v = apply(m, V_INT(in));

	assert_int_equal(v.type, VALUE_INT);
	assert_int_equal(v.i, out);
}

#define is_null(m, v) assert_int_equal(apply(m, v).type, VALUE_NULL)

static const struct mask every[] = {
    {.fn = MASK_PARTIAL, .keep_first = 1, .keep_last = 1},
    {.fn = MASK_EMAIL},
    {.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 48},
    {.fn = MASK_DATE_TRUNCATE, .unit = UNIT_MONTH},
    {.fn = MASK_ROUND, .to = 10},
    {.fn = MASK_BUCKET, .width = 10},
    {.fn = MASK_HASH, .length = 16},
    {.fn = MASK_REDACT},
    {.fn = MASK_NULL},
};

/* ---- what holds for all ---- */

static void null_stays_null(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
		is_null(every[i], V_NULL);
		is_null(every[i], (struct value){0});
		is_null(every[i], V_STR(NULL));
	}
	is_null((struct mask){0}, V_NULL);
}

static void a_wrong_type_becomes_null(void **state)
{
	(void)state;
	const struct value values[] = {
	    V_BOOL(true), V_INT(25), V_DEC(250000), V_STR("x"), V_TIME(5), V_SET(V_STR("x"))};
	/* which of the values the mask can read */
	const char *const reads[] = {"---s--", "------", "------", "----t-", "-i----", "-i----",
	    "---s--", "---s--", "------"};

	for (size_t m = 0; m < 9; m++) {
		for (size_t v = 0; v < 6; v++)
			assert_int_equal(
			    apply(every[m], values[v]).type != VALUE_NULL, reads[m][v] != '-');
	}
}

static void without_a_mask_nothing_changes(void **state)
{
	(void)state;
	struct mask none = {0};

	assert_text(none, "raw", "raw");
	assert_number(none, 7, 7);
	assert_int_equal(apply(none, V_DEC(7)).type, VALUE_DECIMAL);
}

/* ---- one by one ---- */

static void redact(void **state)
{
	(void)state;
	assert_text((struct mask){.fn = MASK_REDACT}, "x", "REDACTED");
	assert_text((struct mask){.fn = MASK_REDACT, .text = "-"}, "", "-");
	is_null((struct mask){.fn = MASK_REDACT}, V_INT(1));
}

static void hash(void **state)
{
	(void)state;
	/* HMAC-SHA-256 of RFC 4231, test case 2 */
	const struct hash_key jefe = {"Jefe", 4};
	const char *const expected =
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
	struct mask m = {.fn = MASK_HASH, .length = 64};
	struct value v = mask_apply(&m, V_STR("what do ya want for nothing?"), &jefe, &a);

	assert_string_equal(v.s, expected);
	m.length = 7;
	v = mask_apply(&m, V_STR("what do ya want for nothing?"), &jefe, &a);
	assert_int_equal(strlen(v.s), 7);
	assert_memory_equal(v.s, expected, 7);
	m.length = 1;
	assert_int_equal(strlen(apply(m, V_STR("")).s), 1);
	m.length = 1000;
	assert_int_equal(strlen(apply(m, V_STR("")).s), 64);
	m.length = 0;
	is_null(m, V_STR("x"));
	m.length = 64;
	assert_int_equal(mask_apply(&m, V_STR("x"), NULL, &a).type, VALUE_NULL);
	assert_int_equal(
	    mask_apply(&m, V_STR("x"), &(struct hash_key){"", 0}, &a).type, VALUE_NULL);
	is_null(m, V_INT(1));
}

static void bucket(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_BUCKET, .width = 100};

	assert_number(m, -5, -100);
	assert_number(m, 0, 0);
	assert_number(m, 99, 0);
	assert_number(m, 100, 100);
	assert_number(m, -100, -100);
	assert_number(m, -101, -200);
	m.origin = 30;
	assert_number(m, 29, -70);
	assert_number(m, 30, 30);
	assert_number(m, 129, 30);
	m.origin = 0;
	assert_number(m, INT64_MAX, INT64_MAX - INT64_MAX % 100);
	is_null(m, V_INT(INT64_MIN)); /* its bucket begins before what 64 bits hold */
	m.origin = INT64_MIN;
	is_null(m, V_INT(1));
	assert_number(m, -1, INT64_MIN + INT64_MAX / 100 * 100);
	is_null(((struct mask){.fn = MASK_BUCKET, .width = 0}), V_INT(1));
	is_null(((struct mask){.fn = MASK_BUCKET, .width = -5}), V_INT(1));
}

static void round_to_a_multiple(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_ROUND, .to = 10};

	assert_number(m, 25, 20);
	assert_number(m, 35, 40);
	assert_number(m, 24, 20);
	assert_number(m, 26, 30);
	assert_number(m, 0, 0);
	assert_number(m, 5, 0);
	assert_number(m, 15, 20);
	assert_number(m, -5, 0);
	assert_number(m, -15, -20);
	assert_number(m, -25, -20);
	assert_number(m, -24, -20);
	assert_number(m, -26, -30);
	assert_number(m, -10, -10);
	m.to = 3;
	assert_number(m, 4, 3);
	assert_number(m, 5, 6);
	assert_number(m, -4, -3);
	m.to = 1;
	assert_number(m, INT64_MAX, INT64_MAX);
	m.to = 10;
	is_null(m, V_INT(INT64_MAX));
	assert_number(m, INT64_MAX - 3, INT64_MAX - 7);
	is_null(m, V_INT(INT64_MIN));
	m.to = INT64_MAX;
	assert_number(m, INT64_MAX / 2, 0);
	assert_number(m, INT64_MAX / 2 + 1, INT64_MAX);
	is_null(((struct mask){.fn = MASK_ROUND, .to = 0}), V_INT(1));
	is_null(((struct mask){.fn = MASK_ROUND, .to = -10}), V_INT(1));
}

static void timestamps_go_to_utc_and_the_start_of_the_unit(void **state)
{
	(void)state;
	static const struct {
		enum date_unit unit;
		const char *out;
	} rows[] = {
	    {UNIT_SECOND, "2026-11-23T01:35:59Z"},
	    {UNIT_MINUTE, "2026-11-23T01:35:00Z"},
	    {UNIT_HOUR, "2026-11-23T01:00:00Z"},
	    {UNIT_DAY, "2026-11-23T00:00:00Z"},
	    {UNIT_MONTH, "2026-11-01T00:00:00Z"},
	    {UNIT_QUARTER, "2026-10-01T00:00:00Z"},
	    {UNIT_YEAR, "2026-01-01T00:00:00Z"},
	};

	for (size_t i = 0; i < 7; i++) {
		struct mask m = {.fn = MASK_DATE_TRUNCATE, .unit = rows[i].unit};

		assert_text(m, "2026-11-22T23:35:59.987-02:00", rows[i].out);
	}

	struct mask month = {.fn = MASK_DATE_TRUNCATE, .unit = UNIT_MONTH};

	assert_text(month, "2026-11-22T23:30:00-02:00", "2026-11-01T00:00:00Z");
	assert_text(month, "2026-12-01T00:30:00+01:00", "2026-11-01T00:00:00Z");
	assert_text(month, "1969-12-31T23:59:59.5Z", "1969-12-01T00:00:00Z");
	assert_text((struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_SECOND},
	    "1969-12-31T23:59:58.5Z", "1969-12-31T23:59:58Z");
	assert_text((struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_HOUR},
	    "1969-12-31T22:59:58.5Z", "1969-12-31T22:00:00Z");
}

static void the_start_of_a_unit_stays(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_DATE_TRUNCATE};
	static const char *const starts[] = {"2026-11-22T10:11:12Z", "2026-11-22T10:11:00Z",
	    "2026-11-22T10:00:00Z", "2026-11-22T00:00:00Z", "2026-11-01T00:00:00Z",
	    "2026-10-01T00:00:00Z", "2026-01-01T00:00:00Z"};
	static const char *const before[] = {"1960-11-22T10:11:12Z", "1960-11-22T10:11:00Z",
	    "1960-11-22T10:00:00Z", "1960-11-22T00:00:00Z", "1960-11-01T00:00:00Z",
	    "1960-10-01T00:00:00Z", "1960-01-01T00:00:00Z"};

	for (int unit = UNIT_SECOND; unit <= UNIT_YEAR; unit++) {
		m.unit = (enum date_unit)unit;
		assert_text(m, starts[unit], starts[unit]);
		assert_text(m, before[unit], before[unit]);
	}
}

static void every_quarter_begins_at_its_first_month(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_DATE_TRUNCATE, .unit = UNIT_QUARTER};
	char in[32], out[32];

	for (int month = 1; month <= 12; month++) {
		snprintf(in, sizeof(in), "2024-%02d-29", month);
		snprintf(out, sizeof(out), "2024-%02d-01", (month - 1) / 3 * 3 + 1);
		assert_text(m, in, out);
	}
}

static void a_date_stays_a_date(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_DATE_TRUNCATE};

	for (m.unit = UNIT_SECOND; m.unit <= UNIT_DAY; m.unit++)
		assert_text(m, "2024-02-29", "2024-02-29");
	m.unit = UNIT_MONTH;
	assert_text(m, "2024-02-29", "2024-02-01");
	assert_text(m, "9999-12-31", "9999-12-01");
	assert_text(m, "0001-05-31", "0001-05-01");
	m.unit = UNIT_YEAR;
	assert_text(m, "2024-02-29", "2024-01-01");
}

static void what_is_no_time_becomes_null(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "x", "2026-13-01", "2026-02-30", "2026-1-1",
	    "2026-11-22 10:00:00Z", "2026-11-22T10:00:00", "2026-11-22T25:00:00Z",
	    "9999-12-31T00:00:00Z", " 2026-11-22", "2026-11-22x"};
	struct mask m = {.fn = MASK_DATE_TRUNCATE, .unit = UNIT_MONTH};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_text(m, bad[i], NULL);
	is_null(m, V_INT(5));
	m.unit = UNIT_YEAR; /* the year began before what 64 bits hold */
	assert_text(m, "1677-10-01T00:00:00Z", NULL);
}

static void times_stay_times(void **state)
{
	(void)state;
	struct value v = apply(
	    (struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_DAY}, V_TIME(-1));

	assert_int_equal(v.type, VALUE_TIME);
	assert_int_equal(v.i, -WORLD_DAY_NS);
	is_null(
	    ((struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_YEAR}), V_TIME(INT64_MIN + 1));
}

static void addresses(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 48};

	assert_text(m, "192.0.2.77", "192.0.2.0");
	assert_text(m, "2001:db8:1234:5678::1", "2001:db8:1234::");
	assert_text(m, "::ffff:192.0.2.77", "::");
	m.v4 = 12;
	assert_text(m, "10.255.2.77", "10.240.0.0");
	m.v4 = 32;
	assert_text(m, "10.255.2.77", "10.255.2.77");
	m.v4 = 31;
	assert_text(m, "10.255.2.77", "10.255.2.76");
	m.v4 = 0;
	assert_text(m, "10.255.2.77", "0.0.0.0");
	m.v6 = 128;
	assert_text(m, "2001:DB8::1", "2001:db8::1");
	m.v6 = 0;
	assert_text(m, "2001:db8::1", "::");
	m.v4 = 33;
	assert_text(m, "10.0.0.1", NULL);
	m.v4 = -1;
	assert_text(m, "10.0.0.1", NULL);
	m.v6 = 129;
	assert_text(m, "::1", NULL);
}

static void what_is_no_address_becomes_null(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "x", "192.0.2", "192.0.2.256", "192.0.2.77/24",
	    "fe80::1%eth0", " 10.0.0.1", "10.0.0.1:80", "[::1]"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_text(
		    (struct mask){.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 48}, bad[i], NULL);
}

static void email(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_EMAIL};

	assert_text(m, "jane@x.org", "j***@x.org");
	assert_text(m, "j@x.org", "j***@x.org");
	assert_text(m, "\u00e9lise@x.org", "\u00e9***@x.org");
	assert_text(m, "@x.org", NULL);
	assert_text(m, "jane@", NULL);
	assert_text(m, "jane", NULL);
	assert_text(m, "", NULL);
	assert_text(m, "a@b@x.org", NULL);
	assert_text(m, "a\xff@x.org", NULL);
}

static void partial(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_PARTIAL, .keep_first = 2, .keep_last = 2};

	assert_text(m, "abcd", "****");
	assert_text(m, "abcde", "ab*de");
	assert_text(m, "abcdefgh", "ab****gh");
	assert_text(m, "abc", "***");
	assert_text(m, "", "");
	m = (struct mask){.fn = MASK_PARTIAL};
	assert_text(m, "abc", "***");
	m.keep_last = 4;
	assert_text(m, "4111111111111234", "************1234");
	m = (struct mask){.fn = MASK_PARTIAL, .keep_first = 1, .text = "#"};
	assert_text(m, "abc", "a##");
	assert_text(m, "a", "#");
	m.keep_first = INT64_MAX;
	m.keep_last = INT64_MAX;
	assert_text(m, "abc", "###");
	m.keep_first = -1;
	assert_text(m, "abc", NULL);
	m.keep_first = 0;
	m.keep_last = -1;
	assert_text(m, "abc", NULL);
}

static void partial_counts_code_points(void **state)
{
	(void)state;
	struct mask m = {.fn = MASK_PARTIAL, .keep_first = 1, .keep_last = 1, .text = "\u2022"};

	assert_text(m, "\u00e9\u20ac\U0001F600", "\u00e9\u2022\U0001F600");
	assert_text(m, "\u00e9\u20ac", "\u2022\u2022");
	assert_text(m, "a\xc3(", NULL);
}

static void null(void **state)
{
	(void)state;
	is_null((struct mask){.fn = MASK_NULL}, V_STR("x"));
	is_null((struct mask){.fn = MASK_NULL}, V_INT(1));
}

static int apply_all(void *arg)
{
	static const char *const in[] = {
	    "abcd", "jane@x.org", "192.0.2.77", "2026-11-22T10:00:00Z", "x", "x", "x", "x", "x"};
	static const bool fits[] = {true, true, true, true, false, false, true, true, false};
	bool short_of_memory = false;

	(void)arg;
	for (size_t i = 0; i < 9; i++) {
		struct arena own;

		arena_init(&own);

		struct value v = mask_apply(&every[i], V_STR(in[i]), &key, &own);

		short_of_memory |= fits[i] && v.type == VALUE_NULL;
		assert_true(v.type == VALUE_NULL || strcmp(v.s, in[i]) != 0);
		arena_clear(&own);
	}
	return short_of_memory ? -ENOMEM : 0;
}

static void without_memory_there_is_no_value(void **state)
{
	(void)state;
	oom_sweep(apply_all, NULL, 200);
}

/* ---- merging ---- */

static struct mask merge2(struct mask x, struct mask y)
{
	struct mask m1 = mask_merge((struct mask[]){x, y}, 2);
	struct mask m2 = mask_merge((struct mask[]){y, x}, 2);

	assert_int_equal(m1.fn, m2.fn);
	assert_int_equal(m1.length, m2.length);
	assert_int_equal(m1.unit, m2.unit);
	assert_int_equal(m1.keep_first, m2.keep_first);
	assert_int_equal(m1.keep_last, m2.keep_last);
	return m1;
}

static void the_highest_rank_stays(void **state)
{
	(void)state;
	/* from low to high */
	for (size_t low = 0; low < 9; low++) {
		for (size_t high = low + 1; high < 9; high++)
			assert_int_equal(merge2(every[low], every[high]).fn, every[high].fn);
		assert_int_equal(merge2(every[low], (struct mask){0}).fn, every[low].fn);
		assert_int_equal(merge2(every[low], every[low]).fn, every[low].fn);
	}
	assert_int_equal(mask_merge(NULL, 0).fn, MASK_NONE);
}

static void equal_functions_merge(void **state)
{
	(void)state;
	struct mask m = merge2((struct mask){.fn = MASK_HASH, .length = 16},
	    (struct mask){.fn = MASK_HASH, .length = 8});

	assert_int_equal(m.fn, MASK_HASH);
	assert_int_equal(m.length, 8);
	m = merge2((struct mask){.fn = MASK_HASH, .length = 16, .text = "mesh"},
	    (struct mask){.fn = MASK_HASH, .length = 8});
	assert_int_equal(m.fn, MASK_HASH);
	m = merge2((struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_DAY},
	    (struct mask){.fn = MASK_DATE_TRUNCATE, .unit = UNIT_QUARTER});
	assert_int_equal(m.unit, UNIT_QUARTER);
	m = merge2((struct mask){.fn = MASK_PARTIAL, .keep_first = 3, .keep_last = 1},
	    (struct mask){.fn = MASK_PARTIAL, .keep_first = 2, .keep_last = 4});
	assert_int_equal(m.keep_first, 2);
	assert_int_equal(m.keep_last, 1);
	m = merge2(
	    (struct mask){.fn = MASK_PARTIAL, .text = "*"}, (struct mask){.fn = MASK_PARTIAL});
	assert_int_equal(m.fn, MASK_PARTIAL);
	m = merge2(
	    (struct mask){.fn = MASK_REDACT, .text = "REDACTED"}, (struct mask){.fn = MASK_REDACT});
	assert_int_equal(m.fn, MASK_REDACT);
}

static void what_differs_merges_to_null(void **state)
{
	(void)state;
	static const struct mask pairs[][2] = {
	    {{.fn = MASK_HASH, .length = 8, .text = "a"},
		{.fn = MASK_HASH, .length = 8, .text = "b"}},
	    {{.fn = MASK_REDACT, .text = "a"}, {.fn = MASK_REDACT, .text = "b"}},
	    {{.fn = MASK_BUCKET, .width = 10}, {.fn = MASK_BUCKET, .width = 20}},
	    {{.fn = MASK_BUCKET, .width = 10}, {.fn = MASK_BUCKET, .width = 10, .origin = 1}},
	    {{.fn = MASK_ROUND, .to = 10}, {.fn = MASK_ROUND, .to = 20}},
	    {{.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 48},
		{.fn = MASK_IP_TRUNCATE, .v4 = 16, .v6 = 48}},
	    {{.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 48},
		{.fn = MASK_IP_TRUNCATE, .v4 = 24, .v6 = 32}},
	    {{.fn = MASK_PARTIAL, .text = "*"}, {.fn = MASK_PARTIAL, .text = "#"}},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(merge2(pairs[i][0], pairs[i][1]).fn, MASK_NULL);
}

/* A third mask does not bring back what two others lost. */
static void merging_is_order_free(void **state)
{
	(void)state;
	struct mask x = {.fn = MASK_HASH, .length = 8, .text = "a"};
	struct mask y = {.fn = MASK_HASH, .length = 4, .text = "b"};
	struct mask orders[][3] = {
	    {x, y, x}, {x, x, y}, {y, x, x}, {x, y, every[1]}, {every[1], x, y}, {x, every[1], y}};

	for (size_t i = 0; i < 6; i++)
		assert_int_equal(mask_merge(orders[i], 3).fn, MASK_NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(null_stays_null),
	    TEST(a_wrong_type_becomes_null),
	    TEST(without_a_mask_nothing_changes),
	    TEST(redact),
	    TEST(hash),
	    TEST(bucket),
	    TEST(round_to_a_multiple),
	    TEST(timestamps_go_to_utc_and_the_start_of_the_unit),
	    TEST(the_start_of_a_unit_stays),
	    TEST(every_quarter_begins_at_its_first_month),
	    TEST(a_date_stays_a_date),
	    TEST(what_is_no_time_becomes_null),
	    TEST(times_stay_times),
	    TEST(addresses),
	    TEST(what_is_no_address_becomes_null),
	    TEST(email),
	    TEST(partial),
	    TEST(partial_counts_code_points),
	    TEST(null),
	    TEST(without_memory_there_is_no_value),
	    TEST(the_highest_rank_stays),
	    TEST(equal_functions_merge),
	    TEST(what_differs_merges_to_null),
	    TEST(merging_is_order_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
