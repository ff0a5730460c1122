#ifndef FS_STATUS_H
#define FS_STATUS_H

/*
 * What the running mount knows about itself: facts set once, counters, the outcome of the last reload. Written by whoever
 * does the thing, read by .meshfs/status.json. Thread safe. Never touches storage, so it answers when storage hangs.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/base/buf.h"
#include "catalog/catalog.h"

struct status {
	/* Set before threads start; borrowed. */
	const char *mesh_path; /* as given to mount, made absolute */
	const char *catalog_path, *audit_dir, *mountpoint;
	int64_t started_ns;
	unsigned uid; /* of the daemon */

	/* Each appends one JSON value, from any thread; NULL: there is none to tell of. */
	void (*print_renderings)(struct buf *out); /* what is being rendered: an array of {path, rows, seconds} */
	void (*print_cache)(void *arg, struct buf *out); /* an object; with print_cache_arg */
	void *print_cache_arg; /* borrowed */
	void (*print_engines)(struct buf *out); /* whether libduckdb was found: {available, why} */

	atomic_bool passthrough; /* reads of stored files by kernel passthrough */
	atomic_long open_files, open_dirs;
	atomic_long opens, denials;    /* since the start */
	atomic_long skipped_names;     /* names in storage that could not be shown, last count of each listing summed */
	atomic_long storage_errors;

	struct status_text *text; /* owned; see the functions */
};

/* 0 or -ENOMEM. */
int status_init(struct status *s);
void status_clear(struct status *s);

/* Why reads go the way they go, one sentence (copied). */
void status_set_io(struct status *s, const char *why);
/* The outcome of a reload: the problems of the manifests as a JSON array, and how many errors. Takes the bytes over. */
void status_set_problems(struct status *s, struct diag_list *diags);

/* Copies for the reader: free them. NULL when memory is short. */
char *status_io(struct status *s);
char *status_problems(struct status *s, size_t *ret_errors);

#endif
