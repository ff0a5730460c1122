#include "catalog/store/epochs.h"

#include <errno.h>

#include "catalog/store/stmt.h"

int epochs_current(struct db *db, int64_t *ret, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = stmt_begin(&q, "SELECT max(epoch) FROM epoch", "");

	if (rc == 0)
		rc = stmt_next(&q);
	if (rc > 0)
		*ret = stmt_int(&q, 0); /* of no rows at all: NULL, which reads as 0 */
	stmt_end(&q);
	return rc < 0 ? rc : 0;
}

int epochs_time(struct db *db, int64_t epoch, int64_t *ret_ns, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = stmt_begin(&q, "SELECT time_ns FROM epoch WHERE epoch = ?1", "i", epoch);

	if (rc == 0)
		rc = stmt_next(&q);
	if (rc == 0)
		rc = mesh_err_set(err, -ENOENT, "there is no epoch %lld", (long long)epoch);
	else if (rc > 0)
		*ret_ns = stmt_int(&q, 0);
	stmt_end(&q);
	return rc < 0 ? rc : 0;
}

static int read_row(struct stmt *q, struct epochs_row *row)
{
	int rc = stmt_need(q, 2, &row->who);

	if (rc == 0)
		rc = stmt_need(q, 3, &row->what);
	if (rc == 0)
		rc = stmt_need(q, 4, &row->summary);
	row->epoch = stmt_int(q, 0);
	row->time_ns = stmt_int(q, 1);
	return rc;
}

int epochs_list(struct db *db, int (*fn)(void *arg, const struct epochs_row *row), void *arg,
    struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = stmt_begin(
	    &q, "SELECT epoch, time_ns, who, what, summary FROM epoch ORDER BY epoch DESC", "");
	int stop = 0;

	while (rc == 0 && !stop && (rc = stmt_next(&q)) > 0) {
		struct epochs_row row;

		rc = read_row(&q, &row);
		if (rc == 0)
			stop = fn(arg, &row);
	}
	stmt_end(&q);
	return rc < 0 ? rc : stop;
}

int epochs_begin(struct db *db, int64_t *ret_epoch, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int64_t current = 0;
	int rc = stmt_run(&q, "BEGIN IMMEDIATE", "");

	if (rc == 0)
		rc = epochs_current(db, &current, err);
	if (rc < 0)
		epochs_abort(db);
	else
		*ret_epoch = current + 1;
	return rc;
}

int epochs_commit(struct db *db, const struct epochs_row *row, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = stmt_run(&q,
	    "INSERT INTO epoch (epoch, time_ns, who, what, summary) VALUES (?1, ?2, ?3, ?4, ?5)",
	    "iittt", row->epoch, row->time_ns, row->who, row->what, row->summary);

	if (rc == 0)
		rc = stmt_run(&q, "COMMIT", "");
	if (rc < 0)
		epochs_abort(db);
	return rc;
}

void epochs_abort(struct db *db)
{
	db_rollback(db);
}
