#include "fs/tree/dir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/tree/found.h"
#include "fs/render/rendition.h"
#include "fs/tree/search.h"

/* ---- collecting ---- */

static int add(struct dir *d, const char *name, mode_t type)
{
	char path[PATH_MAX];
	struct dir_entry *e;

	if (d->len == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 16;
		struct dir_entry *more = reallocarray(d->items, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		d->items = more;
		d->cap = cap;
	}
	e = &d->items[d->len];
	e->name = arena_strdup(&d->arena, name);
	if (!e->name)
		return -ENOMEM;
	(void)snprintf(path, sizeof(path), "%s%s%s", d->path, d->path[0] ? "/" : "", name);
	e->ino = node_id(path, "");
	e->type = type;
	d->len++;
	return 0;
}

struct collect {
	struct dir *dir;
	struct spot *s;
	const char *under; /* docs: the directory below the section, "" for the section itself */
};

/* ---- the mesh ---- */

static int add_domain(void *arg, const char *id)
{
	struct collect *c = arg;

	return spot_domain_visible(c->s, id) ? add(c->dir, id, S_IFDIR) : 0;
}

/* .purpose is reachable but not listed: a purpose is declared by naming it, never by walking the tree. */
static int list_root(struct collect *c)
{
	int rc = 0;

	if (!c->s->place->purpose)
		rc = add(c->dir, ".meshfs", S_IFDIR);
	return rc < 0 ? rc : snapshot_domains(c->s->world->snap, NULL, add_domain, c);
}

static int list_purposes(struct collect *c)
{
	const struct strlist *l = &snapshot_mesh(c->s->world->snap)->purposes;
	int rc = 0;

	for (size_t i = 0; i < l->len && rc == 0; i++)
		rc = add(c->dir, l->items[i], S_IFDIR);
	return rc;
}

static int add_product(void *arg, const char *entry)
{
	struct collect *c = arg;
	struct spot *s = c->s;
	const char *domain = s->domain->domain->id;
	struct product *p;
	bool may;
	int rc = snapshot_product(s->world->snap, domain, entry, &p, NULL);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	may = ask_about(&s->ask, (struct ask_target){.domain = domain, .product = p}) == 0 &&
	      gate_may(&s->ask, ACTION_DISCOVER);
	product_unref(p);
	return may ? add(c->dir, entry, S_IFDIR) : 0;
}

static int list_sections(struct collect *c)
{
	int rc = add(c->dir, "data", S_IFDIR);

	if (rc == 0)
		rc = add(c->dir, "metadata", S_IFDIR);
	return rc < 0 ? rc : add(c->dir, "policy", S_IFDIR);
}

static int list_ports(struct collect *c)
{
	struct spot *s = c->s;
	int rc = 0;

	for (size_t i = 0; i < s->product->ports_len && rc == 0; i++) {
		s->port = &s->product->ports[i];
		spot_ask_port(s);
		if (gate_may(&s->ask, ACTION_DISCOVER))
			rc = add(c->dir, s->port->entry, S_IFDIR);
	}
	s->port = NULL;
	return rc;
}

/* ---- storage ---- */

static int add_stored(void *arg, const char *name, enum local_type type)
{
	static const mode_t modes[] = {[LOCAL_FILE] = S_IFREG, [LOCAL_DIR] = S_IFDIR, [LOCAL_BROKEN_LINK] = S_IFLNK};
	struct collect *c = arg;
	struct spot *s = c->s;
	const char *rel = s->place->kind == PLACE_STORED ? s->place->rel : "";
	char path[PATH_MAX];
	const struct object *o;

	(void)snprintf(path, sizeof(path), "%s%s%s", rel, rel[0] ? "/" : "", name);
	o = local_object(&s->local, path);
	spot_ask_object(s, o);
	if (o && !gate_may(&s->ask, ACTION_DISCOVER))
		return 0;
	return add(c->dir, name, modes[type]);
}

/* One object of a database's port, in each format that the port offers. */
static int add_tables(struct collect *c, const struct object *o)
{
	struct strlist files;
	int rc = rendition_files(c->s->port, o, &c->s->arena, &files);

	for (size_t i = 0; rc == 0 && i < files.len; i++) {
		if (str_is_name(o->name) && strlen(files.items[i]) <= NAME_MAX)
			rc = add(c->dir, files.items[i], S_IFREG);
		else
			atomic_fetch_add(&c->s->tree->status->skipped_names, 1);
	}
	return rc;
}

static int list_tables(struct collect *c)
{
	const struct port *p = c->s->port;
	int rc = 0;

	for (size_t i = 0; i < p->objects_len && rc == 0; i++) {
		spot_ask_object(c->s, &p->objects[i]);
		if (gate_may(&c->s->ask, ACTION_DISCOVER))
			rc = add_tables(c, &p->objects[i]);
	}
	return rc;
}

static int list_storage(struct collect *c)
{
	struct spot *s = c->s;
	const char *rel = s->place->kind == PLACE_STORED ? s->place->rel : "";
	unsigned long skipped = 0;
	int rc;

	if (s->has_tables)
		return rel[0] ? -ENOTDIR : list_tables(c);
	if (!s->has_local)
		return rel[0] ? -ENOTDIR : add(c->dir, UNAVAILABLE_NAME, S_IFREG);
	rc = spot_storage(s, local_list(&s->local, rel, add_stored, c, &skipped));
	atomic_fetch_add(&s->tree->status->skipped_names, (long)skipped);
	return rc;
}

/* ---- documents ---- */

/* The first component of `path` below `under`, once for each run of equal ones (the list is sorted). */
static int add_doc(struct collect *c, const char *path)
{
	size_t n = strlen(c->under);
	const char *name = path;
	char first[256];
	size_t len;

	if (n > 0) {
		if (strncmp(path, c->under, n) != 0 || path[n] != '/')
			return 0;
		name = path + n + 1;
	}
	len = strcspn(name, "/");
	if (len == 0 || len >= sizeof(first))
		return 0;
	(void)snprintf(first, sizeof(first), "%.*s", (int)len, name);
	if (strcmp(c->dir->items[c->dir->len - 1].name, first) == 0)
		return 0;
	return add(c->dir, first, name[len] ? S_IFDIR : S_IFREG);
}

static int list_docs(struct collect *c)
{
	struct spot *s = c->s;
	struct doc_env env;
	struct doc_list list;
	int rc;

	spot_ask_product(s);
	env = spot_doc_env(s);
	rc = docs_list(s->place->section, &env, &s->arena, &list);
	c->under = s->place->rel;
	if (rc == 0 && c->under[0] && !docs_has_dir(&list, c->under))
		return docs_find(&list, c->under) ? -ENOTDIR : -ENOENT;
	for (size_t i = 0; rc == 0 && i < list.len; i++)
		rc = add_doc(c, list.items[i].path);
	if (rc == 0 && s->place->section == DOC_ABOUT && !c->under[0])
		rc = add(c->dir, "search", S_IFDIR);
	return rc;
}

static int add_hit(void *arg, const struct search_hit *h)
{
	struct collect *c = arg;
	char name[512];

	search_hit_name(h, name, sizeof(name));
	return add(c->dir, name, S_IFLNK);
}

/* ---- the whole ---- */

static int collect(struct collect *c)
{
	switch (c->s->place->kind) {
	case PLACE_ROOT:
		return list_root(c);
	case PLACE_PURPOSES:
		return list_purposes(c);
	case PLACE_DOMAIN:
		return snapshot_products(c->s->world->snap, c->s->place->domain, NULL, add_product, c);
	case PLACE_PRODUCT:
		return list_sections(c);
	case PLACE_DATA:
		return list_ports(c);
	case PLACE_PORT:
	case PLACE_STORED:
		return list_storage(c);
	case PLACE_DOCS:
		return list_docs(c);
	case PLACE_SEARCH:
	case PLACE_PINS:
		return 0;
	case PLACE_SEARCH_WORDS:
		return search_visible(c->s, add_hit, c);
	case PLACE_SEARCH_HIT:
		break;
	}
	return -ENOTDIR;
}

/* From a product down, `list` decides; above it and in .meshfs the listing is filtered, and that is enough. */
static int may_list(struct tree *t, struct spot *s, const struct node *n)
{
	struct gate_event event = {.path = place_in_mesh(n->place.path)};

	if (!s->product)
		return 0;
	return gate_decide(t->gate, &s->ask, ACTION_LIST, &event);
}

static int list_for(struct tree *t, struct asker who, struct node *n, struct dir *d)
{
	struct collect c = {.dir = d};
	struct spot s;
	int rc = spot_init(&s, t, who, &n->place);

	c.s = &s;
	if (rc == 0 && !spot_visible(&s))
		rc = -ENOENT;
	if (rc == 0)
		rc = may_list(t, &s, n);
	if (rc == 0)
		rc = add(d, ".", S_IFDIR);
	if (rc == 0)
		rc = add(d, "..", S_IFDIR);
	if (rc == 0)
		rc = collect(&c);
	spot_clear(&s);
	return rc;
}

static void close_handle(struct handle *h)
{
	dir_close((struct dir *)h);
}

int dir_open(struct tree *t, struct asker who, uint64_t id, struct dir **ret)
{
	struct node *n = node_get(t->nodes, id);
	struct dir *d = n ? calloc(1, sizeof(*d)) : NULL;
	int rc = n ? -ENOMEM : -ESTALE;

	if (d) {
		d->tree = t;
		arena_init(&d->arena);
		d->path = arena_strdup(&d->arena, n->place.path);
		rc = d->path ? list_for(t, who, n, d) : -ENOMEM;
	}
	node_put(t->nodes, n);
	if (rc < 0) {
		dir_close(d);
		return tree_errno(rc);
	}
	atomic_fetch_add(&t->status->open_dirs, 1);
	d->counted = true;
	d->handle.close = close_handle;
	handles_add(&t->open, &d->handle);
	*ret = d;
	return 0;
}

void dir_close(struct dir *d)
{
	if (!d)
		return;
	if (d->counted) {
		atomic_fetch_sub(&d->tree->status->open_dirs, 1);
		handles_remove(&d->tree->open, &d->handle);
	}
	arena_clear(&d->arena);
	free(d->items);
	free(d);
}
