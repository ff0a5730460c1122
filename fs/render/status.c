#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "fs/render/render.h"
#include "fs/storage/duckdb_lib.h"

#ifndef MESHFS_VERSION
#define MESHFS_VERSION "dev"
#endif

/* JSON at one level of indentation, key by key. */
static void text(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "  \"%s\": ", key);
	buf_json(out, value);
	buf_puts(out, ",\n");
}

static void time_text(struct buf *out, const char *key, int64_t ns)
{
	char s[36];

	when_format(ns, 0, s, sizeof(s));
	text(out, key, s);
}

static void count(struct buf *out, const char *key, const atomic_long *value)
{
	buf_printf(out, "  \"%s\": %ld,\n", key, atomic_load(value));
}

static void write_mesh(const struct doc_env *env, struct buf *out)
{
	const struct mesh *m = env->ask->resource.mesh;
	struct snapshot *snap = env->ask->world->snap;

	buf_puts(out, "  \"mesh\": {\"id\": ");
	buf_json(out, m->id);
	buf_puts(out, ", \"name\": ");
	buf_json(out, m->name);
	buf_puts(out, "},\n");
	buf_printf(out, "  \"epoch\": %lld,\n", (long long)snapshot_epoch(snap));
	time_text(out, "epoch_time", snapshot_time_ns(snap));
	text(out, "version", MESHFS_VERSION);
}

/* The texts name files and products of the whole mesh: they are for those who run it. */
static bool may_see_problems(const struct doc_env *env)
{
	return env->ask->asker.uid == 0 || env->ask->asker.uid == env->status->uid;
}

static int write_io(struct status *s, struct buf *out)
{
	AUTOFREE char *why = status_io(s);

	if (!why)
		return -ENOMEM;
	buf_printf(out, "  \"passthrough\": {\"used\": %s, \"why\": ",
	    atomic_load(&s->passthrough) ? "true" : "false");
	buf_json(out, why);
	buf_puts(out, "},\n");
	return 0;
}

static int write_problems(const struct doc_env *env, struct buf *out)
{
	size_t errors = 0;
	AUTOFREE char *details = status_problems(env->status, &errors);

	if (!details)
		return -ENOMEM;
	buf_printf(out, "  \"problems\": {\"errors\": %zu", errors);
	if (may_see_problems(env))
		buf_printf(out, ", \"details\": %s", details);
	buf_puts(out, "},\n");
	return 0;
}

/* What is being rendered names files of the whole mesh. */
static void write_renderings(const struct doc_env *env, struct buf *out)
{
	buf_puts(out, "  \"renderings\": ");
	if (env->status->print_renderings && may_see_problems(env))
		env->status->print_renderings(out);
	else
		buf_puts(out, "[]");
	buf_puts(out, ",\n");
}

static void write_engines(struct status *s, struct buf *out)
{
	buf_puts(out, "  \"cache\": ");
	if (s->print_cache)
		s->print_cache(s->print_cache_arg, out);
	else
		buf_puts(out, "null");
	buf_puts(out, ",\n  \"libduckdb\": ");
	if (s->print_engines)
		s->print_engines(out);
	else
		buf_puts(out, "null");
	buf_puts(out, ",\n");
}

static int write_mount(const struct doc_env *env, struct buf *out)
{
	struct status *s = env->status;
	int rc;

	text(out, "mountpoint", s->mountpoint);
	text(out, "mesh_path", s->mesh_path);
	text(out, "catalog", s->catalog_path);
	time_text(out, "started", s->started_ns);
	rc = write_io(s, out);
	if (rc == 0)
		rc = write_problems(env, out);
	count(out, "open_files", &s->open_files);
	count(out, "open_dirs", &s->open_dirs);
	count(out, "opens", &s->opens);
	count(out, "denials", &s->denials);
	count(out, "skipped_names", &s->skipped_names);
	count(out, "storage_errors", &s->storage_errors);
	write_renderings(env, out);
	write_engines(s, out);
	return rc;
}

void render_cache(void *arg, struct buf *out)
{
	const struct cache_shown *shown = arg;
	struct cache_stats s = {0};

	cache_stats(shown->cache, &s);
	buf_puts(out, "{\"dir\": ");
	buf_json(out, shown->dir);
	buf_printf(out, ", \"bytes\": %" PRIu64 ", \"max_bytes\": %" PRIu64 ", \"files\": %" PRIu64,
	    s.bytes, s.max_bytes, s.files);
	buf_printf(out, ", \"hits\": %" PRIu64 ", \"misses\": %" PRIu64 ", \"evictions\": %" PRIu64,
	    s.hits, s.misses, s.evictions);
	buf_printf(out, ", \"corrupt\": %" PRIu64 "}", s.corrupt);
}

void render_engines(struct buf *out)
{
	const char *why = NULL;
	bool available = duckdb_lib_available(&why);

	buf_printf(out, "{\"available\": %s, \"why\": ", available ? "true" : "false");
	buf_json(out, available ? NULL : why);
	buf_addc(out, '}');
}

int render_status(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	int rc = 0;

	(void)d;
	buf_puts(out, "{\n");
	write_mesh(env, out);
	if (env->status)
		rc = write_mount(env, out);
	buf_puts(out, "  \"audit\": {\"dir\": ");
	buf_json(out, env->status ? env->status->audit_dir : NULL);
	buf_puts(out, "}\n}\n");
	return rc < 0 ? rc : buf_error(out);
}
