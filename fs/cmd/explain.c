#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/look.h"
#include "fs/cmd/opts.h"
#include "fs/cmd/term.h"
#include "fs/render/render.h"
#include "fs/render/rendition.h"
#include "fs/tree/table_open.h"

struct explain {
	const char *mesh_option, *as, *purpose, *at_text;
	int64_t at_ns;
	struct target target;
	bool allowed;
};

/* ---- by the mount: what it would answer to this very user, now ---- */

static int explain_mount(struct explain *ex, struct mesh_err *err)
{
	const char *file = ex->target.file;
	AUTOFREE char *text = look_xattr(file, "user.meshfs.explain");
	AUTOFREE char *decision = NULL;

	if (!text && errno == ENODATA)
		return -ENODATA;
	if (!text && errno == ENOENT)
		return mesh_err_set(err, -ENOENT,
		    "%s: there is no such thing in the mesh, or you may not know of it", file);
	if (!text)
		return mesh_err_set(err, -errno, "%s: %s", file, strerror(errno));
	decision = look_xattr(file, "user.meshfs.decision");
	ex->allowed = decision && str_starts(decision, "allow");
	(void)term_write(text, strlen(text));
	return 0;
}

/* ---- by the catalog ---- */

/* Columns that a stored file has beyond its contract, as an open of it would find them. */
static struct strlist storage_columns(struct spot *s)
{
	struct strlist columns = {0};
	const char *rel = s->place->rel;
	struct stat st;
	int fd, rc;

	if (s->place->kind != PLACE_STORED || !s->has_local)
		return (struct strlist){0};
	rc = local_open(&s->local, rel, &fd, &st);
	if (rc < 0) {
		term_note("%s cannot be looked at (%s): explained by its contract alone",
		    s->place->path, strerror(-rc));
		return (struct strlist){0};
	}
	if (spot_columns(s, fd, &columns) < 0)
		term_note("%s: out of memory: explained by its contract alone", s->place->path);
	(void)close(fd);
	return columns;
}

/* A path below a port may name an object; storage knows nothing of that. */
static bool names_object(const struct spot *s)
{
	for (size_t i = 0; s->port && i < s->port->objects_len; i++)
		if (s->place->kind == PLACE_STORED &&
		    strcmp(s->port->objects[i].name, s->place->rel) == 0)
			return true;
	return false;
}

/* What opening the path needs, and who asks aimed at it. */
static int aim(struct look_spot *at, enum action *ret)
{
	struct spot *s = &at->spot;
	struct doc_env env;
	struct doc_list list;
	const struct doc *d = NULL;
	int rc = 0;

	*ret = ACTION_LIST;
	if (s->place->kind == PLACE_STORED || s->place->kind == PLACE_PORT)
		*ret = ACTION_READ;
	if (s->place->kind == PLACE_DOMAIN)
		*ret = ACTION_DISCOVER;
	if (s->place->kind == PLACE_STORED)
		spot_ask_object(s, names_object(s) ? look_object(at).object : s->object);
	if (s->place->kind != PLACE_DOCS || !s->place->rel[0] || !s->product)
		return 0;
	spot_ask_product(s);
	env = spot_doc_env(s);
	rc = docs_list(s->place->section, &env, &s->arena, &list);
	if (rc == 0)
		d = docs_find(&list, s->place->rel);
	if (rc == 0 && !d && !docs_has_dir(&list, s->place->rel))
		return -ENOENT;
	if (d)
		*ret = d->own ? ACTION_DISCOVER : d->action;
	return rc;
}

static bool is_allowed(const struct spot *s, enum action action, struct strlist extra)
{
	struct view v = {.deny = true};
	const char *why;
	struct arena a;
	bool allowed;

	if (action != ACTION_READ)
		return gate_may(&s->ask, action);
	arena_init(&a);
	allowed = gate_view(&s->ask, extra, &a, &v) == 0 && !v.deny &&
	    (v.identity || rendition_possible(&s->ask, s->place->path, &why));
	arena_clear(&a);
	return allowed;
}

/* The question as it would be asked at another time. */
static void move_to(struct spot *s, int64_t now_ns)
{
	struct ask then;

	if (now_ns == WHEN_NONE)
		return;
	ask_init_as(&then, s->tree->gate, s->world, s->ask.caller, s->ask.context.purpose, now_ns);
	s->ask.context = then.context;
}

static int explain_spot(struct explain *ex, struct look_spot *at, struct mesh_err *err)
{
	struct spot *s = &at->spot;
	struct strlist extra = {0};
	enum action action;
	struct buf out;
	int rc;

	if (!s->domain)
		return mesh_err_set(err, -EINVAL,
		    "rules are about domains, products and what is in them: name one");
	rc = aim(at, &action);
	if (rc < 0)
		return mesh_err_set(err, rc, "%s: %s", ex->target.path,
		    rc == -ENOENT ? "there is no such thing in the mesh" : strerror(-rc));
	if (!names_object(s))
		extra = storage_columns(s);
	ex->allowed = is_allowed(s, action, extra);
	buf_init(&out);
	rc = render_explain(&s->ask, ex->target.path, action, extra, &out);
	/* Whoever got here sees the domain, be it for a product in it. */
	if (rc == 0 && !s->product && !ex->allowed) {
		buf_puts(&out,
		    "# It is shown all the same: a domain is there for whoever may discover a product in it.\n");
		ex->allowed = true;
	}
	if (rc == 0)
		return term_buf(&out) < 0 ? mesh_err_nomem(err) : 0;
	buf_clear(&out);
	return mesh_err_set(err, rc, "%s: %s", ex->target.path, strerror(-rc));
}

/* The time counts for what may be discovered too, so it is set before anything is asked. */
static int explain_look(
    struct explain *ex, struct look *look, struct look_spot *at, struct mesh_err *err)
{
	const char *purpose = ex->purpose ? ex->purpose : ex->target.purpose;
	int rc = look_resolve(look, ex->target.path, purpose, at, err);

	if (rc < 0)
		return rc;
	move_to(&at->spot, ex->at_ns);
	rc = look_visible(at, ex->target.path, err);
	return rc < 0 ? rc : explain_spot(ex, at, err);
}

static int explain_catalog(struct explain *ex, struct mesh_err *err)
{
	struct look_spot at = {0};
	struct look look;
	int rc = look_open(&look, ex->target.mesh, ex->as, err);

	if (rc == 0)
		rc = explain_look(ex, &look, &at, err);
	look_spot_clear(&at);
	look_clear(&look);
	return rc;
}

/* ---- the command ---- */

static int run(struct explain *ex, const char *path, struct mesh_err *err)
{
	bool supposed = ex->as || ex->purpose || ex->at_text;
	int rc = target_find(ex->mesh_option, path, &ex->target, err);

	if (rc < 0)
		return rc;
	rc = -ENODATA;
	if (ex->target.mountpoint && !supposed)
		rc = explain_mount(ex, err);
	if (rc != -ENODATA)
		return rc;
	if (ex->target.mesh)
		return explain_catalog(ex, err);
	return mesh_err_set(err, -EACCES, "%s",
	    supposed
		? "--as, --purpose and --at need a mesh whose catalog you may read; a purpose is declared by the path "
		  ".purpose/PURPOSE/DOMAIN/..."
		: "rules are about products and what is in them: name one");
}

int cmd_explain(int argc, char **argv)
{
	struct explain ex = {.at_ns = WHEN_NONE};
	const struct opt list[] = {
	    {"mesh", 0, OPT_TEXT, &ex.mesh_option},
	    {"as", 0, OPT_TEXT, &ex.as},
	    {"purpose", 0, OPT_TEXT, &ex.purpose},
	    {"at", 0, OPT_TEXT, &ex.at_text},
	    {0},
	};
	const struct opts opts = {.command = "explain", .list = list, .min = 1, .max = 1};
	struct operands operands;
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc == OPTS_RUN && ex.at_text && when_parse(ex.at_text, &ex.at_ns) < 0)
		rc = cmd_wrong("explain",
		    "--at is a date or a time with its zone, such as 2026-11-22T22:30:00Z, not '%s'",
		    ex.at_text);
	if (rc != OPTS_RUN)
		return rc;
	rc = run(&ex, operands.items[0], &err);
	target_clear(&ex.target);
	if (rc < 0)
		return cmd_fail("explain", &err);
	return ex.allowed ? EXIT_DONE : EXIT_NO;
}
