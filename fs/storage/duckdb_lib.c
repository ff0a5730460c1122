#include "fs/storage/duckdb_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first is searched for by the loader (ld.so(8)). */
static const char *const places[] = {
    "libduckdb.so",
    "/usr/local/lib/libduckdb.so",
    "/usr/local/lib/meshfs/libduckdb.so",
    "/usr/lib/meshfs/libduckdb.so",
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct duckdb_lib lib;
static struct mesh_err missing;
static bool found;

static bool resolve(void *handle, const char *name, void (**ret)(void))
{
	/* POSIX has dlsym give functions as well (dlopen(3), rationale of dlsym). */
	*(void **)ret = dlsym(handle, name);
	return *ret != NULL;
}

static bool resolve_all(void *handle, const char *path)
{
#define DUCKDB_LIB_ENTRY(type, name, args) {"duckdb_" #name, offsetof(struct duckdb_lib, name)},
	static const struct {
		const char *name;
		size_t at;
	} calls[] = {DUCKDB_LIB_CALLS(DUCKDB_LIB_ENTRY)};
#undef DUCKDB_LIB_ENTRY

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		void (**call)(void) = (void (**)(void))((char *)&lib + calls[i].at);

		if (!resolve(handle, calls[i].name, call)) {
			mesh_err_set(&missing, -EOPNOTSUPP, "%s is too old for meshfs: it lacks %s",
			    path, calls[i].name);
			return false;
		}
	}
	return true;
}

/* -ENOENT: nothing that can be loaded there; -EOPNOTSUPP: not what is needed. `missing` says why. */
static int open_at(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!handle) {
		mesh_err_set(&missing, -EOPNOTSUPP, "libduckdb cannot be loaded: %s", dlerror());
		return -ENOENT;
	}
	if (resolve_all(handle, path))
		return 0;
	(void)dlclose(handle);
	return -EOPNOTSUPP;
}

static void load(void)
{
	const char *given = secure_getenv("MESHFS_LIBDUCKDB");
	int rc = -ENOENT;

	if (given && given[0] != '\0') {
		found = open_at(given) == 0;
		return;
	}
	for (size_t i = 0; rc == -ENOENT && i < sizeof(places) / sizeof(places[0]); i++)
		rc = open_at(places[i]);
	found = rc == 0;
	if (rc == -ENOENT)
		mesh_err_set(&missing, -EOPNOTSUPP,
		    "Parquet and DuckDB tables need libduckdb.so, which is neither on the loader's path nor in "
		    "/usr/local/lib/meshfs; MESHFS_LIBDUCKDB may name it");
}

const struct duckdb_lib *duckdb_lib_get(struct mesh_err *err)
{
	(void)pthread_once(&once, load);
	if (found)
		return &lib;
	mesh_err_set(err, -EOPNOTSUPP, "%s", missing.text);
	return NULL;
}

bool duckdb_lib_available(const char **ret_why)
{
	if (duckdb_lib_get(NULL))
		return true;
	if (ret_why)
		*ret_why = missing.text;
	return false;
}
