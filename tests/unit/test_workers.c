/* Jobs of one name keep no other's waiting, at most so many run at once, and each is run exactly once, whatever becomes of it. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "fs/workers.h"

#define PATIENCE_SEC 30

/* What the jobs of a test share. */
struct bench {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct workers *workers;
	int running, most, done, cancelled;
	bool gate; /* jobs of kind HELD end once it is open */
};

enum kind { QUICK, HELD, OBEDIENT };

struct task {
	struct work_job job; /* first */
	struct bench *bench;
	enum kind kind;
};

static struct timespec deadline(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += PATIENCE_SEC;
	return ts;
}

static void hold(struct task *t)
{
	struct timespec poll;

	while (!t->bench->gate && !(t->kind == OBEDIENT && atomic_load(&t->job.cancel))) {
		(void)clock_gettime(CLOCK_REALTIME, &poll);
		poll.tv_nsec += 10000000L;
		poll.tv_sec += poll.tv_nsec / 1000000000L;
		poll.tv_nsec %= 1000000000L;
		(void)pthread_cond_timedwait(&t->bench->changed, &t->bench->lock, &poll);
	}
}

static void run(struct work_job *job)
{
	struct task *t = (struct task *)job;
	struct bench *b = t->bench;

	(void)pthread_mutex_lock(&b->lock);
	if (atomic_load(&job->cancel)) {
		b->cancelled++;
	} else {
		b->running++;
		b->most = b->running > b->most ? b->running : b->most;
		(void)pthread_cond_broadcast(&b->changed);
		if (t->kind != QUICK)
			hold(t);
		b->running--;
	}
	b->done++;
	(void)pthread_cond_broadcast(&b->changed);
	(void)pthread_mutex_unlock(&b->lock);
}

static void free_task(struct work_job *job)
{
	free(job);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (!b)
		return -1;
	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_cond_init(&b->changed, NULL);
	b->workers = workers_new();
	*state = b;
	return b->workers ? 0 : -1;
}

static void open_gate(struct bench *b)
{
	(void)pthread_mutex_lock(&b->lock);
	b->gate = true;
	(void)pthread_cond_broadcast(&b->changed);
	(void)pthread_mutex_unlock(&b->lock);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	open_gate(b);
	workers_free(b->workers);
	(void)pthread_cond_destroy(&b->changed);
	(void)pthread_mutex_destroy(&b->lock);
	free(b);
	return 0;
}

static struct task *task_new(struct bench *b, enum kind kind)
{
	struct task *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->job.run = run;
	t->job.free = free_task;
	t->bench = b;
	t->kind = kind;
	return t;
}

static struct task *submit(struct bench *b, const char *name, enum kind kind)
{
	struct task *t = task_new(b, kind);

	assert_int_equal(workers_submit(b->workers, name, &t->job), 0);
	return t;
}

static void await(struct bench *b, const int *what, int least)
{
	struct timespec until = deadline();
	int rc = 0;

	(void)pthread_mutex_lock(&b->lock);
	while (*what < least && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&b->changed, &b->lock, &until);
	rc = *what >= least ? 0 : ETIMEDOUT;
	(void)pthread_mutex_unlock(&b->lock);
	assert_int_equal(rc, 0);
}

static void test_each_runs_once(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 300; i++)
		(void)submit(b, i % 3 ? "a" : "b", QUICK);
	await(b, &b->done, 300);
	assert_int_equal(b->done, 300);
	assert_int_equal(b->cancelled, 0);
	assert_in_range(b->most, 1, 2 * WORKERS_PER_NAME);
}

static void test_names_do_not_wait_for_each_other(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < WORKERS_PER_NAME + 5; i++)
		(void)submit(b, "slow", HELD);
	await(b, &b->running, WORKERS_PER_NAME);
	for (int i = 0; i < 20; i++)
		(void)submit(b, "quick", QUICK);
	await(b, &b->done, 20);
	assert_int_equal(b->running, WORKERS_PER_NAME);
	open_gate(b);
	await(b, &b->done, 25 + WORKERS_PER_NAME);
}

/* A worker that is idle, and woken for the first of two, is not there for the second. */
static void test_an_idle_worker_is_one(void **state)
{
	struct bench *b = *state;

	(void)submit(b, "a", QUICK);
	await(b, &b->done, 1);
	/* Round after round: in the first the worker may not be idle yet. */
	for (int round = 0; round < 20; round++) {
		b->gate = false;
		(void)submit(b, "a", HELD);
		(void)submit(b, "a", HELD);
		await(b, &b->running, 2);
		open_gate(b);
		await(b, &b->done, 3 + 2 * round);
	}
}

static void test_the_queue_is_bounded(void **state)
{
	struct bench *b = *state;
	struct task *surplus = task_new(b, HELD);

	for (int i = 0; i < WORKERS_PER_NAME; i++)
		(void)submit(b, "a", HELD);
	await(b, &b->running, WORKERS_PER_NAME);
	for (int i = 0; i < WORKERS_QUEUE; i++)
		(void)submit(b, "a", HELD);
	assert_int_equal(workers_submit(b->workers, "a", &surplus->job), -EBUSY);
	free(surplus);
	(void)submit(b, "b", QUICK);
	await(b, &b->done, 1);
	open_gate(b);
	await(b, &b->done, 1 + WORKERS_QUEUE + WORKERS_PER_NAME);
}

static void test_a_cancelled_one_does_not_wait(void **state)
{
	struct bench *b = *state;
	struct task *waiting[6];

	for (int i = 0; i < WORKERS_PER_NAME; i++)
		(void)submit(b, "a", HELD);
	await(b, &b->running, WORKERS_PER_NAME);
	for (int i = 0; i < 6; i++)
		waiting[i] = submit(b, "a", QUICK);
	/* The last, the first, and one between: where they are taken out of the queue. */
	atomic_store(&waiting[5]->job.cancel, true);
	await(b, &b->cancelled, 1);
	atomic_store(&waiting[0]->job.cancel, true);
	await(b, &b->cancelled, 2);
	atomic_store(&waiting[2]->job.cancel, true);
	await(b, &b->cancelled, 3);
	assert_int_equal(b->done, 3);
	(void)submit(b, "a", QUICK);
	open_gate(b);
	await(b, &b->done, WORKERS_PER_NAME + 7);
	assert_int_equal(b->cancelled, 3);
}

static void test_the_end_cancels_and_waits(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 50; i++)
		(void)submit(b, i % 2 ? "a" : "b", OBEDIENT);
	await(b, &b->running, 2 * WORKERS_PER_NAME);
	workers_free(b->workers);
	b->workers = NULL;
	assert_int_equal(b->done, 50);
	assert_int_equal(b->cancelled, 50 - 2 * WORKERS_PER_NAME);
}

static void *submit_many(void *arg)
{
	struct bench *b = arg;

	for (int i = 0; i < 200; i++) {
		struct task *t = calloc(1, sizeof(*t));

		if (!t)
			return arg;
		*t = (struct task){.job = {.run = run, .free = free_task}, .bench = b, .kind = QUICK};
		atomic_init(&t->job.cancel, i % 7 == 0);
		while (workers_submit(b->workers, i % 2 ? "a" : "b", &t->job) == -EBUSY)
			;
	}
	return NULL;
}

static void test_many_submit_at_once(void **state)
{
	struct bench *b = *state;
	pthread_t threads[6];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, submit_many, b), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	await(b, &b->done, 6 * 200);
	assert_int_equal(b->cancelled, 6 * 29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_runs_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_do_not_wait_for_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_idle_worker_is_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_queue_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_cancelled_one_does_not_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_end_cancels_and_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_submit_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
