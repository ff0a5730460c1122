#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/look.h"
#include "fs/cmd/term.h"
#include "fs/cmd/table.h"
#include "fs/render/docs.h"

enum { KIND, NAME, DETAIL, STATUS, TYPE, CLASS, TITLE, PATH, COLUMNS };

static const struct table_column long_columns[COLUMNS] = {
    [KIND] = {"KIND", "kind", false},
    [NAME] = {"NAME", "name", false},
    [DETAIL] = {"STATUS/TYPE", NULL, false},
    [STATUS] = {NULL, "status", false},
    [TYPE] = {NULL, "type", false},
    [CLASS] = {"CLASSIFICATION", "classification", false},
    [TITLE] = {"TITLE", "title", false},
    [PATH] = {NULL, "path", false},
};

/* Names alone: one a line. */
static const struct table_column short_columns[COLUMNS] = {
    [KIND] = {NULL, "kind", false},
    [NAME] = {"NAME", "name", false},
    [STATUS] = {NULL, "status", false},
    [TYPE] = {NULL, "type", false},
    [CLASS] = {NULL, "classification", false},
    [TITLE] = {NULL, "title", false},
    [PATH] = {NULL, "path", false},
};

struct ls {
	const char *mesh_option, *as;
	bool is_long;
	enum opt_format format;
	struct target target;
	struct look_spot *at;
	struct table table;
};

struct ls_row {
	const char *kind, *name, *status, *type, *class, *title;
};

static void add(struct ls *ls, const struct ls_row *row)
{
	const char *above = ls->target.path;
	AUTOFREE char *path = NULL;
	const char *cells[COLUMNS] = {
	    [KIND] = row->kind,
	    [NAME] = row->name,
	    [DETAIL] = row->status ? row->status : row->type,
	    [STATUS] = row->status,
	    [TYPE] = row->type,
	    [CLASS] = row->class,
	    [TITLE] = row->title,
	};

	if (asprintf(&path, "%s%s%s", above, above[0] ? "/" : "", row->name) < 0) {
		path = NULL;
		ls->table.oom = true;
		return;
	}
	cells[PATH] = path;
	table_add(&ls->table, cells);
}

/* ---- from the catalog ---- */

static int add_domain(void *arg, const char *id)
{
	struct ls *ls = arg;
	const struct snapshot_domain *d;

	if (!spot_domain_visible(&ls->at->spot, id) ||
	    snapshot_domain(ls->at->spot.world->snap, id, &d, NULL) < 0)
		return 0;
	add(ls, &(struct ls_row){.kind = "domain", .name = id, .title = d->domain->name});
	return 0;
}

static int add_product(void *arg, const char *entry)
{
	struct ls *ls = arg;
	struct spot *s = &ls->at->spot;
	const char *domain = s->domain->domain->id;
	struct product *p;
	int rc = snapshot_product(s->world->snap, domain, entry, &p, NULL);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (ask_about(&s->ask, (struct ask_target){.domain = domain, .product = p}) == 0 &&
	    gate_may(&s->ask, ACTION_DISCOVER))
		add(ls,
		    &(struct ls_row){
			"product", entry, p->status, NULL, look_class(ls->at, p->rank), p->title});
	product_unref(p);
	return 0;
}

static void add_sections(struct ls *ls)
{
	add(ls,
	    &(struct ls_row){.kind = "folder", .name = "data", .title = "what the product offers"});
	add(ls,
	    &(struct ls_row){
		.kind = "folder", .name = "metadata", .title = "what its authors say about it"});
	add(ls,
	    &(struct ls_row){
		.kind = "folder", .name = "policy", .title = "who may read what, and why"});
}

static void add_ports(struct ls *ls)
{
	struct spot *s = &ls->at->spot;

	for (size_t i = 0; i < s->product->ports_len; i++) {
		const struct port *p = &s->product->ports[i];

		s->port = p;
		spot_ask_port(s);
		if (gate_may(&s->ask, ACTION_DISCOVER))
			add(ls,
			    &(struct ls_row){"port", p->entry, NULL, p->type,
				look_class(ls->at, p->rank), p->description});
	}
	s->port = NULL;
}

static void add_objects(struct ls *ls)
{
	struct spot *s = &ls->at->spot;

	for (size_t i = 0; i < s->port->objects_len; i++) {
		const struct object *o = &s->port->objects[i];

		spot_ask_object(s, o);
		if (gate_may(&s->ask, ACTION_DISCOVER))
			add(ls,
			    &(struct ls_row){"object", o->name, NULL, o->physical_type,
				look_class(ls->at, o->rank), o->description});
	}
}

static void add_columns(struct ls *ls, const struct object *o)
{
	for (size_t i = 0; i < o->columns_len; i++) {
		const struct column *c = &o->columns[i];

		add(ls,
		    &(struct ls_row){"column", c->name, NULL, c->logical_type,
			look_class(ls->at, c->rank), c->description});
	}
}

/* An object by its name, or the one that the file would belong to. */
static int add_object(struct ls *ls)
{
	const struct look_object found = look_object(ls->at);

	if (!found.object || !found.may_read_metadata)
		return found.object ? -EACCES : -ENOENT;
	add_columns(ls, found.object);
	return 0;
}

/* The documents of a section, those below `rel` where it names a directory of them. */
static int add_docs(struct ls *ls)
{
	struct spot *s = &ls->at->spot;
	size_t len = strlen(s->place->rel);
	struct doc_env env;
	struct doc_list list;
	int rc;

	spot_ask_product(s);
	env = spot_doc_env(s);
	rc = docs_list(s->place->section, &env, &s->arena, &list);
	if (rc == 0 && len > 0 && !docs_has_dir(&list, s->place->rel))
		rc = docs_find(&list, s->place->rel) ? -ENOTDIR : -ENOENT;
	for (size_t i = 0; rc == 0 && i < list.len; i++) {
		const char *path = list.items[i].path;
		struct ls_row row = {.kind = "document"};

		if (len > 0 && (strncmp(path, s->place->rel, len) != 0 || path[len] != '/'))
			continue;
		row.name = len > 0 ? path + len + 1 : path;
		row.title = doc_may(&list.items[i], &env) ? NULL : "not readable for this user";
		add(ls, &row);
	}
	return rc;
}

static int collect(struct ls *ls)
{
	struct spot *s = &ls->at->spot;

	switch (s->place->kind) {
	case PLACE_ROOT:
		return snapshot_domains(s->world->snap, NULL, add_domain, ls);
	case PLACE_DOMAIN:
		return snapshot_products(s->world->snap, s->place->domain, NULL, add_product, ls);
	case PLACE_PRODUCT:
		add_sections(ls);
		return 0;
	case PLACE_DATA:
		add_ports(ls);
		return 0;
	case PLACE_PORT:
		add_objects(ls);
		return 0;
	case PLACE_STORED:
		return add_object(ls);
	case PLACE_DOCS:
		return add_docs(ls);
	default:
		return -ENOENT;
	}
}

/* From a product down `list` decides, as opendir in a mount does. */
static int may_list(struct look_spot *at)
{
	return !at->spot.product || gate_may(&at->spot.ask, ACTION_LIST) ? 0 : -EACCES;
}

static int ls_catalog(struct ls *ls, struct mesh_err *err)
{
	struct look look;
	struct look_spot at = {0};
	int rc = look_open(&look, ls->target.mesh, ls->as, err);

	if (rc == 0)
		rc = look_at(&look, ls->target.path, ls->target.purpose, &at, err);
	if (rc == 0) {
		ls->at = &at;
		rc = may_list(&at);
		if (rc == 0)
			rc = collect(ls);
		if (rc < 0)
			(void)mesh_err_set(err, rc, "%s: %s", ls->target.path,
			    rc == -EACCES
				? "you may see it and not list it; `meshfs explain` tells why"
				: strerror(-rc));
	}
	look_spot_clear(&at);
	look_clear(&look);
	return rc;
}

/* ---- from the mount ---- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* What an entry of the directory is in the mesh, by the directory's path. */
static const char *kind_below(const char *path, bool is_dir)
{
	const char *slash = strchr(path, '/');
	const char *section = slash ? strchr(slash + 1, '/') : NULL;

	if (!is_dir)
		return "file";
	if (!path[0])
		return "domain";
	if (!slash)
		return "product";
	return str_eq(section, "/data") ? "port" : "folder";
}

static void add_entry(struct ls *ls, const char *name, bool is_dir)
{
	AUTOFREE char *path = NULL;
	AUTOFREE char *class = NULL;

	if (asprintf(&path, "%s/%s", ls->target.file, name) < 0) {
		path = NULL;
		ls->table.oom = true;
		return;
	}
	class = look_xattr(path, "user.meshfs.classification");
	add(ls,
	    &(struct ls_row){
		.kind = kind_below(ls->target.path, is_dir), .name = name, .class = class});
}

static int ls_mount(struct ls *ls, struct mesh_err *err)
{
	struct dirent **entries;
	int n = scandir(ls->target.file, &entries, is_shown, by_name);

	if (n < 0)
		return mesh_err_set(err, -errno, "%s: %s", ls->target.file, strerror(errno));
	for (int i = 0; i < n; i++) {
		add_entry(ls, entries[i]->d_name, entries[i]->d_type == DT_DIR);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static int print(struct ls *ls, struct mesh_err *err)
{
	struct buf out;

	buf_init(&out);
	ls->table.columns = ls->is_long ? long_columns : short_columns;
	ls->table.with_heads = ls->is_long;
	table_print(&ls->table, ls->format, &out);
	return term_buf(&out) == -ENOMEM ? mesh_err_nomem(err) : 0;
}

static int run(struct ls *ls, const char *path, struct mesh_err *err)
{
	int rc = target_find(ls->mesh_option, path, &ls->target, err);

	if (rc < 0)
		return rc;
	if (ls->target.mesh)
		rc = ls_catalog(ls, err);
	else if (ls->as)
		rc = mesh_err_set(err, -EACCES,
		    "--as needs a mesh whose catalog you may read; this mount answers for you alone");
	else
		rc = ls_mount(ls, err);
	return rc < 0 ? rc : print(ls, err);
}

int cmd_ls(int argc, char **argv)
{
	struct ls ls = {0};
	const struct opt list[] = {
	    {"long", 'l', OPT_FLAG, &ls.is_long},
	    {"mesh", 0, OPT_TEXT, &ls.mesh_option},
	    {"as", 0, OPT_TEXT, &ls.as},
	    {"format", 0, OPT_FORMAT, &ls.format},
	    {0},
	};
	const struct opts opts = {.command = "ls", .list = list, .min = 0, .max = 1};
	struct operands operands;
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	table_init(&ls.table, long_columns, COLUMNS);
	rc = run(&ls, operands.len ? operands.items[0] : NULL, &err);
	table_clear(&ls.table);
	target_clear(&ls.target);
	return rc < 0 ? cmd_fail("ls", &err) : EXIT_DONE;
}
