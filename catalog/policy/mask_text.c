#include <arpa/inet.h>
#include <string.h>

#include "catalog/policy/mask.h"

static struct value null_value(void)
{
	return (struct value){.type = VALUE_NULL};
}

static struct value string_value(const char *s)
{
	return s ? (struct value){.type = VALUE_STRING, .s = s} : null_value();
}

/* Clears all but the first `bits`. */
static void keep_network(uint8_t *address, int bytes, int bits)
{
	for (int i = 0; i < bytes; i++) {
		int keep = bits - 8 * i;

		if (keep <= 0)
			address[i] = 0;
		else if (keep < 8)
			address[i] &= (uint8_t)(0xff << (8 - keep));
	}
}

struct value mask_ip(int v4, int v6, const char *s, struct arena *a)
{
	uint8_t address[16];
	char text[INET6_ADDRSTRLEN];
	int family = strchr(s, ':') ? AF_INET6 : AF_INET;
	int bytes = family == AF_INET6 ? 16 : 4;
	int bits = family == AF_INET6 ? v6 : v4;

	if (bits < 0 || bits > 8 * bytes || inet_pton(family, s, address) != 1)
		return null_value();
	keep_network(address, bytes, bits);
	return string_value(arena_strdup(a, inet_ntop(family, address, text, sizeof(text))));
}

struct value mask_email(const char *s, struct arena *a)
{
	const char *at = strchr(s, '@');
	uint32_t code;

	if (!at || at == s || at[1] == '\0' || strchr(at + 1, '@') || !str_is_utf8(s, strlen(s)))
		return null_value();
	return string_value(
	    arena_printf(a, "%.*s***%s", (int)str_utf8_next(s, strlen(s), &code), s, at));
}

/* Bytes of the first `n` code points of well-formed UTF-8. */
static size_t bytes_of(const char *s, size_t n)
{
	size_t i = 0;

	for (; n > 0 && s[i]; n--) {
		for (i++; ((unsigned char)s[i] & 0xc0) == 0x80; i++)
			;
	}
	return i;
}

static size_t code_points(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

struct value mask_partial(const struct mask *m, const char *s, struct arena *a)
{
	const char *fill = m->text ? m->text : "*";
	size_t len = strlen(s), n, first, last, hidden, head, tail, fill_len = strlen(fill);

	if (m->keep_first < 0 || m->keep_last < 0 || !str_is_utf8(s, len))
		return null_value();
	n = code_points(s);
	first = (uint64_t)m->keep_first < n ? (size_t)m->keep_first : n;
	last = (uint64_t)m->keep_last < n ? (size_t)m->keep_last : n;
	if (n <= first + last)
		first = last = 0;
	hidden = n - first - last;
	head = bytes_of(s, first);
	tail = len - bytes_of(s, n - last);

	char *out = arena_alloc(a, head + tail + hidden * fill_len + 1);
	char *p = out;

	if (!out)
		return null_value();
	p = mempcpy(p, s, head);
	for (size_t i = 0; i < hidden; i++)
		p = mempcpy(p, fill, fill_len);
	memcpy(p, s + len - tail, tail);
	return string_value(out);
}
