#include "fs/storage/postgres_resolve.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ADDRESSES_MAX 16

/* Shared by who asks and by the thread that looks up; the last of them frees it. */
struct lookup {
	atomic_int refs;
	int fd; /* of eventfd: readable when it is done */
	atomic_int error; /* of getaddrinfo; set after `found` */
	struct addrinfo *found; /* owned */
	char host[]; /* NUL-terminated */
};

static void lookup_unref(struct lookup *l)
{
	if (atomic_fetch_sub(&l->refs, 1) > 1)
		return;
	if (l->found)
		freeaddrinfo(l->found);
	if (l->fd >= 0)
		(void)close(l->fd);
	free(l);
}

static struct lookup *lookup_new(const char *host)
{
	size_t len = strlen(host);
	struct lookup *l = calloc(1, sizeof(*l) + len + 1);

	if (!l)
		return NULL;
	atomic_init(&l->refs, 1);
	memcpy(l->host, host, len + 1);
	l->fd = eventfd(0, EFD_CLOEXEC);
	if (l->fd < 0) {
		lookup_unref(l);
		return NULL;
	}
	return l;
}

static void *look_up(void *arg)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct lookup *l = arg;

	atomic_store(&l->error, getaddrinfo(l->host, NULL, &hints, &l->found));
	(void)eventfd_write(l->fd, 1);
	lookup_unref(l);
	return NULL;
}

static int lookup_start(struct lookup *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	if (pthread_attr_init(&attr) != 0)
		return -ENOMEM;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	atomic_fetch_add(&l->refs, 1);
	rc = pthread_create(&thread, &attr, look_up, l);
	if (rc != 0)
		atomic_fetch_sub(&l->refs, 1);
	(void)pthread_attr_destroy(&attr);
	return -rc;
}

static bool needs_none(const char *host)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *found = NULL;
	int rc;

	if (!host || host[0] == '/' || host[0] == '@')
		return true;
	rc = getaddrinfo(host, NULL, &hints, &found);
	if (rc == 0)
		freeaddrinfo(found);
	return rc == 0;
}

static int list(const struct lookup *l, struct buf *hosts, struct buf *addresses)
{
	char text[NI_MAXHOST];
	size_t n = 0;

	for (const struct addrinfo *i = l->found; i && n < ADDRESSES_MAX; i = i->ai_next) {
		if (getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof(text), NULL, 0,
			NI_NUMERICHOST) != 0)
			continue;
		buf_printf(hosts, "%s%s", n > 0 ? "," : "", l->host);
		buf_printf(addresses, "%s%s", n > 0 ? "," : "", text);
		n++;
	}
	return buf_error(hosts) || buf_error(addresses) ? -ENOMEM : 0;
}

int postgres_resolve(const char *host, const struct postgres_wait *w, struct buf *ret_hosts,
    struct buf *ret_addresses, struct mesh_err *err)
{
	struct lookup *l;
	int rc;

	if (needs_none(host))
		return 0;
	l = lookup_new(host);
	if (!l)
		return mesh_err_nomem(err);
	rc = lookup_start(l) < 0 ? mesh_err_nomem(err) : postgres_wait(l->fd, POLLIN, w, err);
	if (rc == 0 && l->error != 0)
		rc = mesh_err_set(
		    err, -EIO, "the host %s cannot be found: %s", host, gai_strerror(l->error));
	if (rc == 0 && list(l, ret_hosts, ret_addresses) < 0)
		rc = mesh_err_nomem(err);
	lookup_unref(l);
	return rc;
}
