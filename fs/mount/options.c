#include "fs/mount/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"

#define KNOWN "allow_other, audit=DIR, cache=DIR, cache_size=SIZE, catalog=FILE, debug, foreground, log=LEVEL, max_threads=N, no_passthrough"

void mount_options_init(struct mount_options *o)
{
	memset(o, 0, sizeof(*o));
	arena_init(&o->arena);
	o->log = LOG_LEVEL_WARNING;
	o->max_threads = 16;
}

void mount_options_clear(struct mount_options *o)
{
	arena_clear(&o->arena);
}

/* What is always on, or says nothing about a read-only mount without devices, set-id programs and access times. */
static bool goes_without_saying(const char *word)
{
	static const char *const words[] = {"ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime", "defaults"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static bool set_flag(struct mount_options *o, const char *word)
{
	struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"allow_other", &o->allow_other},
		{"debug", &o->debug},
		{"foreground", &o->foreground},
		{"no_passthrough", &o->no_passthrough},
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (strcmp(flags[i].name, word) == 0) {
			*flags[i].flag = true;
			return true;
		}
	}
	return false;
}

static int set_threads(struct mount_options *o, const char *value, struct mesh_err *err)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (!*value || *end || n < 1 || n > 1024)
		return mesh_err_set(err, -EINVAL, "option max_threads=%s: a number from 1 to 1024 is needed", value);
	o->max_threads = (unsigned)n;
	return 0;
}

static int set_log(struct mount_options *o, const char *value, struct mesh_err *err)
{
	int level = log_level_parse(value);

	if (level < 0)
		return mesh_err_set(err, -EINVAL, "option log=%s: the levels are error, warning, info, debug", value);
	o->log = (enum log_level)level;
	return 0;
}

/* A number of bytes, with K, M, G or T for powers of 1024. */
static int set_cache_size(struct mount_options *o, const char *value, struct mesh_err *err)
{
	static const char units[] = "KMGT";
	char *end;
	unsigned long long n = strtoull(value, &end, 10);
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	int shift = unit ? 10 * (int)(unit - units + 1) : 0;

	if (end == value || *value == '-' || (*end && (!unit || end[1])) || n == 0 || n > (UINT64_MAX >> (shift + 1)))
		return mesh_err_set(err, -EINVAL, "option cache_size=%s: a number of bytes is needed, as in 500M or 20G", value);
	o->cache_bytes = (uint64_t)n << shift;
	return 0;
}

static const char **path_option(struct mount_options *o, const char *word)
{
	struct {
		const char *name;
		const char **path;
	} paths[] = {{"audit", &o->audit}, {"cache", &o->cache}, {"catalog", &o->catalog}};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (strcmp(paths[i].name, word) == 0)
			return paths[i].path;
	return NULL;
}

static int set_value(struct mount_options *o, const char *word, char *value, struct mesh_err *err)
{
	const char **path = path_option(o, word);

	if (strcmp(word, "cache_size") == 0)
		return set_cache_size(o, value, err);
	if (strcmp(word, "log") == 0)
		return set_log(o, value, err);
	if (strcmp(word, "max_threads") == 0)
		return set_threads(o, value, err);
	if (!path)
		return mesh_err_set(err, -EINVAL, "option %s is not known; those that are: " KNOWN, word);
	if (!*value)
		return mesh_err_set(err, -EINVAL, "option %s= needs a path", word);
	*path = arena_strdup(&o->arena, value);
	return *path ? 0 : mesh_err_nomem(err);
}

static int parse_one(struct mount_options *o, char *word, struct mesh_err *err)
{
	char *value = strchr(word, '=');

	if (!*word || goes_without_saying(word) || set_flag(o, word))
		return 0;
	if (strcmp(word, "rw") == 0)
		return mesh_err_set(err, -EINVAL, "option rw: a mesh is mounted read-only");
	if (!value)
		return mesh_err_set(err, -EINVAL, "option %s is not known; those that are: " KNOWN, word);
	*value = '\0';
	return set_value(o, word, value + 1, err);
}

int mount_options_parse(struct mount_options *o, const char *list, struct mesh_err *err)
{
	AUTOFREE char *copy = strdup(list);
	char *rest = copy, *word;
	int rc = 0;

	if (!copy)
		return mesh_err_nomem(err);
	while (rc == 0 && (word = strsep(&rest, ",")))
		rc = parse_one(o, word, err);
	return rc;
}
