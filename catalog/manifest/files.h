#ifndef CATALOG_MANIFEST_FILES_H
#define CATALOG_MANIFEST_FILES_H

/*
 * Reading a repository that may be hostile: directories are held by descriptor, everything below one is opened
 * beneath it (openat2(2), RESOLVE_BENEATH), so that no symbolic link leads out; sizes and counts are bounded; devices
 * and FIFOs are refused without waiting for them. Knows nothing of what the files mean.
 */

#include <stdbool.h>

#include "catalog/base/err.h"
#include "catalog/manifest/diag.h"
#include "catalog/manifest/load.h"

#define FILES_MAX_BYTES ((size_t)4 << 20) /* the largest file */
#define FILES_MAX_ENTRIES 100000 /* in one directory */

/* The directories that were listed: where a change can matter. */
struct files_watch {
	struct arena *arena; /* borrowed: holds the list */
	struct strlist dirs; /* absolute */
	size_t cap;
};

/* Adds `dir`/`path` ("." for `dir` itself) where it is not there yet. 0 or -ENOMEM. */
int files_watch_add(struct files_watch *w, const char *dir, const char *path);

/* A directory from which things are read, and on whose behalf. All borrowed, but for `fd` of files_enter. */
struct files_place {
	int fd; /* everything is resolved beneath it */
	const char *dir; /* its absolute path */
	const char *shown; /* prefix of names in diagnostics: "" or "../sales/products/orders/" */
	const char *stored; /* prefix of manifest_file.path: "" or "sales:/products/orders/" */
	const char *domain, *product; /* go into manifest_file as they are */
	struct manifest_files *files; /* what was read is kept here */
	struct files_watch *watch;
	struct diag_list *diags;
};

/* Opens a directory by its path, following links: for what the operator named. Negative errno. */
int files_open_dir(const char *path, int *ret_fd);

/* Opens a directory beneath `fd`; -EXDEV where the path leads out of it. Negative errno. */
int files_open_beneath(int fd, const char *path, int *ret_fd);

/* The place of a directory beneath another (`path` without a final slash), as files_open_dir does but never leaving it. Strings
 * come from `a`. Close ret->fd. 0; -EINVAL after a report; -ENOMEM. */
int files_enter(
    const struct files_place *p, const char *path, struct arena *a, struct files_place *ret);

enum files_type { FILES_FILE, FILES_DIR, FILES_OTHER };

struct files_entry {
	const char *name;
	enum files_type
	    type; /* of what a link leads to; OTHER where it leads nowhere or out of the directory */
	bool link;
};

struct files_listing {
	struct files_entry *items; /* sorted by name, hidden and editors' files left out */
	size_t len;
	bool found; /* the directory is there */
};

/* Lists a directory beneath the place ("." for itself) and adds it to the watch. The names are in `a`. A missing one is empty.
 * 0; -EINVAL after a report; -ENOMEM. */
int files_list(
    const struct files_place *p, const char *path, struct arena *a, struct files_listing *ret);

/* True for dotfiles and what editors leave behind (`*~`, `#*#`): never part of the mesh. */
bool files_ignored(const char *name);

void manifest_files_init(struct manifest_files *f);
void manifest_files_clear(struct manifest_files *f);

/*
 * Reads a file of at most FILES_MAX_BYTES and appends it to the place's files; *ret points to the new element until the next
 * call. `kind` is a literal. Problems with the file (missing, too large, not a regular file, a link that leads out) are reported and
 * give -EINVAL; lack of memory gives -ENOMEM. On failure nothing is appended.
 */
int files_read(
    const struct files_place *p, const char *path, const char *kind, struct manifest_file **ret);

/* The name of a file or directory in diagnostics; in `a`, NULL for lack of memory. */
const char *files_shown(const struct files_place *p, const char *path, struct arena *a);

/* Warns where the entry of the directory `path` is a YAML file: nothing reads it there. 0 or -ENOMEM. */
int files_stray(const struct files_place *p, const char *path, const struct files_entry *e);

#endif
