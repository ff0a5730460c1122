#ifndef CATALOG_MANIFEST_SHAPE_H
#define CATALOG_MANIFEST_SHAPE_H

/*
 * Shapes of YAML mappings as tables (which keys, of which types and values, which are needed, from which version on), and the
 * walk that reports where a tree departs from them. Knows no standard; those are tables and checks of their own.
 */

#include "catalog/manifest/diag.h"
#include "catalog/manifest/yaml.h"

enum shape_type {
	SHAPE_STRING = 1 << 0,
	SHAPE_NUMBER = 1 << 1, /* finite; an integer too */
	SHAPE_INTEGER = 1 << 2, /* 3.0 counts, as it does in JSON Schema */
	SHAPE_BOOL = 1 << 3,
	SHAPE_NULL = 1 << 4,
	SHAPE_LIST = 1 << 5,
	SHAPE_MAP = 1 << 6,
	SHAPE_SCALAR = SHAPE_STRING | SHAPE_NUMBER | SHAPE_BOOL | SHAPE_NULL,
	SHAPE_ANY = SHAPE_SCALAR | SHAPE_LIST | SHAPE_MAP,
	/* A string; a number, which YAML makes of an unquoted 1.0, is a warning only. */
	SHAPE_VERSION = 1 << 7,
};

struct shape_run {
	const char *file; /* borrowed */
	struct diag_list *diags; /* borrowed */
	int version; /* of the standard: what `since` and `until` are compared with */
	bool null_is_absent; /* a key without a value counts as not given */
	size_t errors; /* so far */
	size_t warnings; /* so far, those beyond SHAPE_MAX_WARNINGS too, which are not reported */
	bool gave_up; /* after too many errors */
};

struct shape;

typedef void shape_check_value(struct shape_run *run, const struct yaml_pair *pair);

struct shape_key {
	const char *name;
	unsigned int types; /* of enum shape_type */
	bool required;
	int since, until; /* versions, both inclusive; 0: open. A key may have several rows */
	const char *const *values; /* allowed strings, ended by NULL; NULL: any */
	const struct shape *map; /* of the value where it is a mapping; NULL: any */
	const struct shape *item; /* of a list's items; NULL: see item_types */
	unsigned int item_types; /* of a list's items; 0: any */
	shape_check_value *check; /* called where the types fit; NULL: none */
};

#define SHAPE_MAX_MORE 4

struct shape {
	const char *noun; /* "a server": for messages; NULL in a part that only extends others */
	const struct shape_key *keys; /* ended by a row without name */
	const struct shape *base; /* whose keys are allowed and needed too */
	/* Puts the shapes that the mapping's own content adds into `more` and returns how many; their rows go before the others. A
	 * negative number: the content is wrong elsewhere, so that unknown keys are not worth a report. NULL: none. */
	int (*extend)(const struct shape_run *run, const struct yaml_node *map,
	    const struct shape *more[SHAPE_MAX_MORE]);
	void (*check)(struct shape_run *run, const struct yaml_node *map); /* NULL: none */
	/* True where the shape has another word about an unknown key. NULL: never. */
	bool (*ignore)(const char *key);
	bool open; /* unknown keys are allowed */
	bool lenient; /* unknown keys are warnings */
};

/* Walks the mapping `map` and all below it. Ends after SHAPE_MAX_ERRORS, with one more that says so. */
void shape_walk(struct shape_run *run, const struct shape *shape, const struct yaml_node *map);

#define SHAPE_MAX_ERRORS 500
#define SHAPE_MAX_WARNINGS 500

/* Reports at the position of a node or a key. */
#define shape_error(run, node, rule, ...)            \
	((run)->errors++,                            \
	    diag_add((run)->diags, DIAG_ERROR, rule, \
		(struct diag_pos){(run)->file, (node)->line, (node)->column}, __VA_ARGS__))
#define shape_warn(run, node, rule, ...)                                                         \
	((run)->warnings++ < SHAPE_MAX_WARNINGS                                                  \
		? diag_add((run)->diags, DIAG_WARNING, rule,                                     \
		      (struct diag_pos){(run)->file, (node)->line, (node)->column}, __VA_ARGS__) \
		: (void)0)

/* Equality of JSON values: numbers by value, mappings without regard to order. */
bool shape_equal(const struct yaml_node *a, const struct yaml_node *b);

/* The word of the list that is nearest to `word`, where it is near enough to be what was meant; NULL otherwise. */
const char *shape_nearest(const char *word, const char *const *list);

#endif
