#include "fs/storage/duckdb_kind.h"

#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"

enum family {
	FAMILY_TEXT, /* what its text says all of, BLOB aside */
	FAMILY_INTEGER, /* fits BIGINT */
	FAMILY_HUGE, /* integers that do not */
	FAMILY_NUMBER,
	FAMILY_DOUBLE,
	FAMILY_BOOLEAN,
	FAMILY_DATE,
	FAMILY_TIMESTAMP,
	FAMILY_TIME,
	FAMILY_BLOB,
	FAMILY_JSON,
	FAMILY_OBJECT,
	FAMILY_ARRAY,
};

static const struct {
	const char *name;
	enum family family;
} names[] = {
    {"BOOLEAN", FAMILY_BOOLEAN},
    {"TINYINT", FAMILY_INTEGER},
    {"SMALLINT", FAMILY_INTEGER},
    {"INTEGER", FAMILY_INTEGER},
    {"BIGINT", FAMILY_INTEGER},
    {"UTINYINT", FAMILY_INTEGER},
    {"USMALLINT", FAMILY_INTEGER},
    {"UINTEGER", FAMILY_INTEGER},
    {"UBIGINT", FAMILY_HUGE},
    {"HUGEINT", FAMILY_HUGE},
    {"UHUGEINT", FAMILY_HUGE},
    {"FLOAT", FAMILY_NUMBER},
    {"DOUBLE", FAMILY_DOUBLE},
    {"DATE", FAMILY_DATE},
    {"TIMESTAMP", FAMILY_TIMESTAMP},
    {"TIMESTAMP_S", FAMILY_TIMESTAMP},
    {"TIMESTAMP_MS", FAMILY_TIMESTAMP},
    {"TIMESTAMP_NS", FAMILY_TIMESTAMP},
    {"TIMESTAMP WITH TIME ZONE", FAMILY_TIMESTAMP},
    {"TIME", FAMILY_TIME},
    {"TIME WITH TIME ZONE", FAMILY_TIME},
    {"TIME_NS", FAMILY_TIME},
    {"BLOB", FAMILY_BLOB},
    {"JSON", FAMILY_JSON},
};

static enum family family_of(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(type, names[i].name) == 0)
			return names[i].family;
	if (str_ends(type, "]"))
		return FAMILY_ARRAY;
	if (str_starts(type, "STRUCT(") || str_starts(type, "MAP(") || str_starts(type, "UNION("))
		return FAMILY_OBJECT;
	return str_starts(type, "DECIMAL(") ? FAMILY_NUMBER : FAMILY_TEXT;
}

/* ---- reading ---- */

const char *duckdb_kind_logical(const char *type)
{
	switch (family_of(type)) {
	case FAMILY_INTEGER:
	case FAMILY_HUGE:
		return "integer";
	case FAMILY_NUMBER:
	case FAMILY_DOUBLE:
		return "number";
	case FAMILY_BOOLEAN:
		return "boolean";
	case FAMILY_DATE:
		return "date";
	case FAMILY_TIMESTAMP:
		return "timestamp";
	case FAMILY_TIME:
		return "time";
	case FAMILY_JSON:
	case FAMILY_OBJECT:
		return "object";
	case FAMILY_ARRAY:
		return "array";
	case FAMILY_TEXT:
	case FAMILY_BLOB:
		break;
	}
	return "string";
}

bool duckdb_kind_is_struct(const char *type)
{
	return family_of(type) == FAMILY_OBJECT && str_starts(type, "STRUCT(");
}

bool duckdb_kind_is_json(const char *type)
{
	enum family f = family_of(type);

	return f == FAMILY_JSON || f == FAMILY_OBJECT || f == FAMILY_ARRAY;
}

static bool is_as_it_is(const char *type)
{
	switch (family_of(type)) {
	case FAMILY_INTEGER:
	case FAMILY_DOUBLE:
	case FAMILY_BOOLEAN:
	case FAMILY_DATE:
	case FAMILY_TIMESTAMP:
	case FAMILY_BLOB:
		return true;
	default:
		return strcmp(type, "VARCHAR") == 0;
	}
}

void duckdb_kind_select(struct buf *sql, const char *expr, const char *type)
{
	enum family f = family_of(type);

	if (is_as_it_is(type))
		buf_puts(sql, expr);
	else if (f == FAMILY_JSON) /* need not be any; json() also puts it on one line */
		buf_printf(
		    sql, "CASE WHEN json_valid(%s) THEN CAST(json(%s) AS VARCHAR) END", expr, expr);
	else if (f == FAMILY_OBJECT || f == FAMILY_ARRAY)
		buf_printf(sql, "CAST(to_json(%s) AS VARCHAR)", expr);
	else
		buf_printf(sql, "CAST(%s AS VARCHAR)", expr);
}

/* ---- writing ---- */

static struct duckdb_kind_target numeric(bool integer, const char *stored)
{
	enum family f = stored ? family_of(stored) : FAMILY_TEXT;

	if (f == FAMILY_HUGE || f == FAMILY_NUMBER)
		return (struct duckdb_kind_target){.carrier = DUCKDB_VARCHAR, .cast = stored};
	if (f == FAMILY_INTEGER || (integer && f != FAMILY_DOUBLE))
		return (struct duckdb_kind_target){.carrier = DUCKDB_BIGINT};
	return (struct duckdb_kind_target){.carrier = DUCKDB_DOUBLE};
}

/* Without a zone where it was stored without one, and else as an instant. */
static struct duckdb_kind_target timestamp(const char *stored)
{
	bool known = stored && family_of(stored) == FAMILY_TIMESTAMP;
	bool zoned = !known || strcmp(stored, "TIMESTAMP WITH TIME ZONE") == 0;

	if (known && strcmp(stored, "TIMESTAMP_NS") == 0)
		return (struct duckdb_kind_target){.carrier = DUCKDB_VARCHAR, .cast = stored};
	return (struct duckdb_kind_target){
	    .carrier = zoned ? DUCKDB_TIMESTAMP_TZ : DUCKDB_TIMESTAMP,
	    .cast = zoned || strcmp(stored, "TIMESTAMP") == 0 ? NULL : stored};
}

/* JSON says too little of bytes to read them back. */
static struct duckdb_kind_target nested(const char *stored)
{
	enum family f = stored ? family_of(stored) : FAMILY_JSON;
	bool exact = (f == FAMILY_OBJECT || f == FAMILY_ARRAY) && !strstr(stored, "BLOB") &&
	    !str_starts(stored, "UNION(");

	return (struct duckdb_kind_target){
	    .carrier = DUCKDB_VARCHAR, .cast = exact ? stored : "JSON", .json = true};
}

struct duckdb_kind_target duckdb_kind_target(const char *logical, const char *stored)
{
	enum family f = stored ? family_of(stored) : FAMILY_TEXT;

	if (!logical || strcmp(logical, "string") == 0)
		return (struct duckdb_kind_target){
		    .carrier = f == FAMILY_BLOB ? DUCKDB_BLOB : DUCKDB_VARCHAR};
	if (strcmp(logical, "integer") == 0 || strcmp(logical, "number") == 0)
		return numeric(logical[0] == 'i', stored);
	if (strcmp(logical, "boolean") == 0)
		return (struct duckdb_kind_target){.carrier = DUCKDB_BOOLEAN};
	if (strcmp(logical, "date") == 0)
		return (struct duckdb_kind_target){.carrier = DUCKDB_DATE};
	if (strcmp(logical, "timestamp") == 0)
		return timestamp(stored);
	if (strcmp(logical, "time") == 0 && f == FAMILY_TIME)
		return (struct duckdb_kind_target){.carrier = DUCKDB_VARCHAR, .cast = stored};
	if (strcmp(logical, "object") == 0 || strcmp(logical, "array") == 0)
		return nested(stored);
	return (struct duckdb_kind_target){.carrier = DUCKDB_VARCHAR};
}
