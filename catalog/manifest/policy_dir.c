#include "catalog/manifest/policy_dir.h"

#include <errno.h>

#include "catalog/manifest/policy_test_file.h"
#include "catalog/manifest/reader.h"

static int read_policy(
    const struct files_place *p, const char *path, const struct mesh *m, struct ruleset *rs)
{
	struct policy_source src = {files_shown(p, path, &p->files->arena), NULL, 0};
	struct manifest_file *f;
	int rc;

	if (!src.file)
		return -ENOMEM;
	rc = files_read(p, path, "policy", &f);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	src.bytes = f->bytes;
	src.len = f->len;
	return policy_file_load(&src, m, rs, p->diags);
}

static int read_test(const struct files_place *p, const char *path, const struct mesh *m)
{
	const char *shown = files_shown(p, path, &p->files->arena);
	const struct yaml_node *root;
	struct manifest_file *f;
	struct arena tree;
	struct reader r;
	int rc;

	if (!shown)
		return -ENOMEM;
	rc = files_read(p, path, "policy-test", &f);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	arena_init(&tree);
	r = (struct reader){shown, &tree, p->diags, false};
	root = yaml_parse(shown, f->bytes, f->len, &tree, p->diags);
	if (root)
		policy_test_file_check(&r, root, m);
	arena_clear(&tree);
	return r.oom || p->diags->oom ? -ENOMEM : 0;
}

static int read_entry(const struct files_place *p, const char *dir, const struct files_entry *e,
    const struct mesh *m, struct ruleset *rs)
{
	const char *path = arena_printf(&p->files->arena, "%s/%s", dir, e->name);

	if (!path)
		return -ENOMEM;
	if (e->type != FILES_DIR && rs && str_ends(e->name, ".policy.yaml"))
		return read_policy(p, path, m, rs);
	if (e->type != FILES_DIR && !rs && str_ends(e->name, ".test.yaml"))
		return read_test(p, path, m);
	return files_stray(p, dir, e);
}

/* `rs` NULL: the directory holds tests. */
static int read_dir(
    const struct files_place *p, const char *dir, const struct mesh *m, struct ruleset *rs)
{
	struct files_listing l;
	struct arena names;
	int rc;

	arena_init(&names);
	rc = files_list(p, dir, &names, &l);
	for (size_t i = 0; rc == 0 && i < l.len; i++)
		rc = read_entry(p, dir, &l.items[i], m, rs);
	arena_clear(&names);
	return rc == -ENOMEM ? rc : 0;
}

int policy_dir_read(const struct files_place *p, const struct mesh *m, struct ruleset *rs)
{
	int rc = read_dir(p, "policies", m, rs);

	return rc < 0 ? rc : read_dir(p, "policies/tests", m, NULL);
}
