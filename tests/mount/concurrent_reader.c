/*
 * Many threads read files below a mount in every way there is, and compare each byte with storage, while others list.
 *
 *	concurrent_reader SECONDS READERS LISTERS DIR MOUNTED STORED [MOUNTED STORED]...
 *		MOUNTED is below the mount, STORED the file in storage. DIR is listed.
 *	concurrent_reader swap SECONDS MOUNTED STORED A B
 *		STORED is replaced by a copy of A and of B in turn: whoever reads MOUNTED gets one of them whole, or ESTALE.
 *
 * Prints how much was done; ends with status 1 at the first byte that is wrong.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 32
#define THREADS_MAX 32

struct content {
	char *bytes; /* owned */
	size_t len;
};

struct file {
	const char *mounted;
	struct content stored;
};

static struct file files[FILES_MAX];
static size_t files_len;
static const char *listed;
static struct content versions[2];
static const char *swapped, *swapped_stored;
static atomic_bool stop;
static atomic_long reads, lists, stale;

__attribute__((noreturn)) static void fail(const char *path, const char *what)
{
	printf("WRONG %s: %s (%s)\n", path, what, strerror(errno));
	(void)fflush(stdout);
	_exit(1);
}

static void load(struct content *c, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		fail(path, "cannot be read");
	c->len = (size_t)st.st_size;
	c->bytes = malloc(c->len + 1);
	if (!c->bytes || read(fd, c->bytes, c->len) != (ssize_t)c->len)
		fail(path, "cannot be read");
	(void)close(fd);
}

static unsigned pick(unsigned *seed, size_t n)
{
	return (unsigned)rand_r(seed) % (unsigned)n;
}

static void compare(const struct file *f, const char *got, size_t at, size_t len)
{
	if (at + len > f->stored.len || memcmp(got, f->stored.bytes + at, len) != 0)
		fail(f->mounted, "other bytes than in storage");
}

/* ---- ways to read ---- */

static void whole(const struct file *f, int fd, char *buf, unsigned *seed)
{
	static const size_t steps[] = {1 << 17, 4096, 1000, 1 << 20};
	size_t step = steps[pick(seed, 4)], at = 0;
	ssize_t n;

	while ((n = read(fd, buf, step)) > 0) {
		compare(f, buf, at, (size_t)n);
		at += (size_t)n;
	}
	if (n < 0 || at != f->stored.len)
		fail(f->mounted, "not read to its end");
}

static void pieces(const struct file *f, int fd, char *buf, unsigned *seed)
{
	for (int i = 0; i < 20; i++) {
		size_t at = pick(seed, f->stored.len + 10), len = pick(seed, 70000) + 1;
		size_t due = at >= f->stored.len ? 0
		    : f->stored.len - at < len   ? f->stored.len - at
						 : len;
		ssize_t n = pread(fd, buf, len, (off_t)at);

		if (n != (ssize_t)due)
			fail(f->mounted, "a piece of another length");
		if (n > 0)
			compare(f, buf, at, (size_t)n);
	}
}

static void mapped(const struct file *f, int fd, char *buf, unsigned *seed)
{
	char *map;

	(void)buf;
	if (f->stored.len == 0)
		return;
	map = mmap(NULL, f->stored.len, PROT_READ, pick(seed, 2) ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		fail(f->mounted, "mmap");
	compare(f, map, 0, f->stored.len);
	(void)munmap(map, f->stored.len);
}

static void backwards(const struct file *f, int fd, char *buf, unsigned *seed)
{
	off_t end = lseek(fd, 0, SEEK_END);

	(void)seed;
	if (end != (off_t)f->stored.len)
		fail(f->mounted, "another size");
	while (end > 0) {
		size_t len = end < 100000 ? (size_t)end : 100000;

		end -= (off_t)len;
		if (pread(fd, buf, len, end) != (ssize_t)len)
			fail(f->mounted, "short");
		compare(f, buf, (size_t)end, len);
	}
}

static void *read_always(void *arg)
{
	static void (*const ways[])(const struct file *f, int fd, char *buf, unsigned *seed) = {
	    whole, pieces, mapped, backwards};
	unsigned seed = (unsigned)(size_t)arg;
	char *buf = malloc(1 << 20);

	while (buf && !atomic_load(&stop)) {
		const struct file *f = &files[pick(&seed, files_len)];
		int fd = open(f->mounted, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			fail(f->mounted, "open");
		ways[pick(&seed, 4)](f, fd, buf, &seed);
		(void)close(fd);
		atomic_fetch_add(&reads, 1);
	}
	free(buf);
	return NULL;
}

/* ---- listing ---- */

static long list(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char path[4096];
	struct stat st;
	long names = 0;

	if (!d)
		fail(dir, "opendir");
	while ((e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (lstat(path, &st) < 0)
			fail(path, "listed, but not there");
		names += S_ISDIR(st.st_mode) ? 1 + list(path) : 1;
	}
	(void)closedir(d);
	return names;
}

static void *list_always(void *arg)
{
	long first = list(listed);

	(void)arg;
	while (!atomic_load(&stop)) {
		if (list(listed) != first)
			fail(listed, "another number of names");
		atomic_fetch_add(&lists, 1);
	}
	return NULL;
}

/* ---- a file that is replaced ---- */

static void *swap_always(void *arg)
{
	char path[4096];
	struct timespec pause = {.tv_nsec = 20 * 1000000L};

	(void)arg;
	(void)snprintf(path, sizeof(path), "%s.next", swapped_stored);
	for (int i = 0; !atomic_load(&stop); i = !i) {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		if (fd < 0 ||
		    write(fd, versions[i].bytes, versions[i].len) != (ssize_t)versions[i].len)
			fail(path, "cannot be written");
		(void)close(fd);
		if (rename(path, swapped_stored) < 0)
			fail(path, "rename");
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

static bool is_version(const char *got, size_t len, size_t size)
{
	for (int i = 0; i < 2; i++)
		if (len == versions[i].len && size == len &&
		    memcmp(got, versions[i].bytes, len) == 0)
			return true;
	return false;
}

/* False: the file was another by then. */
static bool read_version(char *buf, size_t cap)
{
	struct stat st;
	size_t len = 0;
	ssize_t n = -1;
	int fd = open(swapped, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0)
		while ((n = read(fd, buf + len, cap - len)) > 0)
			len += (size_t)n;
	if (n < 0 && errno != ESTALE)
		fail(swapped, "open or read");
	if (fd >= 0)
		(void)close(fd);
	if (n == 0 && !is_version(buf, len, (size_t)st.st_size))
		fail(swapped, "neither the one nor the other");
	return n == 0;
}

static void *read_versions(void *arg)
{
	size_t cap = versions[0].len + versions[1].len + 1;
	char *buf = malloc(cap);

	(void)arg;
	while (buf && !atomic_load(&stop))
		atomic_fetch_add(read_version(buf, cap) ? &reads : &stale, 1);
	free(buf);
	return NULL;
}

/* ---- the two programs ---- */

struct crew {
	pthread_t threads[THREADS_MAX];
	size_t len;
};

static void crew_add(struct crew *c, void *(*fn)(void *arg), int n)
{
	for (; n > 0 && c->len < THREADS_MAX; n--) {
		if (pthread_create(&c->threads[c->len], NULL, fn, (void *)(c->len + 1)) != 0)
			fail("thread", "cannot be made");
		c->len++;
	}
}

static int crew_run(struct crew *c, const char *seconds)
{
	(void)sleep((unsigned)atoi(seconds));
	atomic_store(&stop, true);
	for (size_t i = 0; i < c->len; i++)
		(void)pthread_join(c->threads[i], NULL);
	printf("DONE reads=%ld lists=%ld stale=%ld\n", atomic_load(&reads), atomic_load(&lists),
	    atomic_load(&stale));
	return 0;
}

static int swap(char **argv)
{
	struct crew c = {.len = 0};

	swapped = argv[3];
	swapped_stored = argv[4];
	load(&versions[0], argv[5]);
	load(&versions[1], argv[6]);
	crew_add(&c, swap_always, 1);
	crew_add(&c, read_versions, 4);
	return crew_run(&c, argv[2]);
}

int main(int argc, char **argv)
{
	struct crew c = {.len = 0};

	if (argc == 7 && strcmp(argv[1], "swap") == 0)
		return swap(argv);
	if (argc < 7 || argc % 2 == 0 || (argc - 5) / 2 > FILES_MAX) {
		(void)fputs("usage: see the head of concurrent_reader.c\n", stderr);
		return 2;
	}
	listed = argv[4];
	for (int i = 5; i < argc; i += 2) {
		files[files_len].mounted = argv[i];
		load(&files[files_len++].stored, argv[i + 1]);
	}
	crew_add(&c, read_always, atoi(argv[2]));
	crew_add(&c, list_always, atoi(argv[3]));
	return crew_run(&c, argv[1]);
}
