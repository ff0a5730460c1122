#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/policy_check.h"

/* POLICY_ROUNDS=1000000 looks longer than a test run has time for. */
static uint64_t rounds(void)
{
	const char *s = getenv("POLICY_ROUNDS");

	return s ? strtoull(s, NULL, 10) : 4000;
}

static uint64_t seed_of(uint64_t round)
{
	return (round + 1) * 0x9e3779b97f4a7c15ULL;
}

static void all_properties_hold(void **state)
{
	struct gen g;

	(void)state;
	for (uint64_t i = 0; i < rounds(); i++) {
		gen_init(&g, (struct draw){.state = seed_of(i)});

		const char *wrong = check_all(&g);

		if (wrong)
			print_error("round %llu: %s\n", (unsigned long long)i, wrong);
		gen_clear(&g);
		assert_null(wrong);
	}
}

/* The rounds must be about something: of each kind of answer there are many. */
static void all_kinds_of_answers_occur(void **state)
{
	enum {
		DENY,
		IDENTITY,
		DROPPED,
		MASKED,
		FILTERED,
		LIMITED,
		RECHECK,
		OPAQUE,
		EXTRA,
		ALLOW,
		KINDS
	};
	unsigned int seen[KINDS] = {0};

	(void)state;
	for (uint64_t i = 0; i < 2000; i++) {
		struct gen g;
		struct answers is;

		gen_init(&g, (struct draw){.state = seed_of(i)});
		assert_true(check_ask(&g, &is));
		seen[DENY] += is.view.deny;
		seen[IDENTITY] += is.view.identity;
		seen[LIMITED] += is.view.limit > 0;
		seen[RECHECK] += is.view.recheck;
		seen[OPAQUE] += strcmp(is.view.columns[0].name, "*") == 0 && !is.view.deny;
		seen[EXTRA] += g.rq.resource.object &&
		    is.view.columns_len > g.rq.resource.object->columns_len && !is.view.deny;
		seen[ALLOW] += is.allow[ACTION_LIST];
		for (size_t c = 0; c < is.view.columns_len && !is.view.deny; c++) {
			seen[DROPPED] += is.view.columns[c].dropped;
			seen[MASKED] += is.view.columns[c].mask.fn != MASK_NONE;
			seen[FILTERED] += is.view.columns[c].rows.permits_len > 0 ||
			    is.view.columns[c].rows.restricts_len > 0;
		}
		gen_clear(&g);
	}
	for (int k = 0; k < KINDS; k++)
		assert_true(seen[k] >= 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_properties_hold),
	    cmocka_unit_test(all_kinds_of_answers_occur),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
