/* The resolver of these tests stands in front of the C library's: it answers what a test says, or only when it is let go. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/base/when.h"
#include "fs/storage/postgres_resolve.h"

static sem_t let_go;
static atomic_int frees, answers;

static struct sockaddr_in v4 = {.sin_family = AF_INET};
static struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
static struct addrinfo second = {
    .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&v4, .ai_addrlen = sizeof(v4)};
static struct addrinfo first = {.ai_family = AF_INET6,
    .ai_addr = (struct sockaddr *)&v6,
    .ai_addrlen = sizeof(v6),
    .ai_next = &second};

int getaddrinfo(
    const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	struct in_addr address;

	(void)service;
	if (hints->ai_flags & AI_NUMERICHOST) {
		*ret = &second;
		return inet_pton(AF_INET, host, &address) == 1 ? 0 : EAI_NONAME;
	}
	if (strcmp(host, "slow") == 0)
		(void)sem_wait(&let_go);
	atomic_fetch_add(&answers, 1);
	if (strcmp(host, "absent") == 0)
		return EAI_NONAME;
	*ret = &first;
	return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
	(void)found;
	atomic_fetch_add(&frees, 1);
}

struct asked {
	struct postgres_wait wait;
	struct buf hosts, addresses;
	struct mesh_err err;
};

static void asked_init(struct asked *a)
{
	memset(a, 0, sizeof(*a));
	a->wait.until_ns = postgres_wait_now() + 20 * WHEN_NS_PER_SEC;
	buf_init(&a->hosts);
	buf_init(&a->addresses);
}

static int ask(struct asked *a, const char *host)
{
	return postgres_resolve(host, &a->wait, &a->hosts, &a->addresses, &a->err);
}

static void asked_clear(struct asked *a)
{
	buf_clear(&a->hosts);
	buf_clear(&a->addresses);
}

static void test_addresses(void **state)
{
	struct asked a;

	(void)state;
	asked_init(&a);
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr), 1);
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr), 1);
	assert_int_equal(ask(&a, "db.example"), 0);
	assert_string_equal(a.hosts.data, "db.example,db.example");
	assert_string_equal(a.addresses.data, "2001:db8::1,192.0.2.1");
	asked_clear(&a);
}

static void test_no_look_up(void **state)
{
	int before = atomic_load(&answers);
	struct asked a;

	(void)state;
	asked_init(&a);
	assert_int_equal(ask(&a, "192.0.2.7"), 0);
	assert_int_equal(ask(&a, "/run/postgresql"), 0);
	assert_int_equal(ask(&a, NULL), 0);
	assert_int_equal(a.hosts.len, 0);
	assert_int_equal(a.addresses.len, 0);
	assert_int_equal(atomic_load(&answers), before);
	asked_clear(&a);
}

static void test_absent(void **state)
{
	struct asked a;

	(void)state;
	asked_init(&a);
	assert_int_equal(ask(&a, "absent"), -EIO);
	assert_non_null(strstr(a.err.text, "absent"));
	asked_clear(&a);
}

/* Who gives up leaves; what the look-up finds later is dropped. */
static void test_given_up(void **state)
{
	table_cancel set = true;
	int before = atomic_load(&answers), freed;
	struct asked a;

	(void)state;
	asked_init(&a);
	freed = atomic_load(&frees);
	a.wait.until_ns = postgres_wait_now() + WHEN_NS_PER_SEC / 10;
	assert_int_equal(ask(&a, "slow"), -ETIMEDOUT);
	a.wait.until_ns = postgres_wait_now() + 20 * WHEN_NS_PER_SEC;
	a.wait.cancel = &set;
	assert_int_equal(ask(&a, "slow"), -EINTR);
	assert_int_equal(atomic_load(&answers), before);
	assert_int_equal(a.hosts.len, 0);
	assert_int_equal(sem_post(&let_go), 0);
	assert_int_equal(sem_post(&let_go), 0);
	for (int i = 0; i < 1000 && atomic_load(&frees) < freed + 2; i++)
		(void)usleep(10000);
	/* An earlier test's may come as late. */
	assert_true(atomic_load(&frees) >= freed + 2);
	asked_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_no_look_up),
	    cmocka_unit_test(test_absent),
	    cmocka_unit_test(test_given_up),
	};

	(void)sem_init(&let_go, 0, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
