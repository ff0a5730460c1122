#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

/*
 * The door between what the mesh is and how it is shown: a compiled catalog (one SQLite file), its
 * epochs, and what stands in each. fs/ includes this, model.h, policy/policy.h, audit/audit.h,
 * manifest/load.h (for validate) and base/. Thread safe: any thread may call anything; readers
 * never block, each uses a read connection of its own from a pool.
 */

#include "catalog/audit/audit.h"
#include "catalog/base/buf.h"
#include "catalog/base/err.h"
#include "catalog/manifest/diag.h"
#include "catalog/manifest/load.h"
#include "catalog/manifest/samples.h"
#include "catalog/model.h"
#include "catalog/policy/policy.h"

struct catalog;

/* WRITE makes the file, mode 0600, where it is missing, and migrates an older one. */
enum catalog_mode { CATALOG_READ, CATALOG_WRITE };

/* -ENOENT, -EINVAL (not a catalog, corrupt, or from a newer version: the sentence says which and
 * what to do), ... */
int catalog_open(
    const char *path, enum catalog_mode mode, struct catalog **ret, struct mesh_err *err);
void catalog_close(struct catalog *c); /* after every snapshot is gone; NULL is fine */
const char *catalog_path(const struct catalog *c);

/* The version of the SQLite library that catalogs are kept by: "3.40.1". Static. */
const char *catalog_sqlite_version(void);

/* The current epoch; 0: nothing was applied yet. Cheap enough to poll several times a second.
 * Negative errno on failure. */
int64_t catalog_epoch(struct catalog *c, struct mesh_err *err);

/* ---- apply ---- */

struct apply_change {
	char kind; /* '+' '-' '~' */
	const char *what; /* "product", "domain", "policy", "policy test", "mesh", "principals" */
	const char *name; /* "sales/orders@1.1.0" */
};

struct apply_result {
	struct arena arena;
	int64_t epoch; /* the new one; the current one where nothing changed */
	bool changed;
	struct apply_change *changes;
	size_t changes_len;
	/* Domains with errors, kept at their last good state (or left out where there is none). */
	struct strlist kept;
	struct strlist watch_dirs; /* absolute; what to watch for the next change */
};
void apply_result_clear(struct apply_result *r);

struct apply_request {
	const char *dir; /* the mesh repository */
	/* Only this domain; NULL: all. It goes in under the head that the catalog has: where the
	 * repository's head is another one, that is -EINVAL. Not listed in mesh.yaml: -ENOENT. */
	const char *domain;
	const char *who; /* user name for the history */
	bool dry_run; /* plan: everything but the commit */
};

/*
 * Compiles the repository into the catalog as one transaction and a new epoch. With manifest
 * errors: a broken head (mesh.yaml, principals, mesh policies) applies nothing and returns -EINVAL;
 * a broken domain stays as it was, is listed in `kept`, and the others are applied, and the return
 * is 0 with diags->errors > 0. No change, no new epoch.
 */
int catalog_apply(struct catalog *c, const struct apply_request *rq, struct diag_list *diags,
    struct apply_result *ret, struct mesh_err *err);

/* Makes an earlier epoch's content current again, as a new epoch. */
int catalog_rollback(struct catalog *c, int64_t epoch, const char *who, struct apply_result *ret,
    struct mesh_err *err);

struct epoch_info {
	int64_t epoch, time_ns;
	const char *who, *what; /* what: "apply", "rollback to 3" */
	const char *summary; /* "+2 ~1 products, ..." */
};
/* Calls fn for each epoch, newest first, until it returns non-zero, which is returned. */
int catalog_history(struct catalog *c, int (*fn)(void *arg, const struct epoch_info *e), void *arg,
    struct mesh_err *err);

/* ---- what stands in an epoch ---- */

/* An immutable view of one epoch: the mesh, its principals and mesh rules, and on demand domains
 * and products. */
struct snapshot;

/* epoch 0: the current one. -ENOENT: no such epoch, or nothing applied yet. */
int catalog_snapshot(struct catalog *c, int64_t epoch, struct snapshot **ret, struct mesh_err *err);
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s);

int64_t snapshot_epoch(const struct snapshot *s);
int64_t snapshot_time_ns(const struct snapshot *s);
const struct mesh *snapshot_mesh(const struct snapshot *s);
const struct principals *snapshot_principals(const struct snapshot *s);
const struct ruleset *snapshot_mesh_rules(const struct snapshot *s);

/* A domain with its rules; loaded once, borrowed for the snapshot's life. -ENOENT: no such domain.
 * -EINVAL: its rules do not compile under this epoch's mesh.yaml (a domain that was kept while the
 * vocabulary changed): nothing may be decided about it. */
struct snapshot_domain {
	const struct domain *domain;
	const struct ruleset *rules;
};
int snapshot_domain(
    struct snapshot *s, const char *id, const struct snapshot_domain **ret, struct mesh_err *err);

/* A product by its entry (`orders`, `orders@1.1.0`), with its own rules. A new reference. -ENOENT:
 * none; -EINVAL: as for domains. Recently used products are kept (bounded), so asking again is
 * cheap. */
int snapshot_product(struct snapshot *s, const char *domain, const char *entry,
    struct product **ret, struct mesh_err *err);

/* Names in ascending byte order, those after `after` (NULL: from the start), until fn returns
 * non-zero, which is returned. */
int snapshot_domains(
    struct snapshot *s, const char *after, int (*fn)(void *arg, const char *id), void *arg);
int snapshot_products(struct snapshot *s, const char *domain, const char *after,
    int (*fn)(void *arg, const char *entry), void *arg);

/* The rules in force for a resource of this product (product NULL: domain or mesh). */
int snapshot_rules(struct snapshot *s, const char *domain, const struct product *p,
    struct rules_in_force *ret, struct mesh_err *err);

/* The authored bytes behind a content hash. -ENOENT: none. */
int catalog_blob(struct catalog *c, const char *hash, struct buf *out, struct mesh_err *err);

struct search_hit {
	const char *domain, *entry, *title, *snippet;
	double score;
};
/* Full-text search over names, descriptions, columns and tags; best first, at most `limit`. The
 * words are data, not FTS5 syntax: each is a prefix that must occur. A non-zero return of fn ends
 * the search and is returned. */
int snapshot_search(struct snapshot *s, const char *words, size_t limit,
    int (*fn)(void *arg, const struct search_hit *h), void *arg, struct mesh_err *err);

#endif
