#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "catalog/base/err.h"

static void set_keeps_code_and_sentence(void **state)
{
	struct mesh_err err = {0};

	(void)state;
	assert_int_equal(mesh_err_set(&err, -ENOENT, "no %s in %d places", "door", 2), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.text, "no door in 2 places");
	mesh_err_clear(&err);
	assert_int_equal(err.code, 0);
	assert_string_equal(err.text, "");
}

static void null_is_taken_everywhere(void **state)
{
	(void)state;
	mesh_err_clear(NULL);
	assert_int_equal(mesh_err_set(NULL, -EPERM, "x"), -EPERM);
	assert_int_equal(mesh_err_nomem(NULL), -ENOMEM);
	assert_true(mesh_err_wrap(NULL, "x") < 0);
}

static void wrap_puts_context_in_front(void **state)
{
	struct mesh_err err = {0};

	(void)state;
	mesh_err_set(&err, -EINVAL, "line 3 is empty");
	assert_int_equal(mesh_err_wrap(&err, "reading %s", "mesh.yaml"), -EINVAL);
	assert_int_equal(mesh_err_wrap(&err, "applying"), -EINVAL);
	assert_string_equal(err.text, "applying: reading mesh.yaml: line 3 is empty");
}

static void nomem_has_a_sentence(void **state)
{
	struct mesh_err err = {0};

	(void)state;
	assert_int_equal(mesh_err_nomem(&err), -ENOMEM);
	assert_int_equal(err.code, -ENOMEM);
	assert_string_equal(err.text, "out of memory");
}

static void arguments_may_point_into_the_error(void **state)
{
	struct mesh_err err = {0};

	(void)state;
	mesh_err_set(&err, -EIO, "disk gone");
	mesh_err_set(&err, -EACCES, "denied, because: %s", err.text);
	assert_string_equal(err.text, "denied, because: disk gone");
}

static void long_sentences_are_cut(void **state)
{
	struct mesh_err err = {0};
	char filler[3000];

	(void)state;
	memset(filler, 'x', sizeof(filler));
	filler[sizeof(filler) - 1] = '\0';
	mesh_err_set(&err, -EINVAL, "%s", filler);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	mesh_err_wrap(&err, "%s", filler);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	mesh_err_wrap(&err, "front");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "front: xxx", 10);
	assert_int_equal(err.code, -EINVAL);
}

static void a_cut_never_splits_a_character(void **state)
{
	struct mesh_err err = {0};
	char filler[sizeof(err.text) + 8];

	(void)state;
	for (size_t pad = 0; pad < 4; pad++) {
		size_t at = sizeof(err.text) - 1 - pad;

		memset(filler, 'x', sizeof(filler));
		memcpy(filler + at, "\xf0\x9f\x98\x80", 5);
		mesh_err_set(&err, -EINVAL, "%s", filler);
		assert_int_equal(strlen(err.text), at);
	}

	/* One that fits as a whole stays. */
	memset(filler, 'x', sizeof(filler));
	memcpy(filler + sizeof(err.text) - 5, "\xf0\x9f\x98\x80zz", 7);
	mesh_err_set(&err, -EINVAL, "%s", filler);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 5, "\xf0\x9f\x98\x80");
}

static void terminals_are_safe(void **state)
{
	struct mesh_err err = {0};

	(void)state;
	mesh_err_set(&err, -EINVAL, "name \"%s\" is bad\n",
	    "a\x1b[2J\nb\x7f"
	    "c\xc2\x9b"
	    "d\xc3\xa9");
	assert_string_equal(err.text, "name \"a?[2J?b?c??d\xc3\xa9\" is bad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(set_keeps_code_and_sentence),
	    cmocka_unit_test(null_is_taken_everywhere),
	    cmocka_unit_test(wrap_puts_context_in_front),
	    cmocka_unit_test(nomem_has_a_sentence),
	    cmocka_unit_test(arguments_may_point_into_the_error),
	    cmocka_unit_test(long_sentences_are_cut),
	    cmocka_unit_test(a_cut_never_splits_a_character),
	    cmocka_unit_test(terminals_are_safe),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
