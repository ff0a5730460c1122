#ifndef CATALOG_STORE_VERSION_H
#define CATALOG_STORE_VERSION_H

/*
 * Which SQLite this program runs with.
 */

/* "3.40.1"; static. */
const char *version_sqlite(void);

#endif
