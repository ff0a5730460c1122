#include "fs/render/rendition.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/storage/duckdb_lib.h"
#include "fs/table/source.h"

const struct server *rendition_server(const struct product *p, const struct port *port)
{
	const struct contract *c;

	if (!p || !port || port->contract < 0 || (size_t)port->contract >= p->contracts_len)
		return NULL;
	c = &p->contracts[port->contract];
	return port->server >= 0 && (size_t)port->server < c->servers_len
	    ? &c->servers[port->server]
	    : NULL;
}

bool rendition_is_database(const struct product *p, const struct port *port)
{
	const struct server *s = rendition_server(p, port);

	return s &&
	    (s->kind == SERVER_SQLITE || s->kind == SERVER_POSTGRES || s->kind == SERVER_DUCKDB);
}

int rendition_files(
    const struct port *port, const struct object *o, struct arena *a, struct strlist *ret)
{
	const char **items = arena_array(a, TABLE_FORMAT_COUNT, sizeof(*items));
	size_t n = 0;

	if (!items)
		return -ENOMEM;
	for (int f = 0; f < TABLE_FORMAT_COUNT; f++) {
		if (!(port->formats >> f & 1))
			continue;
		items[n] = arena_printf(
		    a, "%s.%s", o->name, table_format_name((enum table_format)f));
		if (!items[n++])
			return -ENOMEM;
	}
	*ret = (struct strlist){.items = items, .len = n};
	return 0;
}

/* ---- what can be made ---- */

static const char *ending(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *dot = path ? strrchr(slash ? slash : path, '.') : NULL;

	return dot && dot[1] ? dot + 1 : NULL;
}

/* A name whose ending tells the format of a stored file, in `out` where it has to be made. NULL: nothing tells. */
static const char *telling_name(
    const struct server *s, const struct object *o, const char *file, char out[64])
{
	if (ending(file))
		return file;
	if (ending(o->physical_name))
		return o->physical_name;
	if (ending(s->path))
		return s->path;
	if (!s->format || snprintf(out, 64, "x.%s", s->format) >= 64)
		return NULL;
	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return out;
}

static const char cannot_rewrite[] =
    "content of this format cannot be rewritten; read another port or file of the product";

static bool stored_possible(
    const struct server *s, const struct object *o, const char *file, const char **ret_why)
{
	char made[64];
	const char *name = telling_name(s, o, file, made);

	if (name && source_is_parquet(name))
		return duckdb_lib_available(ret_why);
	if (name && source_is_text_table(name))
		return true;
	*ret_why = cannot_rewrite;
	return false;
}

static bool database_possible(
    const struct server *s, const struct port *port, const char *file, const char **ret_why)
{
	const char *end = ending(file);
	bool parquet = end ? strcmp(end, "parquet") == 0 : port->formats == 1U << PORT_PARQUET;

	return s->kind == SERVER_DUCKDB || parquet ? duckdb_lib_available(ret_why) : true;
}

bool rendition_possible(const struct ask *ask, const char *file, const char **ret_why)
{
	const struct resource *at = &ask->resource;
	const struct server *s = rendition_server(at->product, at->port);

	if (!s || s->kind == SERVER_OTHER)
		*ret_why = "the port is on no storage that can be read here";
	else if (!at->object)
		*ret_why = "the contract has no table that this file belongs to";
	else if (s->kind == SERVER_LOCAL)
		return stored_possible(s, at->object, file, ret_why);
	else
		return database_possible(s, at->port, file, ret_why);
	return false;
}

bool rendition_of_file_possible(const struct ask *ask, const char *file, const char **ret_why)
{
	const struct server *s = rendition_server(ask->resource.product, ask->resource.port);

	if (!s || s->kind != SERVER_LOCAL || !ask->resource.object || ending(file))
		return rendition_possible(ask, file, ret_why);
	*ret_why = cannot_rewrite;
	return false;
}
