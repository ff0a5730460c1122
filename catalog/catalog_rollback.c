#include <errno.h>
#include <stdio.h>

#include "catalog/base/when.h"
#include "catalog/catalog_changes.h"
#include "catalog/store/epochs.h"

struct rolling {
	struct db *db; /* borrowed: the writer */
	int64_t back, epoch;
	const char *who;
	struct catalog_changes changes;
	struct mesh_err *err;
};

static int commit(struct rolling *r)
{
	const char *summary = catalog_changes_summary(&r->changes);
	char what[64];
	struct epochs_row row = {
	    .epoch = r->epoch,
	    .time_ns = when_now_ns(),
	    .who = r->who ? r->who : "",
	    .what = what,
	    .summary = summary,
	};

	if (!summary)
		return mesh_err_nomem(r->err);
	(void)snprintf(what, sizeof(what), "rollback to %lld", (long long)r->back);
	return epochs_commit(r->db, &row, r->err);
}

static int roll(struct rolling *r, struct apply_result *result)
{
	int64_t time_ns;
	struct span_rollback rollback = {.back = r->back,
	    .epoch = r->epoch,
	    .changed = catalog_changes_note,
	    .arg = &r->changes};
	int rc = epochs_time(r->db, r->back, &time_ns, r->err);

	if (rc == 0)
		rc = span_rollback(r->db, &rollback, r->err);
	if (rc == 0 && catalog_changes_settle(&r->changes) < 0)
		rc = mesh_err_nomem(r->err);
	if (rc == 0 && r->changes.len > 0)
		rc = commit(r);
	if (rc < 0)
		return rc;
	result->changed = r->changes.len > 0;
	result->epoch = result->changed ? r->epoch : r->epoch - 1;
	result->changes = r->changes.items;
	result->changes_len = r->changes.len;
	return 0;
}

int catalog_rollback(struct catalog *c, int64_t epoch, const char *who, struct apply_result *ret,
    struct mesh_err *err)
{
	struct apply_result result = {0};
	struct rolling r = {.back = epoch, .who = who, .err = err};
	int rc = pool_lock_writer(c->pool, &r.db, err);

	if (rc < 0)
		return rc;
	arena_init(&result.arena);
	r.changes = (struct catalog_changes){.arena = &result.arena, .db = r.db, .err = err};
	rc = epochs_begin(r.db, &r.epoch, err);
	if (rc == 0)
		rc = roll(&r, &result);
	epochs_abort(r.db); /* nothing to undo after a commit */
	pool_unlock_writer(c->pool);
	if (rc < 0)
		apply_result_clear(&result);
	else
		*ret = result;
	return rc;
}
