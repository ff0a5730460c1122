#ifndef CATALOG_BASE_JSON_H
#define CATALOG_BASE_JSON_H

/*
 * Reading JSON (RFC 8259). Writing needs no tree: buf_json quotes strings and the rest is printf.
 * The only file that includes the JSON library. Objects are read-only and die with their root.
 * Names stay clear of the library's own exported json_string and json_true: in one process they
 * would replace them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/base/err.h"

struct json; /* a value inside a document */

/* Parses exactly one value; duplicate keys, trailing bytes, more than 64 levels and NUL in a string
 * are errors. -EINVAL with line and column in `err`, or -ENOMEM (short memory inside of a token looks
 * like -EINVAL); *ret is left alone then. Free the root with json_free. */
int json_parse(const char *data, size_t len, struct json **ret, struct mesh_err *err);
void json_free(struct json *root);

/* Borrowed from the root; NULL where `v` is not an object or has no such key. `v` may be NULL. */
const struct json *json_get(const struct json *v, const char *key);
/* The string, NUL-terminated UTF-8 borrowed from the root, or NULL where `v` is not one. */
const char *json_text(const struct json *v);
/* The integer, or `otherwise` where `v` is none (1.0 is none). */
int64_t json_int(const struct json *v, int64_t otherwise);
/* True only for the literal true. */
bool json_bool(const struct json *v);
/* Number of elements of an array; 0 for anything else. */
size_t json_len(const struct json *v);
/* Element `i`, or NULL where `v` is no array or is shorter. */
const struct json *json_at(const struct json *v, size_t i);

#endif
