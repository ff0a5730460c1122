#include "fs/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"

/* The base directory, malloc'ed; NULL where there is no home to put it in. */
static char *state_dir(void)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *dir = NULL;

	if (geteuid() == 0)
		return strdup("/var/lib/meshfs");
	if (xdg && xdg[0] == '/')
		return asprintf(&dir, "%s/meshfs", xdg) < 0 ? NULL : dir;
	if (home && home[0] == '/')
		return asprintf(&dir, "%s/.local/state/meshfs", home) < 0 ? NULL : dir;
	return NULL;
}

int paths_make_dir(const char *dir)
{
	AUTOFREE char *path = strdup(dir);
	struct stat st;

	if (!path)
		return -ENOMEM;
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int paths_catalog(const char *mesh_dir, char **ret, struct mesh_err *err)
{
	const char *base = strrchr(mesh_dir, '/') ? strrchr(mesh_dir, '/') + 1 : mesh_dir;
	AUTOFREE char *state = state_dir();
	AUTOFREE char *dir = NULL;
	int rc;

	if (!state)
		return mesh_err_set(err, -ENOENT, "no HOME to keep the catalog in; name a file with -o catalog=FILE");
	if (asprintf(&dir, "%s/%s-%08x", state, *base ? base : "mesh",
		     (unsigned)str_hash(STR_HASH_SEED, mesh_dir, strlen(mesh_dir))) < 0)
		return mesh_err_nomem(err);
	rc = paths_make_dir(dir);
	if (rc < 0)
		return mesh_err_set(err, rc, "%s: %s; name another place with -o catalog=FILE", dir, strerror(-rc));
	if (asprintf(ret, "%s/catalog.db", dir) < 0)
		return mesh_err_nomem(err);
	return 0;
}

char *paths_beside(const char *catalog, const char *name)
{
	const char *slash = strrchr(catalog, '/');
	char *dir = NULL;

	if (!slash)
		return strdup(name);
	return asprintf(&dir, "%.*s/%s", (int)(slash - catalog), catalog, name) < 0 ? NULL : dir;
}
