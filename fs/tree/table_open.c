#include "fs/tree/table_open.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/digest.h"
#include "fs/log.h"
#include "fs/storage/duckdb_source.h"
#include "fs/storage/postgres_source.h"
#include "fs/storage/sqlite_source.h"

/* A file that changed this recently may change again within the same tick of its clock: what is noted of it holds no longer than this. */
#define FRESH_NS (200 * 1000000LL)

static bool is_parquet(const struct spot *s)
{
	return s->has_local && source_is_parquet(s->place->rel);
}

static bool is_text(const struct spot *s)
{
	return s->has_local && source_is_text_table(s->place->rel);
}

/* Whether asking it may wait: then only askers that may wait get there. */
static bool is_slow(const struct spot *s)
{
	return s->server->kind == SERVER_POSTGRES || s->server->kind == SERVER_DUCKDB;
}

int table_format_of(const struct spot *s)
{
	if (s->has_tables)
		return s->format;
	return is_parquet(s) ? TABLE_PARQUET : source_text_format(s->place->rel);
}

/* ---- opening ---- */

static const char *table_name(const struct spot *s)
{
	return s->object->physical_name ? s->object->physical_name : s->object->name;
}

static int open_text(struct spot *s, int fd, struct table_source **ret, struct mesh_err *err)
{
	struct source_text_options opt = spot_text(s, fd);

	return source_text_open_with(&opt, ret, err);
}

static int open_postgres(struct spot *s, struct table_source **ret, struct mesh_err *err)
{
	struct postgres_place at = {
		.server = s->server,
		.table = table_name(s),
		.object = s->object,
		.cancel = s->ask.asker.cancel,
	};

	return source_postgres_open(&at, ret, err);
}

static int open_sqlite(struct spot *s, struct table_source **ret, struct mesh_err *err)
{
	struct sqlite_place at = {
		.prefix = s->local.prefix,
		.rel = s->local.root,
		.cancel = s->ask.asker.cancel,
	};

	return sqlite_source_open(&at, table_name(s), s->object, ret, err);
}

static int open_duckdb(struct spot *s, int fd, struct table_source **ret, struct mesh_err *err)
{
	struct source_duckdb_options opt = {
		.fd = fd,
		.name = s->server->path,
		.schema = s->server->schema,
		.table = table_name(s),
		.object = s->object,
	};

	return source_duckdb_open(&opt, ret, err);
}

int table_open_file(struct spot *s, int *ret_fd)
{
	const char *name = s->place->rel;
	struct stat st;

	if (s->server->kind == SERVER_DUCKDB)
		name = strrchr(s->server->path, '/') + 1;
	else if (!s->has_local)
		return 0;
	return local_open(&s->local, name, ret_fd, &st);
}

int table_open(struct spot *s, int fd, struct table_source **ret, struct mesh_err *err)
{
	if (is_parquet(s))
		return source_parquet_open(fd, s->place->rel, s->object, ret, err);
	if (is_text(s))
		return open_text(s, fd, ret, err);
	switch (s->server->kind) {
	case SERVER_SQLITE:
		return open_sqlite(s, ret, err);
	case SERVER_POSTGRES:
		return open_postgres(s, ret, err);
	case SERVER_DUCKDB:
		return open_duckdb(s, fd, ret, err);
	default:
		return mesh_err_set(err, -EOPNOTSUPP, "no table can be read here");
	}
}

/* ---- the state ---- */

static bool is_known(const struct object *o, const char *column)
{
	for (size_t i = 0; i < o->columns_len; i++) {
		const struct column *c = &o->columns[i];

		if (strcmp(c->name, column) == 0 || (c->physical_name && strcmp(c->physical_name, column) == 0))
			return true;
	}
	return false;
}

/* The source's columns that the contract does not know, by their names in the mesh. */
static int extra_columns(const struct table_source *source, const struct object *o, struct arena *a, struct strlist *ret)
{
	const char **items = arena_array(a, source->schema.len + 1, sizeof(*items));
	size_t n = 0;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < source->schema.len; i++) {
		if (is_known(o, source->schema.columns[i].name))
			continue;
		items[n] = arena_strdup(a, source->schema.columns[i].name);
		if (!items[n++])
			return -ENOMEM;
	}
	*ret = (struct strlist){.items = items, .len = n};
	return 0;
}

/* Asks the source itself. */
static int ask_source(struct spot *s, int fd, struct table_state *ret, struct mesh_err *err)
{
	struct table_source *source;
	AUTOFD int own = -1;
	int rc = fd < 0 ? table_open_file(s, &own) : 0;

	if (rc == 0)
		rc = table_open(s, fd < 0 ? own : fd, &source, err);
	if (rc < 0)
		return rc;
	rc = extra_columns(source, s->object, &s->arena, &ret->columns);
	memcpy(ret->version, source->version, sizeof(ret->version));
	source->ops->close(source);
	return rc;
}

/* What a stored file has beyond its contract. *ret_told: by the file of this version itself. */
static int file_columns(struct spot *s, int fd, struct table_state *ret, bool *ret_told)
{
	char stamp[DIGEST_HEX_CAP];
	AUTOFD int own = -1;
	struct stat st;
	int rc = fd < 0 ? table_open_file(s, &own) : 0;

	if (rc == -ENOMEM)
		return rc;
	/* A file that cannot be opened now has a size all the same; nobody gets it as it lies without an open that can. */
	if (rc == 0)
		fd = fd < 0 ? own : fd;
	*ret_told = rc == 0 && fstat(fd, &st) == 0 && local_file_stamp(&st, stamp) == 0 && strcmp(stamp, ret->version) == 0;
	return spot_columns(s, fd, &ret->columns);
}

/* What a state is noted for: the path under this very contract, since another may name and read the columns in another way. NULL:
 * memory is short. */
static const char *state_id(struct spot *s)
{
	return arena_printf(&s->arena, "%s %" PRId64, s->place->path, s->product->changed_ns);
}

/* A stored file: its version is the file's; a CSV file tells its columns. Only what this very file told is remembered of it. */
static int file_state(struct spot *s, int fd, const struct stat *st, struct table_state *ret)
{
	const char *id = state_id(s);
	int64_t now_ns = s->ask.context.now_ns;
	bool told = false;
	int rc = id ? local_file_stamp(st, ret->version) : -ENOMEM;

	if (rc == 0 && table_states_get(s->tree->states, id, ret->version, now_ns, &s->arena, ret))
		return 0;
	ret->mtime_ns = (int64_t)st->st_mtim.tv_sec * WHEN_NS_PER_SEC + st->st_mtim.tv_nsec;
	if (rc == 0)
		rc = file_columns(s, fd, ret, &told);
	if (rc == 0 && told)
		table_states_put(s->tree->states, id, ret->version, INT64_MAX, ret);
	return rc;
}

/* What a database answered, as the caller may see it: that it refuses the daemon is the operator's problem, and logged. */
static int database_errno(const struct spot *s, int rc, const struct mesh_err *err)
{
	if (rc == -EINTR || rc == -ENOMEM)
		return rc;
	log_error("%s: %s", s->place->path, err->text);
	atomic_fetch_add(&s->tree->status->storage_errors, 1);
	return rc == -ENOENT || rc == -ETIMEDOUT || rc == -ESTALE ? rc : -EIO;
}

/* A table of a database: what its source said, for as long as the stamp or the refresh interval holds. */
static int database_state(struct spot *s, struct table_state *ret, struct mesh_err *err)
{
	const char *id = state_id(s);
	int64_t now_ns = s->ask.context.now_ns;
	int64_t expires_ns = INT64_MAX;
	char stamp[DIGEST_HEX_CAP] = "refresh";
	int rc = 0;

	if (!id)
		return -ENOMEM;
	if (s->server->kind == SERVER_POSTGRES)
		expires_ns = now_ns + s->server->refresh_ns;
	else
		rc = local_stamp(&s->local, stamp, &ret->mtime_ns);
	if (rc < 0)
		return rc;
	if (table_states_get(s->tree->states, id, stamp, now_ns, &s->arena, ret))
		return 0;
	if (is_slow(s) && !s->ask.asker.may_wait)
		return -EWOULDBLOCK;
	rc = ask_source(s, -1, ret, err);
	if (rc < 0)
		return database_errno(s, rc, err);
	if (s->server->kind == SERVER_POSTGRES)
		ret->mtime_ns = now_ns;
	else if (now_ns - ret->mtime_ns < FRESH_NS)
		expires_ns = now_ns + FRESH_NS;
	table_states_put(s->tree->states, id, stamp, expires_ns, ret);
	return 0;
}

int table_state_of(struct spot *s, int fd, const struct stat *st, struct table_state *ret, struct mesh_err *err)
{
	memset(ret, 0, sizeof(*ret));
	return st ? file_state(s, fd, st, ret) : database_state(s, ret, err);
}
