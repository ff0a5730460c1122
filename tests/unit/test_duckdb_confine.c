#include <arpa/inet.h>
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
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/cleanup.h"
#include "fs/storage/duckdb_confine.h"

/* What a thread was allowed after it was confined. */
struct tried {
	int fd, other;
	bool write;
	int rc, other_open, name, create, again, again_to_write, truncated, connected;
};

static int open_again(int fd, int flags)
{
	char path[64];
	AUTOFD int opened = -1;

	(void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	opened = open(path, flags | O_CLOEXEC);
	return opened < 0 ? -errno : 0;
}

static int try_connect(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(1)};
	AUTOFD int s = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(s, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
}

static void *confined(void *arg)
{
	struct tried *t = arg;
	AUTOFD int name = -1;
	AUTOFD int create = -1;

	t->rc = duckdb_confine_descriptors(t->fd, NULL);
	if (t->rc == 0)
		t->rc = duckdb_confine_names(t->fd, t->write, NULL);
	t->other_open = fcntl(t->other, F_GETFD) < 0 ? -errno : 0;
	name = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	t->name = name < 0 ? -errno : 0;
	create = open("/tmp/duckdb-confine", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	t->create = create < 0 ? -errno : 0;
	t->again = open_again(t->fd, O_RDONLY);
	t->again_to_write = open_again(t->fd, O_WRONLY);
	t->truncated = open_again(t->fd, O_WRONLY | O_TRUNC);
	t->connected = try_connect();
	return NULL;
}

static struct tried try_confined(bool write)
{
	char path[] = "/tmp/duckdb-confined-XXXXXX";
	AUTOFD int other = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	AUTOFD int fd = mkstemp(path);
	struct tried t = {.fd = fd, .other = other, .write = write};
	pthread_t thread;

	assert_true(fd >= 0 && other >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pthread_create(&thread, NULL, confined, &t), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	/* Only that thread gave something up. */
	assert_true(fcntl(other, F_GETFD) >= 0);
	assert_int_equal(open_again(other, O_RDONLY), 0);
	return t;
}

static void test_descriptors(void **state)
{
	struct tried t = try_confined(false);

	(void)state;
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.other_open, -EBADF);
	assert_int_equal(t.again, 0);
}

static void test_names(void **state)
{
	struct tried t = try_confined(false);

	(void)state;
	if (!duckdb_confine_is_whole())
		skip();
	assert_int_equal(t.name, -EACCES);
	assert_int_equal(t.create, -EACCES);
	assert_int_equal(t.again_to_write, -EACCES);
	assert_int_equal(t.truncated, -EACCES);
	assert_true(t.connected < 0); /* -EACCES from kernel 6.7 on, else refused */
}

static void test_writing(void **state)
{
	struct tried t = try_confined(true);

	(void)state;
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.again_to_write, 0);
	assert_int_equal(t.truncated, 0);
	if (duckdb_confine_is_whole())
		assert_int_equal(t.name, -EACCES);
}

/* A standard descriptor as the one file: nothing else stays but the other two. */
static void *keep_standard(void *arg)
{
	struct tried *t = arg;

	t->rc = duckdb_confine_descriptors(STDOUT_FILENO, NULL);
	t->other_open = fcntl(t->other, F_GETFD) < 0 ? -errno : 0;
	t->again = fcntl(STDOUT_FILENO, F_GETFD) < 0 ? -errno : 0;
	return NULL;
}

static void test_standard(void **state)
{
	AUTOFD int other = memfd_create("other", MFD_CLOEXEC);
	struct tried t = {.other = other};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, keep_standard, &t), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.other_open, -EBADF);
	assert_int_equal(t.again, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_descriptors),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_writing),
	    cmocka_unit_test(test_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
