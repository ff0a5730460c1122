#ifndef FS_CMD_MESH_H
#define FS_CMD_MESH_H

/*
 * From what the user calls a mesh (a repository directory or a compiled catalog) to an open catalog.
 */

#include "catalog/catalog.h"

struct cmd_mesh {
	char *dir;	    /* owned: the repository, absolute and resolved; NULL: a catalog was named */
	char *catalog_path; /* owned, absolute */
	struct catalog *catalog;
	bool temporary; /* the catalog was compiled for this command alone and is removed with it */
};

/*
 * Opens the catalog of `mesh` for writing: of a directory its own (`catalog`, or the default place where NULL), else the file itself.
 * Does not compile. -ENOENT, -ENOTDIR, -EINVAL, ... with a sentence.
 */
int cmd_mesh_open(const char *mesh, const char *catalog, struct cmd_mesh *ret, struct mesh_err *err);

/*
 * Opens `mesh` to be looked at: a directory is compiled into a catalog of its own that lives as long as the command, so that looking changes
 * nothing; its problems go to `diags`.
 */
int cmd_mesh_look(const char *mesh, struct diag_list *diags, struct cmd_mesh *ret, struct mesh_err *err);

void cmd_mesh_clear(struct cmd_mesh *m);

/* The audit directory: `option` where given, else the mesh's own, else beside the catalog. malloc'ed; NULL: no memory. */
char *cmd_mesh_audit_dir(const struct cmd_mesh *m, const struct mesh *mesh, const char *option);

/* Prints the problems to standard error. */
void cmd_print_diags(struct diag_list *diags);

/* The name of the user who runs the command, for the history. Static. */
const char *cmd_who(void);

#endif
