#include <errno.h>
#include <inttypes.h>

#include "catalog/base/digest.h"
#include "catalog/policy/canon.h"
#include "catalog/policy/view.h"

static void add_conds(const struct cond *const *conds, size_t len, struct buf *out)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < len; i++) {
		canon_cond(conds[i], out);
		buf_addc(out, ';');
	}
	buf_addc(out, '}');
}

static void add_column(const struct view_column *c, struct buf *out)
{
	buf_json(out, c->name);
	if (c->dropped) {
		buf_puts(out, " dropped\n");
		return;
	}
	canon_mask(&c->mask, out);
	add_conds(c->rows.permits, c->rows.permits_len, out);
	add_conds(c->rows.restricts, c->rows.restricts_len, out);
	buf_addc(out, '\n');
}

int view_key(struct view *v)
{
	struct buf text;
	int error;

	buf_init(&text);
	buf_printf(
	    &text, "view 1 limit %" PRId64 " minGroup %" PRId64 "\n", v->limit, v->min_group);
	for (size_t i = 0; i < v->columns_len; i++)
		add_column(&v->columns[i], &text);
	error = buf_error(&text);
	if (!error)
		error = digest_hex(text.data, text.len, v->key);
	buf_clear(&text);
	return error ? -ENOMEM : 0;
}
