#include "fs/storage/sqlite_log.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"

#define MAGIC 0x377f0682U /* and one more where the checksums are of big-endian words */
#define FORMAT 3007000U
#define HEADER_BYTES 32
#define FRAME_HEADER_BYTES 24
#define PAGE_MIN_BYTES 512
#define PAGE_MAX_BYTES 65536

/* Numbers of the file are big-endian. */
static uint32_t number(const uint8_t *at)
{
	uint32_t be;

	memcpy(&be, at, sizeof(be));
	return be32toh(be);
}

struct checksum {
	bool big_endian;
	uint32_t s0, s1;
};

/* `len` is a multiple of 8. */
static void add(struct checksum *c, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		uint32_t x[2];

		memcpy(x, data + i, sizeof(x));
		c->s0 += (c->big_endian ? be32toh(x[0]) : le32toh(x[0])) + c->s1;
		c->s1 += (c->big_endian ? be32toh(x[1]) : le32toh(x[1])) + c->s0;
	}
}

static bool is_at(const struct checksum *c, const uint8_t *at)
{
	return c->s0 == number(at) && c->s1 == number(at + 4);
}

struct log {
	struct checksum sum;
	uint32_t page_bytes;
	uint8_t salt[8];
};

static bool read_header(const uint8_t h[HEADER_BYTES], struct log *ret)
{
	uint32_t size = number(h + 8);

	*ret = (struct log){.sum.big_endian = number(h) & 1, .page_bytes = size};
	if ((number(h) & ~1U) != MAGIC || number(h + 4) != FORMAT || size < PAGE_MIN_BYTES ||
	    size > PAGE_MAX_BYTES || (size & (size - 1)) != 0)
		return false;
	memcpy(ret->salt, h + 16, sizeof(ret->salt));
	add(&ret->sum, h, 24);
	return is_at(&ret->sum, h + 24);
}

/* False where the frame is not one of this use of the log, or not whole. */
static bool follow(struct log *l, const uint8_t *frame)
{
	if (number(frame) == 0 || memcmp(frame + 8, l->salt, sizeof(l->salt)) != 0)
		return false;
	add(&l->sum, frame, 8);
	add(&l->sum, frame + FRAME_HEADER_BYTES, l->page_bytes);
	return is_at(&l->sum, frame + 16);
}

int sqlite_log_end(const struct sqlite_log_input *in, int64_t *ret_bytes)
{
	AUTOFREE uint8_t *frame = malloc(FRAME_HEADER_BYTES + PAGE_MAX_BYTES);
	int64_t at = HEADER_BYTES, end = 0;
	struct log l;
	int rc;

	if (!frame)
		return -ENOMEM;
	rc = in->read(in->arg, frame, HEADER_BYTES, 0);
	if (rc == 0 && !read_header(frame, &l))
		rc = 1;
	while (rc == 0) {
		int len = FRAME_HEADER_BYTES + (int)l.page_bytes;

		rc = in->read(in->arg, frame, len, at);
		if (rc == 0 && !follow(&l, frame))
			rc = 1;
		at += len;
		if (rc == 0 && number(frame + 4) != 0)
			end = at; /* a commit */
	}
	if (rc < 0)
		return rc;
	*ret_bytes = end;
	return 0;
}
