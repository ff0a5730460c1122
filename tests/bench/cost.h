#ifndef TESTS_BENCH_COST_H
#define TESTS_BENCH_COST_H

/* What a rendering takes, in a process of its own, printed as one JSON object. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct cost {
	double sec, cpu_sec;
	long kib;
};

static inline double clock_sec(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* "VmRSS:" or "VmHWM:" of /proc/self/status (proc_pid_status(5)); -1: not there. */
static inline long status_kib(const char *field)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, field, strlen(field)) == 0)
			kib = strtol(line + strlen(field), NULL, 10);
	if (f)
		(void)fclose(f);
	return kib;
}

static inline struct cost cost_begin(void)
{
	return (struct cost){clock_sec(CLOCK_MONOTONIC), clock_sec(CLOCK_PROCESS_CPUTIME_ID), status_kib("VmRSS:")};
}

/* Since then: wall and CPU time in seconds, and by how much the most memory at any time exceeded the memory at the beginning. `more`: further
 * members, each after a comma. */
static inline void cost_print(const struct cost *c, const char *more)
{
	printf("{\"sec\": %.3f, \"cpu_sec\": %.3f, \"peak_kib\": %ld%s}\n", clock_sec(CLOCK_MONOTONIC) - c->sec,
	    clock_sec(CLOCK_PROCESS_CPUTIME_ID) - c->cpu_sec, status_kib("VmHWM:") - c->kib, more);
}

static inline void cost_print_rows(const struct cost *c, unsigned long rows)
{
	char more[64];

	(void)snprintf(more, sizeof(more), ", \"rows\": %lu", rows);
	cost_print(c, more);
}

#endif
