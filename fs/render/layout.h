#ifndef FS_RENDER_LAYOUT_H
#define FS_RENDER_LAYOUT_H

/*
 * Where the contracts and the schemas of a product stand below metadata/: file names that are valid
 * and unique whatever the manifests call things. The list of documents and the pages that link to
 * them go by it alike. Pure.
 */

#include "catalog/model.h"

/* An object as its port shows it, each once however many ports show the same. */
struct layout_object {
	const struct object *object;
	const struct port *port; /* the first that shows it; NULL: only in a contract */
	const struct contract *contract; /* NULL: the port has none */
	const char *path; /* "schema/orders.schema.json" */
};

struct layout {
	const char **contracts; /* by index of product->contracts: "contracts/orders.odcs.yaml" */
	struct layout_object
	    *objects; /* ports in authored order, then contracts that no port uses */
	size_t objects_len;
};

/* Memory from `a`. 0 or -ENOMEM. */
int layout_build(const struct product *p, struct arena *a, struct layout *ret);

/*
 * True where `path` can be shown below a directory: no empty, "." or ".." component, none over 255
 * bytes, no control characters.
 */
bool layout_is_path(const char *path);

#endif
