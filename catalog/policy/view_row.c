#include "catalog/policy/condition.h"

/* An atom that cannot be decided hides the cell, in both halves. */
static bool passes(const struct cond *c, const struct row *row)
{
	struct scene at = {.row = row};

	return cond_holds(c, &at, (struct cond_mode){0});
}

bool view_cell_visible(const struct view_column *c, const struct row *row)
{
	bool visible = c->rows.permits_len == 0;

	if (c->dropped)
		return false;
	for (size_t i = 0; !visible && i < c->rows.permits_len; i++)
		visible = passes(c->rows.permits[i], row);
	for (size_t i = 0; visible && i < c->rows.restricts_len; i++)
		visible = passes(c->rows.restricts[i], row);
	return visible;
}
