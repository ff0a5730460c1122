#ifndef CATALOG_CATALOG_CHANGES_H
#define CATALOG_CATALOG_CHANGES_H

/*
 * What an apply or a rollback changed: the list for people and its one-line summary. Private to
 * catalog/catalog*.c.
 */

#include "catalog/catalog_private.h"
#include "catalog/store/span.h"

enum catalog_change_what {
	CHANGE_PRODUCT,
	CHANGE_DOMAIN,
	CHANGE_POLICY,
	CHANGE_POLICY_TEST,
	CHANGE_MESH,
	CHANGE_PRINCIPALS,
	CHANGE_WHATS,
};

struct catalog_changes {
	struct arena *arena; /* borrowed: the result's */
	struct db *db; /* borrowed: the writer, to ask what kind of file changed */
	struct mesh_err *err; /* borrowed */
	struct apply_change *items;
	size_t len, cap;
	size_t counts[CHANGE_WHATS][3]; /* '+', '~', '-' */
	struct catalog_names
	    touched; /* products with a changed file, as long as nothing else changed */
};

/* A span_sync and span_rollback `changed`; `arg` is the struct catalog_changes. 0 or negative
 * errno. */
int catalog_changes_note(void *arg, const struct span_change *change);

/* To be called once after the last change: a file that no product refers to still belongs to one.
 */
int catalog_changes_settle(struct catalog_changes *c);

/* "+3 ~1 products, ~1 policy"; in the arena, NULL when memory is short. */
const char *catalog_changes_summary(const struct catalog_changes *c);

#endif
