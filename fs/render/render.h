#ifndef FS_RENDER_RENDER_H
#define FS_RENDER_RENDER_H

/*
 * The renderers, one a document. Each appends the whole document to `out` and returns 0 or negative
 * errno; a document is a pure function of `env` and of what docs.h says in `what`.
 */

#include "fs/cache/cache.h"
#include "fs/render/docs.h"

/* metadata/ */
int render_blob(
    const struct doc *d, const struct doc_env *env, struct buf *out); /* what: the blob's hash */
int render_contract(
    const struct doc *d, const struct doc_env *env, struct buf *out); /* what: struct contract */
int render_readme(
    const struct doc *d, const struct doc_env *env, struct buf *out); /* README.md, for people */
int render_html(const struct doc *d, const struct doc_env *env,
    struct buf *out); /* index.html, one self-contained page */
int render_json_schema(
    const struct doc *d, const struct doc_env *env, struct buf *out); /* what: struct object */

/* policy/ */
int render_effective(const struct doc *d, const struct doc_env *env, struct buf *out);
int render_my_access(const struct doc *d, const struct doc_env *env, struct buf *out);
int render_audit(const struct doc *d, const struct doc_env *env, struct buf *out); /* audit.jsonl */
int render_my_audit(
    const struct doc *d, const struct doc_env *env, struct buf *out); /* the caller's own */

/* .meshfs/ */
int render_status(const struct doc *d, const struct doc_env *env, struct buf *out);
int render_whoami(const struct doc *d, const struct doc_env *env, struct buf *out);
int render_about(const struct doc *d, const struct doc_env *env,
    struct buf *out); /* README.md: how to use the mount */

/* For struct status: print_cache, whose argument is a struct cache_shown, and print_engines. */
struct cache_shown {
	const char *dir;
	struct cache *cache;
};
void render_cache(void *arg, struct buf *out);
void render_engines(struct buf *out);

/*
 * Not a document: the explanation of one path for a caller, as `meshfs explain` prints it. `ask` is
 * aimed at the object (or port, product, domain); `action` is what opening the path needs;
 * `extra_columns` what storage has beyond the contract.
 */
int render_explain(const struct ask *ask, const char *path, enum action action,
    struct strlist extra_columns, struct buf *out);

#endif
