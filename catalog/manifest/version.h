#ifndef CATALOG_MANIFEST_VERSION_H
#define CATALOG_MANIFEST_VERSION_H

/*
 * Which of two versions is the later one: Semantic Versioning 2.0.0 section 11, extended to any number of dotted
 * parts, so that people's 1.0 and 2026.11 have an order too.
 */

/* Negative, zero or positive as `a` is before, equal to or after `b`. NULL is before everything. */
int version_compare(const char *a, const char *b);

#endif
