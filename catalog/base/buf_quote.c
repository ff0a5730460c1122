/*
 * buf_json and buf_yaml. Both write the same double-quoted form: a JSON string is a YAML
 * double-quoted scalar (YAML 1.2, section 1.3), given that every escape used here exists in both.
 */

#include "catalog/base/buf.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "catalog/base/str.h"

/*
 * Code points that are written as \uXXXX: what JSON demands (below 0x20), what YAML does not allow
 * raw (DEL, C1, U+FFFE, U+FFFF) or swallows (the byte order mark), and what some readers take for
 * the end of a line (U+0085, U+2028, U+2029), which would split a record of a JSON-lines file.
 */
static bool needs_escape(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
	    c == 0xfffe || c == 0xffff;
}

static void add_escape(struct buf *b, uint32_t c)
{
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (size_t i = 0; i + 1 < sizeof(named); i += 2) {
		if (c == (unsigned char)named[i]) {
			buf_addc(b, '\\');
			buf_addc(b, named[i + 1]);
			return;
		}
	}
	buf_printf(b, "\\u%04x", (unsigned int)c);
}

static void add_quoted(struct buf *b, const char *s, size_t len)
{
	size_t run = 0; /* start of the bytes that go out as they are */
	size_t i = 0;

	buf_addc(b, '"');
	while (i < len) {
		uint32_t code = 0xfffd;
		size_t n = str_utf8_next(s + i, len - i, &code);

		if (n == 0 || needs_escape(code) || code == '"' || code == '\\') {
			buf_add(b, s + run, i - run);
			run = i + (n > 0 ? n : 1);
			add_escape(b, code);
		}
		i += n > 0 ? n : 1;
	}
	buf_add(b, s + run, i - run);
	buf_addc(b, '"');
}

void buf_json(struct buf *b, const char *s)
{
	if (s)
		add_quoted(b, s, strlen(s));
	else
		buf_puts(b, "null");
}

void buf_json_len(struct buf *b, const char *s, size_t len)
{
	if (s)
		add_quoted(b, s, len);
	else
		buf_puts(b, "null");
}

/* Words that the core schema or YAML 1.1 (yaml.org/type: bool, null) resolve to something else than
 * a string; the types know a few spellings of each, readers know more. */
static bool is_reserved_word(const char *s)
{
	static const char *const words[] = {
	    "y", "n", "yes", "no", "on", "off", "true", "false", "null"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(s, words[i]) == 0)
			return true;
	}
	return false;
}

/* "e3" is no number, but YAML 1.1 readers whose pattern lets both parts of the mantissa be absent
 * take it for one. */
static bool is_exponent(const char *s)
{
	if (s[0] != 'e' && s[0] != 'E')
		return false;
	s += s[1] == '-' || s[1] == '+' ? 2 : 1;
	return s[0] != '\0' && strspn(s, "0123456789_") == strlen(s);
}

/*
 * Every number, date, time, "~", "<<", "=", ".inf", "---" and indicator begins with something else
 * than these, in either version of YAML.
 */
static bool may_begin_plain(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '/' ||
	    c >= 0xa0;
}

/* Inside a plain scalar: no flow indicator (some YAML 1.1 readers count ? among them), no ": ", no
 * " #", nothing that must be escaped. */
static bool may_follow_plain(uint32_t c, char before, char after)
{
	if (needs_escape(c))
		return false;
	switch (c) {
	case ',':
	case '[':
	case ']':
	case '{':
	case '}':
	case '?':
		return false;
	case ':':
		return after != ' ' && after != '\0';
	case '#':
		return before != ' ';
	case ' ':
		return after != '\0';
	default:
		return true;
	}
}

static bool is_plain(const char *s)
{
	size_t len = strlen(s);
	uint32_t code;

	if (len == 0 || is_reserved_word(s) || is_exponent(s))
		return false;
	for (size_t i = 0, n; i < len; i += n) {
		n = str_utf8_next(s + i, len - i, &code);
		if (n == 0)
			return false;
		if (i == 0 && (!may_begin_plain(code) || needs_escape(code)))
			return false;
		if (i > 0 && !may_follow_plain(code, s[i - 1], s[i + n]))
			return false;
	}
	return true;
}

void buf_yaml(struct buf *b, const char *s)
{
	if (!s)
		buf_puts(b, "null");
	else if (is_plain(s))
		buf_puts(b, s);
	else
		add_quoted(b, s, strlen(s));
}
