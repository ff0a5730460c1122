#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/digest.h"
#include "catalog/policy/policy.h"

struct masker {
	const struct mask *mask; /* borrowed */
	struct digest_key *key; /* owned; NULL: no hash, or one without a key */
};

int masker_new(const struct mask *m, const struct hash_key *key, struct masker **ret)
{
	struct masker *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->mask = m;
	if (m->fn == MASK_HASH && key && key->bytes && key->len > 0) {
		k->key = digest_key_new(key->bytes, key->len);
		if (!k->key) {
			free(k);
			return -ENOMEM;
		}
	}
	*ret = k;
	return 0;
}

void masker_free(struct masker *k)
{
	if (k)
		digest_key_free(k->key);
	free(k);
}

static struct value hash(const struct masker *k, const char *s, struct arena *a)
{
	static const char digits[] = "0123456789abcdef";
	size_t length = k->mask->length < 2 * DIGEST_BYTES ? (size_t)k->mask->length
							   : (size_t)2 * DIGEST_BYTES;
	uint8_t mac[DIGEST_BYTES];
	char *hex = arena_alloc(a, 2 * DIGEST_BYTES + 1);

	if (!hex)
		return (struct value){.type = VALUE_NULL};
	digest_key_hmac(k->key, s, strlen(s), mac);
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[mac[i] >> 4];
		hex[2 * i + 1] = digits[mac[i] & 15];
	}
	hex[length] = '\0';
	return (struct value){.type = VALUE_STRING, .s = hex};
}

struct value masker_apply(const struct masker *k, struct value v, struct arena *a)
{
	if (k->key && v.type == VALUE_STRING && v.s && k->mask->length > 0)
		return hash(k, v.s, a);
	return mask_apply(k->mask, v, NULL, a);
}
