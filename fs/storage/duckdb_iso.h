#ifndef FS_STORAGE_DUCKDB_ISO_H
#define FS_STORAGE_DUCKDB_ISO_H

/*
 * DuckDB's dates and timestamps as ISO 8601 text and back, over its whole range: years beyond 9999 have more digits, those before
 * 0 a minus sign, and "infinity" and "-infinity" are what DuckDB calls so. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUCKDB_ISO_CAP 64

/* Days since 1970-01-01. Returns the length. */
size_t duckdb_iso_date(int32_t days, char out[DUCKDB_ISO_CAP]);

/* Units since 1970-01-01T00:00:00, `per_second` 1, 1000, 1000000 or 1000000000 of them a second; `utc`: with a Z. A fraction only where there is
 * one, in as many digits as the units have. Returns the length. */
size_t duckdb_iso_timestamp(int64_t units, int64_t per_second, bool utc, char out[DUCKDB_ISO_CAP]);

/* YYYY-MM-DD, a real date. */
bool duckdb_iso_parse_date(const char *s, size_t len, int32_t *ret_days);

/* A date, T or a blank, HH:MM, perhaps :SS and a fraction (cut to microseconds), perhaps Z or an offset; without one it is UTC. A bare date is its
 * midnight. In microseconds, UTC. */
bool duckdb_iso_parse_timestamp(const char *s, size_t len, int64_t *ret_us);

#endif
