#ifndef TESTS_UNIT_VIEW_FIXTURE_H
#define TESTS_UNIT_VIEW_FIXTURE_H

/* A world and its view, for the tests of views. Needs cmocka.h before it. */

#include "tests/lib/policy_world.h"

enum { ID, EMAIL, AMOUNT, REGION };

static struct world w;
static struct view v;

static int setup(void **state)
{
	(void)state;
	world_init(&w);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_clear(&w);
	return 0;
}

static inline struct rule *add(enum effect effect, const char *id)
{
	return world_rule(&w, SCOPE_PRODUCT, effect, id, BIT(ACTION_READ));
}

static inline struct rule *on_columns(struct rule *r, struct strlist names)
{
	r->resources.has_columns = true;
	r->resources.column_names = names;
	return r;
}

static inline void look(void)
{
	v = world_view(&w);
}

static inline void look_with(struct strlist extra)
{
	assert_int_equal(policy_view(&w.rq, extra, &w.arena, &v), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
