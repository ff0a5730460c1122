#include "fs/table/inflate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define INPUT_BYTES ((size_t)128 << 10)
#define ZSTD_WINDOW_LOG 23 /* 8 MiB */

struct inflate {
	enum feed_kind kind;
	inflate_input input;
	void *arg;
	z_stream gzip;
	ZSTD_DStream *zstd; /* owned */
	char *data; /* owned: INPUT_BYTES */
	size_t at, len; /* of `data`: what is still to be decompressed */
	bool inside; /* of a gzip member or a zstd frame */
	bool began; /* there was one */
	bool eof; /* of the input */
};

static bool start(struct inflate *i)
{
	if (i->kind == FEED_GZIP)
		return inflateInit2(&i->gzip, 15 + 16) == Z_OK; /* 16: gzip alone */
	i->zstd = ZSTD_createDStream();
	return i->zstd && !ZSTD_isError(ZSTD_initDStream(i->zstd)) &&
	    !ZSTD_isError(ZSTD_DCtx_setParameter(i->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

int inflate_new(
    enum feed_kind kind, inflate_input input, void *arg, struct inflate **ret, struct mesh_err *err)
{
	struct inflate *i = calloc(1, sizeof(*i));

	if (!i)
		return mesh_err_nomem(err);
	i->kind = kind;
	i->input = input;
	i->arg = arg;
	i->data = malloc(INPUT_BYTES);
	if (!i->data || !start(i)) {
		inflate_free(i);
		return mesh_err_nomem(err);
	}
	*ret = i;
	return 0;
}

void inflate_free(struct inflate *i)
{
	if (!i)
		return;
	if (i->kind == FEED_GZIP)
		(void)inflateEnd(&i->gzip);
	(void)ZSTD_freeDStream(i->zstd);
	free(i->data);
	free(i);
}

static int more_input(struct inflate *i, struct mesh_err *err)
{
	ssize_t n;

	if (i->at < i->len || i->eof)
		return 0;
	n = i->input(i->arg, i->data, INPUT_BYTES, err);
	if (n < 0)
		return (int)n;
	i->at = 0;
	i->len = (size_t)n;
	i->eof = n == 0;
	return 0;
}

/* One step of each library: from the input to `buf`; the bytes made, or negative errno. */

static ssize_t step_gzip(struct inflate *i, char *buf, size_t cap, struct mesh_err *err)
{
	int rc;

	if (!i->inside && i->began && inflateReset(&i->gzip) != Z_OK)
		return mesh_err_set(err, -EIO, "zlib failed");
	i->gzip.next_in = (Bytef *)i->data + i->at;
	i->gzip.avail_in = (uInt)(i->len - i->at);
	i->gzip.next_out = (Bytef *)buf;
	i->gzip.avail_out = (uInt)cap;
	rc = inflate(&i->gzip, Z_NO_FLUSH);
	i->at = i->len - i->gzip.avail_in;
	if (rc == Z_MEM_ERROR)
		return mesh_err_nomem(err);
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return mesh_err_set(err, -EINVAL, "not a sound gzip file: %s",
		    i->gzip.msg ? i->gzip.msg : "damaged");
	i->began = true;
	i->inside = rc != Z_STREAM_END;
	return (ssize_t)(cap - i->gzip.avail_out);
}

static ssize_t step_zstd(struct inflate *i, char *buf, size_t cap, struct mesh_err *err)
{
	ZSTD_inBuffer in = {i->data, i->len, i->at};
	ZSTD_outBuffer out = {buf, cap, 0};
	size_t left = ZSTD_decompressStream(i->zstd, &out, &in);

	i->at = in.pos;
	if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
		return mesh_err_nomem(err);
	if (ZSTD_isError(left))
		return mesh_err_set(
		    err, -EINVAL, "not a sound zstd file: %s", ZSTD_getErrorName(left));
	i->began = true;
	i->inside = left != 0;
	return (ssize_t)out.pos;
}

/* Tape drives and some tools pad with zeros behind the last member, as gzip(1) knows too. */
static void skip_padding(struct inflate *i)
{
	while (i->kind == FEED_GZIP && i->began && !i->inside && i->at < i->len && !i->data[i->at])
		i->at++;
}

ssize_t inflate_read(struct inflate *i, char *buf, size_t cap, struct mesh_err *err)
{
	size_t most = cap < ((size_t)1 << 30) ? cap : (size_t)1 << 30;

	for (;;) {
		ssize_t n;
		int rc = more_input(i, err);

		if (rc < 0)
			return rc;
		skip_padding(i);
		if (i->at == i->len && !i->eof && !i->inside)
			continue;
		if (i->at == i->len && i->eof && !i->inside)
			return i->began
			    ? 0
			    : mesh_err_set(err, -EINVAL, "the compressed file is empty");
		n = i->kind == FEED_GZIP ? step_gzip(i, buf, most, err)
					 : step_zstd(i, buf, most, err);
		if (n != 0)
			return n;
		if (i->eof && i->inside)
			return mesh_err_set(err, -EINVAL, "the compressed file ends too early");
	}
}
