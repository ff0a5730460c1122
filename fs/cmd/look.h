#ifndef FS_CMD_LOOK_H
#define FS_CMD_LOOK_H

/*
 * A mesh opened to be looked at by one user, without a mount and with nothing recorded: the tree's own resolving and visibility
 * over a catalog. What he may not discover is not there.
 */

#include "fs/cmd/mesh.h"
#include "fs/cmd/target.h"
#include "fs/tree/spot.h"

struct look {
	struct diag_list diags;
	struct cmd_mesh mesh;
	struct world_holder *worlds;
	struct identity *identity;
	struct gate *gate;
	struct tree tree; /* no nodes, no status: for spots alone */
	struct asker asker;
};

/*
 * Opens the mesh for the user `as`: a name, a uid or "uid:N"; NULL: the calling user. A repository is compiled for this once; its
 * problems are noted on standard error. Negative errno with a sentence. Clear after success and failure alike.
 */
int look_open(struct look *l, const char *mesh, const char *as, struct mesh_err *err);
void look_clear(struct look *l);

struct look_spot {
	struct place place;
	struct spot spot;
};

/* Resolves a path of the mesh (`purpose` may be NULL), whoever may know of it. -ENOENT with a sentence. Clear after success and failure
 * alike. */
int look_resolve(struct look *l, const char *path, const char *purpose, struct look_spot *ret,
    struct mesh_err *err);

/* 0, or -ENOENT with the same sentence for what the user may not discover. */
int look_visible(struct look_spot *ls, const char *path, struct mesh_err *err);

/* Both. */
int look_at(struct look *l, const char *path, const char *purpose, struct look_spot *ret,
    struct mesh_err *err);
void look_spot_clear(struct look_spot *ls);

/* "public", ...; NULL where the mesh has no such rank. */
const char *look_class(const struct look_spot *ls, int rank);

/* What a path below a port stands for: the object of that name, else the one that a stored file of that path belongs to. */
struct look_object {
	const struct object *object; /* NULL: none that the user may discover */
	bool may_read_metadata;
};
struct look_object look_object(struct look_spot *ls);

/* An extended attribute of a file in a mount as a string, malloc'ed; NULL with errno: there is none, or it cannot be had. */
char *look_xattr(const char *file, const char *name);

/* What --as takes for a user without a name: N or uid:N. False where `s` is neither. */
bool look_uid(const char *s, uid_t *ret);

#endif
