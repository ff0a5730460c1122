#include "catalog/base/json.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define MAX_LEVELS 64

/* `struct json` is never defined: a pointer to it is a json_t of the library, whose name stays in
 * this file. */
static const json_t *inner(const struct json *v)
{
	return (const json_t *)v;
}

static const struct json *outer(const json_t *v)
{
	return (const struct json *)v;
}

/*
 * The library recurses to a depth of its own (2048). Brackets outside of strings are all that
 * nests, so that counting them finds what is too deep before anything is built; whether they match
 * is left to the parser.
 */
static bool too_deep(const char *data, size_t len)
{
	size_t level = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{') && ++level > MAX_LEVELS)
			return true;
		else if (!in_string && (c == ']' || c == '}') && level > 0)
			level--;
	}
	return false;
}

int json_parse(const char *data, size_t len, struct json **ret, struct mesh_err *err)
{
	json_error_t why = {0};

	if (too_deep(data, len))
		return mesh_err_set(
		    err, -EINVAL, "JSON is nested deeper than %d levels", MAX_LEVELS);

	/* Such a byte is never JSON, but as the very last one the library takes it for the end. */
	if (len > 0 && memchr(data, '\0', len))
		return mesh_err_set(err, -EINVAL, "JSON contains a NUL byte");

	/* Without JSON_ALLOW_NUL and JSON_DISABLE_EOF_CHECK the library refuses NUL in strings and
	 * trailing bytes. */
	json_t *root = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);

	/* Where an allocation fails deep inside, the library leaves no code at all. */
	if (!root &&
	    (json_error_code(&why) == json_error_out_of_memory ||
		json_error_code(&why) == json_error_unknown))
		return mesh_err_nomem(err);
	if (!root)
		return mesh_err_set(
		    err, -EINVAL, "line %d, column %d: %s", why.line, why.column, why.text);
	*ret = (struct json *)root;
	return 0;
}

void json_free(struct json *root)
{
	json_decref((json_t *)root);
}

const struct json *json_get(const struct json *v, const char *key)
{
	return outer(json_object_get(inner(v), key));
}

const char *json_text(const struct json *v)
{
	return json_string_value(inner(v));
}

int64_t json_int(const struct json *v, int64_t otherwise)
{
	return json_is_integer(inner(v)) ? json_integer_value(inner(v)) : otherwise;
}

bool json_bool(const struct json *v)
{
	return json_is_true(inner(v));
}

size_t json_len(const struct json *v)
{
	return json_array_size(inner(v));
}

const struct json *json_at(const struct json *v, size_t i)
{
	return outer(json_array_get(inner(v), i));
}
