#ifndef FS_TREE_TREE_H
#define FS_TREE_TREE_H

/*
 * The filesystem without FUSE: what exists where, for whom. Each call is one request of one caller and returns 0 or a
 * negative errno out of the list in tree_errno. Thread safe. Everything is decided anew for the caller of the request; a
 * node id proves nothing.
 */

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "fs/cache/cache.h"
#include "fs/gate.h"
#include "fs/keys.h"
#include "fs/status.h"
#include "fs/tree/handles.h"
#include "fs/tree/node.h"

struct tree {
	struct catalog *catalog; /* borrowed, like all here but nodes */
	struct world_holder *worlds;
	struct gate *gate;
	struct identity *identity;
	struct status *status;
	struct cache *cache;	     /* files of rendered views */
	struct keys *keys;	     /* of hash masks */
	struct node_table *nodes;    /* owned */
	struct handles open;	     /* owned: files and directories */
	struct table_states *states; /* owned */
	atomic_int pin_pid;	     /* the child that may look below .pin; 0: none */
	double long_sec;	     /* TREE_LONG_SEC, or TREE_UNTOLD_SEC before the first request */
	uid_t mount_uid;	  /* owner of what no OS user owns */
	gid_t mount_gid;
};

/* 0 or -ENOMEM. */
int tree_init(struct tree *t);
void tree_clear(struct tree *t);

#define TREE_LONG_SEC 3600.0 /* for what looks the same to everyone until the kernel is told of another epoch */
#define TREE_UNTOLD_SEC 0.5  /* the same where the kernel cannot be told */
#define TREE_STORAGE_SEC 1.0 /* for what storage may change behind our back */

struct tree_entry {
	uint64_t id;
	struct stat attr;
	double entry_timeout_sec, attr_timeout_sec;
	bool pin; /* a file whose name leads others elsewhere */
};

/* Looks a name up and counts one look-up on success. -ENOENT also for what the caller may not discover. */
int tree_lookup(struct tree *t, struct asker who, uint64_t parent, const char *name, struct tree_entry *ret);
void tree_forget(struct tree *t, uint64_t id, uint64_t n);

/* -ESTALE: the node stands for another content than this caller gets now; a new look-up helps. */
int tree_getattr(struct tree *t, struct asker who, uint64_t id, struct stat *ret, double *ret_timeout_sec);

/* The target, malloc'ed. -EACCES for a link that leads out of its port. */
int tree_readlink(struct tree *t, struct asker who, uint64_t id, char **ret);

/* Tells access(2) the truth: R_OK as open would decide, W_OK is -EROFS, X_OK for directories alone. Not recorded. */
int tree_access(struct tree *t, struct asker who, uint64_t id, int mask);

/* Plausible numbers that need no storage. */
void tree_statfs(struct tree *t, struct statvfs *ret);

/* The errno as a caller may see it: anything that is not in the tree's list becomes -EIO. Above all -ENOSYS never passes: it would turn
 * the check of every later open off (FUSE). */
int tree_errno(int rc);

#endif
