/* What lies in the cache's directory: kept, bounded, never served damaged, and its owner's alone. */
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "tests/lib/oom.h"
#include "tests/unit/cache_fixture.h"

static void test_kept_over_a_reopening(void **state)
{
	struct cache_fixture *f = *state;
	struct product a = {.byte = 'a', .len = 10000}, none = {.byte = '?', .len = 1};
	struct product empty = {.byte = 'e', .len = 0};
	off_t bytes;

	cache_fixture_open(f);
	fetch_ok(f, KEY('a'), &a);
	fetch_ok(f, KEY('e'), &empty);
	assert_int_equal(cache_size(f->cache, KEY('a'), &bytes), 0);
	assert_int_equal(bytes, 10000);
	cache_fixture_open(f);
	assert_int_equal(stats_of(f).bytes, 10000);
	assert_int_equal(stats_of(f).files, 2);
	/* Not looked at yet. */
	assert_int_equal(cache_size(f->cache, KEY('a'), &bytes), -ENOENT);
	none.byte = 'a';
	none.len = 10000;
	fetch_ok(f, KEY('a'), &none);
	assert_int_equal(atomic_load(&none.calls), 0);
	assert_int_equal(cache_size(f->cache, KEY('a'), &bytes), 0);
	assert_int_equal(cache_names(f, "tmp", NULL), 0);
}

static void test_failure_leaves_nothing(void **state)
{
	static const int codes[] = {-EIO, -ENOENT, -EAGAIN, -ESTALE, -EINTR, -EACCES};
	struct cache_fixture *f = *state;

	cache_fixture_open(f);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct product p = {.byte = 'p', .len = 9000, .fail = codes[i]};
		struct mesh_err err = {0};
		struct cache_file file = {.fd = -7};

		assert_int_equal(fetch(f, KEY('f'), &p, &file, &err), codes[i]);
		assert_int_equal(file.fd, -7);
		assert_non_null(strstr(err.text, "it failed with"));
		assert_int_equal(atomic_load(&p.calls), 1);
		assert_int_equal(cache_names(f, "files", NULL) + cache_names(f, "tmp", NULL), 0);
		assert_int_equal(cache_find(f->cache, KEY('f'), &file), -ENOENT);
	}
	fetch_ok(f, KEY('f'), &(struct product){.byte = 'q', .len = 9000});
}

static void test_the_longest_unused_goes_first(void **state)
{
	struct cache_fixture *f = *state;
	struct cache_file held, file;

	f->max_bytes = 10000;
	cache_fixture_open(f);
	fetch_ok(f, KEY('a'), &(struct product){.byte = 'a', .len = 4000});
	fetch_ok(f, KEY('b'), &(struct product){.byte = 'b', .len = 4000});
	assert_int_equal(cache_find(f->cache, KEY('b'), &held), 0);
	fetch_ok(f, KEY('a'), &(struct product){.byte = 'a', .len = 4000});
	fetch_ok(f, KEY('c'), &(struct product){.byte = 'c', .len = 4000});
	assert_int_equal(cache_find(f->cache, KEY('b'), &file), -ENOENT);
	assert_int_equal(stats_of(f).evictions, 1);
	assert_int_equal(stats_of(f).bytes, 8000);
	assert_int_equal(cache_names(f, "files", NULL), 2);
	assert_file(&held, 'b', 4000);
	fetch_ok(f, KEY('d'), &(struct product){.byte = 'd', .len = 10000});
	assert_int_equal(stats_of(f).files, 1);
	assert_int_equal(stats_of(f).bytes, 10000);
}

static void test_too_large_costs_the_others_nothing(void **state)
{
	struct cache_fixture *f = *state;
	struct product huge = {.byte = 'h', .len = 10001};
	struct mesh_err err = {0};
	struct cache_file file;

	f->max_bytes = 10000;
	cache_fixture_open(f);
	fetch_ok(f, KEY('a'), &(struct product){.byte = 'a', .len = 4000});
	assert_int_equal(fetch(f, KEY('b'), &huge, &file, &err), -EFBIG);
	assert_non_null(strstr(err.text, "cache_size"));
	assert_int_equal(atomic_load(&huge.calls), 1);
	assert_int_equal(cache_names(f, "files", NULL), 1);
	assert_int_equal(stats_of(f).files, 1);
}

static void set_atime(const char *path, time_t sec)
{
	const struct timespec times[2] = {{.tv_sec = sec}, {.tv_nsec = UTIME_OMIT}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void test_order_and_bound_after_a_reopening(void **state)
{
	struct cache_fixture *f = *state;
	struct cache_file file;
	char path[512];

	cache_fixture_open(f);
	fetch_ok(f, KEY('b'), &(struct product){.byte = 'b', .len = 4000});
	assert_int_equal(cache_names(f, "files", path), 1);
	fetch_ok(f, KEY('a'), &(struct product){.byte = 'a', .len = 4000});
	set_atime(path, 1000000000);
	f->max_bytes = 5000;
	cache_fixture_open(f);
	assert_int_equal(stats_of(f).bytes, 4000);
	assert_int_equal(cache_find(f->cache, KEY('b'), &file), -ENOENT);
	assert_int_equal(cache_find(f->cache, KEY('a'), &file), 0);
	assert_file(&file, 'a', 4000);
}

/* ---- damage ---- */

static void flip(const char *path)
{
	AUTOFD int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "X", 1, 4999), 1);
}

static void cut(const char *path)
{
	assert_int_equal(truncate(path, 4999), 0);
}

static void stretch(const char *path)
{
	assert_int_equal(truncate(path, 5001), 0);
}

static void replace_by_link(const char *path)
{
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
}

static void take_away(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void (*const damages[])(const char *) = {flip, cut, stretch, replace_by_link, take_away};

static void test_damaged_files_are_never_served(void **state)
{
	struct cache_fixture *f = *state;
	char path[512];

	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		struct product p = {.byte = 'p', .len = 5000};

		cache_fixture_open(f);
		fetch_ok(f, KEY('1'), &p);
		assert_int_equal(cache_names(f, "files", path), 1);
		cache_close(f->cache);
		f->cache = NULL;
		damages[i](path);
		cache_fixture_open(f);
		p.calls = 0;
		fetch_ok(f, KEY('1'), &p);
		assert_int_equal(atomic_load(&p.calls), 1);
		assert_int_equal(stats_of(f).corrupt, damages[i] == flip || damages[i] == cut || damages[i] == stretch);
		assert_int_equal(cache_names(f, "files", NULL), 1);
		assert_int_equal(stats_of(f).files, 1);
	}
}

/* A size or a file that is not what it was shows at once, also while the cache is open. */
static void test_damage_while_open(void **state)
{
	struct cache_fixture *f = *state;
	char path[512];

	cache_fixture_open(f);
	for (size_t i = 1; i < ARRAY_LEN(damages); i++) {
		struct product p = {.byte = 'p', .len = 5000};

		fetch_ok(f, KEY('1'), &p);
		assert_int_equal(cache_names(f, "files", path), 1);
		if (damages[i] == replace_by_link)
			continue;
		damages[i](path);
		p.calls = 0;
		fetch_ok(f, KEY('1'), &p);
		assert_int_equal(atomic_load(&p.calls), 1);
	}
}

static void write_file(const struct cache_fixture *f, const char *name, char byte, size_t len)
{
	char path[512];
	AUTOFD int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write_bytes(fd, byte, len), 0);
}

static void test_leftovers(void **state)
{
	struct cache_fixture *f = *state;
	char path[512], other[600];
	struct product p = {.byte = 'p', .len = 100};

	cache_fixture_open(f);
	fetch_ok(f, KEY('2'), &p);
	assert_int_equal(cache_names(f, "files", path), 1);
	cache_close(f->cache);
	f->cache = NULL;
	write_file(f, "tmp/4711-0", 't', 5000);
	write_file(f, "files/README", 'r', 5000);
	write_file(f, "files/2222.2222", 'r', 5000);
	(void)snprintf(other, sizeof(other), "%s/files/%s.%s", f->dir, KEY('3'), KEY('G'));
	assert_int_equal(symlink("/etc/hostname", other), 0);
	/* A second file of the same key, as a crash between the making of the new and the removal of the old leaves it. */
	(void)snprintf(other, sizeof(other), "files/%s.%s", KEY('2'), KEY('0'));
	write_file(f, other, 'o', 100);
	cache_fixture_open(f);
	assert_int_equal(cache_names(f, "tmp", NULL), 0);
	assert_int_equal(cache_names(f, "files", NULL), 1);
	assert_int_equal(stats_of(f).files, 1);
	fetch_ok(f, KEY('2'), &p);
}

static int killed_producer(void *arg, int fd, struct mesh_err *err)
{
	(void)arg;
	(void)err;
	(void)write_bytes(fd, 'k', 70000);
	(void)raise(SIGKILL);
	return 0;
}

static void test_a_crash_while_producing(void **state)
{
	struct cache_fixture *f = *state;
	struct cache_options opt = {.dir = f->dir};
	struct cache_file file;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct cache_request rq = {.key = KEY('5'), .produce = killed_producer};
		struct mesh_err err = {0};

		if (cache_open(&opt, &f->cache, &err) == 0)
			(void)cache_fetch(f->cache, &rq, &file, &err);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(cache_names(f, "tmp", NULL), 1);
	cache_fixture_open(f);
	assert_int_equal(cache_names(f, "tmp", NULL) + cache_names(f, "files", NULL), 0);
	assert_int_equal(cache_find(f->cache, KEY('5'), &file), -ENOENT);
}

/* ---- who has it ---- */

static void assert_refused(struct cache_fixture *f, int code, const char *text)
{
	struct cache_options opt = {.dir = f->dir};
	struct mesh_err err = {0};
	struct cache *c = NULL;

	assert_int_equal(cache_open(&opt, &c, &err), code);
	assert_null(c);
	if (!strstr(err.text, text))
		fail_msg("'%s' does not say '%s'", err.text, text);
}

static void test_two_processes(void **state)
{
	struct cache_fixture *f = *state;
	struct cache_options opt = {.dir = f->dir};
	int status;
	pid_t child;

	cache_fixture_open(f);
	assert_refused(f, -EBUSY, "-o cache=DIR");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct mesh_err err = {0};
		struct cache *c;

		_exit(cache_open(&opt, &c, &err) == -EBUSY ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	fetch_ok(f, KEY('6'), &(struct product){.byte = '6', .len = 1});
}

static void test_others_may_not_write_to_it(void **state)
{
	struct cache_fixture *f = *state;
	char sub[128];

	assert_int_equal(chmod(f->dir, 01777), 0);
	assert_refused(f, -EPERM, "may own it and write to it");
	assert_int_equal(chmod(f->dir, 0755), 0);
	cache_fixture_open(f);
	cache_close(f->cache);
	f->cache = NULL;
	(void)snprintf(sub, sizeof(sub), "%s/files", f->dir);
	assert_int_equal(chmod(sub, 0755), 0);
	assert_refused(f, -EPERM, "may own it and write to it");
	assert_int_equal(rmdir(sub), 0);
	assert_int_equal(symlink("/tmp", sub), 0);
	assert_refused(f, -ENOTDIR, f->dir);
	assert_int_equal(unlink(sub), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(f->dir, 65534, (gid_t)-1), 0);
	assert_refused(f, -EPERM, "may own it and write to it");
	assert_int_equal(chown(f->dir, 0, (gid_t)-1), 0);
}

static void test_scratch_has_no_name(void **state)
{
	struct cache_fixture *f = *state;
	int fd;

	cache_fixture_open(f);
	fd = cache_scratch(f->cache);
	assert_true(fd >= 0);
	assert_int_equal(cache_names(f, "tmp", NULL), 0);
	assert_int_equal(write_bytes(fd, 's', 1000), 0);
	(void)close(fd);
}

/* ---- no room, no memory ---- */

static void test_a_full_disk(void **state)
{
	struct cache_fixture *f = *state;
	struct product a = {.byte = 'a', .len = 600 << 10}, b = {.byte = 'b', .len = 700 << 10};
	struct product huge = {.byte = 'h', .len = 2 << 20};
	struct mesh_err err = {0};
	struct cache_file file;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", f->dir, "tmpfs", 0, "size=1m,mode=700") < 0)
		skip();
	cache_fixture_open(f);
	fetch_ok(f, KEY('a'), &a);
	/* Fits once the other one is gone. */
	fetch_ok(f, KEY('b'), &b);
	assert_int_equal(atomic_load(&b.calls), 2);
	assert_int_equal(stats_of(f).evictions, 1);
	/* Never fits. */
	assert_int_equal(fetch(f, KEY('c'), &huge, &file, &err), -ENOSPC);
	assert_int_equal(atomic_load(&huge.calls), 2);
	assert_int_equal(cache_names(f, "tmp", NULL) + cache_names(f, "files", NULL), 0);
	assert_int_equal(stats_of(f).bytes, 0);
	fetch_ok(f, KEY('a'), &a);
	cache_close(f->cache);
	f->cache = NULL;
	assert_int_equal(umount(f->dir), 0);
}

static int open_and_fetch(void *arg)
{
	struct cache_fixture *f = arg;
	struct cache_options opt = {.dir = f->dir};
	struct product p = {.byte = 'm', .len = 100};
	struct mesh_err err = {0};
	struct cache_file file;
	struct cache *c;
	int rc = cache_open(&opt, &c, &err);

	/* Without memory a directory cannot be read, which opendir(3) and this tell alike. */
	if (rc < 0)
		return rc == -EIO ? -ENOMEM : rc;
	rc = cache_fetch(c, &(struct cache_request){.key = KEY('7'), .produce = product_write, .arg = &p}, &file, &err);
	if (rc == 0)
		(void)close(file.fd);
	cache_close(c);
	return rc;
}

static void test_no_memory(void **state)
{
	struct cache_fixture *f = *state;

	oom_sweep(open_and_fetch, f, 100);
	cache_fixture_open(f);
	fetch_ok(f, KEY('7'), &(struct product){.byte = 'm', .len = 100});
	assert_int_equal(cache_names(f, "tmp", NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cache_fixture_setup, cache_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_kept_over_a_reopening),
		TEST(test_failure_leaves_nothing),
		TEST(test_the_longest_unused_goes_first),
		TEST(test_too_large_costs_the_others_nothing),
		TEST(test_order_and_bound_after_a_reopening),
		TEST(test_damaged_files_are_never_served),
		TEST(test_damage_while_open),
		TEST(test_leftovers),
		TEST(test_a_crash_while_producing),
		TEST(test_two_processes),
		TEST(test_others_may_not_write_to_it),
		TEST(test_scratch_has_no_name),
		TEST(test_a_full_disk),
		TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
