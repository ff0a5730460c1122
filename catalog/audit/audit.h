#ifndef CATALOG_AUDIT_AUDIT_H
#define CATALOG_AUDIT_AUDIT_H

/*
 * The record: one JSON object a line, chained by SHA-256 over restarts and files, written before an open is
 * answered. Knows what a record holds, not who asks or why. Files: DIR/audit-NNNNNNNNNN.jsonl, numbered by the seq of
 * their first record; a directory has one writer at a time (flock on DIR/lock).
 */

#include "catalog/base/buf.h"
#include "catalog/base/err.h"
#include "catalog/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* What one record says; NULL strings and absent lists are left out or null. All borrowed for the call. */
struct audit_record {
	int64_t time_ns;
	int64_t uid; /* -1: none */
	const char *user;
	struct strlist groups;
	int64_t pid;
	const char *exe, *host, *purpose;
	bool break_glass;
	const char *action; /* "read", "readCode", "list", "discover", "apply", "rollback", ... */
	const char *resource; /* path in the mesh: "sales/orders/data/orders/2026.csv" */
	const char *product; /* "sales/orders"; NULL: none */
	struct strlist columns;
	const char *decision; /* "allow" or "deny" */
	struct strlist rules; /* "scope:id" */
	struct strlist masks, row_filters;
	uint64_t epoch;
	int error; /* errno that the caller gets; 0: none */
	const char *reason; /* for a deny; NULL: none */
};

struct audit;

struct audit_options {
	const char *dir; /* made with mode 0700 where missing */
	bool
	    sync_always; /* fdatasync before audit_append returns; else within 1 s by a thread of its own */
	uint64_t rotate_bytes; /* a new file after this many; 0: 64 MiB */
};

/*
 * Opens the directory for appending. Finds the end of the chain; a torn last line (a crash in the middle of write) is cut off
 * and kept beside as audit-...torn. -EBUSY where another process writes; the sentence names the directory.
 * Thread safe afterwards.
 */
int audit_open(const struct audit_options *opt, struct audit **ret, struct mesh_err *err);
void audit_close(struct audit *a); /* syncs; NULL is fine */

/* Returns 0 once write(2) of the whole line has returned; else negative errno and no record counts as written (a partial line
 * is cut off again; where that fails too, the log is unusable and every later append fails). */
int audit_append(struct audit *a, const struct audit_record *r, struct mesh_err *err);

/* Records written since the open, and the last error (0: none), for status.json. */
void audit_stats(struct audit *a, uint64_t *ret_records, int *ret_error);

struct audit_filter {
	const char *user, *product; /* NULL: any */
	int64_t since_ns; /* WHEN_NONE: any */
	bool denied_only;
	uint64_t last; /* only the last N that match; 0: all */
};

/* Appends the matching lines, oldest first, as they stand. A line that is no record is skipped. */
int audit_query(
    const char *dir, const struct audit_filter *f, struct buf *out, struct mesh_err *err);

struct audit_verdict {
	uint64_t records, files;
	bool ok;
	char text[512]; /* where broken: file, line, seq, and what is wrong with it */
};

/* Recomputes the chain over all files. A problem of the chain is in the verdict, not an error. */
int audit_verify(const char *dir, struct audit_verdict *ret, struct mesh_err *err);

/* Follows the log: calls fn for each matching new line (from the end, or after the last N first) until it returns non-zero or
 * *stop is set. Survives rotation. Polls every 200 ms. */
int audit_follow(const char *dir, const struct audit_filter *f,
    int (*fn)(void *arg, const char *line, size_t len), void *arg, const volatile bool *stop);

#endif
