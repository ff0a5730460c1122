#include "fs/table/deflate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "catalog/base/cleanup.h"

#define BLOCK (128 * 1024)
#define GZIP_WINDOW (15 + 16) /* zlib.h: the largest window, with a gzip header */

struct blocks {
	int from, to;
	off_t at;
	char in[BLOCK], out[BLOCK];
};

enum deflate_kind deflate_kind_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (dot && strcasecmp(dot, ".gz") == 0)
		return DEFLATE_GZIP;
	return dot && strcasecmp(dot, ".zst") == 0 ? DEFLATE_ZSTD : DEFLATE_NONE;
}

/* The next block, 0 at the end. */
static ssize_t read_block(struct blocks *b)
{
	ssize_t n;

	do
		n = pread(b->from, b->in, sizeof(b->in), b->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	b->at += n;
	return n;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int gzip_block(struct blocks *b, z_stream *z, int flush)
{
	int rc = 0;

	do {
		z->next_out = (Bytef *)b->out;
		z->avail_out = sizeof(b->out);
		if (deflate(z, flush) == Z_STREAM_ERROR)
			return -EIO;
		rc = write_all(b->to, b->out, sizeof(b->out) - z->avail_out);
	} while (rc == 0 && z->avail_out == 0);
	return rc;
}

static int gzip(struct blocks *b)
{
	z_stream z = {0};
	ssize_t n;
	int rc = 0;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	do {
		n = read_block(b);
		z.next_in = (Bytef *)b->in;
		z.avail_in = n > 0 ? (uInt)n : 0;
		rc = n < 0 ? (int)n : gzip_block(b, &z, n == 0 ? Z_FINISH : Z_NO_FLUSH);
	} while (rc == 0 && n > 0);
	(void)deflateEnd(&z);
	return rc;
}

static int zstd_block(struct blocks *b, ZSTD_CCtx *ctx, size_t len)
{
	ZSTD_inBuffer in = {.src = b->in, .size = len};
	ZSTD_EndDirective mode = len == 0 ? ZSTD_e_end : ZSTD_e_continue;
	size_t left;
	int rc;

	do {
		ZSTD_outBuffer out = {.dst = b->out, .size = sizeof(b->out)};

		left = ZSTD_compressStream2(ctx, &out, &in, mode);
		if (ZSTD_isError(left))
			return -EIO;
		rc = write_all(b->to, b->out, out.pos);
	} while (rc == 0 && (mode == ZSTD_e_end ? left > 0 : in.pos < in.size));
	return rc;
}

static int zstd(struct blocks *b)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	ssize_t n;
	int rc;

	if (!ctx)
		return -ENOMEM;
	do {
		n = read_block(b);
		rc = n < 0 ? (int)n : zstd_block(b, ctx, (size_t)n);
	} while (rc == 0 && n > 0);
	(void)ZSTD_freeCCtx(ctx);
	return rc;
}

int deflate_file(int from, int to, enum deflate_kind kind, struct mesh_err *err)
{
	AUTOFREE struct blocks *b = malloc(sizeof(*b));
	int rc;

	if (!b)
		return mesh_err_nomem(err);
	b->from = from;
	b->to = to;
	b->at = 0;
	rc = kind == DEFLATE_GZIP ? gzip(b) : zstd(b);
	if (rc < 0)
		return mesh_err_set(err, rc, "compressing the rendered file: %s", strerror(-rc));
	return 0;
}
