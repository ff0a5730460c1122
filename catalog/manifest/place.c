#include "catalog/manifest/place.h"

#include <string.h>

static const char *const schemes[] = {
    "s3://", "http://", "https://", "postgres://", "postgresql://", NULL};

static bool is_dots(const char *s, size_t len)
{
	return len == 2 && s[0] == '.' && s[1] == '.';
}

bool place_has_dotdot(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (is_dots(path, len))
			return true;
		path += len;
		path += strspn(path, "/");
	}
	return false;
}

static const char *after_scheme(const char *url)
{
	for (int i = 0; schemes[i]; i++)
		if (str_starts(url, schemes[i]))
			return url + strlen(schemes[i]);
	return NULL;
}

bool place_is_url(const char *s)
{
	return after_scheme(s) != NULL;
}

/* Dots and slashes that a server would decode count as if they stood there. */
static bool url_is_plain(const char *url)
{
	const char *rest = after_scheme(url);
	size_t host = strcspn(rest, "/?#");

	return host > 0 && !memchr(rest, '@', host) && !strpbrk(rest, "\\ ") &&
	    !place_has_dotdot(rest) && !strcasestr(rest, "%2e") && !strcasestr(rest, "%2f") &&
	    !strcasestr(rest, "%5c");
}

bool place_is_prefix(const char *s)
{
	if (place_is_url(s))
		return url_is_plain(s);
	return s[0] == '/' && !place_has_dotdot(s) && !strpbrk(s, "*?[{");
}

void place_normalise(char *path)
{
	char *out = path;
	const char *in = path;

	while (*in) {
		size_t len;

		in += strspn(in, "/");
		len = strcspn(in, "/");
		if (len > 0 && !(len == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, len);
			out += len;
		}
		in += len;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

bool place_below(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);

	while (len > 0 && prefix[len - 1] == '/')
		len--;
	return strncmp(path, prefix, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

bool place_allowed(const char *where, const struct strlist *prefixes)
{
	if (place_is_url(where) && !url_is_plain(where))
		return false;
	for (size_t i = 0; i < prefixes->len; i++)
		if (place_is_url(prefixes->items[i]) == place_is_url(where) &&
		    place_below(where, prefixes->items[i]))
			return true;
	return false;
}

size_t place_fixed_len(const char *path)
{
	size_t glob = strcspn(path, "*?[{");

	if (path[glob] == '\0')
		return glob;
	while (glob > 0 && path[glob - 1] != '/')
		glob--;
	return glob > 1 ? glob - 1 : glob;
}
