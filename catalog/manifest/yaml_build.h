#ifndef CATALOG_MANIFEST_YAML_BUILD_H
#define CATALOG_MANIFEST_YAML_BUILD_H

/*
 * From libyaml's events to nodes. Private to yaml.c, which reads the stream around the one document.
 */

#include <yaml.h>

#include "catalog/manifest/yaml.h"

#define YAML_BUILD_BUCKETS 1024

struct yaml_anchor;

/*
 * One parse. A function that returns false has reported why and ends the parse; problems that leave the structure
 * known (a key given twice, a number out of range) set `failed` and the parse goes on, so that one run tells them all.
 */
struct yaml_build {
	yaml_parser_t parser;
	const char *file; /* borrowed */
	struct arena *arena; /* borrowed: the tree */
	struct diag_list *diags; /* borrowed */
	struct yaml_pair *stack; /* owned: members of the collections that are still open */
	size_t len, cap;
	struct yaml_anchor *anchors[YAML_BUILD_BUCKETS]; /* in the arena */
	size_t nodes; /* so far, keys too, with aliases expanded */
	const char *bytes; /* borrowed: what the parser reads ... */
	size_t bytes_len;
	size_t skipped; /* ... behind so many bytes that it does not */
	size_t chars, at; /* a position of the parser, and the byte that it stands for */
	bool failed;
};

/* Reports an error at a place of the stream. */
#define yaml_build_problem(b, mark, rule, ...)                                                  \
	do {                                                                                    \
		diag_add((b)->diags, DIAG_ERROR, rule,                                          \
		    (struct diag_pos){(b)->file, (int)(mark).line + 1, (int)(mark).column + 1}, \
		    __VA_ARGS__);                                                               \
		(b)->failed = true;                                                             \
	} while (0)

/* Marks the parse as failed for lack of memory; returns false. */
bool yaml_build_no_memory(struct yaml_build *b);

/* Reads one event; on success it must be given back with yaml_event_delete. */
bool yaml_build_event(struct yaml_build *b, yaml_event_t *event);

/* Reads the value that comes next, and all in it, into *ret. */
bool yaml_build_root(struct yaml_build *b, const struct yaml_node **ret);

#endif
