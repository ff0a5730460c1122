#include "fs/cmd/target.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"
#include "fs/cmd/probe.h"
#include "fs/mount/mountpoint.h"

void target_clear(struct target *t)
{
	free(t->mesh);
	free(t->mountpoint);
	free(t->audit_dir);
	free(t->path);
	free(t->purpose);
	free(t->file);
	memset(t, 0, sizeof(*t));
}

/* ---- paths by their spelling ---- */

/* Drops empty components and "." and resolves "..", in place, for a path that begins with '/'. */
static void squeeze(char *path)
{
	char *out = path, *in = path;

	while (*in) {
		size_t len;

		while (*in == '/')
			in++;
		len = strcspn(in, "/");
		if (len == 2 && in[0] == '.' && in[1] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (len > 0 && !(len == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, len);
			out += len;
		}
		in += len;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

char *target_absolute(const char *path)
{
	char *cwd = path[0] == '/' ? NULL : getcwd(NULL, 0);
	char *out = NULL;

	if (path[0] != '/' && !cwd)
		return NULL;
	if (asprintf(&out, "%s/%s", cwd ? cwd : "", path) < 0)
		out = NULL;
	free(cwd);
	if (out)
		squeeze(out);
	return out;
}

/* What is left of `path` behind the directory; NULL: it is not at or below it. */
static const char *below(const char *path, const char *dir)
{
	size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	if (strncmp(path, dir, len) != 0 || (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path[len] ? path + len + 1 : path + len;
}

/* ---- mounts ---- */

struct deepest {
	const char *path;
	char *found; /* owned */
};

static int is_deeper(void *arg, const struct mount_info *mi)
{
	struct deepest *d = arg;
	char *copy;

	if (!below(d->path, mi->mountpoint) ||
	    (d->found && strlen(d->found) > strlen(mi->mountpoint)))
		return 0;
	copy = strdup(mi->mountpoint);
	if (!copy)
		return -ENOMEM;
	free(d->found);
	d->found = copy;
	return 0;
}

char *target_mountpoint(const char *absolute)
{
	struct deepest d = {.path = absolute};

	(void)mountpoint_each(is_deeper, &d);
	return d.found;
}

/* Finds the mount by the path's spelling, else by what its links lead to. *ret_file is the path that matched. */
static char *mount_of(const char *path, char **ret_file)
{
	AUTOFREE char *absolute = target_absolute(path);
	AUTOFREE char *real = NULL;
	char *mountpoint = absolute ? target_mountpoint(absolute) : NULL;

	if (mountpoint) {
		*ret_file = take_ptr(absolute);
		return mountpoint;
	}
	real = realpath(path, NULL);
	mountpoint = real ? target_mountpoint(real) : NULL;
	if (mountpoint)
		*ret_file = take_ptr(real);
	return mountpoint;
}

static char *copy_text(const struct json *v)
{
	const char *s = json_text(v);

	return s ? strdup(s) : NULL;
}

/* What the mount says about itself. A catalog that the caller cannot read is no help to him: then the mount has to answer. */
static int ask_mount(struct target *t, struct mesh_err *err)
{
	struct probe p;
	int rc = 0;

	probe_mount(&p, t->mountpoint);
	if (p.state != PROBE_ALIVE) {
		rc = mesh_err_set(err, p.state == PROBE_REFUSED ? -EACCES : -ENOTCONN,
		    "the mount at %s %s%s", t->mountpoint, p.state == PROBE_DEAD ? "is " : "",
		    probe_state_text(p.state));
	} else {
		t->mesh = copy_text(json_get(p.json, "catalog"));
		t->audit_dir = copy_text(json_get(json_get(p.json, "audit"), "dir"));
		if (t->mesh && access(t->mesh, R_OK) < 0) {
			free(t->mesh);
			t->mesh = NULL;
		}
	}
	probe_clear(&p);
	return rc;
}

/* Splits ".purpose/<purpose>/" off. */
static int set_path(struct target *t, const char *path, struct mesh_err *err)
{
	if (str_starts(path, ".purpose/")) {
		const char *purpose = path + strlen(".purpose/");
		size_t len = strcspn(purpose, "/");

		t->purpose = strndup(purpose, len);
		if (!t->purpose)
			return mesh_err_nomem(err);
		path = purpose[len] ? purpose + len + 1 : purpose + len;
	}
	t->path = strdup(path);
	return t->path ? 0 : mesh_err_nomem(err);
}

/* 1: the path is in a mount, and the target complete. */
static int try_mount(const char *path, struct target *t, struct mesh_err *err)
{
	int rc;

	t->mountpoint = mount_of(path, &t->file);
	if (!t->mountpoint)
		return 0;
	rc = ask_mount(t, err);
	if (rc == 0)
		rc = set_path(t, below(t->file, t->mountpoint), err);
	return rc < 0 ? rc : 1;
}

struct only {
	char *mountpoint; /* owned */
	int count;
};

static int count_mount(void *arg, const struct mount_info *mi)
{
	struct only *o = arg;

	if (o->count++ == 0)
		o->mountpoint = strdup(mi->mountpoint);
	return 0;
}

/* ---- paths as somebody writes them who thinks of the mesh ---- */

/* Slashes at both ends are fine, the ways out of the mesh are not. */
static int mesh_path(const char *path, struct target *t, struct mesh_err *err)
{
	AUTOFREE char *copy = NULL;

	for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/') {
		if (strcspn(p, "/") == 2 && p[0] == '.' && p[1] == '.')
			return mesh_err_set(err, -EINVAL, "%s: a path in a mesh has no '..'", path);
	}
	if (asprintf(&copy, "/%s", path) < 0) {
		copy = NULL;
		return mesh_err_nomem(err);
	}
	squeeze(copy);
	return set_path(t, copy + 1, err);
}

/* The path below the mount point that the target has. */
static int below_mount(const char *path, struct target *t, struct mesh_err *err)
{
	int rc = mesh_path(path, t, err);

	if (rc == 0)
		rc = ask_mount(t, err);
	if (rc < 0)
		return rc;
	if (asprintf(&t->file, "%s%s%s%s%s", t->mountpoint, t->purpose ? "/.purpose/" : "",
		t->purpose ? t->purpose : "", t->path[0] ? "/" : "", t->path) < 0) {
		t->file = NULL;
		return mesh_err_nomem(err);
	}
	return 0;
}

/* ---- the ways to name a mesh ---- */

static int named(const char *mesh, const char *path, struct target *t, struct mesh_err *err)
{
	AUTOFREE char *file = NULL;
	int rc;

	t->mountpoint = mount_of(mesh, &file);
	if (t->mountpoint)
		return below_mount(path, t, err);
	rc = mesh_path(path, t, err);
	if (rc < 0)
		return rc;
	t->mesh = strdup(mesh);
	return t->mesh ? 0 : mesh_err_nomem(err);
}

static int only(const char *path, struct target *t, struct mesh_err *err)
{
	struct only o = {0};

	(void)mountpoint_each(count_mount, &o);
	if (o.count != 1 || !o.mountpoint) {
		free(o.mountpoint);
		return mesh_err_set(err, -ENOENT,
		    "which mesh? %s is mounted; name one with --mesh MESH or $MESHFS_MESH",
		    o.count == 0 ? "none" : "more than one");
	}
	t->mountpoint = o.mountpoint;
	return below_mount(path, t, err);
}

static bool is_system_path(const char *path)
{
	return path[0] == '/' || str_starts(path, "./") || str_starts(path, "../");
}

static int find(const char *mesh, const char *path, struct target *t, struct mesh_err *err)
{
	const char *env = getenv("MESHFS_MESH");
	int rc;

	if (mesh)
		return named(mesh, path ? path : "", t, err);
	rc = try_mount(path ? path : ".", t, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (env && *env)
		return named(env, path ? path : "", t, err);
	if (path && is_system_path(path))
		return mesh_err_set(err, -ENOENT,
		    "%s is in no mount; name the mesh with --mesh MESH or $MESHFS_MESH", path);
	return only(path ? path : "", t, err);
}

int target_find(const char *mesh, const char *path, struct target *ret, struct mesh_err *err)
{
	struct target t = {0};
	int rc = find(mesh, path, &t, err);

	if (rc < 0)
		target_clear(&t);
	else
		*ret = t;
	return rc;
}
