#ifndef CATALOG_MANIFEST_READER_H
#define CATALOG_MANIFEST_READER_H

/*
 * Typed reading of the maps of one manifest: each function looks up a key, checks the value, reports what is wrong with its
 * position, and gives a copy in the arena of what is being built. Knows YAML trees and diagnostics, not what the keys
 * mean. Nothing fails loudly: a bad value is reported and read as if it were absent; lack of memory sets `oom`, which
 * whoever made the reader must look at in the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/base/arena.h"
#include "catalog/base/str.h"
#include "catalog/manifest/diag.h"
#include "catalog/manifest/yaml.h"

struct reader {
	const char *file; /* as diagnostics name it; borrowed */
	struct arena *arena; /* what is read is copied here */
	struct diag_list *diags; /* borrowed */
	bool oom; /* sticky: something is missing for lack of memory */
};

enum reader_need { READER_OPTIONAL, READER_REQUIRED };

/* Reports at a node (NULL: the file as a whole). */
#define reader_error(r, rule, node, ...) \
	diag_add((r)->diags, DIAG_ERROR, rule, reader_pos(r, node), __VA_ARGS__)
#define reader_warn(r, rule, node, ...) \
	diag_add((r)->diags, DIAG_WARNING, rule, reader_pos(r, node), __VA_ARGS__)
struct diag_pos reader_pos(const struct reader *r, const struct yaml_node *n);

/* Copies into the arena. NULL for NULL, and for lack of memory (`oom` is set then). */
const char *reader_copy(struct reader *r, const char *s);
/* Zeroed memory for n elements; NULL sets `oom`. */
void *reader_array(struct reader *r, size_t n, size_t size);
/* Takes a result of arena_printf and the like: sets `oom` where it is NULL. */
const char *reader_made(struct reader *r, const char *s);

/* True where `root` is a map with `apiVersion: meshfs/v1` and this `kind`; reports otherwise. */
bool reader_head(struct reader *r, const struct yaml_node *root, const char *kind);
/* True where `n` is a map; reports otherwise, calling it `what`. */
bool reader_map(struct reader *r, const struct yaml_node *n, const char *what);
/* Reports every key of the map that is not in the NULL-terminated list. */
void reader_keys(struct reader *r, const struct yaml_node *map, const char *const *keys);
/* Is `s` in the NULL-terminated list? Its index, else -1. NULL gives -1. */
int reader_index(const char *const *list, const char *s);
/* The list as "a, b, c", cut where it does not fit. */
const char *reader_join(const char *const *list, size_t len, char *out, size_t cap);

/* The value of a key that is not null; NULL where absent (reported where required). */
const struct yaml_node *reader_value(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);
/* A list; NULL where absent or no list (reported). */
const struct yaml_node *reader_list(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);

/* A string of one line that is not empty. */
const char *reader_string(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);
/* A string of any shape. */
const char *reader_prose(struct reader *r, const struct yaml_node *map, const char *key);
/* A string, number or boolean, as written: for versions and the like. */
const char *reader_scalar(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);
/* A name as str_is_name takes it. */
const char *reader_name(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);
/* One element: a string of one line that is not empty, as text borrowed from the tree; reports and gives NULL otherwise. */
const char *reader_word(struct reader *r, const struct yaml_node *n, const char *what);
/* A list of such strings; empty where absent. Bad elements are reported and left out. */
struct strlist reader_strings(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);
/* The same, where each string must be a name and may stand there once. */
struct strlist reader_names(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);

bool reader_bool(struct reader *r, const struct yaml_node *map, const char *key, bool otherwise);

struct reader_range {
	int64_t min, max, otherwise;
};
/* An integer within the range; `otherwise` where absent or wrong. */
int64_t reader_int(
    struct reader *r, const struct yaml_node *map, const char *key, struct reader_range range);

/* One of the NULL-terminated list, as its index; -1 where absent or wrong. */
int reader_enum(
    struct reader *r, const struct yaml_node *map, const char *key, const char *const *list);
/* RFC 3339 or a date, in nanoseconds; WHEN_NONE where absent or wrong. */
int64_t reader_time(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);
/* YYYY-MM-DD; WHEN_NONE where absent or wrong. */
int64_t reader_date(struct reader *r, const struct yaml_node *map, const char *key);
/* An ISO 8601 duration in nanoseconds, longer than nothing; 0 where absent or wrong. */
int64_t reader_duration(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need);

/* Every string of either list once, in order. The strings are not copied. */
struct strlist reader_union(struct reader *r, struct strlist a, struct strlist b);

#endif
