#ifndef FS_TREE_NODE_H
#define FS_TREE_NODE_H

/*
 * The node table: what the kernel may ask about by number. A node is a path and a tag: the tag tells apart the different
 * contents that one path has (by caller, by version), so that equal nodes have equal bytes. Node ids follow from both, so
 * that another process would give the same ones. Nodes live as long as the kernel counts look-ups on them or a request
 * holds them.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "fs/tree/place.h"

#define NODE_ROOT_ID 1

/* Bytes that never change, shared by a node and its open handles. */
struct bytes {
	atomic_int refs;
	size_t len;
	char *data; /* owned */
};
/* Takes `data` (malloc) over, also on failure. NULL when memory is short. */
struct bytes *bytes_new(char *data, size_t len);
struct bytes *bytes_ref(struct bytes *b);
void bytes_unref(struct bytes *b); /* NULL is fine */

/* What the kernel was last told of a node; from it follows whether it must be told again. */
struct node_seen {
	off_t size;
	int64_t mtime_ns;
	int64_t epoch;
	int64_t time_ns; /* when it was told */
	struct stat attr; /* of a look-up */
};

/* How the opens that are now under way read; they must not mix (see FUSE's iomode rules). */
enum node_io { NODE_IO_NONE, NODE_IO_CACHED, NODE_IO_PASSTHROUGH };

struct node {
	uint64_t id;
	struct place place; /* place.path: relative to the mount's root, "" the root */
	char *tag;	    /* owned */
	struct bytes *bytes; /* owned reference; set before the node is published; NULL: rendered anew when opened */

	/* under the table's lock */
	uint64_t lookups; /* counted by the kernel */
	unsigned holds;	  /* requests and handles that use the node */
	struct node *next; /* in its bucket */

	pthread_mutex_t lock; /* guards what follows */
	struct node_seen seen;
	int64_t estale_ns; /* when an open was last sent back because `seen` was out of date */
	enum node_io io;
	unsigned opens; /* with that io */
	int backing_id; /* PASSTHROUGH */
	struct node_seen cached; /* the version whose pages the kernel may hold */
};

struct node_table;

struct node_table *node_table_new(void); /* with the root in it; NULL when memory is short */
void node_table_free(struct node_table *t);

/*
 * Finds or makes the node, counts one look-up and holds it, in one critical section. `bytes` (may be NULL) is given to a new node; a
 * reference is taken. 0, -ENOENT (the path names no place), -ENOMEM.
 */
int node_lookup(struct node_table *t, const char *path, const char *tag, struct bytes *bytes, struct node **ret);

/* The node with this id, with one more look-up counted, and held; NULL where there is none. */
struct node *node_look_again(struct node_table *t, uint64_t id);

/* The node with this id, held; NULL where there is none. */
struct node *node_get(struct node_table *t, uint64_t id);
struct node *node_hold(struct node_table *t, struct node *n);
void node_put(struct node_table *t, struct node *n); /* NULL is fine */

/* What the kernel was last told of a held node. */
struct node_seen node_last_seen(struct node *n);

/* Takes n look-ups back (FORGET). */
void node_forget(struct node_table *t, uint64_t id, uint64_t n);

/* The id that path and tag lead to (before any collision). */
uint64_t node_id(const char *path, const char *tag);

size_t node_count(struct node_table *t);

#endif
