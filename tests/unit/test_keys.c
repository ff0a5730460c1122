/* The keys of hash masks: made once, alike for all who ask, kept, and refused where others could read them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "fs/keys.h"
#include "tests/lib/oom.h"

struct place {
	char top[32], dir[64];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	(void)snprintf(p->top, sizeof(p->top), "/tmp/keys-XXXXXX");
	*state = p;
	if (!mkdtemp(p->top))
		return -1;
	(void)snprintf(p->dir, sizeof(p->dir), "%s/keys", p->top);
	return 0;
}

/* The path of a key's file; "" the directory's own. */
static const char *at(const struct place *p, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s%s%s", p->dir, *name ? "/" : "", name);
	return path;
}

static int count(const struct place *p, bool remove)
{
	DIR *d = opendir(p->dir);
	const struct dirent *de;
	int n = 0;

	while (d && (de = readdir(d))) {
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		n++;
		if (remove)
			(void)unlinkat(dirfd(d), de->d_name, 0);
	}
	if (d)
		(void)closedir(d);
	return n;
}

static int teardown(void **state)
{
	struct place *p = *state;

	(void)count(p, true);
	(void)rmdir(p->dir);
	(void)rmdir(p->top);
	free(p);
	return 0;
}

static struct keys *keys_at(const struct place *p)
{
	struct keys *k = keys_new(p->dir);

	assert_non_null(k);
	return k;
}

static void put(const struct place *p, const char *name, size_t len, mode_t mode)
{
	char bytes[8192];
	AUTOFD int fd = open(at(p, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	memset(bytes, 'k', sizeof(bytes));
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void assert_same(const struct hash_key *a, const struct hash_key *b, bool same)
{
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0, same);
}

static void test_made_once_and_kept(void **state)
{
	struct place *p = *state;
	struct keys *k = keys_at(p), *later;
	const struct hash_key *key;
	struct stat st;

	assert_int_equal(access(p->dir, F_OK), -1);
	key = keys_get(k, "mesh");
	assert_non_null(key);
	assert_int_equal(key->len, 32);
	assert_ptr_equal(keys_get(k, "mesh"), key);
	assert_same(keys_get(k, "other"), key, false);
	assert_int_equal(stat(at(p, ""), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(at(p, "mesh"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(count(p, false), 2);
	later = keys_at(p);
	assert_same(keys_get(later, "mesh"), key, true);
	assert_string_equal(keys_digest(later, "mesh"), keys_digest(k, "mesh"));
	assert_string_not_equal(keys_digest(k, "other"), keys_digest(k, "mesh"));
	assert_int_equal(strspn(keys_digest(k, "mesh"), "0123456789abcdef"), 64);
	assert_null(keys_digest(k, "no/name"));
	keys_free(later);
	keys_free(k);
}

static void test_an_operators_own(void **state)
{
	struct place *p = *state;
	struct keys *k = keys_at(p);

	assert_int_equal(mkdir(p->dir, 0700), 0);
	put(p, "long", 8192, 0400);
	put(p, "least", 16, 0600);
	assert_int_equal(keys_get(k, "long")->len, 4096);
	assert_int_equal(keys_get(k, "least")->len, 16);
	assert_memory_equal(keys_get(k, "least")->bytes, "kkkkkkkkkkkkkkkk", 16);
	keys_free(k);
}

static void test_refused(void **state)
{
	static const char *const no_names[] = {"", ".", "..", "a/b", "../mesh", ".hidden", "a\n"};
	struct place *p = *state;
	struct keys *k = keys_at(p);

	assert_int_equal(mkdir(p->dir, 0700), 0);
	put(p, "short", 15, 0600);
	put(p, "empty", 0, 0600);
	put(p, "group", 32, 0640);
	put(p, "world", 32, 0604);
	put(p, "target", 32, 0600);
	assert_int_equal(symlink("target", at(p, "link")), 0);
	assert_null(keys_get(k, "short"));
	assert_null(keys_get(k, "empty"));
	assert_null(keys_get(k, "group"));
	assert_null(keys_get(k, "world"));
	assert_null(keys_get(k, "link"));
	for (size_t i = 0; i < ARRAY_LEN(no_names); i++)
		assert_null(keys_get(k, no_names[i]));
	assert_int_equal(count(p, false), 6);
	/* Not remembered: an operator who puts it right has not to mount again. */
	put(p, "world", 32, 0600);
	assert_non_null(keys_get(k, "world"));
	keys_free(k);
}

static void test_no_directory(void **state)
{
	struct place *p = *state;
	struct keys *k = keys_new("/proc/nowhere/keys");

	assert_non_null(k);
	assert_null(keys_get(k, "mesh"));
	keys_free(k);
	keys_free(NULL);
	assert_int_equal(symlink("/tmp", p->dir), 0);
	k = keys_at(p);
	assert_null(keys_get(k, "mesh"));
	keys_free(k);
	assert_int_equal(unlink(p->dir), 0);
}

/* ---- many at once ---- */

struct asking {
	struct keys *keys;
	const struct hash_key *got[8];
	pthread_t thread;
};

static void *ask(void *arg)
{
	struct asking *a = arg;

	for (size_t i = 0; i < ARRAY_LEN(a->got); i++) {
		const char name[] = {'k', (char)('0' + i), '\0'};

		a->got[i] = keys_get(a->keys, name);
	}
	return NULL;
}

/* Two mounts of one mesh, each with its threads, make the same keys. */
static void test_made_by_many_at_once(void **state)
{
	struct place *p = *state;
	struct keys *k[2] = {keys_at(p), keys_at(p)};
	struct asking all[8] = {0};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		all[i].keys = k[i % 2];
		assert_int_equal(pthread_create(&all[i].thread, NULL, ask, &all[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_int_equal(pthread_join(all[i].thread, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t j = 0; j < ARRAY_LEN(all[i].got); j++)
			assert_same(all[i].got[j], all[0].got[j], true);
	assert_int_equal(count(p, false), 8);
	keys_free(k[0]);
	keys_free(k[1]);
}

static int get_one(void *arg)
{
	struct place *p = arg;
	struct keys *k = keys_new(p->dir);
	bool got = k && keys_get(k, "mesh");

	keys_free(k);
	return got ? 0 : -ENOMEM;
}

static void test_no_memory(void **state)
{
	struct place *p = *state;

	oom_sweep(get_one, p, 50);
	assert_int_equal(count(p, false), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_made_once_and_kept), TEST(test_an_operators_own),   TEST(test_refused),
		TEST(test_no_directory),       TEST(test_made_by_many_at_once), TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
