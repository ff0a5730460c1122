#include "fs/storage/duckdb_batch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/str.h"
#include "fs/storage/duckdb_iso.h"
#include "fs/table/cell.h"

#define TEXT_BYTES_MAX ((size_t)1 << 20)
#define NUMBER_CAP 512 /* digits of a double written out: no more than 309 before the point */

struct duckdb_batch_column {
	struct duckdb_vector *vector; /* owned by the chunk */
	void *data;
	uint64_t *valid; /* NULL: no null yet */
};

/* ---- a chunk ---- */

static void aim(struct duckdb_batch *b)
{
	for (size_t i = 0; i < b->columns_len; i++) {
		struct duckdb_batch_column *c = &b->columns[i];

		c->vector = b->lib->data_chunk_get_vector(b->chunk, i);
		c->data = b->lib->vector_get_data(c->vector);
		c->valid = NULL;
	}
}

static int make_chunk(struct duckdb_batch *b, struct arena *a)
{
	struct duckdb_type **types = arena_array(a, b->columns_len, sizeof(struct duckdb_type *));
	int rc = types ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < b->columns_len; i++) {
		types[i] = b->lib->create_logical_type(b->targets[i].carrier);
		rc = types[i] ? 0 : -ENOMEM;
	}
	if (rc == 0)
		b->chunk = b->lib->create_data_chunk(types, b->columns_len);
	for (size_t i = 0; types && i < b->columns_len; i++)
		if (types[i])
			b->lib->destroy_logical_type(&types[i]);
	return b->chunk ? 0 : -ENOMEM;
}

int duckdb_batch_init(struct duckdb_batch *b, const struct duckdb_kind_target *targets,
    size_t columns_len, struct arena *a)
{
	*b = (struct duckdb_batch){
	    .lib = duckdb_lib_get(NULL), .targets = targets, .columns_len = columns_len};
	b->columns = arena_array(a, columns_len, sizeof(*b->columns));
	if (!b->lib || !b->columns || make_chunk(b, a) < 0)
		return -ENOMEM;
	b->rows_max = b->lib->vector_size();
	aim(b);
	return 0;
}

void duckdb_batch_clear(struct duckdb_batch *b)
{
	if (b->chunk)
		b->lib->destroy_data_chunk(&b->chunk);
}

void duckdb_batch_show(struct duckdb_batch *b, struct duckdb_chunk *in)
{
	for (size_t i = 0; i < b->columns_len; i++)
		b->lib->vector_reference_vector(
		    b->lib->data_chunk_get_vector(in, i), b->columns[i].vector);
	b->lib->data_chunk_set_size(in, b->rows);
}

void duckdb_batch_reset(struct duckdb_batch *b)
{
	b->lib->data_chunk_reset(b->chunk);
	b->rows = 0;
	b->text_bytes = 0;
	aim(b);
}

bool duckdb_batch_is_full(const struct duckdb_batch *b)
{
	return b->rows == b->rows_max || b->text_bytes >= TEXT_BYTES_MAX;
}

/* ---- cells ---- */

static bool put_int(const struct cell *c, int64_t *ret)
{
	struct value v = cell_value(c, CELL_MEANS_INTEGER, NULL);

	/* A real number that is a whole one is that integer; 2^63 is the first beyond. */
	if (c->type == CELL_REAL && rint(c->f) == c->f && fabs(c->f) < 0x1p63) {
		*ret = (int64_t)c->f;
		return true;
	}
	*ret = v.i;
	return v.type == VALUE_INT;
}

static bool put_bool(const struct cell *c, uint8_t *ret)
{
	struct value v = cell_value(c, CELL_MEANS_BOOLEAN, NULL);

	*ret = v.i != 0;
	return v.type == VALUE_BOOL;
}

/* Digits, sign, point and exponent alone: strtod would take "0x10" and " 1" as well. */
static bool parse_real(const struct cell *c, double *ret)
{
	char text[NUMBER_CAP];
	char *end;

	if (c->len == 0 || c->len >= sizeof(text))
		return false;
	memcpy(text, c->s, c->len);
	text[c->len] = '\0';
	if (strcmp(text, "NaN") != 0 && strcmp(text, "Infinity") != 0 &&
	    strcmp(text, "-Infinity") != 0 && strspn(text, "+-.0123456789eE") != c->len)
		return false;
	*ret = strtod(text, &end);
	return end == text + c->len;
}

static bool put_real(const struct cell *c, double *ret)
{
	if (c->type == CELL_TEXT)
		return parse_real(c, ret);
	*ret = c->type == CELL_REAL ? c->f : (double)c->i;
	return c->type == CELL_REAL || c->type == CELL_INT;
}

/* Most text is ASCII, which eight bytes at a time can show. */
static bool is_utf8(const char *s, size_t len)
{
	uint64_t word, all = 0;
	size_t i = 0;

	for (; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, s + i, sizeof(word));
		all |= word;
	}
	for (; i < len; i++)
		all |= (unsigned char)s[i];
	return (all & 0x8080808080808080ULL) == 0 || str_is_utf8(s, len);
}

static bool put_text(struct duckdb_batch *b, size_t column, const struct cell *c)
{
	char number[CELL_NUMBER_CAP];
	const char *s = number;
	size_t len = 0;
	bool bytes = b->targets[column].carrier == DUCKDB_BLOB;

	switch (c->type) {
	case CELL_INT:
		len = cell_print_int(c->i, number);
		break;
	case CELL_REAL:
		len = cell_print_real(c->f, number);
		break;
	case CELL_BOOL:
		s = c->i ? "true" : "false";
		len = strlen(s);
		break;
	default:
		s = c->s;
		len = c->len;
	}
	if (!bytes && !is_utf8(s, len))
		return false;
	b->lib->vector_assign_string_element_len(b->columns[column].vector, b->rows, s, len);
	b->text_bytes += len;
	return true;
}

static bool put(struct duckdb_batch *b, size_t column, const struct cell *c)
{
	void *data = b->columns[column].data;
	bool text = c->type == CELL_TEXT;

	switch (b->targets[column].carrier) {
	case DUCKDB_BIGINT:
		return put_int(c, (int64_t *)data + b->rows);
	case DUCKDB_DOUBLE:
		return put_real(c, (double *)data + b->rows);
	case DUCKDB_BOOLEAN:
		return put_bool(c, (uint8_t *)data + b->rows);
	case DUCKDB_DATE:
		return text && duckdb_iso_parse_date(c->s, c->len, (int32_t *)data + b->rows);
	case DUCKDB_TIMESTAMP:
	case DUCKDB_TIMESTAMP_TZ:
		return text && duckdb_iso_parse_timestamp(c->s, c->len, (int64_t *)data + b->rows);
	default:
		return put_text(b, column, c);
	}
}

static void put_null(struct duckdb_batch *b, size_t column)
{
	struct duckdb_batch_column *c = &b->columns[column];

	if (!c->valid) {
		b->lib->vector_ensure_validity_writable(c->vector);
		c->valid = b->lib->vector_get_validity(c->vector);
	}
	c->valid[b->rows / 64] &= ~((uint64_t)1 << b->rows % 64);
}

void duckdb_batch_add(struct duckdb_batch *b, const struct cell *cells)
{
	for (size_t i = 0; i < b->columns_len; i++)
		if (cells[i].type == CELL_NULL || !put(b, i, &cells[i]))
			put_null(b, i);
	b->rows++;
}
