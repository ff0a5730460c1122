#ifndef CATALOG_BASE_STR_H
#define CATALOG_BASE_STR_H

/*
 * What the project asks of strings: names, globs, lists. Byte-wise and case-sensitive; no locale.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Equality that takes NULL (NULL equals only NULL). */
bool str_eq(const char *a, const char *b);

/* False where an argument is NULL. */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* True where `s` may name a domain, product, port or purpose: [A-Za-z0-9][A-Za-z0-9._-]*, at most
 * 255 bytes. False for NULL. */
bool str_is_name(const char *s);

/* Matches a glob in which only `*` is special and stands for any run of bytes, '/' included. Linear
 * in len(pattern) * len(s), no recursion. */
bool str_glob(const char *pattern, const char *s);

/* True if the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(const char *s, size_t len);

/* Length in bytes (1-4) of the well-formed UTF-8 sequence that `s` begins with, its code point in
 * *ret_code; 0, and *ret_code left alone, where the `len` bytes begin with none. */
size_t str_utf8_next(const char *s, size_t len, uint32_t *ret_code);

/* FNV-1a, 64 bits, continuing from `seed` (STR_HASH_SEED to begin). For
 * tables, not for security. */
#define STR_HASH_SEED 0xcbf29ce484222325ULL
uint64_t str_hash(uint64_t seed, const void *data, size_t len);

/* A read-only list of strings. The strings' owner is whoever made the list (usually an arena). */
struct strlist {
	const char **items;
	size_t len;
};

bool strlist_has(const struct strlist *l, const char *s);

#endif
