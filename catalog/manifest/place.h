#ifndef CATALOG_MANIFEST_PLACE_H
#define CATALOG_MANIFEST_PLACE_H

/*
 * Where a domain's data may lie: paths and URLs compared by their text with the prefixes that the operator gave it in
 * mesh.yaml. Looks at no file system: whoever opens a path later must resolve it beneath the prefix all the same.
 */

#include <stdbool.h>
#include <stddef.h>

#include "catalog/base/str.h"

/* True where a component of the path is `..`. */
bool place_has_dotdot(const char *path);

/* True where `s` may be a storage prefix: an absolute path without `..` and globs, or a URL of a kind that is checked
 * (s3, http, https, postgres) without user information and `..`. */
bool place_is_prefix(const char *s);

/* True where `s` is such a URL (for postgres also with the scheme postgresql). */
bool place_is_url(const char *s);

/* Normalises an absolute path by its text: no empty and no `.` components, no final slash. In place. */
void place_normalise(char *path);

/* True where the absolute, normalised `path` is `prefix` or lies below it. */
bool place_below(const char *path, const char *prefix);

/* True where the path or URL is at or below one of the prefixes. A path must be normalised; a URL must hold neither user
 * information nor `..`. */
bool place_allowed(const char *where, const struct strlist *prefixes);

/* The length of the longest run of whole components at the start of `path` without a glob or a `{placeholder}`: the
 * directory under which everything that the path can stand for lies. The last component counts too. */
size_t place_fixed_len(const char *path);

#endif
