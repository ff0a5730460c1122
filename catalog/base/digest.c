/* libcrypto 3 calls its plain SHA256_* deprecated, but has nothing else that costs no allocation and no
 * look-up for each short text. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "catalog/base/digest.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
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

/* RFC 2104: the states of the inner and the outer hash behind their first block, which is the padded key. */
struct digest_key {
	SHA256_CTX inner, outer;
};

static void start_padded(SHA256_CTX *ctx, const uint8_t key[SHA256_CBLOCK], uint8_t pad)
{
	uint8_t block[SHA256_CBLOCK];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	(void)SHA256_Init(ctx); /* none of the three can fail */
	(void)SHA256_Update(ctx, block, sizeof(block));
	OPENSSL_cleanse(block, sizeof(block));
}

struct digest_key *digest_key_new(const void *key, size_t len)
{
	struct digest_key *k = calloc(1, sizeof(*k));
	uint8_t block[SHA256_CBLOCK] = {0};

	if (!k)
		return NULL;
	if (len > sizeof(block))
		(void)SHA256(key, len, block);
	else if (len > 0)
		memcpy(block, key, len);
	start_padded(&k->inner, block, 0x36);
	start_padded(&k->outer, block, 0x5c);
	OPENSSL_cleanse(block, sizeof(block));
	return k;
}

void digest_key_free(struct digest_key *k)
{
	if (k)
		OPENSSL_cleanse(k, sizeof(*k));
	free(k);
}

void digest_key_hmac(
    const struct digest_key *k, const void *data, size_t len, uint8_t out[DIGEST_BYTES])
{
	SHA256_CTX ctx = k->inner;

	(void)SHA256_Update(&ctx, data, len);
	(void)SHA256_Final(out, &ctx);
	ctx = k->outer;
	(void)SHA256_Update(&ctx, out, DIGEST_BYTES);
	(void)SHA256_Final(out, &ctx);
}
