#ifndef CATALOG_AUDIT_RECORD_H
#define CATALOG_AUDIT_RECORD_H

/*
 * What a record says, as the members of a JSON object. Knows the names and their order, nothing of the chain.
 * Every member is always there, so that the log reads as a table: a missing text is null, a missing list is [], uid -1
 * is null. The order is fixed and values are quoted by buf_json, so a member can be searched for as bytes: no
 * string contains an unescaped quote.
 */

#include <stdbool.h>

#include "catalog/audit/audit.h"
#include "catalog/base/buf.h"

/* Members as they stand in a line, from the comma before them to the colon. */
#define RECORD_TIME "\"time\":\""
#define RECORD_USER ",\"user\":"
#define RECORD_PRODUCT ",\"product\":"
#define RECORD_DENIED ",\"decision\":\"deny\","

/* Room for RECORD_TIME's value, YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ, and the NUL. Texts of this form sort as their times do:
 * 64 bits of nanoseconds hold no year with more or fewer than four digits. */
#define RECORD_TIME_CAP 36

void record_time(int64_t ns, char out[RECORD_TIME_CAP]);

/* Appends the members to an object that has none yet or ends with a comma. A failed allocation is kept in `b`. */
void record_add(struct buf *b, const struct audit_record *r);

#endif
