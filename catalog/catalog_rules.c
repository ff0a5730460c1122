#include "catalog/catalog_rules.h"

#include <errno.h>

#include "catalog/store/authored.h"

/* The files of one kind in one scope, each given to `parse`. */
struct compiling {
	int (*parse)(struct compiling *c, const struct policy_source *src);
	const struct mesh *mesh;
	void *into;
	bool single; /* there is one file of this kind at most */
	struct diag_list diags;
	size_t files;
	int rc; /* of parse */
};

static int parse_mesh(struct compiling *c, const struct policy_source *src)
{
	return mesh_file_load(src, c->into, &c->diags);
}

static int parse_principals(struct compiling *c, const struct policy_source *src)
{
	return principals_file_load(src, c->into, &c->diags);
}

static int parse_policy(struct compiling *c, const struct policy_source *src)
{
	return policy_file_load(src, c->mesh, c->into, &c->diags);
}

static int compile_file(void *arg, const struct authored_file *f)
{
	struct compiling *c = arg;
	struct policy_source src = {f->path, f->bytes, f->len};

	c->files++;
	c->rc = c->single && c->files > 1 ? -EINVAL : c->parse(c, &src);
	return c->rc;
}

static const struct diag *first_error(const struct diag_list *diags)
{
	for (size_t i = 0; i < diags->len; i++) {
		if (diags->items[i].severity == DIAG_ERROR)
			return &diags->items[i];
	}
	return NULL;
}

/* They were without errors when they were applied. Not so now: another version of the program, or a
 * domain that was kept while the mesh's vocabulary went on. */
static int judge(
    const struct compiling *c, const struct catalog_rules_from *from, struct mesh_err *err)
{
	const struct diag *error = first_error(&c->diags);

	if (c->rc == -ENOMEM || c->diags.oom)
		return mesh_err_nomem(err);
	if (!error && c->rc == 0)
		return 0;
	return mesh_err_set(err, -EINVAL, "epoch %lld cannot be used: %s:%d: %s",
	    (long long)from->epoch, error ? error->file : "?", error ? error->line : 0,
	    error ? error->text : "it does not compile");
}

static int compile(const struct catalog_rules_from *from, struct compiling *c,
    struct authored_scope *scope, struct mesh_err *err)
{
	int rc;

	diag_list_init(&c->diags);
	c->mesh = from->mesh;
	scope->epoch = from->epoch;
	rc = authored_list(from->db, scope, compile_file, c, err);
	if (rc == 0 || c->rc < 0)
		rc = judge(c, from, err);
	diag_list_clear(&c->diags);
	return rc;
}

int catalog_rules_mesh(const struct catalog_rules_from *from, struct mesh *m, struct mesh_err *err)
{
	struct compiling c = {.parse = parse_mesh, .into = m, .single = true};
	struct authored_scope scope = {.domain = "", .product = "", .kind = "mesh"};
	int rc = compile(from, &c, &scope, err);

	if (rc == 0 && c.files == 0)
		return mesh_err_set(
		    err, -EINVAL, "epoch %lld has no mesh.yaml", (long long)from->epoch);
	return rc;
}

int catalog_rules_principals(
    const struct catalog_rules_from *from, struct principals *p, struct mesh_err *err)
{
	struct compiling c = {.parse = parse_principals, .into = p, .single = true};
	struct authored_scope scope = {.domain = "", .product = "", .kind = "principals"};

	return compile(from, &c, &scope, err);
}

int catalog_rules_scope(const struct catalog_rules_from *from, struct scope scope,
    struct ruleset **ret, struct mesh_err *err)
{
	struct authored_scope where = {
	    .domain = scope.domain ? scope.domain : "",
	    .product = scope.product ? scope.product : "",
	    .kind = "policy",
	};
	struct ruleset *rules = ruleset_new(scope);
	struct compiling c = {.parse = parse_policy, .into = rules};

	if (!rules)
		return mesh_err_nomem(err);

	int rc = compile(from, &c, &where, err);

	if (rc < 0)
		ruleset_free(rules);
	else
		*ret = rules;
	return rc;
}
