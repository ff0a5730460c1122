#include "tests/unit/audit_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

/* Three records each. */
#define SMALL_FILES ((uint64_t)2000)

/* Collects sequence numbers and ends the following after `end`; in between it may do something to the log. */
struct seen {
	struct fixture *f;
	uint64_t seq[512];
	size_t len;
	uint64_t end;
	void (*then)(struct seen *s);
	struct audit *a;
};

static int see(void *arg, const char *line, size_t len)
{
	struct seen *s = arg;
	struct chain_line l;

	assert_true(chain_parse(line, len, &l));
	assert_true(s->len < 512);
	s->seq[s->len++] = l.self.seq;
	if (s->then)
		s->then(s);
	return l.self.seq == s->end ? 7 : 0;
}

static void assert_seen(const struct seen *s, uint64_t from, uint64_t to)
{
	assert_int_equal(s->len, to - from + 1);
	for (uint64_t i = from; i <= to; i++)
		assert_int_equal(s->seq[i - from], i);
}

static void last_ones_come_first(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE, .last = 5};
	struct seen s = {.f = *state, .end = 7};

	make_log(s.f, 7, SMALL_FILES);
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, NULL), 7);
	assert_seen(&s, 3, 7);
}

static void last_ones_of_a_user(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE, .last = 2, .user = "u0"};
	struct seen s = {.f = *state, .end = 9};

	make_log(s.f, 10, SMALL_FILES);
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, NULL), 7);
	assert_int_equal(s.len, 2);
	assert_int_equal(s.seq[0], 6);
	assert_int_equal(s.seq[1], 9);
}

static void more_than_there_are(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE, .last = 100};
	struct seen s = {.f = *state, .end = 7};

	make_log(s.f, 7, SMALL_FILES);
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, NULL), 7);
	assert_seen(&s, 1, 7);
}

/* Each line that is seen brings the next ones, over several rotations. */
static void append_next(struct seen *s)
{
	uint64_t next = s->seq[s->len - 1] + 1;

	if (next % 2 == 0)
		append(s->a, next, next + 1);
}

static void new_lines_over_rotations(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE, .last = 1};
	struct seen s = {.f = *state, .end = 31, .then = append_next};

	s.a = open_log(s.f, SMALL_FILES);
	append(s.a, 1, 5);
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, NULL), 7);
	audit_close(s.a);
	assert_seen(&s, 5, 31);
	assert_sound(s.f, 33);
}

/* Appends 1..300 while someone follows from the start. */
static void *write_300(void *arg)
{
	struct seen *s = arg;

	for (uint64_t i = 1; i <= 300; i++) {
		append(s->a, i, i);
		if (i % 50 == 0)
			(void)usleep(1000);
	}
	return NULL;
}

static void concurrent_writer(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE, .last = UINT64_MAX};
	struct seen s = {.f = *state, .end = 300};
	pthread_t writer;

	s.a = open_log(s.f, 5000);
	assert_int_equal(pthread_create(&writer, NULL, write_300, &s), 0);
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, NULL), 7);
	assert_int_equal(pthread_join(writer, NULL), 0);
	audit_close(s.a);
	assert_seen(&s, 1, 300);
}

static volatile bool stopped;

static void wait_for(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void set_stop(int signal)
{
	(void)signal;
	stopped = true;
}

/* Follows from the end of a log that another process extends: three bytes of a line first, the rest later. */
static void from_the_end(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE};
	struct seen s = {.f = *state, .end = 8};
	size_t len;

	make_log(s.f, 9, 0);
	char *data = slurp(s.f, NAME_1, &len);
	char *seventh = strstr(data, "{\"seq\":7,"), *ninth = strstr(data, "{\"seq\":9,");

	/* The log ends with six records and a part of the seventh. */
	spit(s.f, NAME_1, data, (size_t)(seventh - data) + 3);

	pid_t child = fork();

	if (child == 0) {
		FILE *out = fopen(path_of(s.f, NAME_1), "ae");

		(void)usleep(300000);
		(void)fwrite(seventh + 3, 1, (size_t)(ninth - seventh) - 3, out);
		_exit(fclose(out));
	}
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, NULL), 7);
	assert_seen(&s, 7, 8);
	wait_for(child);
	free(data);
}

/* A torn line is cut off and another comes in its place. */
static void torn_line_that_is_replaced(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE, .last = 1};
	struct seen s = {.f = *state, .end = 4};
	FILE *out;

	make_log(s.f, 3, 0);
	out = fopen(path_of(s.f, NAME_1), "ae");
	(void)fputs("{\"seq\":4,\"prev\":\"xyz", out);
	(void)fclose(out);

	pid_t child = fork();

	if (child == 0) {
		(void)usleep(300000);
		struct audit *a = open_log(s.f, 0);

		append(a, 4, 4);
		audit_close(a);
		_exit(0);
	}
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, NULL), 7);
	assert_seen(&s, 3, 4);
	wait_for(child);
}

static void log_that_begins_later(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE};
	struct seen s = {.f = *state, .end = 2};
	pid_t child = fork();

	if (child == 0) {
		(void)usleep(300000);
		make_log(s.f, 2, 0);
		_exit(0);
	}
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, NULL), 7);
	assert_seen(&s, 1, 2);
	wait_for(child);
}

static void stop_ends_it(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE};
	struct seen s = {.f = *state};
	struct sigaction act = {.sa_handler = set_stop};

	make_log(s.f, 3, 0);
	stopped = true;
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, &stopped), 0);
	stopped = false;
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(ualarm(100000, 0), 0);
	assert_int_equal(audit_follow(s.f->dir, &filter, see, &s, &stopped), 0);
	assert_true(stopped);
	assert_int_equal(s.len, 0);
}

static void missing_directory(void **state)
{
	struct audit_filter filter = {.since_ns = WHEN_NONE};
	struct seen s = {.f = *state};

	assert_int_equal(audit_follow("/nonexistent/audit", &filter, see, &s, NULL), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    AUDIT_TEST(last_ones_come_first),
	    AUDIT_TEST(last_ones_of_a_user),
	    AUDIT_TEST(more_than_there_are),
	    AUDIT_TEST(new_lines_over_rotations),
	    AUDIT_TEST(concurrent_writer),
	    AUDIT_TEST(from_the_end),
	    AUDIT_TEST(torn_line_that_is_replaced),
	    AUDIT_TEST(log_that_begins_later),
	    AUDIT_TEST(stop_ends_it),
	    AUDIT_TEST(missing_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
