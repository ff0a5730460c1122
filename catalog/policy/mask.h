#ifndef CATALOG_POLICY_MASK_H
#define CATALOG_POLICY_MASK_H

/*
 * The mask functions that have a subject of their own: times and text. Each takes a value that is
 * not null, and gives null for what it cannot read; new strings are in `a`, and lack of memory is
 * null too.
 */

#include "catalog/policy/policy.h"

/* The start of the unit in UTC. A TIME stays a TIME; a string that is a date stays a date, an RFC
 * 3339 timestamp becomes "...Z" without a fraction. */
struct value mask_date(enum date_unit unit, const struct value *v, struct arena *a);

/* IPv4 or IPv6 text (inet_pton(3)) to the text of its network of `v4` or `v6` bits. */
struct value mask_ip(int v4, int v6, const char *s, struct arena *a);
/* First character, "***@", domain; exactly one '@' with something on both sides. */
struct value mask_email(const char *s, struct arena *a);
/* By code point; see POLICY.md section 3. */
struct value mask_partial(const struct mask *m, const char *s, struct arena *a);

#endif
