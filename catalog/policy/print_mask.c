#include "catalog/policy/print_mask.h"

const char *mask_fn_name(enum mask_fn fn)
{
	static const char *const names[] = {
	    [MASK_NONE] = "none",
	    [MASK_PARTIAL] = "partial",
	    [MASK_EMAIL] = "email",
	    [MASK_IP_TRUNCATE] = "ipTruncate",
	    [MASK_DATE_TRUNCATE] = "dateTruncate",
	    [MASK_ROUND] = "round",
	    [MASK_BUCKET] = "bucket",
	    [MASK_HASH] = "hash",
	    [MASK_REDACT] = "redact",
	    [MASK_NULL] = "null",
	};

	return names[fn];
}

static const char *unit_name(enum date_unit unit)
{
	static const char *const names[] = {
	    [UNIT_SECOND] = "second",
	    [UNIT_MINUTE] = "minute",
	    [UNIT_HOUR] = "hour",
	    [UNIT_DAY] = "day",
	    [UNIT_MONTH] = "month",
	    [UNIT_QUARTER] = "quarter",
	    [UNIT_YEAR] = "year",
	};

	return names[unit];
}

static struct mask_param number(const char *name, int64_t i)
{
	return (struct mask_param){name, {.type = VALUE_INT, .i = i}};
}

static struct mask_param text(const char *name, const char *s, const char *otherwise)
{
	return (struct mask_param){name, {.type = VALUE_STRING, .s = s ? s : otherwise}};
}

size_t mask_params(const struct mask *m, struct mask_param ret[3])
{
	size_t n = 0;

	switch (m->fn) {
	case MASK_PARTIAL:
		ret[n++] = number("keepFirst", m->keep_first);
		ret[n++] = number("keepLast", m->keep_last);
		ret[n++] = text("char", m->text, "*");
		break;
	case MASK_IP_TRUNCATE:
		ret[n++] = number("v4", m->v4);
		ret[n++] = number("v6", m->v6);
		break;
	case MASK_DATE_TRUNCATE:
		ret[n++] = text("unit", unit_name(m->unit), NULL);
		break;
	case MASK_ROUND:
		ret[n++] = number("to", m->to);
		break;
	case MASK_BUCKET:
		ret[n++] = number("width", m->width);
		ret[n++] = number("origin", m->origin);
		break;
	case MASK_HASH:
		ret[n++] = number("length", m->length);
		ret[n++] = text("key", m->text, "mesh");
		break;
	case MASK_REDACT:
		ret[n++] = text("text", m->text, "REDACTED");
		break;
	case MASK_NONE:
	case MASK_EMAIL:
	case MASK_NULL:
		break;
	}
	return n;
}
