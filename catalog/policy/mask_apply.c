#include <string.h>

#include "catalog/base/digest.h"
#include "catalog/policy/mask.h"

static struct value null_value(void)
{
	return (struct value){.type = VALUE_NULL};
}

static struct value int_value(int64_t i)
{
	return (struct value){.type = VALUE_INT, .i = i};
}

static struct value string_value(const char *s)
{
	return s ? (struct value){.type = VALUE_STRING, .s = s} : null_value();
}

static struct value hash(
    const struct mask *m, const char *s, const struct hash_key *key, struct arena *a)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t mac[DIGEST_BYTES];
	char hex[2 * DIGEST_BYTES];
	int64_t length = m->length < (int64_t)sizeof(hex) ? m->length : (int64_t)sizeof(hex);

	if (!key || !key->bytes || key->len == 0 || length < 1)
		return null_value();
	if (digest_hmac(key->bytes, key->len, s, strlen(s), mac))
		return null_value();
	for (size_t i = 0; i < sizeof(mac); i++) {
		hex[2 * i] = digits[mac[i] >> 4];
		hex[2 * i + 1] = digits[mac[i] & 15];
	}
	return string_value(arena_strndup(a, hex, (size_t)length));
}

/* How far `i` lies above the next lower multiple of `step` > 0. */
static int64_t above_multiple(int64_t i, int64_t step)
{
	int64_t rest = i % step;

	return rest < 0 ? rest + step : rest;
}

static struct value bucket(const struct mask *m, int64_t i)
{
	int64_t offset, low;

	if (m->width <= 0 || __builtin_sub_overflow(i, m->origin, &offset) ||
	    __builtin_sub_overflow(offset, above_multiple(offset, m->width), &low) ||
	    __builtin_add_overflow(low, m->origin, &low))
		return null_value();
	return int_value(low);
}

/* Compares the distances below and above without doubling one, which could overflow. A tie goes to
 * the even multiple. */
static struct value round_to(int64_t to, int64_t i)
{
	int64_t below, above, low, result;

	if (to <= 0)
		return null_value();
	below = above_multiple(i, to);
	above = to - below;
	if (below == 0)
		return int_value(i);

	/* floor(i / to), which exists even where that multiple does not fit */
	low = i / to - (i < 0);

	bool up = below > above || (below == above && low % 2 != 0);

	if (up ? __builtin_add_overflow(i, above, &result)
	       : __builtin_sub_overflow(i, below, &result))
		return null_value();
	return int_value(result);
}

static struct value apply_to_string(
    const struct mask *m, const char *s, const struct hash_key *key, struct arena *a)
{
	switch (m->fn) {
	case MASK_REDACT:
		return string_value(m->text ? m->text : "REDACTED");
	case MASK_HASH:
		return hash(m, s, key, a);
	case MASK_IP_TRUNCATE:
		return mask_ip(m->v4, m->v6, s, a);
	case MASK_EMAIL:
		return mask_email(s, a);
	case MASK_PARTIAL:
		return mask_partial(m, s, a);
	default:
		return null_value();
	}
}

struct value mask_apply(
    const struct mask *m, struct value v, const struct hash_key *key, struct arena *a)
{
	if (v.type == VALUE_MISSING || (v.type == VALUE_STRING && !v.s))
		return null_value();
	if (m->fn == MASK_NONE || v.type == VALUE_NULL)
		return v;
	if (m->fn == MASK_DATE_TRUNCATE)
		return mask_date(m->unit, &v, a);
	if (v.type == VALUE_INT && m->fn == MASK_BUCKET)
		return bucket(m, v.i);
	if (v.type == VALUE_INT && m->fn == MASK_ROUND)
		return round_to(m->to, v.i);
	return v.type == VALUE_STRING ? apply_to_string(m, v.s, key, a) : null_value();
}
