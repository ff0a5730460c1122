#ifndef FS_TREE_PLACE_H
#define FS_TREE_PLACE_H

/*
 * What a path in the mount stands for, from its spelling alone: /domain/product/{data,metadata,policy}/..., the same below
 * .purpose/<purpose>/, and .meshfs/. Whether it exists and who may see it is decided elsewhere. Pure.
 */

#include <stdbool.h>

#include "fs/render/docs.h"

enum place_kind {
	PLACE_ROOT,	    /* the mesh; with `purpose`, the mesh opened for that purpose */
	PLACE_PURPOSES,	    /* .purpose */
	PLACE_DOMAIN,
	PLACE_PRODUCT,
	PLACE_DATA,	    /* domain/product/data */
	PLACE_PORT,
	PLACE_STORED,	    /* below a port: `rel` in its storage */
	PLACE_DOCS,	    /* metadata/, policy/ or .meshfs/ itself, or `rel` below it: a document or a directory of them */
	PLACE_SEARCH,	    /* .meshfs/search */
	PLACE_SEARCH_WORDS, /* .meshfs/search/<words>: `rel` */
	PLACE_PINS,	    /* .pin: second names of nodes, for the mount itself alone */
	PLACE_SEARCH_HIT,   /* .meshfs/search/<words>/<domain>:<entry> */
};

struct place {
	enum place_kind kind;
	char *buf; /* owned: what the strings below point into */
	const char *path; /* as it was parsed */
	const char *purpose, *domain, *product, *port; /* NULL where the path does not reach them */
	const char *rel;	  /* STORED, DOCS ("" for the section itself), SEARCH_WORDS: the words */
	const char *hit;	  /* SEARCH_HIT: the last component */
	enum doc_section section; /* DOCS */
};

#define PIN_DIR ".pin"

/* Parses a path relative to the mount's root, without leading, final or double slashes and without dots as components. 0; -ENOENT where
 * no such place can exist; -ENOMEM. Clear with place_clear. */
int place_parse(const char *path, struct place *ret);
void place_clear(struct place *p);

/* The part of `path` that names the thing in the mesh: without ".purpose/<purpose>/". */
const char *place_in_mesh(const char *path);

#endif
