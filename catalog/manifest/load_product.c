#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/manifest/loading.h"
#include "catalog/manifest/policy_dir.h"
#include "catalog/manifest/product_dir.h"

/* The version between `@` and the ending of `orders@1.1.0.odps.yaml`; "" for the current one; NULL for another file. 0 or
 * -ENOMEM. */
static int version_in_name(const struct product_dir *p, const char *file, const char **ret)
{
	size_t len = strlen(p->name);
	const char *end;

	*ret = NULL;
	if (strncmp(file, p->name, len) != 0 || !str_ends(file, ".odps.yaml"))
		return 0;
	file += len;
	end = file + strlen(file) - strlen(".odps.yaml");
	if (file != end && (*file != '@' || end == file + 1))
		return 0;
	file += file != end;
	*ret = arena_strndup(&p->g->scratch, file, (size_t)(end - file));
	return *ret ? 0 : -ENOMEM;
}

static int read_entry(struct product_dir *p, const struct files_entry *e, bool *current)
{
	const char *version = NULL;
	int rc = e->type == FILES_DIR ? 0 : version_in_name(p, e->name, &version);

	if (rc < 0)
		return rc;
	*current |= version && !*version;
	if (version)
		return product_dir_version(p, e->name, version);
	if (str_eq(e->name, "README.md") && e->type != FILES_DIR)
		return product_dir_keep(p, e->name, "readme");
	return files_stray(&p->place, ".", e);
}

static int read_root(struct product_dir *p)
{
	struct files_listing l;
	bool current = false;
	int rc = files_list(&p->place, ".", &p->g->scratch, &l);

	for (size_t i = 0; rc == 0 && i < l.len; i++)
		rc = read_entry(p, &l.items[i], &current);
	if (rc == 0 && !current)
		return product_dir_report(p, "product-missing",
		    "the product has no %s.odps.yaml; its directory's name is the product's",
		    p->name);
	return rc;
}

static int read_contracts(struct product_dir *p)
{
	struct files_listing l;
	int rc = files_list(&p->place, "contracts", &p->g->scratch, &l);

	for (size_t i = 0; rc == 0 && i < l.len; i++) {
		if (l.items[i].type != FILES_DIR && str_ends(l.items[i].name, ".odcs.yaml"))
			rc = product_dir_contract(p, l.items[i].name);
		else
			rc = files_stray(&p->place, "contracts", &l.items[i]);
	}
	return rc;
}

static int read_agreements(struct product_dir *p)
{
	struct files_listing l;
	int rc = files_list(&p->place, "agreements", &p->g->scratch, &l);

	for (size_t i = 0; rc == 0 && i < l.len; i++) {
		if (l.items[i].type != FILES_DIR && str_ends(l.items[i].name, ".oaas.yaml"))
			rc = product_dir_agreement(p, l.items[i].name);
		else
			rc = files_stray(&p->place, "agreements", &l.items[i]);
	}
	return rc;
}

#define MAX_DEPTH 32 /* of directories under code/ */

static int read_code(struct product_dir *p, const char *dir, int depth);

static int read_code_entry(
    struct product_dir *p, const char *path, const struct files_entry *e, int depth)
{
	int rc = 0;

	if (e->type != FILES_DIR)
		return product_dir_keep(p, path, "code");
	if (e->link)
		rc = product_dir_report(p, "file-link",
		    "%s is a symbolic link to a directory; put the files there", path);
	else if (depth == MAX_DEPTH)
		rc = product_dir_report(
		    p, "file-depth", "%s lies deeper than %d directories", path, MAX_DEPTH);
	else
		return read_code(p, path, depth + 1);
	return rc == -ENOMEM ? rc : 0; /* the others are read all the same */
}

static int read_code(struct product_dir *p, const char *dir, int depth)
{
	struct files_listing l;
	int rc = files_list(&p->place, dir, &p->g->scratch, &l);

	for (size_t i = 0; rc == 0 && i < l.len; i++) {
		const char *path = arena_printf(&p->g->scratch, "%s/%s", dir, l.items[i].name);

		rc = path ? read_code_entry(p, path, &l.items[i], depth) : -ENOMEM;
	}
	return rc;
}

static int read_rules(struct product_dir *p)
{
	struct scope scope = {SCOPE_PRODUCT, p->g->id, p->name};

	p->rules = ruleset_new(scope);
	if (!p->rules)
		return -ENOMEM;
	p->policies_from = p->g->d->files.len;
	return policy_dir_read(&p->place, p->g->l->words, p->rules);
}

/* Each step goes on after problems of the one before; -EINVAL says that they were reported. */
static int read_dir(struct product_dir *p)
{
	int (*const steps[])(struct product_dir *) = {
	    read_root, read_contracts, read_agreements, read_rules};
	int rc = 0;

	for (size_t i = 0; rc != -ENOMEM && i < sizeof(steps) / sizeof(steps[0]); i++)
		rc = steps[i](p);
	if (rc != -ENOMEM)
		rc = read_code(p, "code", 0);
	if (rc != -ENOMEM)
		rc = product_dir_build(p);
	return rc == -ENOMEM ? rc : 0;
}

int loading_product(struct loading *g, const char *name)
{
	struct product_dir p = {.g = g, .name = name};
	const char *path;
	int rc;

	if (!str_is_name(name))
		return product_dir_refuse(g, name);
	p.name = arena_strdup(&g->d->files.arena, name);
	path = arena_printf(&g->scratch, "products/%s", name);
	if (!p.name || !path)
		return -ENOMEM;
	rc = files_enter(&g->place, path, &g->d->files.arena, &p.place);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	p.place.product = p.name;
	rc = read_dir(&p);
	(void)close(p.place.fd);
	ruleset_free(p.rules);
	return rc;
}
