#include "fs/storage/duckdb_cells.h"

#include "catalog/base/str.h"

bool duckdb_cells_can(int type)
{
	switch (type) {
	case DUCKDB_BOOLEAN:
	case DUCKDB_TINYINT:
	case DUCKDB_SMALLINT:
	case DUCKDB_INTEGER:
	case DUCKDB_BIGINT:
	case DUCKDB_UTINYINT:
	case DUCKDB_USMALLINT:
	case DUCKDB_UINTEGER:
	case DUCKDB_DOUBLE:
	case DUCKDB_DATE:
	case DUCKDB_TIMESTAMP:
	case DUCKDB_TIMESTAMP_S:
	case DUCKDB_TIMESTAMP_MS:
	case DUCKDB_TIMESTAMP_NS:
	case DUCKDB_TIMESTAMP_TZ:
	case DUCKDB_VARCHAR:
	case DUCKDB_BLOB:
		return true;
	}
	return false;
}

void duckdb_cells_aim(
    struct duckdb_cells *c, const struct duckdb_lib *lib, struct duckdb_vector *vector)
{
	c->data = lib->vector_get_data(vector);
	c->valid = lib->vector_get_validity(vector);
}

static int64_t int_at(const struct duckdb_cells *c, size_t row)
{
	switch (c->type) {
	case DUCKDB_TINYINT:
		return ((const int8_t *)c->data)[row];
	case DUCKDB_SMALLINT:
		return ((const int16_t *)c->data)[row];
	case DUCKDB_INTEGER:
		return ((const int32_t *)c->data)[row];
	case DUCKDB_UTINYINT:
		return ((const uint8_t *)c->data)[row];
	case DUCKDB_USMALLINT:
		return ((const uint16_t *)c->data)[row];
	case DUCKDB_UINTEGER:
		return ((const uint32_t *)c->data)[row];
	default:
		return ((const int64_t *)c->data)[row];
	}
}

/* DuckDB's JSON also has NaN and Infinity, which RFC 8259 has not: outside of strings nothing else in it has an N or I. */
static bool is_strict_json(const char *s, size_t len)
{
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"')
			in_string = !in_string;
		else if (in_string && s[i] == '\\')
			i++;
		else if (!in_string && (s[i] == 'N' || s[i] == 'I'))
			return false;
	}
	return true;
}

static void text_at(const struct duckdb_cells *c, size_t row, struct cell *ret)
{
	const struct duckdb_string *s = (const struct duckdb_string *)c->data + row;
	const char *in_place = (const char *)s + offsetof(struct duckdb_string, prefix);

	ret->len = s->len;
	ret->s = s->len <= DUCKDB_INLINE_BYTES ? in_place : s->s;
	ret->type = CELL_TEXT;
	if (c->type == DUCKDB_BLOB && !(c->utf8 && str_is_utf8(ret->s, ret->len)))
		ret->type = CELL_BLOB;
	else if (c->json && is_strict_json(ret->s, ret->len))
		ret->type = CELL_JSON;
}

static void time_at(struct duckdb_cells *c, size_t row, int64_t per_second, struct cell *ret)
{
	int64_t units = ((const int64_t *)c->data)[row];

	ret->type = CELL_TEXT;
	ret->s = c->text;
	ret->len = duckdb_iso_timestamp(units, per_second, c->type == DUCKDB_TIMESTAMP_TZ, c->text);
}

void duckdb_cells_get(struct duckdb_cells *c, size_t row, struct cell *ret)
{
	if (c->valid && !(c->valid[row / 64] >> row % 64 & 1)) {
		ret->type = CELL_NULL;
		return;
	}
	switch (c->type) {
	case DUCKDB_BOOLEAN:
		ret->type = CELL_BOOL;
		ret->i = ((const uint8_t *)c->data)[row] != 0;
		break;
	case DUCKDB_DOUBLE:
		ret->type = CELL_REAL;
		ret->f = ((const double *)c->data)[row];
		break;
	case DUCKDB_DATE:
		ret->type = CELL_TEXT;
		ret->s = c->text;
		ret->len = duckdb_iso_date(((const int32_t *)c->data)[row], c->text);
		break;
	case DUCKDB_TIMESTAMP_S:
		time_at(c, row, 1, ret);
		break;
	case DUCKDB_TIMESTAMP_MS:
		time_at(c, row, 1000, ret);
		break;
	case DUCKDB_TIMESTAMP:
	case DUCKDB_TIMESTAMP_TZ:
		time_at(c, row, 1000000, ret);
		break;
	case DUCKDB_TIMESTAMP_NS:
		time_at(c, row, 1000000000, ret);
		break;
	case DUCKDB_VARCHAR:
	case DUCKDB_BLOB:
		text_at(c, row, ret);
		break;
	default:
		ret->type = CELL_INT;
		ret->i = int_at(c, row);
	}
}
