#ifndef FS_RENDER_DOCS_H
#define FS_RENDER_DOCS_H

/*
 * The documents under metadata/, policy/ and .meshfs/: which there are for a product, what reading
 * one needs, and its bytes. Rendering is a function of the world, the product and (for some) the
 * caller; it touches neither storage nor FUSE.
 */

#include "fs/gate.h"
#include "fs/status.h"

enum doc_section { DOC_METADATA, DOC_POLICY, DOC_ABOUT };

struct doc_env {
	struct catalog *catalog; /* borrowed, like all here */
	const struct ask *ask; /* aimed at the product (ABOUT: at the mesh) */
	const struct product *product; /* NULL for ABOUT */
	struct status *status; /* NULL outside a mount */
};

struct doc {
	const char *
	    path; /* relative to the section: "contracts/orders.odcs.yaml"; in the arena of docs_list */
	enum action action; /* what opening needs */
	bool own; /* about the caller himself: opening needs no more than seeing the product */
	bool by_caller; /* the bytes differ by caller */
	bool changing; /* the bytes change within an epoch */
	bool recorded; /* an allowed open is recorded too */
	int64_t mtime_ns;
	int (*render)(const struct doc *d, const struct doc_env *env,
	    struct buf *out); /* 0 or negative errno */
	const void *
	    what; /* what the renderer renders: an object, a contract, a file; borrowed from the product */
};

struct doc_list {
	struct doc *items; /* sorted by path */
	size_t len;
};

/* The documents of a section. Memory comes from `a`. 0 or -ENOMEM. */
int docs_list(
    enum doc_section section, const struct doc_env *env, struct arena *a, struct doc_list *ret);

/* NULL where there is none at that path. */
const struct doc *docs_find(const struct doc_list *l, const char *path);

/* True where `path` is a directory on the way to a document. */
bool docs_has_dir(const struct doc_list *l, const char *path);

/* Whether the caller of env->ask may open it, without recording. */
bool doc_may(const struct doc *d, const struct doc_env *env);

#endif
