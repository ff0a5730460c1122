#ifndef CATALOG_MANIFEST_YAML_H
#define CATALOG_MANIFEST_YAML_H

/*
 * One YAML file as a typed tree with a position for every node. Scalars are typed by the YAML 1.2 core schema (libyaml does
 * not do it): `1.0.0` is a string, `1.0` a float, `on` and `yes` are strings, dates stay strings; quoted scalars and
 * block scalars are always strings. Bounded: 4 MiB, 64 levels, 100,000 nodes with aliases expanded; one document. The only
 * module that includes yaml.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include "catalog/base/arena.h"
#include "catalog/manifest/diag.h"

enum yaml_type { YAML_NULL, YAML_BOOL, YAML_INT, YAML_FLOAT, YAML_STRING, YAML_SEQ, YAML_MAP };

struct yaml_pair;

struct yaml_node {
	enum yaml_type type;
	int line, column; /* from 1 */
	const char *text; /* scalars: as written (unquoted), NUL-terminated; never contains NUL */
	size_t text_len;
	int64_t i; /* INT (also BOOL: 0 or 1) */
	double f; /* FLOAT, INT */
	const struct yaml_node **items; /* SEQ */
	const struct yaml_pair *pairs; /* MAP, in authored order, keys unique */
	size_t len;
	size_t start, end; /* byte offsets; of a block collection the end of its last member */
	bool flow; /* SEQ, MAP: written in brackets */
};

struct yaml_pair {
	const char *key;
	int line, column; /* of the key */
	const struct yaml_node *value;
	/* Byte offsets where the pair stands: the value may stand elsewhere, where an alias names it. */
	size_t start, key_end, end;
};

/*
 * Parses `bytes` into a tree in `a`. Problems (syntax, duplicate keys, NUL or control characters, invalid UTF-8, an integer out of
 * range, bounds) go to `diags` under `file` with rules "yaml-*". Returns the root, or NULL after an error was reported; an
 * empty document is an error.
 */
const struct yaml_node *yaml_parse(
    const char *file, const char *bytes, size_t len, struct arena *a, struct diag_list *diags);

/* NULL where `n` is no map or lacks the key. n may be NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *n, const char *key);
const struct yaml_pair *yaml_pair(const struct yaml_node *n, const char *key);
/* The text of a string scalar; NULL otherwise. */
const char *yaml_str(const struct yaml_node *n);
/* The text of any scalar but null (numbers and booleans as written); NULL otherwise. */
const char *yaml_scalar(const struct yaml_node *n);

/* "string", "a list", ... for messages. */
const char *yaml_type_name(enum yaml_type t);

/* The position of a node, for diag_add. */
struct diag_pos yaml_pos(const char *file, const struct yaml_node *n);

#endif
