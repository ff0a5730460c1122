#include "catalog/base/str.h"
#include "catalog/policy/policy.h"

static const struct mask null_mask = {.fn = MASK_NULL};

static const char *or_default(const char *s, const char *otherwise)
{
	return s ? s : otherwise;
}

static int64_t lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static struct mask merge_hash(struct mask a, const struct mask *b)
{
	if (!str_eq(or_default(a.text, "mesh"), or_default(b->text, "mesh")))
		return null_mask;
	a.length = lesser(a.length, b->length);
	return a;
}

static struct mask merge_partial(struct mask a, const struct mask *b)
{
	if (!str_eq(or_default(a.text, "*"), or_default(b->text, "*")))
		return null_mask;
	a.keep_first = lesser(a.keep_first, b->keep_first);
	a.keep_last = lesser(a.keep_last, b->keep_last);
	return a;
}

static bool identical(const struct mask *a, const struct mask *b)
{
	switch (a->fn) {
	case MASK_ROUND:
		return a->to == b->to;
	case MASK_BUCKET:
		return a->width == b->width && a->origin == b->origin;
	case MASK_IP_TRUNCATE:
		return a->v4 == b->v4 && a->v6 == b->v6;
	case MASK_REDACT:
		return str_eq(or_default(a->text, "REDACTED"), or_default(b->text, "REDACTED"));
	default:
		return true;
	}
}

/* Two masks of one function. */
static struct mask merge_equal(struct mask a, const struct mask *b)
{
	switch (a.fn) {
	case MASK_HASH:
		return merge_hash(a, b);
	case MASK_PARTIAL:
		return merge_partial(a, b);
	case MASK_DATE_TRUNCATE:
		a.unit = a.unit > b->unit ? a.unit : b->unit;
		return a;
	default:
		return identical(&a, b) ? a : null_mask;
	}
}

/*
 * The order of enum mask_fn is that of the ranks. The fold is order-free although it goes one by
 * one: what it keeps of equal functions is a minimum, a maximum or what all share, and null, the
 * highest rank, is never left again.
 */
struct mask mask_merge(const struct mask *masks, size_t len)
{
	struct mask m = {.fn = MASK_NONE};

	for (size_t i = 0; i < len; i++) {
		if (masks[i].fn > m.fn)
			m = masks[i];
		else if (masks[i].fn == m.fn)
			m = merge_equal(m, &masks[i]);
	}
	return m;
}
