#include "tests/lib/postgres_fake.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE_MAX 65536
#define TEXT_OID 25
#define STARTUP '!' /* no message has this type */

static void socket_path(const struct postgres_fake *f, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%s/.s.PGSQL.5432", f->dir);
}

/* ---- messages out ---- */

static void put32(struct buf *b, uint32_t v)
{
	v = htonl(v);
	buf_add(b, &v, sizeof(v));
}

static void put16(struct buf *b, unsigned v)
{
	uint16_t net = htons((uint16_t)v);

	buf_add(b, &net, sizeof(net));
}

static void message(struct buf *b, char type, const void *body, size_t len)
{
	buf_addc(b, type);
	put32(b, (uint32_t)len + 4);
	buf_add(b, body, len);
}

static void text_message(struct buf *b, char type, const char *text)
{
	message(b, type, text, strlen(text) + 1);
}

static void ready(struct buf *b)
{
	message(b, 'Z', "T", 1);
}

static void add_row_description(struct buf *b, int columns)
{
	struct buf body;

	buf_init(&body);
	put16(&body, (unsigned)columns);
	for (int i = 0; i < columns; i++) {
		buf_printf(&body, "c%d", i + 1);
		buf_addc(&body, '\0');
		put32(&body, 0);
		put16(&body, 0);
		put32(&body, TEXT_OID);
		put16(&body, 0xffff);
		put32(&body, 0xffffffff);
		put16(&body, 0);
	}
	message(b, 'T', body.data, body.len);
	buf_clear(&body);
}

/* ---- messages in ---- */

static bool read_all(int fd, void *data, size_t len)
{
	char *p = data;

	while (len > 0) {
		ssize_t n = read(fd, p, len);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* The type, or 0 at the end; a startup message has none. `body` is NUL-terminated. */
static char read_message(int fd, bool startup, char body[MESSAGE_MAX])
{
	char type = STARTUP;
	uint32_t len;

	if ((!startup && !read_all(fd, &type, 1)) || !read_all(fd, &len, sizeof(len)))
		return 0;
	len = ntohl(len);
	if (len < 4 || len - 4 >= MESSAGE_MAX || !read_all(fd, body, len - 4))
		return 0;
	body[len - 4] = '\0';
	return type;
}

/* ---- the conversation ---- */

struct conversation {
	int fd, columns;
	enum postgres_fake_point point;
	struct buf bytes, out;
	bool hang;
};

/* False: this was the point where the test's bytes are due. */
static bool answer(struct conversation *c, char type, const char *body)
{
	switch (type) {
	case STARTUP:
		if (c->point == POSTGRES_FAKE_STARTUP)
			return false;
		message(&c->out, 'R', "\0\0\0\0", 4);
		ready(&c->out);
		break;
	case 'Q':
		if (strstr(body, "COPY"))
			return false;
		text_message(&c->out, 'C', "BEGIN");
		ready(&c->out);
		break;
	case 'P':
		message(&c->out, '1', NULL, 0);
		break;
	case 'B':
		message(&c->out, '2', NULL, 0);
		break;
	case 'D':
		if (body[0] == 'S')
			message(&c->out, 't', "\0\0", 2);
		add_row_description(&c->out, body[0] == 'S' ? c->columns : 1);
		break;
	case 'E':
		message(&c->out, 'D', "\0\1\0\0\0\1x", 7);
		text_message(&c->out, 'C', "SELECT 1");
		break;
	case 'S':
		ready(&c->out);
		break;
	default:
		break;
	}
	return true;
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static void wait_for_close(int fd)
{
	char c;

	while (read(fd, &c, 1) > 0)
		;
}

static void converse(struct conversation *c, char *body)
{
	bool startup = true, go_on = true;

	while (go_on) {
		char type = read_message(c->fd, startup, body);

		if (type == 0 || type == 'X')
			return;
		go_on = answer(c, type, body);
		startup = false;
		if (!send_all(c->fd, c->out.data, c->out.len))
			return;
		buf_reset(&c->out);
	}
	if (send_all(c->fd, c->bytes.data, c->bytes.len) && c->hang)
		wait_for_close(c->fd);
}

/* False: it is time to stop. */
static bool begin(struct postgres_fake *f, struct conversation *c)
{
	bool stop;

	(void)pthread_mutex_lock(&f->lock);
	stop = f->stop;
	c->columns = f->columns;
	c->point = f->point;
	c->hang = f->hang;
	buf_init(&c->out);
	buf_init(&c->bytes);
	buf_add(&c->bytes, f->bytes.data, f->bytes.len);
	(void)pthread_mutex_unlock(&f->lock);
	return !stop;
}

static void *serve(void *arg)
{
	struct postgres_fake *f = arg;
	char *body = malloc(MESSAGE_MAX);
	bool go_on = body != NULL;

	while (go_on) {
		struct conversation c = {.fd = accept(f->fd, NULL, NULL)};

		if (c.fd < 0)
			break;
		go_on = begin(f, &c);
		if (go_on)
			converse(&c, body);
		(void)close(c.fd);
		buf_clear(&c.bytes);
		buf_clear(&c.out);
	}
	free(body);
	return NULL;
}

/* ---- its life ---- */

int postgres_fake_start(struct postgres_fake *f)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	f->stop = false;
	buf_init(&f->bytes);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/postgres-fake-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	socket_path(f, a.sun_path, sizeof(a.sun_path));
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (f->fd < 0 || bind(f->fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(f->fd, 64) < 0)
		return -1;
	if (pthread_mutex_init(&f->lock, NULL) != 0)
		return -1;
	return pthread_create(&f->thread, NULL, serve, f) == 0 ? 0 : -1;
}

void postgres_fake_say(struct postgres_fake *f, struct postgres_fake_say say)
{
	(void)pthread_mutex_lock(&f->lock);
	f->point = say.point;
	f->hang = say.hang;
	buf_reset(&f->bytes);
	buf_add(&f->bytes, say.bytes, say.len);
	(void)pthread_mutex_unlock(&f->lock);
}

/* A connection wakes the thread up. */
void postgres_fake_stop(struct postgres_fake *f)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)pthread_mutex_lock(&f->lock);
	f->stop = true;
	(void)pthread_mutex_unlock(&f->lock);
	socket_path(f, a.sun_path, sizeof(a.sun_path));
	(void)connect(fd, (struct sockaddr *)&a, sizeof(a));
	(void)pthread_join(f->thread, NULL);
	(void)close(fd);
	(void)close(f->fd);
	(void)unlink(a.sun_path);
	(void)rmdir(f->dir);
	(void)pthread_mutex_destroy(&f->lock);
	buf_clear(&f->bytes);
}
