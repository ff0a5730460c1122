/*
 * malloc(3) and its family may be replaced by a program ("Replacing malloc" in the GNU C library's manual). The
 * replacement counts, and passes on to the allocator that would have served: a sanitizer's, which its run-time
 * library exports as __interceptor_*, else libc's own. free(3) stays as it is, as every block comes from there.
 */
#include "tests/lib/oom.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Initial-exec: reading these never allocates, which matters inside malloc. */
static _Thread_local long made __attribute__((tls_model("initial-exec")));
static _Thread_local long fail_at __attribute__((tls_model("initial-exec")));

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__interceptor_malloc(size_t size) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *block, size_t size) __attribute__((weak));

static bool refused(void)
{
	if (++made != fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	if (refused())
		return NULL;
	return __interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (refused())
		return NULL;
	return __interceptor_calloc ? __interceptor_calloc(count, size)
				    : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
	if (refused())
		return NULL;
	return __interceptor_realloc ? __interceptor_realloc(block, size)
				     : __libc_realloc(block, size);
}

void *reallocarray(void *block, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, total);
}

long oom_fail_nth(long n)
{
	long before = made;

	made = 0;
	fail_at = n;
	return before;
}

void oom_sweep(int (*fn)(void *), void *arg, int max)
{
	int rc;

	rc = fn(arg);
	if (rc != 0)
		fail_msg("without any failure it returned %d", rc);
	for (int n = 1; n <= max; n++) {
		oom_fail_nth(n);
		rc = fn(arg);
		if (oom_fail_nth(0) < n) {
			if (rc != 0)
				fail_msg("undisturbed after %d failures it returned %d", n - 1, rc);
			return;
		}
		if (rc != 0 && rc != -ENOMEM)
			fail_msg("when allocation %d failed it returned %d", n, rc);
	}
	fail_msg("it makes more than %d allocations", max);
}
