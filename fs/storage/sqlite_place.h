#ifndef FS_STORAGE_SQLITE_PLACE_H
#define FS_STORAGE_SQLITE_PLACE_H

/*
 * Where the file of a SQLite database is, and in which state: found beneath a directory that the domain may use, then named by the descriptor
 * of its own directory, so that its log and journal are found beside it and no link or rename leads elsewhere. Knows files,
 * not SQLite.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "catalog/base/digest.h"
#include "catalog/base/err.h"
#include "fs/table/table.h"

struct sqlite_place {
	const char *prefix; /* absolute: a directory that the domain may use */
	const char *rel; /* relative to it */
	int64_t timeout_ns; /* how long one row may take to come; 0: 30 s */
	const table_cancel *cancel; /* while the database is opened; may be NULL */
};

/* Where a server of kind SERVER_SQLITE is, without touching it; strings are borrowed. -EACCES: outside what the domain may use. */
int sqlite_place_init(struct sqlite_place *p, const struct domain *d, const struct server *s);

struct sqlite_file {
	int dir; /* O_PATH; owned */
	char name[NAME_MAX + 1]; /* in that directory: a regular file, not a link */
};

/* Finds it. -ENOENT, -EACCES (a link that leads out), -EIO and the like, with a sentence. Clear it in any case. */
int sqlite_file_find(struct sqlite_file *f, const struct sqlite_place *place, struct mesh_err *err);
void sqlite_file_clear(struct sqlite_file *f);

#define SQLITE_PATH_CAP (NAME_MAX + 64)

/* A path by which this process, and no other, can open the file, with `suffix` behind it. */
void sqlite_file_path(const struct sqlite_file *f, const char *suffix, char out[SQLITE_PATH_CAP]);

struct sqlite_state {
	struct stat db, log;
	bool has_log;
	bool fresh; /* it changed so recently that a further change may leave the same times */
};

/* The state of database and log. -ENOENT, ... */
int sqlite_state_read(const struct sqlite_file *f, struct sqlite_state *ret);

/* Whether the database file itself is unchanged. */
bool sqlite_state_same_db(const struct sqlite_state *a, const struct sqlite_state *b);

/* SHA-256 hex over identity, sizes and times: equal only where the content is. A fresh state equals no other. 0 or -ENOMEM. */
int sqlite_state_version(const struct sqlite_state *s, char out[DIGEST_HEX_CAP]);

/* What a state must be older than not to be fresh: several ticks of the clock that files are stamped with. */
#define SQLITE_FRESH_NS (20 * 1000 * 1000)

#endif
