#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "catalog/manifest/domain_file.h"
#include "catalog/manifest/load.h"
#include "catalog/manifest/loading.h"
#include "catalog/manifest/policy_dir.h"

static bool is_outside(const char *path)
{
	return path[0] == '/' || str_eq(path, "..") || str_starts(path, "../");
}

static int report_dir(const struct mesh_domain_ref *ref, struct diag_list *diags, int rc)
{
	struct diag_pos pos = {"mesh.yaml", ref->line, 1};

	if (rc == -ENOMEM)
		return rc;
	if (rc == -EXDEV)
		diag_add(diags, DIAG_ERROR, "domain-directory", pos,
		    "%s is a symbolic link that leads out of the repository; write the directory's own path",
		    ref->path);
	else
		diag_add(diags, DIAG_ERROR, "domain-directory", pos,
		    "the domain's directory %s cannot be opened: %s; correct the path or add the directory",
		    ref->path, strerror(-rc));
	return -EINVAL;
}

int loading_open(struct loader *l, const struct mesh_domain_ref *ref, const struct files_place *p,
    struct arena *a, struct files_place *ret)
{
	const char *path = ref->path[0] == '/' ? ref->path
					       : arena_printf(a, "%s/%s", l->dir, ref->path);
	AUTOFREE char *real = NULL;
	struct files_place in = *p;
	AUTOFD int fd = -1;
	int rc;

	if (!path)
		return -ENOMEM;
	rc = is_outside(ref->path) ? files_open_dir(path, &fd)
				   : files_open_beneath(l->fd, ref->path, &fd);
	if (rc == 0) {
		real = realpath(path, NULL);
		rc = real ? 0 : -errno;
	}
	if (rc < 0)
		return report_dir(ref, p->diags, rc);
	in.dir = arena_strdup(a, real);
	in.shown = arena_printf(a, "%s/", ref->path);
	in.stored = in.shown;
	if (!in.dir || !in.shown)
		return -ENOMEM;
	in.fd = take_fd(&fd);
	*ret = in;
	return 0;
}

int loading_note(struct loading *g, struct loading_ledger *ledger, struct loading_entry e)
{
	if (ledger->len == ledger->cap) {
		size_t cap = ledger->cap ? ledger->cap * 2 : 32;
		struct loading_entry *items = arena_array(&g->scratch, cap, sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (ledger->len)
			memcpy(items, ledger->items, ledger->len * sizeof(*items));
		ledger->items = items;
		ledger->cap = cap;
	}
	ledger->items[ledger->len++] = e;
	return 0;
}

int loading_note_object(struct loading *g, const char *name)
{
	if (g->objects.len == g->objects_cap) {
		size_t cap = g->objects_cap ? g->objects_cap * 2 : 32;
		const char **items = arena_array(&g->scratch, cap, sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (g->objects.len)
			memcpy(items, g->objects.items, g->objects.len * sizeof(*items));
		g->objects.items = items;
		g->objects_cap = cap;
	}
	name = arena_strdup(&g->scratch, name);
	if (!name)
		return -ENOMEM;
	g->objects.items[g->objects.len++] = name;
	return 0;
}

int loading_add_product(struct loading *g, struct product *p)
{
	struct domain_load *d = g->d;

	if (d->products_len == g->products_cap) {
		size_t cap = g->products_cap ? g->products_cap * 2 : 16;
		struct product **items = reallocarray(d->products, cap, sizeof(*items));

		if (!items) {
			product_unref(p);
			return -ENOMEM;
		}
		d->products = items;
		g->products_cap = cap;
	}
	d->products[d->products_len++] = p;
	return 0;
}

/* ---- the domain ---- */

static int read_products(struct loading *g)
{
	struct files_listing l;
	int rc = files_list(&g->place, "products", &g->scratch, &l);

	for (size_t i = 0; rc == 0 && i < l.len; i++) {
		if (l.items[i].type == FILES_DIR)
			rc = loading_product(g, l.items[i].name);
		else
			rc = files_stray(&g->place, "products", &l.items[i]);
	}
	return rc == -ENOMEM ? rc : 0;
}

static int find_strays(struct loading *g)
{
	struct files_listing l = {NULL, 0, false};
	int rc = files_list(&g->place, ".", &g->scratch, &l);

	for (size_t i = 0; rc == 0 && i < l.len; i++)
		if (!str_eq(l.items[i].name, "domain.yaml"))
			rc = files_stray(&g->place, ".", &l.items[i]);
	return rc == -ENOMEM ? rc : 0;
}

/* domain.yaml as a tree in the scratch arena; NULL after a report. -ENOMEM or 0. */
static int read_domain_file(struct loading *g, const char *shown, const struct yaml_node **ret)
{
	struct domain *d = &g->d->domain;
	struct reader r = {shown, &d->arena, g->l->diags, false};
	struct manifest_file *f;
	int rc = files_read(&g->place, "domain.yaml", "domain", &f);

	*ret = NULL;
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	d->file = reader_copy(&r, f->path);
	*ret = yaml_parse(shown, f->bytes, f->len, &g->scratch, g->l->diags);
	if (*ret)
		domain_file_read(&r, *ret, g->l->words, d);
	return r.oom || g->l->diags->oom ? -ENOMEM : 0;
}

static void check_double(
    struct loading *g, size_t i, const char *shown, const struct yaml_node *root)
{
	const struct yaml_node *n = yaml_get(root, "id");
	const struct loader *l = g->l;

	for (size_t j = 0; n && j < l->head.mesh.domains_len; j++)
		if (j != i && str_eq(l->keys[i], l->keys[j]))
			diag_add(l->diags, DIAG_ERROR, "duplicate-domain", yaml_pos(shown, n),
			    "the domain in %s has the id '%s' too; a mesh has one domain of each name",
			    l->head.mesh.domains[j].path, l->keys[i]);
}

/* Every string that leaves with the domain is copied: the head may be freed before it. */
static int begin(struct loading *g, size_t i)
{
	const struct mesh_domain_ref *ref = &g->l->head.mesh.domains[i];
	struct domain *d = &g->d->domain;
	struct reader r = {"mesh.yaml", &d->arena, g->l->diags, false};

	g->d->key = reader_copy(&r, g->l->keys[i]);
	d->storage.items = reader_array(&r, ref->storage.len, sizeof(*d->storage.items));
	for (size_t j = 0; d->storage.items && j < ref->storage.len; j++)
		d->storage.items[d->storage.len++] = reader_copy(&r, ref->storage.items[j]);
	return r.oom ? -ENOMEM : 0;
}

/* The place of the domain, or -EINVAL after a report. */
static int enter(struct loading *g, size_t i)
{
	const struct mesh_domain_ref *ref = &g->l->head.mesh.domains[i];
	struct domain *d = &g->d->domain;
	struct files_place p = {
	    .fd = g->l->fd,
	    .dir = g->l->dir,
	    .files = &g->d->files,
	    .watch = &g->watch,
	    .diags = g->l->diags,
	    .domain = g->d->key,
	};
	int rc = loading_open(g->l, ref, &p, &d->arena, &g->place);

	if (rc < 0)
		return rc;
	if (is_outside(ref->path)) {
		g->place.stored = arena_printf(&d->arena, "%s:/", g->d->key);
		if (!g->place.stored)
			return -ENOMEM;
	}
	d->dir = g->place.dir;
	g->rights = (struct storage_rights){d->dir, &d->storage, ref->line};
	return 0;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int read_all(struct loading *g, size_t i)
{
	const char *shown = files_shown(&g->place, "domain.yaml", &g->d->domain.arena);
	struct scope scope = {SCOPE_DOMAIN, NULL, NULL};
	const struct yaml_node *root;
	int rc = shown ? find_strays(g) : -ENOMEM;

	if (rc == 0)
		rc = read_domain_file(g, shown, &root);
	if (rc < 0)
		return rc;
	g->id = g->d->domain.id ? g->d->domain.id : last_component(g->d->key);
	scope.domain = g->id;
	g->d->rules = ruleset_new(scope);
	if (!g->d->rules)
		return -ENOMEM;
	check_double(g, i, shown, root);
	rc = policy_dir_read(&g->place, g->l->words, g->d->rules);
	if (rc == 0)
		rc = read_products(g);
	if (rc == 0)
		rc = refs_check(g, root, shown);
	if (rc == 0)
		authority_check(g, root, shown);
	return rc;
}

static int load(struct loading *g, size_t i)
{
	struct diag_list *diags = g->l->diags;
	size_t errors = diags->errors;
	int rc = begin(g, i);

	if (rc < 0)
		return rc;
	diags->domain = g->d->key;
	rc = enter(g, i);
	if (rc == 0) {
		rc = read_all(g, i);
		(void)close(g->place.fd);
	}
	diags->domain = NULL;
	if (rc == -ENOMEM || diags->oom)
		return -ENOMEM;
	g->d->watch_dirs = g->watch.dirs;
	g->d->ok = diags->errors == errors;
	return 0;
}

int loader_domain(struct loader *l, size_t i, struct domain_load **ret, struct mesh_err *err)
{
	struct domain_load *d = calloc(1, sizeof(*d));
	struct loading g = {.l = l, .d = d};
	int rc;

	if (!d)
		return mesh_err_nomem(err);
	arena_init(&d->domain.arena);
	manifest_files_init(&d->files);
	arena_init(&g.scratch);
	g.watch.arena = &d->domain.arena;
	rc = load(&g, i);
	arena_clear(&g.scratch);
	if (rc < 0) {
		domain_load_free(d);
		return mesh_err_nomem(err);
	}
	*ret = d;
	return 0;
}

void domain_load_free(struct domain_load *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->products_len; i++)
		product_unref(d->products[i]);
	free(d->products);
	ruleset_free(d->rules);
	manifest_files_clear(&d->files);
	arena_clear(&d->domain.arena);
	free(d);
}
