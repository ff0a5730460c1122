#ifndef FS_RENDER_WHY_H
#define FS_RENDER_WHY_H

/*
 * Why a caller gets what he gets, as lines of YAML: the parts that my-access.yaml and `meshfs
 * explain` have in common. Decides through policy and records nothing.
 */

#include "fs/gate.h"

/* Where the lines go, and how far in they start. */
struct why {
	struct buf *out;
	int indent;
	bool names; /* names of columns may be shown */
	const char *file; /* the file that is read, a path in its port; NULL: an object as such */
};

/* The decision on a non-read action; lists in `a`. */
void why_decide(const struct ask *ask, enum action action, struct arena *a, struct decision *ret);

/*
 * True where an open that needs this view succeeds: nothing has to be taken from the content, or a
 * file without it can be made. Else *ret_why says why none can; NULL where policy denies.
 */
bool why_readable(
    const struct why *w, const struct ask *ask, const struct view *v, const char **ret_why);

/* "rules:" with one line for each: "permit mesh:baseline (policies/base.policy.yaml:12)". */
void why_rules(const struct why *w, const struct rule *const *rules, size_t len);

/* The same rules as a flow sequence. */
void why_rules_inline(struct buf *out, const struct rule *const *rules, size_t len);

/* "served:" or "reason:" and "mend:", then "view:", "rules:" and "columns:" of a read. */
void why_view(const struct why *w, const struct ask *ask, const struct view *v);

/* "mend:": what the caller can do about a denial by these rules. */
void why_mend(
    const struct why *w, const struct ask *ask, const struct rule *const *rules, size_t len);

#endif
