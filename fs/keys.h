#ifndef FS_KEYS_H
#define FS_KEYS_H

/*
 * The keys of hash masks: files of mode 0600 in a directory of mode 0700 beside the catalog, made on first use, named by the rule's `key`.
 * They are read here and used by masks; they are never shown, logged or exported.
 */

#include "catalog/catalog.h"

struct keys;

/* `dir` is copied; it is made when the first key is. NULL when memory is short. */
struct keys *keys_new(const char *dir);
void keys_free(struct keys *k); /* wipes what was read; NULL is fine */

/*
 * The key of that name, made with 32 random bytes where it is missing; borrowed for the life of `k`. NULL (logged): the name is no name, or the
 * file cannot be read or made; what needs it must not be shown then. Thread safe.
 */
const struct hash_key *keys_get(struct keys *k, const char *name);

/* Its SHA-256 as hex, which tells one key from another; as keys_get. */
const char *keys_digest(struct keys *k, const char *name);

#endif
