#ifndef FS_CMD_EPOCH_H
#define FS_CMD_EPOCH_H

/*
 * What the commands that make epochs have in common: the catalog they work on, the account of what changed, and the record.
 */

#include "catalog/catalog.h"
#include "fs/cmd/mesh.h"
#include "fs/cmd/opts.h"

/*
 * Opens the catalog that MESH (a repository, a catalog, or a mount; NULL: as --mesh's rules say) stands for, `catalog` where given. It
 * must exist already: -ENOENT with a sentence that says how to make it.
 */
int epoch_open(const char *mesh, const char *catalog, enum catalog_mode mode, struct cmd_mesh *ret,
    struct mesh_err *err);

/* Prints the changes to standard output: "+ product sales/orders", domains that were kept, and the epoch. `dry_run`: as a plan. 0 or
 * -ENOMEM. */
struct epoch_report {
	const struct apply_result *result;
	const struct diag_list *diags; /* NULL: none */
	bool dry_run;
	enum opt_format format;
};
int epoch_print(const struct epoch_report *r);

/* Records the catalog's newest epoch in the audit, unless a mount holds it: that records each epoch that it takes over. `dir` is
 * what --audit gave, or NULL. 0 or negative errno with a sentence. */
int epoch_record(const struct cmd_mesh *m, const char *dir, struct mesh_err *err);

#endif
