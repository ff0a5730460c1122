#ifndef FS_WORLD_H
#define FS_WORLD_H

/*
 * The epoch that the mount shows now: a catalog snapshot and what is derived from it, immutable and shared by reference, and the
 * one place where the next takes over. A request takes a reference at its start and sees one epoch to its end.
 */

#include "catalog/base/when.h"
#include "catalog/catalog.h"

struct world {
	atomic_int refs;
	struct snapshot *snap;	/* owned reference */
	struct when_zone *zone; /* owned; the mesh's time zone */
};

struct world_holder;

/* Loads the current epoch of the catalog (borrowed; must outlive the holder). */
int world_holder_new(struct catalog *c, struct world_holder **ret, struct mesh_err *err);
void world_holder_free(struct world_holder *h); /* after every world is returned; NULL is fine */

/* The world as of now; a new reference, never NULL. */
struct world *world_get(struct world_holder *h);
struct world *world_ref(struct world *w);
void world_unref(struct world *w); /* NULL is fine */

/* Takes over the catalog's current epoch. 1: the world changed, and *ret_old is the one before (a reference; requests that began in it may
 * still hold others); 0: it is the current one already; negative errno: the old world stays in force. */
int world_refresh(struct world_holder *h, struct world **ret_old, struct mesh_err *err);

/* A world of its own for one epoch (0: the current one), for programs that look once. */
int world_new(struct catalog *c, int64_t epoch, struct world **ret, struct mesh_err *err);

#endif
