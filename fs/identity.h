#ifndef FS_IDENTITY_H
#define FS_IDENTITY_H

/*
 * Who is asking: from a uid to the principal that policy knows (user, groups, roles, attributes). Asks NSS, keeps the
 * answer for at most 60 s, and never asks while a lock is held, so that a slow directory server delays only who needs it.
 * Knows nothing of paths or decisions.
 */

#include <stdint.h>
#include <sys/types.h>

#include "catalog/catalog.h"

/* One caller as one epoch sees him. Immutable, shared by reference. */
struct caller {
	atomic_int refs;
	struct arena arena;
	struct principal principal;
	int64_t epoch;	    /* the roles and attributes are of this epoch */
	int64_t expires_ns; /* CLOCK_MONOTONIC */
};

void caller_unref(struct caller *c); /* NULL is fine */

struct identity;

/* NULL when memory is short. */
struct identity *identity_new(void);
void identity_free(struct identity *id);

/*
 * The caller with this uid under the snapshot's principals; a new reference. A uid without a passwd entry is "uid:N" without
 * groups. -EIO where NSS failed: a caller who cannot be identified gets nothing, since rules that restrict his groups could
 * not be applied. getpwuid_r(3), getgrouplist(3).
 */
int identity_caller(struct identity *id, struct snapshot *s, uid_t uid, struct caller **ret);

/* The same by name, not cached (for `explain --as`). -ENOENT: no such user. */
int identity_by_name(struct snapshot *s, const char *user, struct caller **ret);

/* uid and gid of an OS user, or -ENOENT; cached like callers. */
int identity_owner(struct identity *id, const char *user, uid_t *ret_uid, gid_t *ret_gid);

#endif
