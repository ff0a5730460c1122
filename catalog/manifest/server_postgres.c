#include "catalog/manifest/server_postgres.h"

#include <string.h>

#include "catalog/manifest/place.h"

#define NAME_MAX_BYTES 63 /* NAMEDATALEN - 1: PostgreSQL cuts longer names */

/* Not a list of hosts and not a socket's directory, which libpq would also take. */
static bool is_host(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= 253 && s[0] != '-' &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

static bool is_ipv6(const char *s)
{
	size_t len = strlen(s);

	return strchr(s, ':') && len <= 45 && strspn(s, "0123456789abcdefABCDEF:.") == len;
}

static bool is_name(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= NAME_MAX_BYTES && !strpbrk(s, "/\\?#%=@ '\"\n\r");
}

/* The text of a part; NULL where it is missing, which is the standard's business, or wrong. */
static const char *part(
    struct reader *r, const struct yaml_node *n, const char *key, bool (*is)(const char *))
{
	const struct yaml_node *v = yaml_get(n, key);
	const char *text = yaml_scalar(v);

	if (!text)
		return NULL;
	if (is(text))
		return reader_copy(r, text);
	reader_error(
	    r, "server-database", v, "'%.80s' cannot be the %s of a PostgreSQL server", text, key);
	return NULL;
}

static bool is_any_host(const char *s)
{
	return is_host(s) || is_ipv6(s);
}

static bool is_port(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= 5 && s[0] != '0' && strspn(s, "0123456789") == len &&
	    (len < 5 || strcmp(s, "65535") <= 0);
}

/* The operator may have written either scheme. */
static bool is_allowed(struct reader *r, const struct server *s, const char *scheme,
    const struct storage_rights *rights, const char **ret_url)
{
	bool v6 = is_ipv6(s->host);

	*ret_url = reader_made(r,
	    arena_printf(r->arena, "%s://%s%s%s:%s/%s", scheme, v6 ? "[" : "", s->host,
		v6 ? "]" : "", s->port, s->database));
	return *ret_url && place_allowed(*ret_url, rights->storage);
}

void server_postgres_read(struct reader *r, const struct yaml_node *n,
    const struct storage_rights *rights, struct server *s)
{
	const struct yaml_node *host = yaml_get(n, "host");
	const char *url;

	s->kind = SERVER_POSTGRES;
	s->host = part(r, n, "host", is_any_host);
	s->port = part(r, n, "port", is_port);
	s->database = part(r, n, "database", is_name);
	s->schema = part(r, n, "schema", is_name);
	if (!s->host || !s->port || !s->database || !rights)
		return;
	if (!is_allowed(r, s, "postgresql", rights, &url) &&
	    !is_allowed(r, s, "postgres", rights, &url) && url)
		storage_rights_refuse(r, host, url, rights);
}
