#ifndef CATALOG_MANIFEST_PRODUCT_DIR_H
#define CATALOG_MANIFEST_PRODUCT_DIR_H

/*
 * What was found in one product's directory, and the products (one per version) that are made of it once all of it is
 * read. load_product.c walks the directory and calls these.
 */

#include "catalog/manifest/loading.h"

/* An ODPS or ODCS file that parsed. */
struct product_doc {
	const char *shown; /* in diagnostics */
	const char *path; /* manifest_file.path */
	const char *name; /* last component */
	const char *hash; /* of the bytes */
	const char *version; /* ODPS: from the file's name; "" for the current one */
	const struct yaml_node *root;
};

struct product_docs {
	struct product_doc *items;
	size_t len, cap;
};

struct product_dir {
	struct loading *g;
	struct files_place place;
	const char *name; /* in the domain's files' arena */
	struct product_docs versions, contracts;
	struct contract
	    *known; /* every contract, in the scratch arena, in the order of `contracts` */
	struct product_file *files;
	size_t files_len, files_cap;
	size_t files_bytes; /* together */
	struct ruleset *rules; /* owned until the first version takes it */
	bool has_rules; /* known from then on */
	size_t policies_from; /* where the product's policies begin among the domain's files */
};

/* Reports an error about the directory as a whole; returns -EINVAL, or -ENOMEM. */
int product_dir_report(struct product_dir *p, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Reports a directory whose name no product can have; 0 or -ENOMEM. */
int product_dir_refuse(struct loading *g, const char *name);

/* These read one file each. Problems are reported; 0 or -ENOMEM. */
int product_dir_version(struct product_dir *p, const char *file, const char *version);
int product_dir_contract(struct product_dir *p, const char *file);
int product_dir_agreement(struct product_dir *p, const char *file);
/* A file that is kept as it is: README.md, code. */
int product_dir_keep(struct product_dir *p, const char *path, const char *kind);

/* Makes the products and hands them to the loading. Problems are reported; 0 or -ENOMEM. */
int product_dir_build(struct product_dir *p);

#endif
