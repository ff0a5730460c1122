#ifndef CATALOG_MANIFEST_LOADING_H
#define CATALOG_MANIFEST_LOADING_H

/*
 * The loader's inside: what load.c (the head), load_domain.c (a domain) and load_product.c (a product) share. Nobody else
 * includes it.
 */

#include "catalog/manifest/contract_file.h"
#include "catalog/manifest/files.h"
#include "catalog/manifest/load.h"
#include "catalog/manifest/reader.h"

struct loader {
	char *dir; /* owned; absolute */
	int fd;
	struct diag_list *diags; /* borrowed */
	struct mesh_head head;
	bool head_ok;
	const struct mesh *
	    words; /* the vocabulary; NULL where mesh.yaml gave none, so that nothing is held against it */
	struct files_watch watch; /* of the head */
	struct arena watch_arena;
	const char **keys; /* per domain of mesh.yaml: its id, else its path; in head.mesh.arena */
};

/* Something whose name must be unique within the domain, and where it stands. */
struct loading_entry {
	const char *key; /* "id" or "id version" */
	const char *product; /* the directory */
	struct diag_pos pos;
};

struct loading_ledger {
	struct loading_entry *items;
	size_t len, cap;
};

/* One domain on its way. */
struct loading {
	struct loader *l;
	struct domain_load *d;
	const char
	    *id; /* where domain.yaml names none: its directory's name, which is the likeliest */
	struct files_place place; /* the domain's directory */
	struct files_watch watch;
	struct storage_rights rights;
	struct arena scratch; /* dies with the loading */
	struct loading_ledger products; /* ODPS ids */
	struct loading_ledger contracts; /* id and version */
	struct strlist objects; /* names of all contracts' objects, for boundedContext */
	size_t objects_cap;
	size_t products_cap;
};

/* Opens a domain's directory: beneath the repository, or where mesh.yaml says outside it. Strings come from `a`. Close ret->fd.
 * 0; -EINVAL after a report to p->diags; -ENOMEM. `p` is the repository's place. */
int loading_open(struct loader *l, const struct mesh_domain_ref *ref, const struct files_place *p,
    struct arena *a, struct files_place *ret);

/* Appends; strings must live in the scratch arena or longer. 0 or -ENOMEM. */
int loading_note(struct loading *g, struct loading_ledger *ledger, struct loading_entry e);
int loading_note_object(struct loading *g, const char *name);
/* Takes the reference. On -ENOMEM it is dropped. */
int loading_add_product(struct loading *g, struct product *p);

/* Reads products/<name> with all its versions. Problems are reported; 0 or -ENOMEM. */
int loading_product(struct loading *g, const char *name);

/* refs.c: what can be said once the whole domain is read: duplicates, boundedContext. 0 or -ENOMEM. */
int refs_check(struct loading *g, const struct yaml_node *domain_yaml, const char *file);

/* authority.c: POLICY.md section 4 for the rules of the domain and of its products, against the head's. */
void authority_check(struct loading *g, const struct yaml_node *domain_yaml, const char *file);

/* lint.c: roles that rules name and principals.yaml does not. */
void lint_roles(const struct ruleset *rs, const struct principals *p, struct diag_list *diags);

#endif
