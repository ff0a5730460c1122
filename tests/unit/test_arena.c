#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

#include "catalog/base/arena.h"
#include "tests/lib/oom.h"

static int setup(void **state)
{
	static struct arena a;

	arena_init(&a);
	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	arena_clear(*state);
	return 0;
}

static bool all_bytes_are(const unsigned char *p, size_t len, unsigned char value)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] != value)
			return false;
	}
	return true;
}

/* Sizes that fill blocks, overflow them by one, and need blocks of their own. */
static size_t nth_size(size_t i)
{
	static const size_t sizes[] = {1, 7, 16, 17, 100, 4096, 3, 5000, 262144, 40, 300000, 2};

	return sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
}

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena *a = *state;
	unsigned char *got[240];
	size_t total = 0;

	for (size_t i = 0; i < 240; i++) {
		got[i] = arena_alloc(a, nth_size(i));
		assert_non_null(got[i]);
		assert_int_equal((uintptr_t)got[i] % alignof(max_align_t), 0);
		assert_true(all_bytes_are(got[i], nth_size(i), 0));
		memset(got[i], (int)i + 1, nth_size(i));
		total += nth_size(i);
	}
	for (size_t i = 0; i < 240; i++)
		assert_true(all_bytes_are(got[i], nth_size(i), (unsigned char)(i + 1)));
	assert_true(a->used_bytes >= total);
}

static void a_cleared_arena_is_usable(void **state)
{
	struct arena *a = *state;

	assert_non_null(arena_alloc(a, 10));
	arena_clear(a);
	assert_null(a->blocks);
	assert_int_equal(a->used_bytes, 0);
	arena_clear(a);
	assert_string_equal(arena_strdup(a, "again"), "again");
}

static void nothing_is_still_something(void **state)
{
	struct arena *a = *state;
	void *first = arena_alloc(a, 0);
	void *second = arena_array(a, 0, 8);

	assert_non_null(first);
	assert_non_null(second);
	assert_ptr_not_equal(first, second);
}

static void too_much_is_refused(void **state)
{
	struct arena *a = *state;

	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, ARENA_MAX_ALLOC + 1));
	assert_null(arena_array(a, SIZE_MAX / 4, 8));
	assert_null(arena_array(a, ((size_t)1 << 32) + 1, (size_t)1 << 32));
	assert_null(arena_strndup(a, "x", SIZE_MAX));
	assert_int_equal(a->used_bytes, 0);
}

static void arrays_have_room_for_all(void **state)
{
	uint64_t *numbers = arena_array(*state, 1000, sizeof(*numbers));

	assert_non_null(numbers);
	for (size_t i = 0; i < 1000; i++)
		numbers[i] = i;
	assert_int_equal(numbers[999], 999);
}

static void strings_are_copied(void **state)
{
	struct arena *a = *state;
	char text[] = "orders";
	char *copy = arena_strdup(a, text);

	text[0] = 'X';
	assert_string_equal(copy, "orders");
	assert_string_equal(arena_strdup(a, ""), "");
	assert_null(arena_strdup(a, NULL));
	assert_null(arena_strndup(a, NULL, 3));
	assert_string_equal(arena_strndup(a, "orders", 3), "ord");
	assert_string_equal(arena_strndup(a, "orders", 0), "");
	assert_string_equal(arena_strndup(a, "ab\0cd", 5), "ab");
}

static void printf_fits_any_length(void **state)
{
	struct arena *a = *state;
	char *text = arena_printf(a, "%s-%d", "v", 12);

	assert_string_equal(text, "v-12");
	text = arena_printf(a, "%9000d", 1);
	assert_int_equal(strlen(text), 9000);
	assert_string_equal(text + 8998, " 1");
}

static void a_reset_arena_gives_the_same_memory(void **state)
{
	struct arena *a = *state;
	char *first = arena_alloc(a, 100);

	memset(first, 'x', 100);
	assert_non_null(arena_alloc(a, 1 << 20));
	assert_non_null(arena_alloc(a, 5000));
	arena_reset(a);
	assert_int_equal(a->used_bytes, 0);
	for (int i = 0; i < 3; i++) {
		char *p = arena_alloc(a, 100);

		for (int k = 0; k < 100; k++)
			assert_int_equal(p[k], 0);
		memset(p, 'x', 100);
		assert_null(memchr(arena_alloc(a, 3000), 'x', 3000));
		arena_reset(a);
	}
	arena_clear(a);
	arena_reset(a);
	assert_non_null(arena_alloc(a, 1));
}

static void a_refusal_is_remembered(void **state)
{
	struct arena *a = *state;

	assert_false(a->failed);
	assert_null(arena_alloc(a, ARENA_MAX_ALLOC + 1));
	assert_true(a->failed);
	assert_non_null(arena_alloc(a, 1));
	assert_true(a->failed);
	arena_reset(a);
	assert_false(a->failed);
	assert_null(arena_array(a, SIZE_MAX, 2));
	assert_true(a->failed);
	arena_clear(a);
	assert_false(a->failed);
}

static int fill_once(void *arg)
{
	struct arena a;
	int r = 0;

	(void)arg;
	arena_init(&a);
	for (size_t i = 0; i < 24 && r == 0; i++)
		r = arena_alloc(&a, nth_size(i)) && arena_printf(&a, "%zu", i) ? 0 : -ENOMEM;
	arena_clear(&a);
	return r;
}

static void short_memory(void **state)
{
	(void)state;
	oom_sweep(fill_once, NULL, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(memory_is_zeroed_aligned_and_apart, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_cleared_arena_is_usable, setup, teardown),
	    cmocka_unit_test_setup_teardown(nothing_is_still_something, setup, teardown),
	    cmocka_unit_test_setup_teardown(too_much_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(arrays_have_room_for_all, setup, teardown),
	    cmocka_unit_test_setup_teardown(strings_are_copied, setup, teardown),
	    cmocka_unit_test_setup_teardown(printf_fits_any_length, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_reset_arena_gives_the_same_memory, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_refusal_is_remembered, setup, teardown),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
