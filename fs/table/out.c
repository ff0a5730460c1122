#include "fs/table/out.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int out_init(struct out *o, int fd, struct mesh_err *err)
{
	*o = (struct out){.fd = fd, .data = malloc(OUT_BYTES)};
	return o->data ? 0 : mesh_err_nomem(err);
}

void out_clear(struct out *o)
{
	free(o->data);
	*o = (struct out){.fd = -1};
}

static void write_all(struct out *o, const char *s, size_t len)
{
	while (len > 0 && o->error == 0) {
		ssize_t n = write(o->fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			o->error = -errno;
		else if (n == 0)
			o->error = -EIO;
		if (n <= 0)
			return;
		s += n;
		len -= (size_t)n;
	}
}

void out_add_slowly(struct out *o, const char *s, size_t len)
{
	write_all(o, o->data, o->len);
	o->len = 0;
	if (len >= OUT_BYTES) {
		write_all(o, s, len);
		return;
	}
	memcpy(o->data, s, len);
	o->len = len;
}

int out_flush(struct out *o, struct mesh_err *err)
{
	write_all(o, o->data, o->len);
	o->len = 0;
	if (o->error < 0)
		return mesh_err_set(err, o->error, "writing failed: %s", strerror(-o->error));
	return 0;
}
