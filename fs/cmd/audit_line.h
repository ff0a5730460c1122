#ifndef FS_CMD_AUDIT_LINE_H
#define FS_CMD_AUDIT_LINE_H

/*
 * One audit record for a person, and the ways to say since when.
 */

#include "catalog/base/buf.h"

/* Appends "TIME USER DECISION ACTION RESOURCE REASON" of a record's JSON; a line that is no JSON stays as it is. */
void audit_line_text(const char *line, size_t len, struct buf *out);

/* A point in time: a date, a time with its zone, or how long before `now_ns`: "90m", "2h", "7d", "1w", "PT1H", each with or without
 * " ago" or "-ago". 0 or -EINVAL. */
int audit_line_since(const char *s, int64_t now_ns, int64_t *ret_ns);

#endif
