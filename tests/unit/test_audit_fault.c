/*
 * A disk that is full, broken, or short of memory. write, fdatasync and ftruncate stand in front of libc's, so
 * that each can fail at a chosen call; full file systems are real ones.
 */

#include "tests/unit/audit_fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/lib/oom.h"

/* Three records each. */
#define SMALL_FILES ((uint64_t)2000)

/* Of the calling thread, so that the writer's own thread does not use them up. */
static _Thread_local struct {
	long room; /* bytes that write still takes, then -ENOSPC; -1: all */
	bool no_cut, no_dir_sync;
} fault = {.room = -1};

/* Of all threads: the files of the log cannot be brought to the disk. Its other files can. */
static _Atomic bool no_data_sync;

ssize_t write(int fd, const void *data, size_t len)
{
	/* Standard output is cmocka's. */
	if (fd > 2 && fault.room >= 0) {
		if (fault.room == 0) {
			errno = ENOSPC;
			return -1;
		}
		if (len > (size_t)fault.room)
			len = (size_t)fault.room;
		fault.room -= (long)len;
	}
	return syscall(SYS_write, fd, data, len);
}

static int fail_if(bool fails, int (*call)(int fd), int fd)
{
	if (!fails)
		return call(fd);
	errno = EIO;
	return -1;
}

static int real_fdatasync(int fd)
{
	return (int)syscall(SYS_fdatasync, fd);
}

static bool is_log(int fd)
{
	char path[64], target[1024];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

	ssize_t len = readlink(path, target, sizeof(target));

	return len > 6 && memcmp(target + len - 6, ".jsonl", 6) == 0;
}

int fdatasync(int fd)
{
	return fail_if(no_data_sync && is_log(fd), real_fdatasync, fd);
}

static int real_fsync(int fd)
{
	return (int)syscall(SYS_fsync, fd);
}

int fsync(int fd)
{
	return fail_if(fault.no_dir_sync, real_fsync, fd);
}

int ftruncate(int fd, off_t len)
{
	if (!fault.no_cut)
		return (int)syscall(SYS_ftruncate, fd, len);
	errno = EIO;
	return -1;
}

static int clear_faults(void **state)
{
	fault.room = -1;
	fault.no_cut = fault.no_dir_sync = false;
	no_data_sync = false;
	return fixture_teardown(state);
}

#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, clear_faults)

static struct audit *open_always(struct fixture *f, uint64_t rotate_bytes)
{
	struct audit_options opt = {
	    .dir = f->dir, .sync_always = true, .rotate_bytes = rotate_bytes};
	struct audit *a = NULL;

	assert_int_equal(audit_open(&opt, &a, NULL), 0);
	return a;
}

static int try_append(struct audit *a, uint64_t i)
{
	struct sample s;
	struct mesh_err err = {0};
	int r = audit_append(a, sample(&s, i), &err);

	assert_int_equal(r, err.code);
	assert_true(r == 0 || err.text[0]);
	return r;
}

static void assert_stats(struct audit *a, uint64_t records, int error)
{
	uint64_t n;
	int e;

	audit_stats(a, &n, &e);
	assert_int_equal(n, records);
	assert_int_equal(e, error);
}

static void partial_writes_are_cut_off(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0);

	append(a, 1, 2);
	for (long room = 0; room < 400; room += 57) {
		fault.room = room;
		assert_int_equal(try_append(a, 3), -ENOSPC);
		fault.room = -1;
		assert_sound(f, 2);
	}
	assert_stats(a, 2, -ENOSPC);
	append(a, 3, 4);
	assert_stats(a, 4, 0);
	audit_close(a);
	assert_sound(f, 4);
}

static void no_room_for_the_first_record(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0);

	fault.room = 10;
	assert_int_equal(try_append(a, 1), -ENOSPC);
	fault.room = -1;
	append(a, 1, 2);
	audit_close(a);
	assert_sound(f, 2);
}

static void no_room_in_a_new_file(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, SMALL_FILES);

	append(a, 1, 3);
	fault.room = 10;
	assert_int_equal(try_append(a, 4), -ENOSPC);
	fault.room = -1;
	audit_close(a);
	assert_sound(f, 3);
	a = open_log(f, SMALL_FILES);
	append(a, 4, 8);
	audit_close(a);
	assert_sound(f, 8);
	assert_int_equal(verify(f).files, 3);
}

/* A failed rotation is tried again by the next record, even one that would fit into the former file. */
static void failed_rotation(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, SMALL_FILES);
	struct audit_record small = {.uid = -1};

	append(a, 1, 3);
	fault.no_dir_sync = true;
	assert_int_equal(try_append(a, 4), -EIO);
	assert_int_equal(try_append(a, 4), -EIO);
	fault.no_dir_sync = false;
	assert_int_equal(audit_append(a, &small, NULL), 0);
	append(a, 5, 8);
	audit_close(a);
	assert_sound(f, 8);
}

static void former_file_that_cannot_be_synced(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, SMALL_FILES);

	append(a, 1, 3);
	no_data_sync = true;
	assert_int_equal(try_append(a, 4), -EIO);
	no_data_sync = false;
	append(a, 4, 8);
	/* What the disk may have lost is not forgotten. */
	assert_stats(a, 8, -EIO);
	audit_close(a);
	assert_sound(f, 8);
}

static void line_that_cannot_be_cut_off(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0);

	append(a, 1, 2);
	fault.room = 10;
	fault.no_cut = true;
	assert_int_equal(try_append(a, 3), -ENOSPC);
	fault.room = -1;
	fault.no_cut = false;
	assert_int_equal(try_append(a, 3), -EIO);
	assert_int_equal(try_append(a, 3), -EIO);
	assert_stats(a, 2, -EIO);
	audit_close(a);
	a = open_log(f, 0);
	append(a, 3, 3);
	audit_close(a);
	assert_sound(f, 3);
	assert_int_equal(access(path_of(f, "audit-0000000003.torn"), F_OK), 0);
}

static void record_that_cannot_be_synced_does_not_count(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_always(f, 0);

	append(a, 1, 2);
	no_data_sync = true;
	assert_int_equal(try_append(a, 3), -EIO);
	no_data_sync = false;
	assert_sound(f, 2);
	append(a, 3, 3);
	audit_close(a);
	assert_sound(f, 3);
}

static void head_does_not_run_ahead_of_the_disk(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, 0);
	struct chain_point p;
	int dir = logdir_open(f->dir, NULL);

	no_data_sync = true;
	append(a, 1, 2);
	audit_close(a);
	assert_int_equal(logdir_head(dir, &p), 0);
	assert_int_equal(p.seq, 0);
	(void)close(dir);
}

static void no_room_for_the_head_of_a_new_log(void **state)
{
	struct fixture *f = *state;
	struct audit_options opt = {.dir = f->dir};
	struct audit *a = NULL;
	struct mesh_err err = {0};

	fault.room = 0;
	assert_int_equal(audit_open(&opt, &a, &err), -ENOSPC);
	assert_non_null(strstr(err.text, f->dir));
	fault.room = -1;
	make_log(f, 2, 0);
	assert_sound(f, 2);
}

/* An existing log opens on a full disk: who may go on without a record must not be kept from it. */
static void full_disk_at_open(void **state)
{
	struct fixture *f = *state;
	struct audit *a;

	make_log(f, 2, 0);
	fault.room = 0;
	a = open_log(f, 0);
	assert_int_equal(try_append(a, 3), -ENOSPC);
	audit_close(a);
	fault.room = -1;
	assert_sound(f, 2);
}

/* Without room to keep a torn line, it is not cut off. */
static void no_room_to_keep_a_torn_line(void **state)
{
	struct fixture *f = *state;
	struct audit_options opt = {.dir = f->dir};
	struct audit *a = NULL;
	struct mesh_err err = {0};
	size_t len, after;
	char *data;

	make_log(f, 2, 0);
	data = slurp(f, NAME_1, &len);
	spit(f, NAME_1, data, len - 5);
	free(data);
	spit(f, "head",
	    "{\"seq\":0,\"hash\":\"0000000000000000000000000000000000000000000000000000"
	    "000000000000\"}\n",
	    85);
	/* The head at hand is of no record, so that one of two may be lost. */
	fault.room = 3;
	assert_int_equal(audit_open(&opt, &a, &err), -ENOSPC);
	fault.room = -1;
	data = slurp(f, NAME_1, &after);
	assert_int_equal(after, len - 5);
	free(data);
	audit_close(open_log(f, 0));
	assert_sound(f, 1);
}

/* Runs fn in a process of its own; its exit status must be 0, 77 is a skip. */
static void in_child(struct fixture *f, int (*fn)(struct fixture *f))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(fn(f));
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

#define CHECK(what)                                                            \
	do {                                                                   \
		if (!(what)) {                                                 \
			print_error("%s:%d: %s\n", __FILE__, __LINE__, #what); \
			return 1;                                              \
		}                                                              \
	} while (0)

/* Appends until it fails; the number of records, and the error in *ret. */
static uint64_t fill(struct audit *a, int *ret)
{
	struct sample s;
	uint64_t n = 0;

	for (;;) {
		*ret = audit_append(a, sample(&s, n + 1), NULL);
		if (*ret < 0 || n > 100000)
			return n;
		n++;
	}
}

static int limit_file_size(rlim_t bytes)
{
	struct rlimit limit = {bytes, RLIM_INFINITY};

	return setrlimit(RLIMIT_FSIZE, &limit);
}

static int meet_size_limit(struct fixture *f)
{
	struct audit_verdict v;
	struct audit *a = open_log(f, 0);
	struct sample s;
	int error;

	(void)signal(SIGXFSZ, SIG_IGN);
	CHECK(limit_file_size(10000) == 0);
	uint64_t n = fill(a, &error);

	CHECK(n > 5 && error == -EFBIG);
	CHECK(audit_append(a, sample(&s, n + 1), NULL) == -EFBIG);
	CHECK(audit_verify(f->dir, &v, NULL) == 0 && v.ok && v.records == n);
	CHECK(limit_file_size(RLIM_INFINITY) == 0);
	CHECK(audit_append(a, sample(&s, n + 1), NULL) == 0);
	audit_close(a);
	CHECK(audit_verify(f->dir, &v, NULL) == 0 && v.ok && v.records == n + 1);
	return 0;
}

static void file_size_limit(void **state)
{
	in_child(*state, meet_size_limit);
}

/* On a file system that is really full, and later has room again. */
static int meet_full_disk(struct fixture *f)
{
	struct audit_verdict v;
	struct sample s;
	int error;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", f->dir, "tmpfs", 0, "size=128k") < 0)
		return 77;
	spit(f, "ballast", (char[32768]){0}, 32768);
	struct audit *a = open_log(f, 20000);
	uint64_t n = fill(a, &error);

	CHECK(n > 30 && error == -ENOSPC);
	CHECK(audit_append(a, sample(&s, n + 1), NULL) == -ENOSPC);
	CHECK(audit_verify(f->dir, &v, NULL) == 0 && v.ok && v.records == n);
	CHECK(unlink(path_of(f, "ballast")) == 0);
	for (int i = 1; i <= 20; i++)
		CHECK(audit_append(a, sample(&s, n + (uint64_t)i), NULL) == 0);
	audit_close(a);
	CHECK(audit_verify(f->dir, &v, NULL) == 0 && v.ok && v.records == n + 20);
	return 0;
}

static void full_file_system(void **state)
{
	in_child(*state, meet_full_disk);
}

/* libcrypto does not say that it was short of memory, and a thread that cannot be had is -EAGAIN. */
static int reason(int r)
{
	return r == -EIO || r == -EAGAIN ? -ENOMEM : r;
}

/* Opening, appending over a rotation, closing: out of memory anywhere, and the log stays sound. */
static int write_once(void *arg)
{
	struct fixture *f = arg;
	struct audit_options opt = {.dir = f->dir, .rotate_bytes = 1200};
	struct audit *a = NULL;
	struct sample s;
	int r = audit_open(&opt, &a, NULL);

	for (uint64_t i = 1; r == 0 && i <= 3; i++)
		r = audit_append(a, sample(&s, i), NULL);
	audit_close(a);
	return reason(r);
}

/* The n-th allocation of appending fails; the same record goes through at the next try. */
static void appending_goes_on_after_a_shortage(void **state)
{
	struct fixture *f = *state;
	struct audit *a = open_log(f, SMALL_FILES);
	uint64_t records = 0;
	long allocations = 0;
	int failures = 0;

	(void)oom_fail_nth(0);
	for (long n = 1; n <= 12; n++) {
		(void)oom_fail_nth(n);
		int r = try_append(a, records + 1);

		allocations += oom_fail_nth(0);
		failures += r < 0;
		if (r < 0)
			append(a, records + 1, records + 1);
		records++;
	}
	audit_close(a);
	assert_sound(f, records);
	/* Where malloc can be made to fail: under ThreadSanitizer it cannot. */
	assert_true(failures > 0 || allocations == 0);
}

static void writing_without_memory(void **state)
{
	oom_sweep(write_once, *state, 200);
	assert_true(verify(*state).ok);
	assert_true(verify(*state).records > 3);
}

static int verify_once(void *arg)
{
	struct audit_verdict v;
	int r = audit_verify(((struct fixture *)arg)->dir, &v, NULL);

	return r == 0 && !v.ok ? -EBADMSG : reason(r);
}

static int query_once(void *arg)
{
	struct audit_filter filter = {
	    .user = "u1", .product = "p/1", .since_ns = WHEN_NONE, .last = 2};
	struct buf out;

	buf_init(&out);
	int r = audit_query(((struct fixture *)arg)->dir, &filter, &out, NULL);

	buf_clear(&out);
	return r;
}

static int stop_at_once(void *arg, const char *line, size_t len)
{
	(void)arg;
	(void)line;
	(void)len;
	return 1;
}

static int follow_once(void *arg)
{
	struct audit_filter filter = {.user = "u1", .since_ns = WHEN_NONE, .last = 2};
	int r = audit_follow(((struct fixture *)arg)->dir, &filter, stop_at_once, NULL, NULL);

	return r == 1 ? 0 : reason(r);
}

static int follow_end_once(void *arg)
{
	static const volatile bool stop = true;
	struct audit_filter filter = {.since_ns = WHEN_NONE};

	return reason(
	    audit_follow(((struct fixture *)arg)->dir, &filter, stop_at_once, NULL, &stop));
}

static void reading_without_memory(void **state)
{
	make_log(*state, 10, SMALL_FILES);
	oom_sweep(verify_once, *state, 200);
	oom_sweep(query_once, *state, 200);
	oom_sweep(follow_once, *state, 200);
	oom_sweep(follow_end_once, *state, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FAULT_TEST(partial_writes_are_cut_off),
	    FAULT_TEST(no_room_for_the_first_record),
	    FAULT_TEST(no_room_in_a_new_file),
	    FAULT_TEST(failed_rotation),
	    FAULT_TEST(former_file_that_cannot_be_synced),
	    FAULT_TEST(line_that_cannot_be_cut_off),
	    FAULT_TEST(record_that_cannot_be_synced_does_not_count),
	    FAULT_TEST(head_does_not_run_ahead_of_the_disk),
	    FAULT_TEST(no_room_for_the_head_of_a_new_log),
	    FAULT_TEST(full_disk_at_open),
	    FAULT_TEST(no_room_to_keep_a_torn_line),
	    FAULT_TEST(file_size_limit),
	    FAULT_TEST(full_file_system),
	    FAULT_TEST(appending_goes_on_after_a_shortage),
	    FAULT_TEST(writing_without_memory),
	    FAULT_TEST(reading_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
