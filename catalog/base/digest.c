#include "catalog/base/digest.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <unistd.h>

struct digest {
	EVP_MD_CTX *ctx; /* owned */
};

static void to_hex(const uint8_t raw[DIGEST_BYTES], char out[DIGEST_HEX_CAP])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = digits[raw[i] >> 4];
		out[2 * i + 1] = digits[raw[i] & 15];
	}
	out[DIGEST_HEX_CAP - 1] = '\0';
}

int digest_hex(const void *data, size_t len, char out[DIGEST_HEX_CAP])
{
	uint8_t raw[DIGEST_BYTES];

	/* With a digest that is built in, the context is all that can fail here. */
	if (EVP_Digest(data, len, raw, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	to_hex(raw, out);
	return 0;
}

struct digest *digest_new(void)
{
	struct digest *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->ctx = EVP_MD_CTX_new();
	if (!d->ctx || EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
		digest_free(d);
		return NULL;
	}
	return d;
}

void digest_free(struct digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

int digest_add(struct digest *d, const void *data, size_t len)
{
	return EVP_DigestUpdate(d->ctx, data, len) == 1 ? 0 : -EIO;
}

/* Ends the run; a new one would have to allocate. */
static int end_run(struct digest *d, uint8_t raw[DIGEST_BYTES])
{
	return EVP_DigestFinal_ex(d->ctx, raw, NULL) == 1 ? 0 : -EIO;
}

int digest_finish(struct digest *d, char out[DIGEST_HEX_CAP])
{
	uint8_t raw[DIGEST_BYTES];

	if (end_run(d, raw) < 0 || EVP_DigestInit_ex(d->ctx, NULL, NULL) != 1)
		return -EIO;
	to_hex(raw, out);
	return 0;
}

/* Feeds the file to `d`, until a read finds its end. */
static int add_fd(struct digest *d, int fd)
{
	char chunk[32768];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(fd, chunk, sizeof(chunk), at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		if (digest_add(d, chunk, (size_t)n) < 0)
			return -EIO;
		at += n;
	}
}

int digest_fd(int fd, char out[DIGEST_HEX_CAP])
{
	struct digest *d = digest_new();
	uint8_t raw[DIGEST_BYTES];

	if (!d)
		return -ENOMEM;

	int r = add_fd(d, fd);

	if (r == 0)
		r = end_run(d, raw);
	if (r == 0)
		to_hex(raw, out);
	digest_free(d);
	return r;
}

int digest_hmac(
    const void *key, size_t key_len, const void *data, size_t len, uint8_t out[DIGEST_BYTES])
{
	uint8_t raw[DIGEST_BYTES];
	unsigned int raw_len = 0;

	if (key_len > INT_MAX)
		return -EIO;
	/* A NULL key means "the key of before" to libcrypto, not the empty key. */
	if (!HMAC(EVP_sha256(), key ? key : "", (int)key_len, data, len, raw, &raw_len))
		return -EIO;
	if (raw_len != DIGEST_BYTES)
		return -EIO;
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		out[i] = raw[i];
	return 0;
}
