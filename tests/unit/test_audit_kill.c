/*
 * kill -9 of the writer: no record whose append has returned is ever missing. A child appends and then writes the
 * record's number into a pipe; it is killed after a random count of numbers, which finds it anywhere in the work on the
 * next ones.
 */

#include "tests/unit/audit_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#define ROUNDS 100
#define MAX_PER_ROUND 60
#define LONG_TEXT_BYTES 30000

/* Every eighth record spans several pages, so that a kill can find it half written. */
static void append_for_ever(struct fixture *f, int out, uint64_t first)
{
	struct audit *a = open_log(f, 200000);
	char *text = malloc(LONG_TEXT_BYTES + 1);
	struct sample s;

	memset(text, 'x', LONG_TEXT_BYTES);
	text[LONG_TEXT_BYTES] = '\0';
	for (uint64_t i = first;; i++) {
		struct audit_record r = *sample(&s, i);

		if (i % 8 == 0)
			r.resource = text;
		if (audit_append(a, &r, NULL) < 0 || write(out, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

/* Marks what the child reports, until it has reported `n` and is dead. Returns how many. */
static uint64_t collect(int in, pid_t child, uint64_t n, struct buf *seen)
{
	uint64_t count = 0, number;
	int status;

	while (read(in, &number, sizeof(number)) == sizeof(number)) {
		buf_add(seen, &number, sizeof(number));
		if (++count == n)
			assert_int_equal(kill(child, SIGKILL), 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return count;
}

static uint64_t kill_once(struct fixture *f, uint64_t first, uint64_t n, struct buf *seen)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)close(ends[0]);
		append_for_ever(f, ends[1], first);
	}
	(void)close(ends[1]);
	uint64_t count = collect(ends[0], child, n, seen);

	(void)close(ends[0]);
	return count;
}

/* The numbers (epochs) that the log holds, as a table of bits. */
static uint8_t *recorded(struct fixture *f, uint64_t cap)
{
	const struct audit_filter all = {.since_ns = WHEN_NONE};
	uint8_t *has = calloc(1, cap);
	struct buf out;

	buf_init(&out);
	assert_int_equal(audit_query(f->dir, &all, &out, NULL), 0);
	for (char *at = strstr(out.data, ",\"epoch\":"); at; at = strstr(at, ",\"epoch\":")) {
		uint64_t number = strtoull(at += 9, NULL, 10);

		assert_true(number < cap);
		has[number]++;
	}
	buf_clear(&out);
	return has;
}

static void no_answered_record_is_lost(void **state)
{
	struct fixture *f = *state;
	const uint64_t stride = 100000;
	uint64_t reported = 0;
	unsigned int seed = 4711;
	struct buf seen;

	buf_init(&seen);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		reported += kill_once(
		    f, i * stride + 1, 1 + (uint64_t)rand_r(&seed) % MAX_PER_ROUND, &seen);
		assert_true(verify(f).ok);
	}
	audit_close(open_log(f, 0));
	struct audit_verdict v = verify(f);

	assert_true(v.ok);
	assert_true(reported >= ROUNDS);
	assert_true(v.records >= reported);
	assert_int_equal(seen.len, reported * sizeof(uint64_t));

	uint8_t *has = recorded(f, ROUNDS * stride);

	for (size_t i = 0; i < reported; i++) {
		uint64_t number;

		memcpy(&number, seen.data + i * sizeof(number), sizeof(number));
		assert_int_equal(has[number], 1);
	}
	free(has);
	buf_clear(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    AUDIT_TEST(no_answered_record_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
