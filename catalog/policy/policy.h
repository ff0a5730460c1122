#ifndef CATALOG_POLICY_POLICY_H
#define CATALOG_POLICY_POLICY_H

/*
 * From rules, a principal, a resource and a context to a decision, and for `read` to a view. Pure functions:
 * no I/O, no clock, no globals; everything they need is in their arguments, so that they can be tested against an
 * oracle and run on any thread. Default deny, forbid overrides permit, order never matters, missing data never
 * widens access.
 */

#include "catalog/base/buf.h"
#include "catalog/base/err.h"
#include "catalog/model.h"

struct principal {
	const char *user; /* OS user name, or "uid:N" */
	int64_t uid;
	struct strlist groups, roles;
	struct strlist emails; /* by which teams name this user */
	const struct attribute *attributes;
	size_t attributes_len;
};

/* Fills roles, emails and attributes for a user with these groups from principals.yaml. Memory comes from `a`; the strings
 * of `p` must outlive it. 0 or -ENOMEM. `user` and `groups` are copied into `a`. */
int principal_build(const struct principals *p, const char *user, int64_t uid, struct strlist groups, struct arena *a,
		    struct principal *ret);

struct context {
	int64_t now_ns;
	int weekday;	    /* 1 Monday ... 7 Sunday, in the mesh's zone */
	int minute_of_day;
	const char *host;
	bool break_glass;
	const char *purpose; /* NULL: none was declared */
};

/* What is asked about. `object` NULL for a product or port as such; the deepest non-NULL is the resource; all NULL but `mesh`
 * stands for the mesh, with `domain` for a domain. */
struct resource {
	const struct mesh *mesh;
	const char *domain;
	const struct product *product;
	const struct port *port;
	const struct object *object;
};

/* The rules in force for a resource, from wide to narrow; NULL entries are skipped. The built-in rules are added by the
 * engine itself. */
struct rules_in_force {
	const struct ruleset *mesh, *domain, *product;
	const struct domain *domain_info; /* delegation.meshMayGrant; NULL: none */
};

/* The built-in rules of POLICY.md section 4, as rules like any other (scope SCOPE_BUILTIN, file "built-in"). */
const struct ruleset *policy_builtin(void);

struct decision {
	bool allow;
	const struct rule **rules; /* what decided: the forbids, else the permits; in the arena */
	size_t rules_len;
	char reason[256]; /* for a person, also for a deny: names rule, file, line, and how to mend it */
};

struct request {
	const struct principal *principal;
	const struct context *context;
	struct resource resource;
	struct rules_in_force rules;
};

/* A non-read action on the resource. Never fails: lack of memory is a deny that says so. `a` holds the lists. */
void policy_decide(const struct request *rq, enum action action, struct arena *a, struct decision *ret);

enum uniform { UNIFORM_ALLOW, UNIFORM_DENY, UNIFORM_VARIES };

/* Whether the answer to `action` on this resource is the same for every principal, context and time. Conservative: VARIES where
 * in doubt. rq->principal and context are not looked at. */
enum uniform policy_uniform(const struct request *rq, enum action action);

/* A fingerprint of the rules that could match `action` on the resource for some caller (action, scope and selector hold,
 * whoever asks and when). Where a child's equals its parent's, both are always decided alike. */
uint64_t policy_fingerprint(const struct request *rq, enum action action);

/* One alternative of a column's row filter; see view_column. */
struct row_filter {
	const struct cond **permits; /* a row passes if one holds ... */
	size_t permits_len;	     /* 0: every row passes this half */
	const struct cond **restricts; /* ... and all of these */
	size_t restricts_len;
};

struct view_column {
	const char *name; /* "*" for opaque content */
	bool dropped;
	const char *why; /* dropped: names the rule, file and line; or that no permit matches */
	struct mask mask; /* fn MASK_NONE: raw */
	struct row_filter rows;
	const struct rule **rules; /* everything that matched this column */
	size_t rules_len;
};

struct view {
	bool deny;	/* every column is dropped */
	bool identity;	/* nothing dropped, masked, filtered, limited */
	struct view_column *columns; /* contract order; one "*" for opaque content */
	size_t columns_len;
	int64_t limit;	   /* 0: none */
	int64_t min_group; /* 0: none */
	bool recheck;
	struct strlist notify;
	const struct rule **rules; /* union over the columns, each once, in a fixed order */
	size_t rules_len;
	char key[65];	  /* SHA-256 hex of the canonical view: equal keys, equal content. Names no rule and no user */
	char reason[512]; /* for a deny or a view that is not the identity: why, with rule, file and line */
};

/*
 * The view of rq->resource.object (a read). With object NULL the content is opaque: one column "*" with the port's (else
 * product's) tags and classification. `columns` of storage that the contract does not know are in extra_columns; they take the
 * default classification and no own tags; the name "*" among them stands for content whose columns cannot be told, and is classified as its
 * object. References to row operands stay in the filters; references to principal, context
 * and resource inside `rows` are already replaced by literals, so that the view is canonical. 0 or -ENOMEM (then *ret is a
 * deny). Memory comes from `a`.
 */
int policy_view(const struct request *rq, struct strlist extra_columns, struct arena *a, struct view *ret);

/* The cells of one row, for row filters. */
struct row {
	const struct value *(*cell)(const void *row, const char *column); /* NULL or VALUE_MISSING: no such column */
	const void *row;
};

/* Whether this cell of the row is visible (POLICY.md section 3.5). */
bool view_cell_visible(const struct view_column *c, const struct row *row);

/*
 * The row filters of some columns of a view, made ready for many rows: their operands are places in a row, and equal filters are tested
 * once. Decides as view_cell_visible does.
 */
struct row_tests;

/* `columns` of the view, none dropped, and `cells`, the names of the cells of a row, each once. What the columns' filters point to is borrowed for
 * the life of *ret. 0 or -ENOMEM. */
struct row_tests_options {
	const struct view_column *const *columns;
	size_t columns_len;
	const char *const *cells;
	size_t cells_len;
};
int row_tests_new(const struct row_tests_options *opt, struct row_tests **ret);
void row_tests_free(struct row_tests *t); /* NULL is fine */

/* Whether a filter looks at this cell. */
bool row_tests_use(const struct row_tests *t, size_t cell);
/* Whether a row is shown at all: one of its cells is visible; ret_visible says for each column whether its is. Of `cells` only
 * those in use are looked at. */
bool row_tests_run(const struct row_tests *t, const struct value *cells, bool *ret_visible);
/* The condition that every shown row fulfils, whatever its columns; NULL where every row is shown. Borrowed. */
const struct cond *row_tests_keep(const struct row_tests *t);

/* Applies a mask to one cell. `key` is the hash key's bytes (only for MASK_HASH). The result's string, if new, is in `a`. Null
 * stays null; a wrong type or an unparsable value becomes null. */
struct hash_key {
	const void *bytes;
	size_t len;
};
struct value mask_apply(const struct mask *m, struct value v, const struct hash_key *key, struct arena *a);

/* A mask made ready for many cells: the work on the key is done once. Gives what mask_apply gives. */
struct masker;
int masker_new(const struct mask *m, const struct hash_key *key, struct masker **ret); /* 0 or -ENOMEM; `m` is borrowed, the key is not kept */
void masker_free(struct masker *k);						       /* NULL is fine */
struct value masker_apply(const struct masker *k, struct value v, struct arena *a);

/* Set-based merge of the masks of one column (POLICY.md section 3.6); order-free. */
struct mask mask_merge(const struct mask *masks, size_t len);

/* ---- saying why ---- */

/* Appends a rule as YAML, as policy/effective.yaml shows it, indented by `indent` blanks. `mesh` (may be NULL) names its classifications. */
void rule_print(const struct rule *r, const struct mesh *mesh, int indent, struct buf *out);
/* Appends a condition in one line: "purpose in {billing, churn-model}". */
void cond_print(const struct cond *c, struct buf *out);
/* Appends a mask in one line: "hash(length 16, key mesh)". */
void mask_print(const struct mask *m, struct buf *out);
/* Appends the row filter in one line; nothing where every row passes. */
void row_filter_print(const struct row_filter *f, struct buf *out);
/* Appends what the view does in one line, e.g. "identity", "email: hash(length 16); rows: row.region eq EU". */
void view_print(const struct view *v, struct buf *out);

#endif
