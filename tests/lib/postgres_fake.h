#ifndef TESTS_LIB_POSTGRES_FAKE_H
#define TESTS_LIB_POSTGRES_FAKE_H

/*
 * What stands where a PostgreSQL server is due: it answers one client at a time on a socket of its own as a server would that has one table, of
 * `columns` columns of type text, up to a point; there it sends the test's bytes instead and then hangs or closes. Knows the protocol (PostgreSQL
 * manual, "Message Formats") only as far as needed.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "catalog/base/buf.h"

enum postgres_fake_point {
	POSTGRES_FAKE_STARTUP, /* the answer to the startup message */
	POSTGRES_FAKE_COPY, /* the answer to COPY */
};

/* What the next client gets. */
struct postgres_fake_say {
	enum postgres_fake_point point;
	const void *bytes;
	size_t len;
	bool hang; /* keep the connection until the client closes it */
};

struct postgres_fake {
	int columns; /* the caller's, before postgres_fake_start */
	/* its own */
	char dir[64]; /* of the socket: the server's `host`; its port is 5432 */
	int fd;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	enum postgres_fake_point point;
	struct buf bytes;
	bool hang, stop;
};

/* 0 or -1. */
int postgres_fake_start(struct postgres_fake *f);
void postgres_fake_stop(struct postgres_fake *f);

/* The bytes are copied. A client that is still there keeps what was said before. */
void postgres_fake_say(struct postgres_fake *f, struct postgres_fake_say say);

#endif
