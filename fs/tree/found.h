#ifndef FS_TREE_FOUND_H
#define FS_TREE_FOUND_H

/*
 * What is at a place for one caller: its type, its size to the byte, its times, and the tag that tells this content from others
 * at the same path.
 */

#include "fs/tree/content.h"

#define TAG_DENIED "!" /* content that this caller may not read: an empty file whose open is refused */

struct found {
	mode_t type; /* S_IFDIR, S_IFREG, S_IFLNK */
	char tag[128];
	off_t size;
	int64_t mtime_ns;
	struct bytes *bytes; /* owned reference: the content where the node must keep it; else NULL */
	char *target;	     /* S_IFLNK: malloc'ed; NULL where link_error says why not */
	int link_error;	     /* negative errno */
	double entry_timeout_sec, attr_timeout_sec;
};

/* 0, -ENOENT, -EIO, -ENOMEM. Does not ask whether the place is visible. Clear after success and failure alike. */
int found_init(struct found *f, struct spot *s);
void found_clear(struct found *f);

/* As stat(2) shows it; `id` is the node's. */
void found_stat(const struct found *f, struct spot *s, uint64_t id, struct stat *ret);

/* The tags of a stored file that the caller may read as it is, and of a rendering. A file whose reads are decided again each time has a node of
 * its own, since its opens must not mix with others. */
void found_stored_tag(const struct stat *st, bool recheck, char *tag, size_t cap);
void found_rendered_tag(const struct content *c, char *tag, size_t cap);

/* Whether the tag is of the same view of another version of the source; then its cache key. */
bool found_is_earlier(const struct content *c, const char *tag, char ret_key[65]);

/* The sub-cases, one file each. */
int found_stored(struct found *f, struct spot *s);     /* found_stored.c */
int found_doc(struct found *f, struct spot *s);	       /* found_doc.c */
int found_search_hit(struct found *f, struct spot *s); /* search.c */

/* Whether the node can serve this caller without being rendered again; then *ret_attr is complete but for st_ino and the owner. */
bool found_doc_again(struct node *n, struct spot *s, struct found *ret);

/* Whether the node holds what this caller gets of the document, as far as that depends on him. */
bool found_doc_serves(const struct node *n, const struct doc *d, const struct spot *s);

/* The bytes of a document for an open: the node's, or rendered again and -ESTALE where they are others now. */
int found_doc_bytes(const struct node *n, struct spot *s, struct bytes **ret);

/* The port's explanation where its storage cannot be read. */
#define UNAVAILABLE_NAME "UNAVAILABLE.txt"

#endif
