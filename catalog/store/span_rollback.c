#include <errno.h>

#include "catalog/store/span.h"
#include "catalog/store/stmt.h"

/* The statements that take one span table back: what differs, and the two that undo the difference.
 * Bodies are told apart by hash: one that was written anew with the same content is the same. `o`
 * stands now, `b` stood then. */
struct statements {
	const char *gone, *differ, *close, *open;
};

#define SAME_NAME "o.domain = b.domain AND o.name = b.name"
#define THEN "b.since <= ?1 AND ?1 < b.until"

#define SPAN_STATEMENTS(table)                                                                    \
	.gone = "SELECT o.domain, o.name, o.ref, '-' FROM " table " o WHERE o.until = " SPAN_OPEN \
		" AND NOT EXISTS (SELECT 1 FROM " table " b WHERE " SAME_NAME " AND " THEN ")"    \
		" ORDER BY o.domain, o.name",                                                     \
	.differ = "SELECT b.domain, b.name, b.ref, CASE WHEN o.ref IS NULL THEN '+' ELSE '~' END" \
		  " FROM " table " b LEFT JOIN " table " o ON " SAME_NAME                         \
		  " AND o.until = " SPAN_OPEN " WHERE " THEN                                      \
		  " AND (o.ref IS NULL OR o.hash <> b.hash)"                                      \
		  " ORDER BY b.domain, b.name",                                                   \
	.close = "UPDATE " table " AS o SET until = ?2 WHERE o.until = " SPAN_OPEN                \
		 " AND NOT EXISTS (SELECT 1 FROM " table " b WHERE " SAME_NAME " AND " THEN       \
		 " AND o.hash = b.hash)",                                                         \
	.open = "INSERT INTO " table " (domain, name, since, until, hash, ref)"                   \
		" SELECT b.domain, b.name, ?2, " SPAN_OPEN ", b.hash, b.ref FROM " table          \
		" b WHERE " THEN " AND NOT EXISTS (SELECT 1 FROM " table " o WHERE " SAME_NAME    \
		" AND o.until = " SPAN_OPEN ")"

static const struct statements statements[SPAN_KINDS] = {
    [SPAN_DOMAIN] = {SPAN_STATEMENTS("domain_span")},
    [SPAN_PRODUCT] = {SPAN_STATEMENTS("product_span")},
    [SPAN_FILE] = {SPAN_STATEMENTS("file_span")},
};

static int report_row(struct stmt *q, enum span_kind span, const struct span_rollback *rollback)
{
	struct span_change change = {.span = span, .ref = stmt_int(q, 2)};
	const char *kind;
	int rc = stmt_need(q, 0, &change.domain);

	if (rc == 0)
		rc = stmt_need(q, 1, &change.name);
	if (rc == 0)
		rc = stmt_need(q, 3, &kind);
	if (rc < 0)
		return rc;
	change.kind = kind[0];
	rc = rollback->changed(rollback->arg, &change);
	return rc == -ENOMEM ? mesh_err_nomem(q->err) : rc;
}

static int report(
    struct stmt *q, const char *sql, enum span_kind span, const struct span_rollback *rollback)
{
	int rc = stmt_begin(q, sql, "i", rollback->back);

	while (rc == 0 && (rc = stmt_next(q)) > 0)
		rc = report_row(q, span, rollback);
	stmt_end(q);
	return rc;
}

int span_rollback(struct db *db, const struct span_rollback *rollback, struct mesh_err *err)
{
	struct stmt q = {.db = db, .err = err};
	int rc = 0;

	for (int span = 0; rc == 0 && span < SPAN_KINDS; span++) {
		const struct statements *s = &statements[span];

		rc = report(&q, s->gone, (enum span_kind)span, rollback);
		if (rc == 0)
			rc = report(&q, s->differ, (enum span_kind)span, rollback);
		if (rc == 0)
			rc = stmt_run(&q, s->close, "ii", rollback->back, rollback->epoch);
		if (rc == 0)
			rc = stmt_run(&q, s->open, "ii", rollback->back, rollback->epoch);
	}
	return rc;
}
