#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/manifest/contract_file.h"
#include "catalog/manifest/domain_file.h"
#include "catalog/manifest/files.h"
#include "catalog/manifest/load.h"
#include "catalog/manifest/policy_file.h"
#include "catalog/manifest/policy_test_file.h"
#include "catalog/manifest/port_file.h"
#include "catalog/manifest/product_file.h"
#include "catalog/manifest/reader.h"
#include "catalog/manifest/standard.h"

static void check_product(struct reader *r, const struct yaml_node *root)
{
	struct product_want want = {NULL, NULL};
	struct port_want ports = {.alone = true};
	struct product p = {.name = NULL};

	if (!standard_check(r->file, root, r->diags))
		return;
	product_file_read(r, root, &want, &p);
	port_file_read(r, root, &ports, &p);
	product_file_assets(r, root, true, &p);
}

static void check_contract(struct reader *r, const struct yaml_node *root)
{
	struct contract_want want = {NULL, NULL};
	struct contract c;

	if (standard_check(r->file, root, r->diags))
		contract_file_read(r, root, &want, &c);
}

/* Where the file lies is not known: its own word is taken for the scope. */
static void check_policy(struct reader *r, const struct yaml_node *root)
{
	const struct yaml_node *n = yaml_get(root, "scope");
	struct scope scope = {SCOPE_MESH, NULL, NULL};
	struct ruleset *rs;
	int rc = yaml_str(n) ? policy_file_scope(n->text, r->arena, &scope) : 0;

	if (rc == -EINVAL) {
		reader_error(
		    r, "policy-scope", n, "scope must be mesh, domain:<d> or product:<d>/<p>");
		return;
	}
	rs = rc == 0 ? ruleset_new(scope) : NULL;
	if (!rs || policy_file_read(root, r->file, NULL, rs, r->diags) < 0)
		r->oom = true;
	ruleset_free(rs);
}

static void check_domain(struct reader *r, const struct yaml_node *root)
{
	struct domain d = {.id = NULL};

	domain_file_read(r, root, NULL, &d);
}

static void check_test(struct reader *r, const struct yaml_node *root)
{
	policy_test_file_check(r, root, NULL);
}

/* These two parse for themselves. */
static void check_mesh(struct reader *r, const struct policy_source *src)
{
	struct mesh m;

	if (mesh_file_load(src, &m, r->diags) < 0)
		r->oom = true;
	arena_clear(&m.arena);
}

static void check_principals(struct reader *r, const struct policy_source *src)
{
	struct principals p;

	if (principals_file_load(src, &p, r->diags) < 0)
		r->oom = true;
	arena_clear(&p.arena);
}

static void check_kind(
    struct reader *r, const struct yaml_node *root, const struct policy_source *src)
{
	const char *kind = yaml_str(yaml_get(root, "kind"));
	enum standard_kind standard = standard_kind(root);

	if (standard == STANDARD_ODPS)
		check_product(r, root);
	else if (standard == STANDARD_ODCS)
		check_contract(r, root);
	else if (str_eq(kind, "Mesh"))
		check_mesh(r, src);
	else if (str_eq(kind, "Principals"))
		check_principals(r, src);
	else if (str_eq(kind, "Domain"))
		check_domain(r, root);
	else if (str_eq(kind, "AccessPolicy"))
		check_policy(r, root);
	else if (str_eq(kind, "PolicyTest"))
		check_test(r, root);
	else
		reader_error(r, "manifest-kind", root,
		    "no kind of manifest that is known; there are Mesh, Principals, Domain, AccessPolicy, PolicyTest, "
		    "DataProduct and DataContract");
}

static int check_bytes(
    const struct policy_source *src, struct diag_list *diags, struct mesh_err *err)
{
	struct arena tree;
	struct reader r = {src->file, &tree, diags, false};
	const struct yaml_node *root;

	arena_init(&tree);
	root = yaml_parse(src->file, src->bytes, src->len, &tree, diags);
	if (root)
		check_kind(&r, root, src);
	arena_clear(&tree);
	return r.oom || diags->oom ? mesh_err_nomem(err) : 0;
}

/* The path up to its last slash, with it; in `a`. */
static const char *dir_prefix(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');

	return arena_strndup(a, path, slash ? (size_t)(slash + 1 - path) : 0);
}

static int check_in(const char *path, char *real, struct files_place *place, struct mesh_err *err)
{
	struct policy_source src = {path, NULL, 0};
	struct manifest_file *f;
	int rc;

	place->shown = dir_prefix(path, &place->files->arena);
	if (!place->shown)
		return mesh_err_nomem(err);
	rc = files_read(place, basename(real), "", &f);
	if (rc < 0)
		return rc == -ENOMEM ? mesh_err_nomem(err) : 0;
	src.bytes = f->bytes;
	src.len = f->len;
	return check_bytes(&src, place->diags, err);
}

int load_check_file(const char *path, struct diag_list *diags, struct mesh_err *err)
{
	AUTOFREE char *real = realpath(path, NULL);
	AUTOFREE char *copy = real ? strdup(real) : NULL;
	AUTOFD int fd = -1;
	struct manifest_files files;
	struct files_place place = {.stored = "", .files = &files, .diags = diags};
	int rc = real ? 0 : -errno;

	if (real && !copy)
		return mesh_err_nomem(err);
	if (real) {
		place.dir = dirname(copy);
		rc = files_open_dir(place.dir, &fd);
	}
	if (rc == 0 && access(real, R_OK) < 0)
		rc = -errno;
	if (rc < 0)
		return mesh_err_set(err, rc, "%s: cannot be read: %s", path, strerror(-rc));
	place.fd = fd;
	manifest_files_init(&files);
	rc = check_in(path, real, &place, err);
	manifest_files_clear(&files);
	return rc;
}
