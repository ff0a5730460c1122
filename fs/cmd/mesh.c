#include "fs/cmd/mesh.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/paths.h"

const char *cmd_who(void)
{
	static char name[256];
	const struct passwd *pw = getpwuid(getuid());

	if (pw)
		(void)snprintf(name, sizeof(name), "%s", pw->pw_name);
	else
		(void)snprintf(name, sizeof(name), "uid:%lu", (unsigned long)getuid());
	return name;
}

void cmd_print_diags(struct diag_list *diags)
{
	struct buf b;

	buf_init(&b);
	diag_print(diags, DIAG_TEXT, &b);
	if (b.len)
		(void)fwrite(b.data, 1, b.len, stderr);
	buf_clear(&b);
}

/* Absolute, though the file need not exist yet. */
static char *absolute(const char *path)
{
	char cwd[PATH_MAX];
	char *out = NULL;

	if (path[0] == '/')
		return strdup(path);
	if (!getcwd(cwd, sizeof(cwd)) || asprintf(&out, "%s/%s", cwd, path) < 0)
		return NULL;
	return out;
}

/* Fills dir, or catalog_path where `mesh` is a file. */
static int find(const char *mesh, struct cmd_mesh *m, struct mesh_err *err)
{
	AUTOFREE char *real = realpath(mesh, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return mesh_err_set(err, -errno, "%s: %s", mesh, strerror(errno));
	if (S_ISDIR(st.st_mode))
		m->dir = take_ptr(real);
	else
		m->catalog_path = take_ptr(real);
	return 0;
}

int cmd_mesh_open(const char *mesh, const char *catalog, struct cmd_mesh *ret, struct mesh_err *err)
{
	struct cmd_mesh m = {0};
	int rc = find(mesh, &m, err);

	if (rc == 0 && m.dir) {
		if (catalog)
			m.catalog_path = absolute(catalog);
		else
			rc = paths_catalog(m.dir, &m.catalog_path, err);
		if (rc == 0 && !m.catalog_path)
			rc = mesh_err_nomem(err);
	}
	if (rc == 0)
		rc = catalog_open(m.catalog_path, CATALOG_WRITE, &m.catalog, err);
	if (rc < 0) {
		cmd_mesh_clear(&m);
		return rc;
	}
	*ret = m;
	return 0;
}

/* An empty catalog in a directory of its own. */
static int open_temporary(struct cmd_mesh *m, struct mesh_err *err)
{
	const char *tmp = getenv("TMPDIR");
	AUTOFREE char *dir = NULL;

	if (asprintf(&dir, "%s/meshfs-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp") < 0)
		return mesh_err_nomem(err);
	if (!mkdtemp(dir))
		return mesh_err_set(err, -errno, "%s: %s; set TMPDIR to a directory that can be written", dir,
				    strerror(errno));
	m->temporary = true;
	if (asprintf(&m->catalog_path, "%s/catalog.db", dir) < 0) {
		(void)rmdir(dir);
		m->catalog_path = NULL;
		return mesh_err_nomem(err);
	}
	return catalog_open(m->catalog_path, CATALOG_WRITE, &m->catalog, err);
}

static int compile(struct cmd_mesh *m, struct diag_list *diags, struct mesh_err *err)
{
	struct apply_request rq = {.dir = m->dir, .who = cmd_who()};
	struct apply_result result;
	int rc;

	memset(&result, 0, sizeof(result));
	rc = catalog_apply(m->catalog, &rq, diags, &result, err);
	apply_result_clear(&result);
	return rc;
}

int cmd_mesh_look(const char *mesh, struct diag_list *diags, struct cmd_mesh *ret, struct mesh_err *err)
{
	struct cmd_mesh m = {0};
	int rc = find(mesh, &m, err);

	if (rc == 0 && m.dir) {
		rc = open_temporary(&m, err);
		if (rc == 0)
			rc = compile(&m, diags, err);
	} else if (rc == 0) {
		rc = catalog_open(m.catalog_path, CATALOG_READ, &m.catalog, err);
	}
	if (rc < 0) {
		cmd_mesh_clear(&m);
		return rc;
	}
	*ret = m;
	return 0;
}

static void remove_temporary(const char *catalog)
{
	static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
	char path[PATH_MAX];
	char *slash;

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", catalog, endings[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s", catalog);
	slash = strrchr(path, '/');
	if (slash) {
		*slash = '\0';
		(void)rmdir(path);
	}
}

void cmd_mesh_clear(struct cmd_mesh *m)
{
	catalog_close(m->catalog);
	if (m->temporary && m->catalog_path)
		remove_temporary(m->catalog_path);
	free(m->dir);
	free(m->catalog_path);
	memset(m, 0, sizeof(*m));
}

char *cmd_mesh_audit_dir(const struct cmd_mesh *m, const struct mesh *mesh, const char *option)
{
	if (option)
		return absolute(option);
	if (mesh && mesh->audit_path) {
		char *path = NULL;

		if (mesh->audit_path[0] == '/' || !m->dir)
			return strdup(mesh->audit_path);
		return asprintf(&path, "%s/%s", m->dir, mesh->audit_path) < 0 ? NULL : path;
	}
	return paths_beside(m->catalog_path, "audit");
}
