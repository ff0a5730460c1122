#include "fs/cmd/look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/diags.h"
#include "fs/cmd/term.h"

/* ---- who ---- */

bool look_uid(const char *s, uid_t *ret)
{
	char *end;
	unsigned long n;

	if (strncmp(s, "uid:", 4) == 0)
		s += 4;
	errno = 0;
	n = strtoul(s, &end, 10);
	if (s[0] < '0' || s[0] > '9' || *end || errno || n > (uid_t)-2)
		return false;
	*ret = (uid_t)n;
	return true;
}

static int find_user(struct look *l, const char *as, struct mesh_err *err)
{
	struct world *w = world_get(l->worlds);
	struct caller *caller;
	int rc = identity_by_name(w->snap, as, &caller);

	if (rc == 0) {
		l->asker.uid = (uid_t)caller->principal.uid;
		caller_unref(caller);
	} else if (rc == -ENOENT && look_uid(as, &l->asker.uid)) {
		rc = 0;
	} else {
		(void)mesh_err_set(err, rc,
		    rc == -ENOENT ? "there is no user %s on this machine"
				  : "the user %s could not be looked up",
		    as);
	}
	world_unref(w);
	return rc;
}

/* ---- the mesh ---- */

/* Broken domains are left out of a catalog that is made for a look. */
static void note_problems(struct look *l, const char *mesh, bool failed)
{
	size_t errors = l->diags.errors;

	diags_rebase(&l->diags, 0, mesh);
	if (failed || term_is_verbose())
		(void)diags_print(&l->diags, DIAG_TEXT, stderr);
	else if (errors > 0)
		term_note(
		    "%s has %zu error%s, and what is wrong is left out: `meshfs validate %s` shows it",
		    mesh, errors, errors == 1 ? "" : "s", mesh);
}

static int build(struct look *l, struct mesh_err *err)
{
	struct gate_options options;
	int rc = world_holder_new(l->mesh.catalog, &l->worlds, err);

	if (rc < 0)
		return rc;
	l->identity = identity_new();
	options = (struct gate_options){.identity = l->identity};
	if (!l->identity || gate_new(&options, &l->gate) < 0)
		return mesh_err_nomem(err);
	l->tree = (struct tree){
	    .catalog = l->mesh.catalog,
	    .worlds = l->worlds,
	    .gate = l->gate,
	    .identity = l->identity,
	};
	return 0;
}

int look_open(struct look *l, const char *mesh, const char *as, struct mesh_err *err)
{
	int rc;

	memset(l, 0, sizeof(*l));
	diag_list_init(&l->diags);
	l->asker.uid = getuid();
	rc = cmd_mesh_look(mesh, &l->diags, &l->mesh, err);
	note_problems(l, mesh, rc < 0);
	if (rc < 0)
		return rc;
	rc = build(l, err);
	return rc == 0 && as ? find_user(l, as, err) : rc;
}

void look_clear(struct look *l)
{
	gate_free(l->gate);
	world_holder_free(l->worlds);
	identity_free(l->identity);
	cmd_mesh_clear(&l->mesh);
	diag_list_clear(&l->diags);
	memset(l, 0, sizeof(*l));
}

/* ---- a path in it ---- */

static int unknown_purpose(const struct spot *s, struct mesh_err *err)
{
	const struct strlist *known = &snapshot_mesh(s->world->snap)->purposes;
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < known->len; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", known->items[i]);
	(void)mesh_err_set(err, -ENOENT, "the mesh has no purpose %s; it has: %s",
	    s->place->purpose, b.len ? b.data : "none");
	buf_clear(&b);
	return -ENOENT;
}

static int explain_failure(const struct spot *s, const char *path, int rc, struct mesh_err *err)
{
	const char *purpose = s->place ? s->place->purpose : NULL;

	if (rc == -ENOENT && purpose &&
	    !strlist_has(&snapshot_mesh(s->world->snap)->purposes, purpose))
		return unknown_purpose(s, err);
	if (rc == -ENOENT)
		return mesh_err_set(err, rc,
		    "%s: there is no such thing in the mesh, or you may not know of it", path);
	if (rc == -ENOMEM)
		return mesh_err_nomem(err);
	return mesh_err_set(err, rc, "%s: %s", path, strerror(-rc));
}

int look_resolve(struct look *l, const char *path, const char *purpose, struct look_spot *ret,
    struct mesh_err *err)
{
	AUTOFREE char *full = NULL;
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (asprintf(&full, "%s%s%s%s", purpose ? ".purpose/" : "", purpose ? purpose : "",
		purpose && path[0] ? "/" : "", path) < 0) {
		full = NULL;
		return mesh_err_nomem(err);
	}
	rc = place_parse(full, &ret->place);
	if (rc == 0)
		rc = spot_init(&ret->spot, &l->tree, l->asker, &ret->place);
	return rc < 0 ? explain_failure(&ret->spot, path, rc, err) : 0;
}

int look_visible(struct look_spot *ls, const char *path, struct mesh_err *err)
{
	return spot_visible(&ls->spot) ? 0 : explain_failure(&ls->spot, path, -ENOENT, err);
}

int look_at(struct look *l, const char *path, const char *purpose, struct look_spot *ret,
    struct mesh_err *err)
{
	int rc = look_resolve(l, path, purpose, ret, err);

	return rc < 0 ? rc : look_visible(ret, path, err);
}

void look_spot_clear(struct look_spot *ls)
{
	if (ls->spot.place)
		spot_clear(&ls->spot);
	place_clear(&ls->place);
}

const char *look_class(const struct look_spot *ls, int rank)
{
	const struct strlist *ladder = &snapshot_mesh(ls->spot.world->snap)->classifications;

	return rank >= 0 && (size_t)rank < ladder->len ? ladder->items[rank] : NULL;
}

struct look_object look_object(struct look_spot *ls)
{
	struct spot *s = &ls->spot;
	struct look_object ret = {.object = s->object};

	for (size_t i = 0; i < s->port->objects_len; i++)
		if (strcmp(s->port->objects[i].name, s->place->rel) == 0)
			ret.object = &s->port->objects[i];
	spot_ask_object(s, ret.object);
	if (!gate_may(&s->ask, ACTION_DISCOVER))
		ret.object = NULL;
	ret.may_read_metadata = gate_may(&s->ask, ACTION_READ_METADATA);
	return ret;
}

char *look_xattr(const char *file, const char *name)
{
	/* XATTR_SIZE_MAX of linux/limits.h is what the kernel hands out at most. */
	size_t cap = 65536;
	char *value = malloc(cap + 1);
	ssize_t n = value ? getxattr(file, name, value, cap) : -1;

	if (n < 0) {
		free(value);
		return NULL;
	}
	value[n] = '\0';
	return value;
}
