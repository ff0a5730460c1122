#ifndef CATALOG_AUDIT_LOGMATCH_H
#define CATALOG_AUDIT_LOGMATCH_H

/*
 * Tells whether a line passes a filter. Searches for members as bytes, in the form that record.c writes them; no JSON
 * parser. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "catalog/audit/audit.h"
#include "catalog/audit/record.h"
#include "catalog/base/buf.h"

struct logmatch {
	struct buf user, product; /* the member with its value; empty: any */
	char since[RECORD_TIME_CAP]; /* "": any */
	bool denied_only;
};

/* Compiles the filter, `last` apart, which is no property of a line. 0 or -ENOMEM; logmatch_clear in either case. */
int logmatch_init(struct logmatch *m, const struct audit_filter *f);
void logmatch_clear(struct logmatch *m);

/* True where the line (without its newline) has a record's form and passes. */
bool logmatch_line(const struct logmatch *m, const char *line, size_t len);

#endif
