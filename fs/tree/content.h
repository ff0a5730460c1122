#ifndef FS_TREE_CONTENT_H
#define FS_TREE_CONTENT_H

/*
 * What a caller gets of the data at a place: nothing, the stored file as it lies, or a rendering of his view. The one place where a view
 * meets what can be rendered; look-ups and opens ask it alike, so that they agree.
 */

#include "fs/tree/spot.h"

enum content_kind {
	CONTENT_DENIED,	   /* policy denies, or the view cannot be produced for this format */
	CONTENT_AS_STORED, /* the identity of a stored file */
	CONTENT_RENDERED,  /* a file of the view cache, under `key` */
};

struct content {
	enum content_kind kind;
	struct view view;	/* in the spot's arena */
	const char *why_not;	/* DENIED although policy would allow a rendering: why there is none; NULL: policy denies */
	char view_key[65];	/* RENDERED: SHA-256 hex over everything that the bytes depend on but the source's version */
	char key[65];		/* RENDERED: the same with the version: the cache's key */
	int64_t mtime_ns;	/* RENDERED */
};

/*
 * Decides for the spot's object. `fd` and `st` are the opened stored file, or -1 and NULL for a table of a database. Not recorded.
 * 0; -EWOULDBLOCK where it would have to wait and the asker may not; -ENOENT: no such table; negative errno of storage.
 */
int content_decide(struct content *c, struct spot *s, int fd, const struct stat *st);

/* The same decision for the record: 0, -EACCES, -EIO (no record could be written). */
int content_record(const struct content *c, struct spot *s, const struct gate_event *event);

#endif
