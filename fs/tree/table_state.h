#ifndef FS_TREE_TABLE_STATE_H
#define FS_TREE_TABLE_STATE_H

/*
 * What is known of a table without reading its rows: which version it is, and which columns it has beyond the contract. Remembered as
 * long as its stamp holds, so that a stat or an open does not ask storage again.
 */

#include "catalog/base/arena.h"
#include "catalog/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct table_state {
	char version[65];	/* equal versions, equal rows */
	struct strlist columns; /* beyond the contract */
	int64_t mtime_ns;
};

struct table_states;

struct table_states *table_states_new(void); /* NULL when memory is short */
void table_states_free(struct table_states *t);

/* The state noted for `id` under `stamp`, while `now_ns` is before its expiry. Columns are copied into `a`. */
bool table_states_get(struct table_states *t, const char *id, const char *stamp, int64_t now_ns, struct arena *a,
		      struct table_state *ret);

/* Notes a state (copied). `expires_ns`: INT64_MAX where the stamp alone tells. Forgets another where there is no room; a failed allocation
 * notes nothing. */
void table_states_put(struct table_states *t, const char *id, const char *stamp, int64_t expires_ns,
		      const struct table_state *state);

#endif
