#include "catalog/manifest/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/manifest/loading.h"
#include "catalog/manifest/policy_dir.h"
#include "catalog/manifest/yaml.h"

static struct files_place head_place(struct loader *l)
{
	return (struct files_place){
	    .fd = l->fd,
	    .dir = l->dir,
	    .shown = "",
	    .stored = "",
	    .files = &l->head.files,
	    .watch = &l->watch,
	    .diags = l->diags,
	};
}

static int read_mesh(struct loader *l, const struct files_place *p)
{
	struct policy_source src = {"mesh.yaml", NULL, 0};
	struct manifest_file *f;
	int rc = files_read(p, "mesh.yaml", "mesh", &f);

	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	src.bytes = f->bytes;
	src.len = f->len;
	return mesh_file_load(&src, &l->head.mesh, l->diags);
}

/* Without principals.yaml there are no roles: a mesh may do with users and groups. */
static int read_principals(struct loader *l, const struct files_place *p, bool found)
{
	struct policy_source src = {"principals.yaml", NULL, 0};
	struct manifest_file *f;
	int rc = found ? files_read(p, "principals.yaml", "principals", &f) : -ENOENT;

	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	src.bytes = f->bytes;
	src.len = f->len;
	return principals_file_load(&src, &l->head.principals, l->diags);
}

static int read_root(struct loader *l, const struct files_place *p, struct arena *names)
{
	static const char *const expected[] = {"mesh.yaml", "principals.yaml", NULL};
	struct files_listing listing = {NULL, 0, false};
	bool principals = false;
	int rc = files_list(p, ".", names, &listing);

	for (size_t i = 0; rc == 0 && i < listing.len; i++) {
		principals |= str_eq(listing.items[i].name, "principals.yaml");
		if (reader_index(expected, listing.items[i].name) < 0)
			rc = files_stray(p, ".", &listing.items[i]);
	}
	if (rc == 0)
		rc = read_mesh(l, p);
	if (rc == 0)
		rc = read_principals(l, p, principals);
	l->words = l->head.mesh.classifications.len ? &l->head.mesh : NULL;
	if (rc == 0)
		rc = policy_dir_read(p, l->words, l->head.rules);
	return rc;
}

/* A first look at each domain.yaml for its id, so that two of one name are found and each problem has its owner. */
static int peek_key(struct loader *l, const struct mesh_domain_ref *ref, const char **ret)
{
	struct manifest_files files;
	struct diag_list mute;
	struct files_place p = head_place(l), in = {.fd = -1};
	const struct yaml_node *root = NULL;
	struct manifest_file *f;
	const char *id;
	int rc;

	manifest_files_init(&files);
	diag_list_init(&mute);
	p.files = &files;
	p.diags = &mute;
	rc = loading_open(l, ref, &p, &files.arena, &in);
	if (rc == 0)
		rc = files_read(&in, "domain.yaml", "domain", &f);
	if (rc == 0)
		root = yaml_parse("domain.yaml", f->bytes, f->len, &files.arena, &mute);
	id = yaml_str(yaml_get(root, "id"));
	*ret = arena_strdup(&l->head.mesh.arena, str_is_name(id) ? id : ref->path);
	rc = !*ret || mute.oom || rc == -ENOMEM ? -ENOMEM : 0;
	if (in.fd >= 0)
		(void)close(in.fd);
	diag_list_clear(&mute);
	manifest_files_clear(&files);
	return rc;
}

static int peek_keys(struct loader *l)
{
	struct mesh *m = &l->head.mesh;
	int rc = 0;

	l->keys = arena_array(&m->arena, m->domains_len, sizeof(*l->keys));
	if (!l->keys)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < m->domains_len; i++)
		rc = peek_key(l, &m->domains[i], &l->keys[i]);
	return rc;
}

/* Where the domains' directories lie: one that is missing may come. */
static int watch_parents(struct loader *l)
{
	const struct mesh *m = &l->head.mesh;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->domains_len; i++) {
		const char *path = m->domains[i].path, *slash = strrchr(path, '/');
		const char *parent = slash && path[0] != '/'
		    ? arena_strndup(&l->watch_arena, path, (size_t)(slash - path))
		    : ".";

		rc = parent ? files_watch_add(&l->watch, l->dir, parent) : -ENOMEM;
	}
	return rc;
}

static int open_repository(struct loader *l, const char *dir, struct mesh_err *err)
{
	int rc;

	l->dir = realpath(dir, NULL);
	rc = l->dir ? files_open_dir(l->dir, &l->fd) : -errno;
	if (rc == -ENOMEM)
		return mesh_err_nomem(err);
	if (rc < 0)
		return mesh_err_set(
		    err, rc, "%s: cannot open the directory: %s", dir, strerror(-rc));
	if (faccessat(l->fd, "mesh.yaml", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return mesh_err_set(err, -ENOENT,
		    "%s holds no mesh.yaml; give the directory of a mesh repository", dir);
	return 0;
}

static int read_head(struct loader *l)
{
	struct scope mesh = {SCOPE_MESH, NULL, NULL};
	struct files_place p = head_place(l);
	size_t errors = l->diags->errors;
	struct arena names;
	int rc;

	l->head.rules = ruleset_new(mesh);
	if (!l->head.rules)
		return -ENOMEM;
	arena_init(&names);
	rc = read_root(l, &p, &names);
	arena_clear(&names);
	if (rc == 0)
		rc = peek_keys(l);
	if (rc == 0)
		rc = watch_parents(l);
	if (rc < 0)
		return rc;
	lint_roles(l->head.rules, &l->head.principals, l->diags);
	l->head.watch_dirs = l->watch.dirs;
	l->head_ok = l->diags->errors == errors;
	return l->diags->oom ? -ENOMEM : 0;
}

int loader_new(const char *dir, struct diag_list *diags, struct loader **ret, struct mesh_err *err)
{
	struct loader *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return mesh_err_nomem(err);
	l->fd = -1;
	l->diags = diags;
	arena_init(&l->watch_arena);
	l->watch.arena = &l->watch_arena;
	arena_init(&l->head.mesh.arena);
	arena_init(&l->head.principals.arena);
	manifest_files_init(&l->head.files);
	diags->domain = NULL;
	rc = open_repository(l, dir, err);
	if (rc < 0)
		goto free_loader;
	rc = read_head(l);
	if (rc < 0) {
		mesh_err_nomem(err);
		goto free_loader;
	}
	*ret = l;
	return 0;

free_loader:
	loader_free(l);
	return rc;
}

void loader_free(struct loader *l)
{
	if (!l)
		return;
	ruleset_free(l->head.rules);
	manifest_files_clear(&l->head.files);
	arena_clear(&l->head.principals.arena);
	arena_clear(&l->head.mesh.arena);
	arena_clear(&l->watch_arena);
	if (l->fd >= 0)
		(void)close(l->fd);
	free(l->dir);
	free(l);
}

const struct mesh_head *loader_head(const struct loader *l)
{
	return &l->head;
}

bool loader_head_ok(const struct loader *l)
{
	return l->head_ok;
}

size_t loader_domains(const struct loader *l)
{
	return l->head.mesh.domains_len;
}

const char *loader_domain_key(const struct loader *l, size_t i)
{
	return l->keys[i];
}
