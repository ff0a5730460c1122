#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/fields.h"
#include "fs/cmd/look.h"
#include "fs/cmd/term.h"
#include "fs/render/docs.h"

struct show {
	const char *mesh_option, *as;
	enum opt_format format;
	struct target target;
	struct look_spot at;
};

/* ---- properties ---- */

static void show_mesh(struct show *sh, struct fields *f)
{
	const struct mesh *m = snapshot_mesh(sh->at.spot.world->snap);

	fields_text(f, "mesh", m->id);
	fields_text(f, "name", m->name);
	fields_number(f, "epoch", snapshot_epoch(sh->at.spot.world->snap));
	fields_text(f, "timezone", m->timezone);
	fields_list(f, "classifications", &m->classifications);
	fields_text(f, "defaultClassification", look_class(&sh->at, m->default_rank));
	fields_list(f, "purposes", &m->purposes);
	fields_list(f, "tags", &m->tags);
}

static void show_domain(struct show *sh, struct fields *f)
{
	const struct domain *d = sh->at.spot.domain->domain;

	fields_text(f, "domain", d->id);
	fields_text(f, "name", d->name);
	fields_text(f, "description", d->description);
	fields_list(f, "tags", &d->tags);
	fields_list(f, "boundedContext", &d->bounded_context);
	if (d->owners_len == 0)
		return;
	fields_open(f, "owners");
	for (size_t i = 0; i < d->owners_len; i++) {
		fields_begin(f);
		fields_text(f, "user", d->owners[i].user);
		fields_text(f, "role", d->owners[i].role);
		fields_end(f);
	}
	fields_close(f);
}

static void show_columns(struct show *sh, const struct object *o, struct fields *f)
{
	fields_open(f, "columns");
	for (size_t i = 0; i < o->columns_len; i++) {
		const struct column *c = &o->columns[i];

		fields_begin(f);
		fields_text(f, "name", c->name);
		fields_text(f, "type", c->logical_type);
		fields_text(f, "classification", look_class(&sh->at, c->rank));
		fields_list(f, "tags", &c->tags);
		fields_text(f, "description", c->description);
		fields_end(f);
	}
	fields_close(f);
}

static void show_object(struct show *sh, const struct object *o, struct fields *f)
{
	fields_text(f, "object", o->name);
	fields_text(f, "physicalName", o->physical_name);
	fields_text(f, "type", o->physical_type);
	fields_text(f, "classification", look_class(&sh->at, o->rank));
	fields_list(f, "tags", &o->tags);
	fields_text(f, "description", o->description);
	if (o->columns_len > 0)
		show_columns(sh, o, f);
}

static void show_port(struct show *sh, const struct port *p, struct fields *f)
{
	const struct product *product = sh->at.spot.product;
	const struct contract *c = p->contract >= 0 ? &product->contracts[p->contract] : NULL;
	const struct server *server = c && p->server >= 0 ? &c->servers[p->server] : NULL;

	fields_text(f, "port", p->entry);
	fields_text(f, "version", p->version);
	fields_text(f, "type", p->type);
	fields_text(f, "classification", look_class(&sh->at, p->rank));
	fields_list(f, "tags", &p->tags);
	fields_text(f, "description", p->description);
	fields_text(f, "contract", c ? c->id : NULL);
	fields_text(f, "contractVersion", c ? c->version : NULL);
	fields_text(f, "server", server ? server->type : NULL);
	fields_text(f, "format", server ? server->format : NULL);
}

static void show_objects(struct show *sh, struct fields *f)
{
	struct spot *s = &sh->at.spot;

	fields_open(f, "objects");
	for (size_t i = 0; i < s->port->objects_len; i++) {
		spot_ask_object(s, &s->port->objects[i]);
		if (!gate_may(&s->ask, ACTION_DISCOVER))
			continue;
		fields_begin(f);
		show_object(sh, &s->port->objects[i], f);
		fields_end(f);
	}
	fields_close(f);
}

static void show_ports(struct show *sh, struct fields *f)
{
	struct spot *s = &sh->at.spot;

	fields_open(f, "ports");
	for (size_t i = 0; i < s->product->ports_len; i++) {
		s->port = &s->product->ports[i];
		spot_ask_port(s);
		if (!gate_may(&s->ask, ACTION_DISCOVER))
			continue;
		fields_begin(f);
		show_port(sh, s->port, f);
		fields_end(f);
	}
	s->port = NULL;
	fields_close(f);
}

static void show_product(struct show *sh, struct fields *f)
{
	const struct product *p = sh->at.spot.product;
	const struct member *owner = product_owner(p, sh->at.spot.ask.context.now_ns);

	fields_text(f, "domain", p->domain);
	fields_text(f, "product", p->entry);
	fields_text(f, "version", p->version);
	fields_text(f, "id", p->id);
	fields_text(f, "title", p->title);
	fields_text(f, "status", p->status);
	fields_text(f, "classification", look_class(&sh->at, p->rank));
	fields_list(f, "tags", &p->tags);
	fields_text(f, "owner", owner ? owner->username : NULL);
	fields_text(f, "purpose", p->purpose);
	fields_text(f, "limitations", p->limitations);
	fields_text(f, "usage", p->usage);
	show_ports(sh, f);
}

/* ---- documents ---- */

/* Prints one document of a section. */
static int show_doc(struct show *sh, enum doc_section section, const char *path)
{
	struct spot *s = &sh->at.spot;
	struct doc_env env;
	struct doc_list list;
	const struct doc *d = NULL;
	struct buf out;
	int rc;

	spot_ask_product(s);
	env = spot_doc_env(s);
	rc = docs_list(section, &env, &s->arena, &list);
	if (rc == 0)
		d = docs_find(&list, path);
	if (rc == 0 && !d)
		rc = docs_has_dir(&list, path) || !path[0] ? -EISDIR : -ENOENT;
	if (rc == 0 && !doc_may(d, &env))
		rc = -EACCES;
	if (rc < 0)
		return rc;
	buf_init(&out);
	rc = d->render(d, &env, &out);
	if (rc < 0) {
		buf_clear(&out);
		return rc;
	}
	return term_buf(&out);
}

/* The properties of what the place stands for. */
static int show_fields(struct show *sh, struct fields *f)
{
	struct spot *s = &sh->at.spot;
	struct look_object found;

	if (s->place->kind == PLACE_ROOT)
		show_mesh(sh, f);
	else if (s->place->kind == PLACE_DOMAIN)
		show_domain(sh, f);
	else if (!gate_may(&s->ask, ACTION_READ_METADATA))
		return -EACCES;
	else if (s->place->kind == PLACE_PRODUCT || s->place->kind == PLACE_DATA)
		show_product(sh, f);
	else if (s->place->kind == PLACE_PORT) {
		show_port(sh, s->port, f);
		show_objects(sh, f);
	} else {
		found = look_object(&sh->at);
		if (!found.object || !found.may_read_metadata)
			return found.object ? -EACCES : -ENOENT;
		show_object(sh, found.object, f);
	}
	return 0;
}

static int show_place(struct show *sh)
{
	const struct place *p = sh->at.spot.place;
	struct fields f;
	int rc;

	if (p->kind == PLACE_DOCS)
		return show_doc(sh, p->section, p->rel);
	if (p->kind == PLACE_PRODUCT && sh->format == FORMAT_TEXT)
		return show_doc(sh, DOC_METADATA, "README.md");
	if (p->kind > PLACE_STORED || p->kind == PLACE_PURPOSES)
		return -ENOENT;
	fields_init(&f, sh->format);
	rc = show_fields(sh, &f);
	if (rc < 0) {
		buf_clear(&f.out);
		return rc;
	}
	return fields_print(&f);
}

static const char *reason(int rc)
{
	switch (rc) {
	case -EACCES:
		return "you may see it and not read what describes it; `meshfs explain` tells why";
	case -EISDIR:
		return "is a folder: `meshfs ls` lists it";
	case -ENOENT:
		return "there is no such thing in the mesh, or you may not know of it";
	default:
		return strerror(-rc);
	}
}

static int show_catalog(struct show *sh, struct mesh_err *err)
{
	struct look look;
	int rc = look_open(&look, sh->target.mesh, sh->as, err);

	if (rc == 0)
		rc = look_at(&look, sh->target.path, sh->target.purpose, &sh->at, err);
	if (rc == 0) {
		rc = show_place(sh);
		if (rc < 0)
			(void)mesh_err_set(err, rc, "%s: %s", sh->target.path, reason(rc));
	}
	look_spot_clear(&sh->at);
	look_clear(&look);
	return rc;
}

/* ---- from the mount ---- */

/* A document itself, or the README of the product that the path is in. */
static char *file_to_show(const struct show *sh)
{
	const char *path = sh->target.path;
	const char *product = strchr(path, '/');
	const char *rest = product ? strchr(product + 1, '/') : NULL;
	size_t above = strlen(sh->target.file) - (rest ? strlen(rest) : 0);
	char *file = NULL;

	if (!product)
		return NULL;
	if (rest && !str_starts(rest, "/data"))
		return strdup(sh->target.file);
	return asprintf(&file, "%.*s/metadata/README.md", (int)above, sh->target.file) < 0 ? NULL
											   : file;
}

static int show_mount(struct show *sh, struct mesh_err *err)
{
	AUTOFREE char *file = file_to_show(sh);
	AUTOFD int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	char block[16384];
	ssize_t n = 1;

	if (!file)
		return mesh_err_set(
		    err, -EINVAL, "this mount shows products: DOMAIN/PRODUCT, or a file below it");
	while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0 && term_write(block, (size_t)n))
		;
	if (fd < 0 || n < 0)
		return mesh_err_set(err, -errno, "%s: %s", file, strerror(errno));
	return 0;
}

static int run(struct show *sh, const char *path, struct mesh_err *err)
{
	int rc = target_find(sh->mesh_option, path, &sh->target, err);

	if (rc < 0)
		return rc;
	if (sh->target.mesh)
		return show_catalog(sh, err);
	if (sh->as || sh->format != FORMAT_TEXT)
		return mesh_err_set(err, -EACCES,
		    "--as and --format need a mesh whose catalog you may read; this mount answers for you alone, in text");
	return show_mount(sh, err);
}

int cmd_show(int argc, char **argv)
{
	struct show sh = {0};
	const struct opt list[] = {
	    {"mesh", 0, OPT_TEXT, &sh.mesh_option},
	    {"as", 0, OPT_TEXT, &sh.as},
	    {"format", 0, OPT_FORMAT, &sh.format},
	    {0},
	};
	const struct opts opts = {.command = "show", .list = list, .min = 0, .max = 1};
	struct operands operands;
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	rc = run(&sh, operands.len ? operands.items[0] : NULL, &err);
	target_clear(&sh.target);
	return rc < 0 ? cmd_fail("show", &err) : EXIT_DONE;
}
