#include "catalog/manifest/server_file.h"

#include <string.h>
#include <sys/stat.h>

#include "catalog/manifest/custom.h"
#include "catalog/manifest/place.h"

static const char *text_of(struct reader *r, const struct yaml_node *n, const char *key)
{
	return reader_copy(r, yaml_scalar(yaml_get(n, key)));
}

static void refuse(struct reader *r, const struct yaml_node *n, const char *place,
    const struct storage_rights *rights)
{
	reader_error(r, "storage-not-allowed", n,
	    "'%s' lies outside what the domain may use; the operator can allow it by adding a prefix of it to the "
	    "domain's 'storage' in mesh.yaml:%d",
	    place, rights->line);
}

/* Makes an absolute path of one that starts at `base`; NULL after a report. */
static const char *resolve(struct reader *r, const struct yaml_node *n, const char *base,
    const struct storage_rights *rights)
{
	char *path;

	if (n->type != YAML_STRING || !n->text_len || strpbrk(n->text, "\n\r")) {
		reader_error(r, "server-path", n, "a path is one line of text");
		return NULL;
	}
	if (place_has_dotdot(n->text)) {
		reader_error(r, "storage-not-allowed", n,
		    "'%s': a path has no '..'; write it from %s on", n->text, rights->dir);
		return NULL;
	}
	path = n->text[0] == '/' ? arena_strdup(r->arena, n->text)
				 : arena_printf(r->arena, "%s/%s", base, n->text);
	if (!reader_made(r, path))
		return NULL;
	place_normalise(path);
	if (place_below(path, rights->dir) || place_allowed(path, rights->storage))
		return path;
	refuse(r, n, n->text, rights);
	return NULL;
}

/* The directory beside whose files a list of checksums lies: the port's root, or where its one file lies. */
static const char *data_dir(struct reader *r, const char *path)
{
	const char *dir = reader_made(r, arena_strndup(r->arena, path, place_fixed_len(path)));
	struct stat st;
	char *slash;

	if (dir && stat(dir, &st) == 0 && S_ISREG(st.st_mode)) {
		slash = strrchr((char *)dir, '/'); /* our own copy */
		*slash = '\0';
	}
	return dir;
}

static void read_local(struct reader *r, const struct yaml_node *n,
    const struct storage_rights *rights, struct server *s)
{
	const struct yaml_node *path = yaml_get(n, "path"), *sums = custom_get(n, "sha256sums");
	const char *dir;

	if (!path)
		path = yaml_get(n, "database"); /* ODCS v2.2.x */
	s->kind = SERVER_LOCAL;
	if (!path || path->type == YAML_NULL || !rights)
		return; /* a missing one is the standard's business */
	s->path = resolve(r, path, rights->dir, rights);
	if (!s->path || !sums)
		return;
	dir = data_dir(r, s->path);
	if (dir)
		s->sha256sums = resolve(r, sums, dir, rights);
}

/* PostgreSQL servers are named in parts; as a URL they can be compared with a prefix. */
static const char *postgres_url(struct reader *r, const struct yaml_node *n)
{
	const char *host = yaml_scalar(yaml_get(n, "host")),
		   *port = yaml_scalar(yaml_get(n, "port"));
	const char *database = yaml_scalar(yaml_get(n, "database"));

	if (!host || !database)
		return NULL;
	return reader_made(
	    r, arena_printf(r->arena, "postgres://%s:%s/%s", host, port ? port : "5432", database));
}

static bool is_postgres(const char *type)
{
	return str_eq(type, "postgres") || str_eq(type, "postgresql");
}

static void check_remote(struct reader *r, const struct yaml_node *n,
    const struct storage_rights *rights, const struct server *s)
{
	const struct yaml_node *at = yaml_get(n, is_postgres(s->type) ? "host" : "location");
	const char *place = is_postgres(s->type) ? postgres_url(r, n) : s->location;

	if (rights && place && place_is_url(place) && !place_allowed(place, rights->storage))
		refuse(r, at ? at : n, place, rights);
}

static bool is_credential_ref(const char *s)
{
	static const char *const prefixes[] = {"file:", "env:", "profile:", NULL};

	for (int i = 0; s && prefixes[i]; i++)
		if (str_starts(s, prefixes[i]) && s[strlen(prefixes[i])])
			return true;
	return str_eq(s, "pgpass");
}

static void read_credential(struct reader *r, const struct yaml_node *n, struct server *s)
{
	const struct yaml_node *ref = custom_get(n, "credentialRef");

	if (!ref)
		return;
	if (is_credential_ref(yaml_str(ref)))
		s->credential_ref = reader_copy(r, ref->text);
	else
		reader_error(r, "secret-in-manifest", ref,
		    "credentialRef says where the credentials are: file:PATH, env:NAME, profile:NAME or pgpass");
}

static void read_server(struct reader *r, const struct yaml_node *n,
    const struct storage_rights *rights, struct server *s)
{
	s->name = text_of(r, n, "server");
	s->type = text_of(r, n, "type");
	s->environment = text_of(r, n, "environment");
	s->format = text_of(r, n, "format");
	s->location = text_of(r, n, "location");
	if (!s->location)
		s->location = text_of(r, n, "path");
	read_credential(r, n, s);
	s->kind = SERVER_OTHER;
	if (str_eq(s->type, "local"))
		read_local(r, n, rights, s);
	else
		check_remote(r, n, rights, s);
}

static void check_unique(struct reader *r, const struct yaml_node *list, const struct contract *c)
{
	for (size_t i = 1; i < c->servers_len; i++)
		for (size_t j = 0; j < i; j++)
			if (c->servers[i].name && str_eq(c->servers[i].name, c->servers[j].name)) {
				reader_error(r, "duplicate-server", list->items[i],
				    "server '%s' stands twice", c->servers[i].name);
				break;
			}
}

/* ODCS v2.2.x has one server, spread over the document; `sourcePlatform: local` with a path as `database` is ours to read. */
static void read_v2(struct reader *r, const struct yaml_node *root,
    const struct storage_rights *rights, struct contract *c)
{
	struct server *s;

	if (!yaml_scalar(yaml_get(root, "server")))
		return;
	c->servers = reader_array(r, 1, sizeof(*c->servers));
	if (!c->servers)
		return;
	s = &c->servers[0];
	c->servers_len = 1;
	s->name = text_of(r, root, "server");
	s->type = text_of(r, root, "sourcePlatform");
	s->location = text_of(r, root, "database");
	s->kind = SERVER_OTHER;
	if (str_eq(s->type, "local"))
		read_local(r, root, rights, s);
}

#define MAX_SERVERS 1000

void server_file_read(struct reader *r, const struct yaml_node *contract,
    const struct storage_rights *rights, struct contract *ret)
{
	const struct yaml_node *list = yaml_get(contract, "servers");

	if (!list) {
		read_v2(r, contract, rights, ret);
		return;
	}
	if (list->type != YAML_SEQ)
		return;
	if (list->len > MAX_SERVERS) {
		reader_error(r, "manifest-value", list, "'servers' has %zu elements, more than %d",
		    list->len, MAX_SERVERS);
		return;
	}
	ret->servers = reader_array(r, list->len, sizeof(*ret->servers));
	if (!ret->servers)
		return;
	ret->servers_len = list->len;
	for (size_t i = 0; i < list->len; i++)
		read_server(r, list->items[i], rights, &ret->servers[i]);
	check_unique(r, list, ret);
}
