#ifndef CATALOG_BASE_DIGEST_H
#define CATALOG_BASE_DIGEST_H

/*
 * SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104) by libcrypto. The only file that includes
 * OpenSSL.
 */

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX_CAP 65 /* 64 digits and the NUL */

/* One-shot SHA-256, as lowercase hex with NUL. Returns 0 or -ENOMEM. */
int digest_hex(const void *data, size_t len, char out[DIGEST_HEX_CAP]);

struct digest; /* a running SHA-256 */

/* NULL when memory is short. */
struct digest *digest_new(void);
void digest_free(struct digest *d);
/* 0 or -EIO (libcrypto refused). */
int digest_add(struct digest *d, const void *data, size_t len);
/* Writes the hex and makes `d` ready for a new run. 0, or -EIO (then only digest_free is left). */
int digest_finish(struct digest *d, char out[DIGEST_HEX_CAP]);

/* SHA-256 of what can be read from `fd` from offset 0 (pread; the file offset is untouched).
 * Negative errno. */
int digest_fd(int fd, char out[DIGEST_HEX_CAP]);

/* HMAC-SHA-256 as raw bytes. 0 or -EIO. */
int digest_hmac(
    const void *key, size_t key_len, const void *data, size_t len, uint8_t out[DIGEST_BYTES]);

/* A key made ready for many HMACs, each of which costs two runs of SHA-256 over the data alone. */
struct digest_key;

/* NULL when memory is short. */
struct digest_key *digest_key_new(const void *key, size_t len);
/* Wipes it. */
void digest_key_free(struct digest_key *k);
/* HMAC-SHA-256 under that key. Any thread. */
void digest_key_hmac(
    const struct digest_key *k, const void *data, size_t len, uint8_t out[DIGEST_BYTES]);

#endif
