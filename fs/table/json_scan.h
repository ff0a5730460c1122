#ifndef FS_TABLE_JSON_SCAN_H
#define FS_TABLE_JSON_SCAN_H

/*
 * JSON (RFC 8259) as text in memory: passes over values and takes single strings, so that what a
 * view does not touch is written as it was read, numbers to the last digit. Builds no tree. Knows
 * neither lines nor columns.
 */

#include <stdbool.h>
#include <stddef.h>

#define JSON_SCAN_LEVELS 64

struct json_scan {
	char *at;
	char *end;
};

enum json_kind {
	JSON_BAD,
	JSON_NULL,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* Moves over blanks and says what begins there; JSON_BAD: nothing that can. */
enum json_kind json_scan_kind(struct json_scan *s);

/* Moves over blanks and, where it comes next, the byte `c`. */
bool json_scan_take(struct json_scan *s, char c);

/* Moves over one whole value and the blanks before it. False, `at` anywhere: it is not well-formed,
 * or nested deeper than `levels`. */
bool json_scan_value(struct json_scan *s, int levels);

/* The string that comes next, decoded in place; a surrogate without its other half becomes U+FFFD.
 * False as above. */
bool json_scan_string(struct json_scan *s, char **ret, size_t *ret_len);

/* Whether the text is one JSON number, and nothing else. */
bool json_scan_is_number(const char *s, size_t len);
/* Whether the text is one JSON value. */
bool json_scan_is_value(const char *s, size_t len);

#endif
