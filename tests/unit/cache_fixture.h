#ifndef TESTS_UNIT_CACHE_FIXTURE_H
#define TESTS_UNIT_CACHE_FIXTURE_H

/* A cache in a directory of its own, and producers of known content that count how often they are called. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
#include "fs/cache/cache.h"

struct cache_fixture {
	char dir[64];
	struct cache *cache;
	uint64_t max_bytes;
};

/* What a producer writes, and what it does instead. */
struct product {
	char byte;
	size_t len;
	int fail; /* after half of it */
	atomic_int calls;
};

#define KEY(letter) key_of(letter)

static inline const char *key_of(char hex_digit)
{
	static _Thread_local char keys[4][CACHE_KEY_LEN + 1];
	static _Thread_local unsigned turn;
	char *key = keys[turn++ % 4];

	memset(key, hex_digit, CACHE_KEY_LEN);
	key[CACHE_KEY_LEN] = '\0';
	return key;
}

static inline int write_bytes(int fd, char byte, size_t len)
{
	char block[4096];

	memset(block, byte, sizeof(block));
	while (len > 0) {
		ssize_t n = write(fd, block, len < sizeof(block) ? len : sizeof(block));

		if (n < 0)
			return -errno;
		len -= (size_t)n;
	}
	return 0;
}

static inline int product_write(void *arg, int fd, struct mesh_err *err)
{
	struct product *p = arg;
	int rc;

	atomic_fetch_add(&p->calls, 1);
	rc = write_bytes(fd, p->byte, p->fail ? p->len / 2 : p->len);
	if (rc == 0)
		rc = p->fail;
	return rc < 0 ? mesh_err_set(err, rc, "it failed with %d", rc) : 0;
}

static inline int cache_fixture_setup(void **state)
{
	struct cache_fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/cache-XXXXXX");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static inline void cache_fixture_open(struct cache_fixture *f)
{
	const struct cache_options opt = {.dir = f->dir, .max_bytes = f->max_bytes};
	struct mesh_err err = {0};

	cache_close(f->cache);
	f->cache = NULL;
	if (cache_open(&opt, &f->cache, &err) < 0)
		fail_msg("%s", err.text);
}

static inline void remove_all(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *de;

	while (d && (de = readdir(d)))
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			remove_all(fd, de->d_name);
	(void)unlinkat(dirfd, name, d ? AT_REMOVEDIR : 0);
	if (d)
		(void)closedir(d);
}

static inline int cache_fixture_teardown(void **state)
{
	struct cache_fixture *f = *state;

	cache_close(f->cache);
	remove_all(AT_FDCWD, f->dir);
	free(f);
	return 0;
}

/* How many names lie in a folder of the cache; `last` (may be NULL) gets the path of one of them. */
static inline int cache_names(const struct cache_fixture *f, const char *folder, char last[512])
{
	char path[128];
	const struct dirent *de;
	int n = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, folder);
	d = opendir(path);
	assert_non_null(d);
	while ((de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		n++;
		if (last)
			(void)snprintf(last, 512, "%s/%s", path, de->d_name);
	}
	(void)closedir(d);
	return n;
}

static inline int fetch(struct cache_fixture *f, const char *key, struct product *p, struct cache_file *ret, struct mesh_err *err)
{
	const struct cache_request rq = {.key = key, .produce = product_write, .arg = p};

	return cache_fetch(f->cache, &rq, ret, err);
}

/* The file holds `len` times `byte`; closes it. */
static inline void assert_file(struct cache_file *file, char byte, size_t len)
{
	char *got = malloc(len + 1);

	assert_non_null(got);
	assert_int_equal(file->size, len);
	assert_int_equal(pread(file->fd, got, len + 1, 0), (ssize_t)len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(got[i], byte);
	free(got);
	assert_int_equal(fcntl(file->fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	(void)close(file->fd);
}

static inline void fetch_ok(struct cache_fixture *f, const char *key, struct product *p)
{
	struct mesh_err err = {0};
	struct cache_file file;

	if (fetch(f, key, p, &file, &err) < 0)
		fail_msg("%s", err.text);
	assert_file(&file, p->byte, p->len);
}

static inline struct cache_stats stats_of(struct cache_fixture *f)
{
	struct cache_stats s;

	cache_stats(f->cache, &s);
	return s;
}

#endif
