/*
 * The policy engine on rule sets, callers, resources and contexts made of arbitrary bytes: whatever
 * they say, the properties of tests/lib/policy_check.h hold, and every mask gives a value that is
 * well-formed.
 */

#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/policy_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what)
{
	(void)fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

/* The rest of the bytes as a cell. */
static void check_masks(struct gen *g)
{
	const struct hash_key key = {"key", 3};
	size_t len = g->d.len - g->d.at;
	char *text = gen_alloc(g, len + 1, 1);
	struct mask m = gen_mask(g);
	bool is_text;

	memcpy(text, g->d.data + (g->d.len - len), len);
	is_text = str_is_utf8(text, strlen(text));
	for (int fn = MASK_NONE; fn <= MASK_NULL; fn++) {
		m.fn = (enum mask_fn)fn;

		struct value v = mask_apply(
		    &m, (struct value){.type = VALUE_STRING, .s = text}, &key, &g->a);

		if (v.type == VALUE_STRING && is_text && !str_is_utf8(v.s, strlen(v.s)))
			fail("a masked text is text");
		if (fn == MASK_NULL && v.type != VALUE_NULL)
			fail("null is null");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nothing[1];
	struct gen g;
	const char *wrong;

	gen_init(&g, (struct draw){.data = size > 0 ? data : nothing, .len = size});
	wrong = check_all(&g);
	if (wrong)
		fail(wrong);
	check_masks(&g);
	gen_clear(&g);
	return 0;
}
