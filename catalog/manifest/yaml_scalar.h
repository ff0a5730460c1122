#ifndef CATALOG_MANIFEST_YAML_SCALAR_H
#define CATALOG_MANIFEST_YAML_SCALAR_H

/*
 * What YAML text may contain, and what a scalar means: the core schema of YAML 1.2.2 (section 10.3.2), which libyaml
 * leaves to its caller. Pure functions over bytes; knows neither libyaml nor diagnostics.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/manifest/yaml.h"

struct yaml_scalar {
	enum yaml_type type; /* NULL, BOOL, INT, FLOAT or STRING */
	int64_t i; /* INT; BOOL: 0 or 1 */
	double f; /* FLOAT, INT */
	bool range; /* a number that the type cannot hold; i and f are 0 */
};

/* The meaning of a plain scalar without a tag. `text` ends with a NUL. */
struct yaml_scalar yaml_scalar_resolve(const char *text);

/* The meaning of a scalar with an explicit tag, in libyaml's long form or `!`, into *ret; false, and *ret left alone, where the
 * tag is not one of the core schema's scalars or the text does not fit it. */
bool yaml_scalar_tagged(const char *tag, const char *text, struct yaml_scalar *ret);

/* True where the tag is `!` or the core schema's for the type. */
bool yaml_scalar_tag_is(const char *tag, enum yaml_type type);

struct yaml_flaw {
	const char *what; /* static: what is wrong with the bytes */
	bool utf8; /* the bytes are not UTF-8; else a forbidden character */
	size_t offset;
	int line, column; /* from 1; columns count code points */
};

/* True where every byte may stand in a YAML stream (section 5.1, UTF-8 alone); else the first flaw. */
bool yaml_scalar_stream_ok(const char *bytes, size_t len, struct yaml_flaw *ret);

/* True where a scalar's value, which escapes can fill with anything, has no NUL, no non-character and no control
 * character other than tab and line breaks. */
bool yaml_scalar_value_ok(const char *text, size_t len);

#endif
