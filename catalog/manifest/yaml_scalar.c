#include "catalog/manifest/yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/str.h"

static bool is_one_of(const char *text, const char *const words[3])
{
	return strcmp(text, words[0]) == 0 || strcmp(text, words[1]) == 0 ||
	    strcmp(text, words[2]) == 0;
}

static bool is_null(const char *text)
{
	static const char *const words[] = {"null", "Null", "NULL"};

	return text[0] == '\0' || strcmp(text, "~") == 0 || is_one_of(text, words);
}

/* Returns -1 where the text is no boolean. */
static int bool_value(const char *text)
{
	static const char *const yes[] = {"true", "True", "TRUE"};
	static const char *const no[] = {"false", "False", "FALSE"};

	if (is_one_of(text, yes))
		return 1;
	return is_one_of(text, no) ? 0 : -1;
}

static const char *skip(const char *s, const char *set)
{
	return s + strspn(s, set);
}

#define DIGITS "0123456789"

/* The base of an integer (8, 10, 16) and where its digits begin; 0 where the text is none. */
static int int_base(const char *text, const char **ret_digits)
{
	int base = 10;
	const char *set = DIGITS;
	const char *digits = text;

	if (strncmp(text, "0o", 2) == 0) {
		base = 8;
		set = "01234567";
		digits += 2;
	} else if (strncmp(text, "0x", 2) == 0) {
		base = 16;
		set = DIGITS "abcdefABCDEF";
		digits += 2;
	} else if (*text == '-' || *text == '+') {
		digits++;
	}
	if (*digits == '\0' || *skip(digits, set) != '\0')
		return 0;
	/* Only decimals carry their sign along. */
	*ret_digits = base == 10 ? text : digits;
	return base;
}

static struct yaml_scalar int_value(const char *digits, int base)
{
	struct yaml_scalar s = {.type = YAML_INT};

	errno = 0;
	s.i = strtoll(digits, NULL, base);
	s.range = errno == ERANGE;
	if (s.range)
		s.i = 0;
	s.f = (double)s.i;
	return s;
}

static bool is_float(const char *text)
{
	const char *s = *text == '-' || *text == '+' ? text + 1 : text;
	const char *fraction = skip(s, DIGITS);
	bool digits = fraction > s;

	if (*fraction == '.') {
		s = fraction + 1;
		fraction = skip(s, DIGITS);
		digits = digits || fraction > s;
	}
	if (!digits)
		return false;
	if (*fraction != 'e' && *fraction != 'E')
		return *fraction == '\0';
	s = fraction + 1;
	if (*s == '-' || *s == '+')
		s++;
	return *s != '\0' && *skip(s, DIGITS) == '\0';
}

/* `.inf` and `.nan`; false where the text is neither. */
static bool special_float(const char *text, double *ret)
{
	static const char *const inf[] = {".inf", ".Inf", ".INF"};
	static const char *const nan_words[] = {".nan", ".NaN", ".NAN"};
	bool sign = *text == '-' || *text == '+';

	if (is_one_of(text + sign, inf)) {
		*ret = *text == '-' ? -INFINITY : INFINITY;
		return true;
	}
	if (!is_one_of(text, nan_words))
		return false;
	*ret = NAN;
	return true;
}

/* The grammar above admits only what strtod reads in the C locale, which a library leaves alone. */
static struct yaml_scalar float_value(const char *text)
{
	struct yaml_scalar s = {.type = YAML_FLOAT, .f = strtod(text, NULL)};

	s.range = isinf(s.f);
	if (s.range)
		s.f = 0;
	return s;
}

struct yaml_scalar yaml_scalar_resolve(const char *text)
{
	struct yaml_scalar s = {.type = YAML_STRING};
	const char *digits;

	if (is_null(text)) {
		s.type = YAML_NULL;
		return s;
	}

	int truth = bool_value(text);

	if (truth >= 0) {
		s.type = YAML_BOOL;
		s.i = truth;
		return s;
	}

	int base = int_base(text, &digits);

	if (base > 0)
		return int_value(digits, base);
	if (special_float(text, &s.f))
		s.type = YAML_FLOAT;
	else if (is_float(text))
		s = float_value(text);
	return s;
}

bool yaml_scalar_tag_is(const char *tag, enum yaml_type type)
{
	static const char *const names[] = {
	    [YAML_NULL] = "null",
	    [YAML_BOOL] = "bool",
	    [YAML_INT] = "int",
	    [YAML_FLOAT] = "float",
	    [YAML_STRING] = "str",
	    [YAML_SEQ] = "seq",
	    [YAML_MAP] = "map",
	};
	static const char prefix[] = "tag:yaml.org,2002:";

	if (strcmp(tag, "!") == 0)
		return true;
	return str_starts(tag, prefix) && strcmp(tag + sizeof(prefix) - 1, names[type]) == 0;
}

bool yaml_scalar_tagged(const char *tag, const char *text, struct yaml_scalar *ret)
{
	if (yaml_scalar_tag_is(tag, YAML_STRING)) {
		*ret = (struct yaml_scalar){.type = YAML_STRING};
		return true;
	}

	struct yaml_scalar s = yaml_scalar_resolve(text);

	if (s.type == YAML_INT && yaml_scalar_tag_is(tag, YAML_FLOAT))
		s.type = YAML_FLOAT;
	if (s.type == YAML_STRING || !yaml_scalar_tag_is(tag, s.type))
		return false;
	*ret = s;
	return true;
}

static bool is_printable(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	if (c < 0xa0)
		return c < 0x7f || c == 0x85;
	return c != 0xfffe && c != 0xffff;
}

/* Why a code point is refused, for the message. */
static const char *flaw_of(uint32_t c)
{
	if (c == 0)
		return "a NUL byte";
	return c < 0xa0 ? "a control character" : "a character that is not allowed";
}

bool yaml_scalar_stream_ok(const char *bytes, size_t len, struct yaml_flaw *ret)
{
	struct yaml_flaw at = {.line = 1, .column = 1};
	bool after_cr = false;

	while (at.offset < len) {
		uint32_t c;
		size_t n = str_utf8_next(bytes + at.offset, len - at.offset, &c);

		if (n == 0 || !is_printable(c)) {
			at.utf8 = n == 0;
			at.what = n == 0 ? "a byte that is not UTF-8" : flaw_of(c);
			*ret = at;
			return false;
		}
		at.offset += n;
		if (c == '\r' || (c == '\n' && !after_cr)) {
			at.line++;
			at.column = 1;
		} else if (c != '\n') {
			at.column++;
		}
		after_cr = c == '\r';
	}
	return true;
}

bool yaml_scalar_value_ok(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = str_utf8_next(text + i, len - i, &c);

		if (n == 0 || !is_printable(c) || c == 0x85)
			return false;
		i += n;
	}
	return true;
}
