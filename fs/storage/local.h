#ifndef FS_STORAGE_LOCAL_H
#define FS_STORAGE_LOCAL_H

/*
 * A port on a local directory. Every path is resolved by openat2(2) beneath the directory that the operator lets the
 * domain use, then beneath the port's root: no `..`, no symbolic link and no race leads out. What lies there is not trusted:
 * names are checked, only regular files and directories are shown, a link that leads out or in circles is shown as a broken
 * link. Knows nothing of callers and policy.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "catalog/base/arena.h"
#include "catalog/model.h"

struct local_pattern {
	const char *glob;	     /* relative to the root */
	const struct object *object; /* the object whose name stood for {model}; NULL: none. Borrowed */
};

/* Where a port's files are. Everything is in the arena it was made with. */
struct local_port {
	const char *prefix; /* absolute: a directory that the domain may use */
	const char *root;   /* relative to prefix, "." for itself */
	bool by_pattern;	 /* else everything below the root is selected */
	struct local_pattern *patterns;
	size_t patterns_len;	 /* 0 where {model} stands for no object: nothing is selected */
	const struct port *port; /* borrowed */
	const char *sums_prefix; /* absolute: a directory that the domain may use; NULL: no list of checksums */
	const char *sha256sums;	 /* relative to sums_prefix */
};

/* Describes the port's place without touching it. -EACCES: it, or its list of checksums, is outside what the domain may use;
 * -ENAMETOOLONG: a location that is longer than any path; -ENOMEM. */
int local_port_init(struct local_port *lp, const struct domain *d, const struct port *p, const struct server *s,
		    struct arena *a);

/* Storage is never entered through the filesystem on this device: the mount's own, whose requests would wait for one another where it lies
 * in its own storage. Such a place is -EIO. Set once, before requests come. */
void local_avoid(dev_t own);
/* True for a file of the mount itself: a request for it would wait for another one of the same mount, and so on. */
bool local_is_avoided(const struct stat *st);

enum local_type { LOCAL_FILE, LOCAL_DIR, LOCAL_BROKEN_LINK };

struct local_entry {
	enum local_type type;
	struct stat st;	 /* of what a link stands for; of the link itself where it is broken */
	int link_error;	 /* BROKEN_LINK: what opening it answers: -EACCES leads out, -ENOENT dangles, -ELOOP circles, or is the fifth
			    link to a directory on one path: ways through such links multiply */
};

/* What is at `rel` ("" the root). -ENOENT: nothing that is shown; -EIO: storage refused or failed (logged). */
int local_stat(const struct local_port *lp, const char *rel, struct local_entry *ret);

/*
 * The names in directory `rel` that are shown, in storage's order, until fn returns non-zero (which is returned).
 * *skipped is increased for every name that cannot be shown. -ENOENT, -ENOTDIR, -EIO.
 */
int local_list(const struct local_port *lp, const char *rel, int (*fn)(void *arg, const char *name, enum local_type type),
	       void *arg, unsigned long *skipped);

/* Opens a shown regular file for reading. The descriptor is the caller's. -ENOENT, -EACCES (a link that leads out), -ELOOP,
 * -EISDIR, -EIO. */
int local_open(const struct local_port *lp, const char *rel, int *ret_fd, struct stat *ret_st);

/* What tells one version of a file from another, as SHA-256 hex: device, inode, size and times. 0 or -ENOMEM. */
int local_file_stamp(const struct stat *st, char out[65]);

/* The same for the one file that the port's location names, a database, and its write-ahead log; with its time. -ENOENT, -EIO, -ENOMEM. */
int local_stamp(const struct local_port *lp, char out[65], int64_t *ret_mtime_ns);

/* The object that the file belongs to: its {model}, a matching physicalName, its stem, the only one; NULL: opaque. */
const struct object *local_object(const struct local_port *lp, const char *rel);

/* Opens the checksum list of the port, a regular file of at most 64 MiB. -ENOENT: it has none, or it is missing in storage; -EACCES, -ELOOP, -EIO. */
int local_open_sums(const struct local_port *lp, int *ret_fd);

#endif
