#include "catalog/base/str.h"

#include <string.h>

bool str_eq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool str_starts(const char *s, const char *prefix)
{
	return s && prefix && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	if (!s || !suffix)
		return false;

	size_t len = strlen(s);
	size_t tail = strlen(suffix);

	return len >= tail && memcmp(s + len - tail, suffix, tail) == 0;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool str_is_name(const char *s)
{
	size_t len = 0;

	if (!s || !is_alnum(s[0]))
		return false;
	for (; s[len] != '\0'; len++) {
		if (len == 255)
			return false;
		if (!is_alnum(s[len]) && s[len] != '.' && s[len] != '_' && s[len] != '-')
			return false;
	}
	return true;
}

/* Only the last star is ever retried: giving an earlier one more bytes cannot match what the last
 * one, which may take any run, could not. */
bool str_glob(const char *pattern, const char *s)
{
	const char *star = NULL; /* the last star seen */
	const char *retry = NULL; /* the first byte of `s` it does not take yet */

	while (*s) {
		if (*pattern == '*') {
			star = pattern++;
			retry = s;
		} else if (*pattern == *s) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star + 1;
			s = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* Bytes of the sequence that `lead` announces, and the smallest code point that needs so many; 0
 * for no lead. */
static size_t sequence_length(unsigned char lead, uint32_t *ret_least)
{
	size_t n = 0;

	if (lead >= 0xc2 && lead <= 0xdf)
		n = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		n = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		n = 4;
	*ret_least = n == 4 ? 0x10000 : n == 3 ? 0x800 : 0x80;
	return n;
}

size_t str_utf8_next(const char *s, size_t len, uint32_t *ret_code)
{
	if (len == 0)
		return 0;

	unsigned char lead = (unsigned char)s[0];

	if (lead < 0x80) {
		*ret_code = lead;
		return 1;
	}

	uint32_t least;
	size_t n = sequence_length(lead, &least);

	if (n == 0 || n > len)
		return 0;

	uint32_t code = lead & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (c & 0x3f);
	}
	if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return n;
}

bool str_is_utf8(const char *s, size_t len)
{
	uint32_t code;

	for (size_t i = 0, n; i < len; i += n) {
		n = str_utf8_next(s + i, len - i, &code);
		if (n == 0)
			return false;
	}
	return true;
}

uint64_t str_hash(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		seed ^= bytes[i];
		seed *= 0x100000001b3ULL;
	}
	return seed;
}

bool strlist_has(const struct strlist *l, const char *s)
{
	for (size_t i = 0; l && i < l->len; i++) {
		if (str_eq(l->items[i], s))
			return true;
	}
	return false;
}
