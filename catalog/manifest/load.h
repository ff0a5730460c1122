#ifndef CATALOG_MANIFEST_LOAD_H
#define CATALOG_MANIFEST_LOAD_H

/*
 * A mesh repository (a directory with mesh.yaml) read into the model, one domain at a time, so that memory follows
 * the largest domain and one broken domain stops no other. Reports every problem into a diag_list. Reads files;
 * knows nothing of SQLite, callers or mounts.
 */

#include "catalog/base/err.h"
#include "catalog/manifest/diag.h"
#include "catalog/model.h"

/* One authored file, kept byte for byte. */
struct manifest_file {
	const char *path; /* relative to the repository; for a domain outside it: "<domain id>:/<path in the domain>" */
	const char *domain, *product; /* whose; NULL: the mesh's. product without a version */
	const char *kind; /* "mesh" "principals" "policy" "policy-test" "domain" "product" "contract" "agreement" "code" "readme" */
	char hash[65];	  /* SHA-256, hex */
	const char *bytes; /* owned */
	size_t len;
	int64_t mtime_ns;
};

struct manifest_files {
	struct arena arena;
	struct manifest_file *items;
	size_t len, cap;
};

/* mesh.yaml, principals.yaml and the policies of scope mesh. */
struct mesh_head {
	struct mesh mesh;
	struct principals principals;
	struct ruleset *rules; /* scope mesh; owned */
	struct manifest_files files;
	struct strlist watch_dirs; /* absolute directories whose change can change the head; the loader's */
};

struct domain_load {
	struct domain domain;
	struct ruleset *rules;	   /* scope domain; owned */
	struct product **products; /* owned references; current and older versions */
	size_t products_len;
	struct manifest_files files;
	struct strlist watch_dirs; /* in domain.arena */
	const char *key;	   /* the domain's id, else its path as written: what diags carry; in domain.arena */
	bool ok;		   /* no error was reported for this domain: it may be applied */
};

struct loader;

/*
 * Opens the repository and reads its head. Problems of manifests go to `diags`, and the loader exists all the same so
 * that domains can be checked too (loader_head_ok says whether the head may be applied). Negative errno with a
 * sentence only where nothing can be done: no such directory, no mesh.yaml, no memory. `diags` is borrowed for the
 * loader's life.
 */
int loader_new(const char *dir, struct diag_list *diags, struct loader **ret, struct mesh_err *err);
void loader_free(struct loader *l);

const struct mesh_head *loader_head(const struct loader *l); /* borrowed */
bool loader_head_ok(const struct loader *l);
size_t loader_domains(const struct loader *l); /* how many mesh.yaml lists */
/* The i-th domain's id without loading it (its path as written where domain.yaml names none): what diags about it carry. */
const char *loader_domain_key(const struct loader *l, size_t i);

/*
 * Reads the i-th domain with all its products, contracts and policies, resolves references, checks the authority
 * table (POLICY.md section 4) against the head's rules. Manifest errors go to the diags and leave ret->ok false;
 * negative errno only for lack of memory or an unreadable repository. domain_load_free frees.
 */
int loader_domain(struct loader *l, size_t i, struct domain_load **ret, struct mesh_err *err);
void domain_load_free(struct domain_load *d);

/*
 * Checks one file on its own (schema, types, references within it): any kind of manifest; the kind follows from the
 * content. Problems go to `diags`. Negative errno only where the file cannot be read.
 */
int load_check_file(const char *path, struct diag_list *diags, struct mesh_err *err);

/*
 * Compiles the rules of one policy file's bytes into `rs` (appends). Used by the loader, and by the store to make the
 * rules of a scope from authored bytes. `m` gives the vocabulary; NULL: it is not checked, and classifications select nothing. Problems go to `diags`; returns 0 or -ENOMEM.
 */
struct policy_source {
	const char *file; /* as diags and rules shall name it */
	const char *bytes;
	size_t len;
};
int policy_file_load(const struct policy_source *src, const struct mesh *m, struct ruleset *rs, struct diag_list *diags);

/* A new empty rule set of that scope (strings are copied). NULL when memory is short. */
struct ruleset *ruleset_new(struct scope scope);

/* The same for the head's two files, for the store: parse mesh.yaml and principals.yaml from bytes. *m and *p are overwritten;
 * their arenas are to be cleared whatever is returned. */
int mesh_file_load(const struct policy_source *src, struct mesh *m, struct diag_list *diags);
int principals_file_load(const struct policy_source *src, struct principals *p, struct diag_list *diags);

#endif
