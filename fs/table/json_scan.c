#include "fs/table/json_scan.h"

#include <stdint.h>
#include <string.h>

static void skip_blanks(struct json_scan *s)
{
	while (
	    s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

enum json_kind json_scan_kind(struct json_scan *s)
{
	skip_blanks(s);
	if (s->at == s->end)
		return JSON_BAD;
	switch (*s->at) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		return *s->at == '-' || (*s->at >= '0' && *s->at <= '9') ? JSON_NUMBER : JSON_BAD;
	}
}

bool json_scan_take(struct json_scan *s, char c)
{
	skip_blanks(s);
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool take_word(struct json_scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return false;
	s->at += len;
	return true;
}

/* ---- numbers ---- */

static size_t take_digits(struct json_scan *s)
{
	char *first = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - first);
}

static bool is_next(const struct json_scan *s, char c)
{
	return s->at < s->end && *s->at == c;
}

static bool take_number(struct json_scan *s)
{
	s->at += is_next(s, '-');
	if (is_next(s, '0'))
		s->at++;
	else if (take_digits(s) == 0)
		return false;
	if (is_next(s, '.')) {
		s->at++;
		if (take_digits(s) == 0)
			return false;
	}
	if (is_next(s, 'e') || is_next(s, 'E')) {
		s->at++;
		s->at += is_next(s, '-') || is_next(s, '+');
		return take_digits(s) > 0;
	}
	return true;
}

/* ---- strings ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "\u". */
static bool take_hex(struct json_scan *s, uint32_t *ret)
{
	*ret = 0;
	if (s->end - s->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(*s->at++);

		if (digit < 0)
			return false;
		*ret = *ret << 4 | (uint32_t)digit;
	}
	return true;
}

/* Never longer than the escape that it comes from. */
static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	return out;
}

static bool take_unicode(struct json_scan *s, char **out)
{
	uint32_t c, low;

	if (!take_hex(s, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00 && s->end - s->at >= 2 && s->at[0] == '\\' &&
	    s->at[1] == 'u') {
		struct json_scan ahead = {s->at + 2, s->end};

		if (!take_hex(&ahead, &low))
			return false;
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
			s->at = ahead.at;
		}
	}
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	*out = put_utf8(*out, c);
	return true;
}

/* Behind the backslash. */
static bool take_escape(struct json_scan *s, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *which;

	if (s->at == s->end)
		return false;
	if (*s->at == 'u') {
		s->at++;
		return take_unicode(s, out);
	}
	which = *s->at ? strchr(from, *s->at) : NULL;
	if (!which)
		return false;
	s->at++;
	*(*out)++ = to[which - from];
	return true;
}

static bool is_plain(char c)
{
	return c != '"' && c != '\\' && (unsigned char)c >= 0x20;
}

bool json_scan_string(struct json_scan *s, char **ret, size_t *ret_len)
{
	char *out;

	if (!json_scan_take(s, '"'))
		return false;
	*ret = s->at;
	while (s->at < s->end && is_plain(*s->at))
		s->at++;
	out = s->at;
	while (s->at < s->end && *s->at != '"') {
		if (is_plain(*s->at)) {
			*out++ = *s->at++;
			continue;
		}
		if (*s->at++ != '\\' || !take_escape(s, &out))
			return false;
	}
	*ret_len = (size_t)(out - *ret);
	return s->at < s->end && *s->at++ == '"';
}

/* The same, without decoding. */
static bool skip_string(struct json_scan *s)
{
	uint32_t c;

	for (s->at++; s->at < s->end && *s->at != '"';) {
		if (is_plain(*s->at)) {
			s->at++;
			continue;
		}
		if (*s->at++ != '\\' || s->at == s->end)
			return false;
		if (!memchr("\"\\/bfnrtu", *s->at, 9))
			return false;
		if (*s->at++ == 'u' && !take_hex(s, &c))
			return false;
	}
	return s->at < s->end && *s->at++ == '"';
}

/* ---- values ---- */

static bool skip_members(struct json_scan *s, char close, int levels)
{
	s->at++;
	if (json_scan_take(s, close))
		return true;
	do {
		if (close == '}') {
			if (json_scan_kind(s) != JSON_STRING || !skip_string(s) ||
			    !json_scan_take(s, ':'))
				return false;
		}
		if (!json_scan_value(s, levels))
			return false;
	} while (json_scan_take(s, ','));
	return json_scan_take(s, close);
}

bool json_scan_value(struct json_scan *s, int levels)
{
	switch (json_scan_kind(s)) {
	case JSON_NULL:
		return take_word(s, "null");
	case JSON_TRUE:
		return take_word(s, "true");
	case JSON_FALSE:
		return take_word(s, "false");
	case JSON_NUMBER:
		return take_number(s);
	case JSON_STRING:
		return skip_string(s);
	case JSON_ARRAY:
		return levels > 0 && skip_members(s, ']', levels - 1);
	case JSON_OBJECT:
		return levels > 0 && skip_members(s, '}', levels - 1);
	case JSON_BAD:
		break;
	}
	return false;
}

/* Passing over does not write. */
static struct json_scan over(const char *s, size_t len)
{
	return (struct json_scan){(char *)s, (char *)s + len};
}

bool json_scan_is_number(const char *s, size_t len)
{
	struct json_scan scan = over(s, len);

	return take_number(&scan) && scan.at == scan.end;
}

bool json_scan_is_value(const char *s, size_t len)
{
	struct json_scan scan = over(s, len);

	if (!json_scan_value(&scan, JSON_SCAN_LEVELS))
		return false;
	skip_blanks(&scan);
	return scan.at == scan.end;
}
