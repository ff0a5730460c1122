#include "catalog/manifest/server_file.h"

#include <string.h>
#include <sys/stat.h>

#include "catalog/base/when.h"
#include "catalog/manifest/custom.h"
#include "catalog/manifest/place.h"
#include "catalog/manifest/server_postgres.h"

static const char *text_of(struct reader *r, const struct yaml_node *n, const char *key)
{
	return reader_copy(r, yaml_scalar(yaml_get(n, key)));
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
	storage_rights_refuse(r, n, n->text, rights);
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

/* A database is one file, whose path stands under `key`. */
static const char *database_file(struct reader *r, const struct yaml_node *n, const char *key,
    const struct storage_rights *rights)
{
	const struct yaml_node *path = yaml_get(n, key);

	if (!path || path->type == YAML_NULL) {
		reader_error(r, "server-path", n, "'%s' must name the database's file", key);
		return NULL;
	}
	if (yaml_str(path) && strpbrk(path->text, "*?[{")) {
		reader_error(r, "server-path", path, "'%s' must be one file, without * ? [ and {",
		    path->text);
		return NULL;
	}
	return rights ? resolve(r, path, rights->dir, rights) : NULL;
}

static void check_remote(struct reader *r, const struct yaml_node *n,
    const struct storage_rights *rights, const struct server *s)
{
	const struct yaml_node *at = yaml_get(n, "location");

	if (rights && s->location && place_is_url(s->location) &&
	    !place_allowed(s->location, rights->storage))
		storage_rights_refuse(r, at ? at : n, s->location, rights);
}

static bool is_postgres(const char *type)
{
	return str_eq(type, "postgres") || str_eq(type, "postgresql");
}

static void read_kind(struct reader *r, const struct yaml_node *n,
    const struct storage_rights *rights, struct server *s)
{
	s->kind = SERVER_OTHER;
	if (str_eq(s->type, "local")) {
		read_local(r, n, rights, s);
	} else if (str_eq(s->type, "custom") && str_eq(s->format, "sqlite")) {
		s->kind = SERVER_SQLITE;
		s->path = database_file(r, n, "path", rights);
	} else if (str_eq(s->type, "duckdb")) {
		s->kind = SERVER_DUCKDB;
		s->location = text_of(r, n, "database");
		s->schema = text_of(r, n, "schema");
		s->path = database_file(r, n, "database", rights);
	} else if (is_postgres(s->type)) {
		server_postgres_read(r, n, rights, s);
	} else {
		check_remote(r, n, rights, s);
	}
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

/* The standard's own `delimiter` may also say how JSON documents are separated, which is not ours to judge. */
static void read_delimiter(struct reader *r, const struct yaml_node *n, struct server *s)
{
	const struct yaml_node *own = custom_get(n, "delimiter"),
			       *v = own ? own : yaml_get(n, "delimiter");
	bool csv = own || str_eq(s->format, "csv") || str_eq(s->format, "tsv");

	if (!v || v->type == YAML_NULL)
		return;
	if (v->type == YAML_STRING && v->text_len == 1 && strchr(",;|\t:^~!#&/ ", v->text[0]))
		s->delimiter = v->text[0];
	else if (str_eq(yaml_str(v), "\\t"))
		s->delimiter = '\t';
	else if (csv)
		reader_error(r, "server-delimiter", v,
		    "the delimiter of CSV files is one of , ; | : ^ ~ ! # & / a blank or \\t");
}

#define REFRESH_POSTGRES_NS (5 * 60 * WHEN_NS_PER_SEC)
#define REFRESH_MAX_SEC (366 * 24 * 3600)

/* An ISO 8601 duration, or a number of seconds. */
static void read_refresh(struct reader *r, const struct yaml_node *n, struct server *s)
{
	const struct yaml_node *v = custom_get(n, "refreshInterval");
	int64_t ns = 0;

	s->refresh_ns = s->kind == SERVER_POSTGRES ? REFRESH_POSTGRES_NS : 0;
	if (!v)
		return;
	if (v->type == YAML_INT && v->i <= REFRESH_MAX_SEC)
		ns = v->i * WHEN_NS_PER_SEC;
	else if (yaml_str(v))
		(void)when_parse_duration(v->text, &ns);
	if (ns >= WHEN_NS_PER_SEC && ns <= REFRESH_MAX_SEC * WHEN_NS_PER_SEC)
		s->refresh_ns = ns;
	else
		reader_error(r, "server-refresh", v,
		    "refreshInterval is an ISO 8601 duration such as PT5M, or seconds, from one second to 366 days");
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
	read_delimiter(r, n, s);
	read_kind(r, n, rights, s);
	read_refresh(r, n, s);
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
