#include "catalog/manifest/mask_file.h"

#include <string.h>

static const struct {
	const char *name;
	enum mask_fn fn;
	const char *keys[5];
} functions[] = {
    {"null", MASK_NULL, {"fn"}},
    {"redact", MASK_REDACT, {"fn", "text"}},
    {"hash", MASK_HASH, {"fn", "length", "key"}},
    {"bucket", MASK_BUCKET, {"fn", "width", "origin"}},
    {"round", MASK_ROUND, {"fn", "to"}},
    {"dateTruncate", MASK_DATE_TRUNCATE, {"fn", "unit"}},
    {"ipTruncate", MASK_IP_TRUNCATE, {"fn", "v4", "v6"}},
    {"email", MASK_EMAIL, {"fn"}},
    {"partial", MASK_PARTIAL, {"fn", "keepFirst", "keepLast", "char"}},
};

static const char *const units[] = {
    [UNIT_SECOND] = "second",
    [UNIT_MINUTE] = "minute",
    [UNIT_HOUR] = "hour",
    [UNIT_DAY] = "day",
    [UNIT_MONTH] = "month",
    [UNIT_QUARTER] = "quarter",
    [UNIT_YEAR] = "year",
    NULL,
};

/* A parameter without a default. */
static int64_t required(struct reader *r, const struct yaml_node *n, const char *key)
{
	struct reader_range positive = {1, INT64_MAX, 1};

	(void)reader_value(r, n, key, READER_REQUIRED);
	return reader_int(r, n, key, positive);
}

static const char *text_or(
    struct reader *r, const struct yaml_node *n, const char *key, const char *otherwise)
{
	const struct yaml_node *given = reader_value(r, n, key, READER_OPTIONAL);

	return given ? reader_string(r, n, key, READER_OPTIONAL) : reader_copy(r, otherwise);
}

static void read_hash(struct reader *r, const struct yaml_node *n, struct mask *m)
{
	struct reader_range digits = {1, 64, 64};

	m->length = reader_int(r, n, "length", digits);
	if (reader_value(r, n, "key", READER_OPTIONAL))
		m->text = reader_name(r, n, "key", READER_OPTIONAL);
	else
		m->text = reader_copy(r, "mesh");
}

static void read_partial(struct reader *r, const struct yaml_node *n, struct mask *m)
{
	struct reader_range some = {0, INT32_MAX, 0};
	uint32_t code;

	m->keep_first = reader_int(r, n, "keepFirst", some);
	m->keep_last = reader_int(r, n, "keepLast", some);
	m->text = text_or(r, n, "char", "*");
	if (m->text && str_utf8_next(m->text, strlen(m->text), &code) != strlen(m->text)) {
		reader_error(r, "policy-mask", yaml_get(n, "char"), "'char' must be one character");
		m->text = NULL;
	}
}

static void read_date(struct reader *r, const struct yaml_node *n, struct mask *m)
{
	int unit = reader_enum(r, n, "unit", units);

	(void)reader_value(r, n, "unit", READER_REQUIRED);
	m->unit = unit < 0 ? UNIT_YEAR : (enum date_unit)unit;
}

static void read_parameters(struct reader *r, const struct yaml_node *n, struct mask *m)
{
	struct reader_range any = {INT64_MIN, INT64_MAX, 0}, v4 = {0, 32, 24}, v6 = {0, 128, 48};

	switch (m->fn) {
	case MASK_REDACT:
		m->text = text_or(r, n, "text", "REDACTED");
		break;
	case MASK_HASH:
		read_hash(r, n, m);
		break;
	case MASK_BUCKET:
		m->width = required(r, n, "width");
		m->origin = reader_int(r, n, "origin", any);
		break;
	case MASK_ROUND:
		m->to = required(r, n, "to");
		break;
	case MASK_DATE_TRUNCATE:
		read_date(r, n, m);
		break;
	case MASK_IP_TRUNCATE:
		m->v4 = (int)reader_int(r, n, "v4", v4);
		m->v6 = (int)reader_int(r, n, "v6", v6);
		break;
	case MASK_PARTIAL:
		read_partial(r, n, m);
		break;
	default:
		break;
	}
}

bool mask_file_read(struct reader *r, const struct yaml_node *n, struct mask *ret)
{
	size_t errors = r->diags->errors;
	const struct yaml_node *fn;
	const char *name;

	if (!reader_map(r, n, "'mask'"))
		return false;
	fn = yaml_get(n, "fn");
	name = fn && fn->type == YAML_NULL
	    ? "null"
	    : yaml_str(fn); /* `fn: null` is how everybody writes it */
	for (size_t i = 0; name && i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (!str_eq(functions[i].name, name))
			continue;
		reader_keys(r, n, functions[i].keys);
		ret->fn = functions[i].fn;
		read_parameters(r, n, ret);
		return r->diags->errors == errors && !r->oom;
	}
	reader_error(r, "policy-mask", fn ? fn : n,
	    "'fn' must be one of: null, redact, hash, bucket, round, dateTruncate, ipTruncate, email, partial");
	return false;
}
