#ifndef TESTS_LIB_OOM_H
#define TESTS_LIB_OOM_H

/*
 * Allocation failures on demand, for unit tests. Linked into a test program, oom.c stands in front of malloc,
 * calloc, realloc and reallocarray, also for the libraries that the program uses; what libc allocates by itself
 * (strdup, asprintf, fopen, getline) is reached through them. Knows nothing of meshfs.
 */

/*
 * Runs `fn(arg)` once undisturbed: it must return 0. Then runs it again and again, with one failure in each run: of
 * its 1st allocation, its 2nd, and so on, until a run ends before its failure came. Each of these must return 0 (the
 * failure did no harm) or -ENOMEM, the last one 0, and leave nothing behind. Fails the test, by cmocka, on any other
 * outcome and when more than `max` runs are needed. Only allocations of the calling thread count.
 *
 * Cost: n allocations take n runs. The first run also absorbs what is allocated once per process (time zones, NSS,
 * OpenSSL). Under a sanitizer strdup and its like are not reached.
 */
void oom_sweep(int (*fn)(void *), void *arg, int max);

/*
 * The n-th allocation of the calling thread from now on fails, once (n >= 1); 0 calls it off. Returns how many
 * allocations the calling thread made since the last call. For tests that oom_sweep does not fit.
 */
long oom_fail_nth(long n);

#endif
