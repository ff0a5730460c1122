/* One produces, the others wait: what each of them gets when the production ends, fails or is called off. */
#include <pthread.h>
#include <time.h>

#include "tests/unit/cache_fixture.h"

#define CROWD 16
#define PATIENCE_MS 30000

/* A producer that stands still until it is told how to go on. */
struct slow {
	atomic_int calls, at_work;
	atomic_bool go;
	int result;
};

struct reader {
	struct cache_fixture *f;
	struct slow *slow;
	atomic_bool cancel;
	atomic_bool ended;
	pthread_t thread;
	struct cache_file file;
	struct mesh_err err;
	int rc;
};

static void nap(void)
{
	const struct timespec ts = {.tv_nsec = 2000000};

	(void)nanosleep(&ts, NULL);
}

static int slow_write(void *arg, int fd, struct mesh_err *err)
{
	struct reader *r = arg;
	struct slow *s = r->slow;
	int rc;

	atomic_fetch_add(&s->calls, 1);
	atomic_fetch_add(&s->at_work, 1);
	while (!atomic_load(&s->go) && !atomic_load(&r->cancel))
		nap();
	atomic_fetch_sub(&s->at_work, 1);
	if (atomic_load(&r->cancel))
		return mesh_err_set(err, -EINTR, "called off");
	rc = write_bytes(fd, 's', 50000);
	if (rc == 0 && s->result < 0)
		rc = mesh_err_set(err, s->result, "the source is broken");
	return rc;
}

static void *read_it(void *arg)
{
	struct reader *r = arg;
	const struct cache_request rq = {.key = KEY('a'), .produce = slow_write, .arg = r, .cancel = &r->cancel};

	r->rc = cache_fetch(r->f->cache, &rq, &r->file, &r->err);
	atomic_store(&r->ended, true);
	return NULL;
}

static void start(struct reader *r, struct cache_fixture *f, struct slow *s)
{
	r->f = f;
	r->slow = s;
	assert_int_equal(pthread_create(&r->thread, NULL, read_it, r), 0);
}

static void await_int(atomic_int *what, int value)
{
	for (int i = 0; atomic_load(what) != value; i++) {
		assert_in_range(i, 0, PATIENCE_MS / 2);
		nap();
	}
}

static void await_end(struct reader *r)
{
	for (int i = 0; !atomic_load(&r->ended); i++) {
		assert_in_range(i, 0, PATIENCE_MS / 2);
		nap();
	}
	assert_int_equal(pthread_join(r->thread, NULL), 0);
}

/* The first produces; the others are started when it surely does. */
static void start_crowd(struct reader *crowd, size_t n, struct cache_fixture *f, struct slow *s)
{
	start(&crowd[0], f, s);
	await_int(&s->at_work, 1);
	for (size_t i = 1; i < n; i++)
		start(&crowd[i], f, s);
	/* Long enough for them to wait; one that comes later finds the file. */
	for (int i = 0; i < 20; i++)
		nap();
}

static void assert_got_it(struct reader *r)
{
	await_end(r);
	if (r->rc < 0)
		fail_msg("%d: %s", r->rc, r->err.text);
	assert_file(&r->file, 's', 50000);
}

static void test_one_for_all(void **state)
{
	struct cache_fixture *f = *state;
	struct reader crowd[CROWD] = {0};
	struct slow s = {0};

	cache_fixture_open(f);
	start_crowd(crowd, CROWD, f, &s);
	for (size_t i = 0; i < CROWD; i++)
		assert_false(atomic_load(&crowd[i].ended));
	atomic_store(&s.go, true);
	for (size_t i = 0; i < CROWD; i++)
		assert_got_it(&crowd[i]);
	assert_int_equal(atomic_load(&s.calls), 1);
	assert_int_equal(stats_of(f).misses, 1);
}

static void test_others_go_on_meanwhile(void **state)
{
	struct cache_fixture *f = *state;
	struct reader r = {0};
	struct slow s = {0};

	cache_fixture_open(f);
	start_crowd(&r, 1, f, &s);
	fetch_ok(f, KEY('b'), &(struct product){.byte = 'b', .len = 100});
	fetch_ok(f, KEY('b'), &(struct product){.byte = 'b', .len = 100});
	assert_int_equal(cache_names(f, "files", NULL), 1);
	atomic_store(&s.go, true);
	assert_got_it(&r);
}

static void test_who_waits_can_stop(void **state)
{
	struct cache_fixture *f = *state;
	struct reader crowd[4] = {0};
	struct slow s = {0};

	cache_fixture_open(f);
	start_crowd(crowd, 4, f, &s);
	atomic_store(&crowd[2].cancel, true);
	await_end(&crowd[2]);
	assert_int_equal(crowd[2].rc, -EINTR);
	assert_int_equal(atomic_load(&s.at_work), 1);
	atomic_store(&s.go, true);
	assert_got_it(&crowd[0]);
	assert_got_it(&crowd[1]);
	assert_got_it(&crowd[3]);
	assert_int_equal(atomic_load(&s.calls), 1);
}

/* One after the other of those who produce goes away, more of them than a request is tried again; the last one has his file. */
static void test_who_produces_can_stop(void **state)
{
	struct cache_fixture *f = *state;
	struct reader crowd[CROWD] = {0};
	struct slow s = {0};
	int calls;

	cache_fixture_open(f);
	start_crowd(crowd, CROWD, f, &s);
	for (size_t i = 0; i + 1 < CROWD; i++) {
		atomic_store(&crowd[i].cancel, true);
		await_end(&crowd[i]);
		assert_int_equal(crowd[i].rc, -EINTR);
	}
	await_int(&s.at_work, 1);
	atomic_store(&s.go, true);
	assert_got_it(&crowd[CROWD - 1]);
	calls = atomic_load(&s.calls);
	assert_in_range(calls, 2, CROWD);
	assert_int_equal(cache_names(f, "tmp", NULL), 0);
	assert_int_equal(cache_names(f, "files", NULL), 1);
}

static void test_a_failure_is_told_to_all(void **state)
{
	struct cache_fixture *f = *state;
	struct reader crowd[5] = {0};
	struct slow s = {.result = -ESTALE};
	struct reader again = {0};

	cache_fixture_open(f);
	start_crowd(crowd, 5, f, &s);
	atomic_store(&s.go, true);
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
		await_end(&crowd[i]);
		assert_int_equal(crowd[i].rc, -ESTALE);
		assert_string_equal(crowd[i].err.text, "the source is broken");
	}
	assert_int_equal(cache_names(f, "tmp", NULL) + cache_names(f, "files", NULL), 0);
	s.result = 0;
	start(&again, f, &s);
	assert_got_it(&again);
}

/* ---- many keys, little room, all at once ---- */

struct hammer {
	struct cache_fixture *f;
	unsigned seed;
	pthread_t thread;
	int wrong;
};

static bool holds(struct cache_file *file, char byte, size_t len)
{
	char got[3000];
	bool good = file->size == (off_t)len && pread(file->fd, got, len, 0) == (ssize_t)len;

	for (size_t i = 0; good && i < len; i++)
		good = got[i] == byte;
	(void)close(file->fd);
	return good;
}

static void *hammer(void *arg)
{
	struct hammer *h = arg;

	for (int i = 0; i < 400; i++) {
		char digit = "0123456789abcdef"[rand_r(&h->seed) % 16];
		struct product p = {.byte = digit, .len = 1000 + (size_t)(digit % 7) * 200};
		struct mesh_err err = {0};
		struct cache_file file;
		off_t bytes;
		int rc = fetch(h->f, KEY(digit), &p, &file, &err);

		/* With so little room a file may be gone again and again before it is had. */
		h->wrong += rc == 0 ? !holds(&file, digit, p.len) : rc != -EIO;
		(void)cache_size(h->f->cache, KEY(digit), &bytes);
	}
	return NULL;
}

static void test_many_at_once(void **state)
{
	struct cache_fixture *f = *state;
	struct hammer hammers[8];

	f->max_bytes = 9000;
	cache_fixture_open(f);
	for (size_t i = 0; i < ARRAY_LEN(hammers); i++) {
		hammers[i] = (struct hammer){.f = f, .seed = (unsigned)i};
		assert_int_equal(pthread_create(&hammers[i].thread, NULL, hammer, &hammers[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(hammers); i++) {
		assert_int_equal(pthread_join(hammers[i].thread, NULL), 0);
		assert_int_equal(hammers[i].wrong, 0);
	}
	assert_in_range(stats_of(f).bytes, 1, 9000);
	assert_int_equal(stats_of(f).corrupt, 0);
	assert_int_equal(cache_names(f, "files", NULL), stats_of(f).files);
	assert_int_equal(cache_names(f, "tmp", NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cache_fixture_setup, cache_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_for_all),
		TEST(test_others_go_on_meanwhile),
		TEST(test_who_waits_can_stop),
		TEST(test_who_produces_can_stop),
		TEST(test_a_failure_is_told_to_all),
		TEST(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
