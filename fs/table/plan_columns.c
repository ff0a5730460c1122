#include "fs/table/plan_columns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding columns by name ---- */

struct named {
	const char *name;
	size_t index;
};

/* Of equal names the first of the source stands first: it is the one that counts. */
static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static struct named *sorted_names(const struct table_schema *s, struct arena *a)
{
	struct named *names = arena_array(a, s->len, sizeof(*names));

	for (size_t i = 0; names && i < s->len; i++)
		names[i] = (struct named){s->columns[i].name, i};
	if (names && s->len > 0)
		qsort(names, s->len, sizeof(*names), by_name);
	return names;
}

static bool find(const struct named *names, size_t len, const char *name, size_t *ret)
{
	size_t low = 0, high = len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(names[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == len || strcmp(names[low].name, name) != 0)
		return false;
	*ret = names[low].index;
	return true;
}

/* ---- the columns shown ---- */

static int pick_shown(const struct plan_options *opt, struct arena *a, struct plan_columns *ret)
{
	const struct table_schema *source = opt->source;
	struct named *names = sorted_names(source, a);
	bool *taken = arena_array(a, source->len, sizeof(*taken));

	ret->shown = arena_array(a, opt->view->columns_len, sizeof(*ret->shown));
	if (!names || !taken || !ret->shown)
		return -ENOMEM;
	for (size_t i = 0; i < opt->view->columns_len; i++) {
		const struct view_column *v = &opt->view->columns[i];
		size_t index;

		if (v->dropped || !find(names, source->len, v->name, &index) || taken[index])
			continue;
		taken[index] = true;
		ret->shown[ret->shown_len++] = (struct plan_column){.view = v,
		    .source = index,
		    .meaning = cell_meaning(source->columns[index].logical_type)};
	}
	return 0;
}

static int make_masks(const struct plan_options *opt, struct plan_columns *c)
{
	for (size_t i = 0; i < c->shown_len; i++) {
		const struct mask *m = &c->shown[i].view->mask;
		const struct hash_key *key = NULL;

		if (m->fn == MASK_NONE)
			continue;
		if (m->fn == MASK_HASH && opt->key)
			key = opt->key(opt->key_arg, m->text ? m->text : "mesh");
		if (masker_new(m, key, &c->shown[i].mask) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- the rows shown ---- */

/* A second column of one name is none that a filter could mean: "" is no name of a column. */
static const char **cell_names(const struct table_schema *s, struct arena *a)
{
	struct named *names = sorted_names(s, a);
	const char **cells = arena_array(a, s->len, sizeof(*cells));

	if (!names || !cells)
		return NULL;
	for (size_t i = 0; i < s->len; i++) {
		bool again = i > 0 && strcmp(names[i].name, names[i - 1].name) == 0;

		cells[names[i].index] = again ? "" : names[i].name;
	}
	return cells;
}

static int make_tests(const struct plan_options *opt, struct arena *a, struct plan_columns *c)
{
	const struct view_column **columns = arena_array(a, c->shown_len, sizeof(*columns));
	const char **cells = cell_names(opt->source, a);

	if (!columns || !cells)
		return -ENOMEM;
	for (size_t i = 0; i < c->shown_len; i++)
		columns[i] = c->shown[i].view;
	return row_tests_new(
	    &(struct row_tests_options){columns, c->shown_len, cells, opt->source->len}, &c->tests);
}

/* ---- the columns read ---- */

static int make_request(const struct plan_options *opt, struct arena *a, struct plan_columns *c)
{
	const struct table_schema *source = opt->source;
	size_t *place = arena_array(a, source->len, sizeof(*place));
	bool *needed = arena_array(a, source->len, sizeof(*needed));

	c->request = arena_array(a, source->len, sizeof(*c->request));
	c->operands = arena_array(a, source->len, sizeof(*c->operands));
	if (!place || !needed || !c->request || !c->operands)
		return -ENOMEM;
	for (size_t i = 0; i < c->shown_len; i++)
		needed[c->shown[i].source] = true;
	for (size_t i = 0; i < source->len; i++) {
		bool operand = row_tests_use(c->tests, i);

		place[i] = c->request_len;
		if (operand)
			c->operands[c->operands_len++] = (struct plan_operand){
			    i, place[i], cell_meaning(source->columns[i].logical_type)};
		if (operand || needed[i])
			c->request[c->request_len++] = i;
	}
	for (size_t i = 0; i < c->shown_len; i++)
		c->shown[i].cell = place[c->shown[i].source];
	return 0;
}

int plan_columns_build(const struct plan_options *opt, struct arena *a, struct plan_columns *ret)
{
	int rc;

	*ret = (struct plan_columns){0};
	rc = pick_shown(opt, a, ret);
	if (rc == 0)
		rc = make_masks(opt, ret);
	if (rc == 0)
		rc = make_tests(opt, a, ret);
	return rc == 0 ? make_request(opt, a, ret) : rc;
}

void plan_columns_clear(struct plan_columns *c)
{
	for (size_t i = 0; i < c->shown_len; i++)
		masker_free(c->shown[i].mask);
	row_tests_free(c->tests);
	*c = (struct plan_columns){0};
}
