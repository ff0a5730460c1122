#ifndef FS_TABLE_JSON_PATH_H
#define FS_TABLE_JSON_PATH_H

/*
 * The members of nested objects that are columns: a tree of names, made of the contract's dotted
 * ones. A column is known by its name and, where no other has that name, by its physicalName, which
 * stands for the last part unless it is dotted itself.
 */

#include "catalog/model.h"

#define JSON_PATH_NONE ((size_t)-1)

struct json_path {
	const char *key;
	size_t key_len;
	struct json_path *kids; /* the members of it that lead to columns; in an arena */
	size_t kids_len;
	struct json_path **sorted; /* the kids by key */
	size_t next; /* the kid that is likely to come next */
	size_t column; /* index into the object's columns, or JSON_PATH_NONE */
	uint64_t seen; /* for who walks: the row in which it was last met */
};

/* The root, in `a`. 0 or -ENOMEM. */
int json_path_build(const struct object *o, struct arena *a, struct json_path *ret);

/* The member of that name, or NULL. */
struct json_path *json_path_find(struct json_path *p, const char *key, size_t len);

#endif
