#ifndef CATALOG_STORE_LAYOUT_H
#define CATALOG_STORE_LAYOUT_H

/*
 * Structs of the model as rows: a description of a struct (which member is which column, which
 * arrays hang from it in which tables) from which it is written, read back and compared. So that a
 * member that is stored is also read and compared, from one list. Knows no particular struct; for
 * catalog/store alone.
 */

#include "catalog/base/buf.h"
#include "catalog/model.h"
#include "catalog/store/db.h"

enum field_type {
	FIELD_TEXT, /* const char *, may be NULL */
	FIELD_NAME, /* const char *, never NULL */
	FIELD_LIST, /* struct strlist; each element and a newline, an empty list is NULL */
	FIELD_RANK, /* int; the name of the classification */
	FIELD_INT, /* int or an enum */
	FIELD_BITS, /* uint32_t */
	FIELD_CHAR, /* char of ASCII; its code */
	FIELD_WIDE, /* int64_t, uint64_t */
	FIELD_TIME, /* int64_t; WHEN_NONE is NULL */
	FIELD_BOOL,
};

struct field {
	enum field_type type;
	const char *column;
	size_t offset;
	bool undigested; /* its change alone makes no new body */
};

struct layout;

/* An array that hangs from a struct: a member T *items and a member size_t len. */
struct child {
	const struct layout *layout;
	size_t items, len; /* offsets */
};

#define LAYOUT_MAX_KEYS 4

struct layout {
	const char *table;
	const char *keys[LAYOUT_MAX_KEYS]; /* from the root's down to the own position */
	size_t keys_len;
	size_t size; /* of the struct */
	const struct field *fields;
	size_t fields_len;
	const struct child *children;
	size_t children_len;
};

struct layout_ctx {
	struct db *db;
	const struct mesh *mesh; /* its ladder of classifications */
	struct arena *arena; /* for reading */
	struct mesh_err *err;
};

/* Writes a root struct under `key` with everything that hangs from it. Negative errno; the caller's
 * transaction is then to be undone. */
int layout_write(
    const struct layout_ctx *ctx, const struct layout *r, int64_t key, const void *item);

/* Reads the root under `key` into `item` (members that are not stored are left alone) with
 * everything that hangs from it, all in the arena. -ENOENT: no such key. A classification that the
 * mesh does not know becomes the most sensitive one. */
int layout_read(const struct layout_ctx *ctx, const struct layout *r, int64_t key, void *item);

/* Appends the struct and everything that hangs from it, as bytes that differ where what would be
 * stored differs. Errors go to the buffer. */
void layout_print(
    const struct layout_ctx *ctx, const struct layout *r, const void *item, struct buf *out);

#endif
