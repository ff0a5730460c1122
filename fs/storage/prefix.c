#include "fs/storage/prefix.h"

#include <errno.h>
#include <string.h>

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0' || n == 1);
}

/* The directory that lets the domain use `path`: its own or the longest that the operator listed. */
static const char *allowed_prefix(const struct domain *d, const char *path)
{
	const char *best = is_below(path, d->dir) ? d->dir : NULL;

	for (size_t i = 0; i < d->storage.len; i++) {
		const char *s = d->storage.items[i];

		if (s[0] == '/' && is_below(path, s) && (!best || strlen(s) > strlen(best)))
			best = s;
	}
	return best;
}

/* `path` relative to `prefix`, "." for itself. */
static const char *relative(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);
	const char *rel;

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	rel = path + n;
	while (*rel == '/')
		rel++;
	return *rel ? rel : ".";
}

int prefix_find(
    const struct domain *d, const char *path, const char **ret_prefix, const char **ret_rel)
{
	const char *prefix = allowed_prefix(d, path);

	if (!prefix)
		return -EACCES;
	*ret_prefix = prefix;
	*ret_rel = relative(path, prefix);
	return 0;
}
