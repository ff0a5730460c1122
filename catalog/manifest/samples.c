#include "catalog/manifest/samples.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog/manifest/column_file.h"
#include "catalog/manifest/yaml_cut.h"

#define MAX_PATH_BYTES 4096 /* no column that was read has so long a name */

struct work {
	struct arena arena; /* the tree and the paths */
	const struct yaml_node *root;
	const char **raw; /* sorted; owned */
	size_t raw_len;
	struct yaml_cut *cuts; /* owned */
	size_t cuts_len, cap;
	bool oom;
};

/* ---- names ---- */

static bool speaks_of(const char *name, const char *const *parts)
{
	for (; *parts; parts++)
		if (strcasestr(name, *parts))
			return true;
	return false;
}

static bool begins_word(const char *name, const char *at)
{
	return at == name || !isalpha((unsigned char)at[-1]) ||
	    (isupper((unsigned char)*at) && !isupper((unsigned char)at[-1]));
}

static bool has_word(const char *name, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = name; (at = strcasestr(at, word)); at++)
		if (begins_word(name, at) && !islower((unsigned char)at[len]))
			return true;
	return false;
}

static bool is_sample_property(const char *name)
{
	static const char *const parts[] = {
	    "sample", "example", "statistic", "histogram", "distinct", NULL};

	return speaks_of(name, parts) || has_word(name, "min") || has_word(name, "max") ||
	    has_word(name, "minimum") || has_word(name, "maximum");
}

/* The standards know few keys; files of v2.2.x may have others. */
static bool is_sample_key(const char *key)
{
	static const char *const parts[] = {"sample", "example", "statistic", "histogram", NULL};

	return strcmp(key, "enum") == 0 || speaks_of(key, parts);
}

/* ---- what goes ---- */

static void add(struct work *w, const struct yaml_node *map, size_t pair, bool blank)
{
	if (w->cuts_len == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		struct yaml_cut *more = reallocarray(w->cuts, cap, sizeof(*more));

		if (!more) {
			w->oom = true;
			return;
		}
		w->cuts = more;
		w->cap = cap;
	}
	w->cuts[w->cuts_len++] = (struct yaml_cut){.map = map, .pair = pair, .blank = blank};
}

static void add_custom(struct work *w, const struct yaml_node *list)
{
	for (size_t i = 0; i < list->len && list->type == YAML_SEQ; i++) {
		const struct yaml_node *item = list->items[i];
		const char *name = yaml_scalar(yaml_get(item, "property"));

		for (size_t k = 0; name && is_sample_property(name) && k < item->len; k++)
			if (strcmp(item->pairs[k].key, "value") == 0)
				add(w, item, k, true);
	}
}

/* Everything in `n` but what is in `except`, whose columns were looked at one by one. */
static void add_all(struct work *w, const struct yaml_node *n, const struct yaml_node *except)
{
	if (n == except || w->oom)
		return;
	for (size_t i = 0; i < n->len && n->type == YAML_SEQ; i++)
		add_all(w, n->items[i], except);
	for (size_t i = 0; i < n->len && n->type == YAML_MAP; i++) {
		const struct yaml_pair *p = &n->pairs[i];

		if (is_sample_key(p->key))
			add(w, n, i, false);
		else if (strcmp(p->key, "customProperties") == 0)
			add_custom(w, p->value);
		else if (strcmp(p->key, "quality") != 0)
			add_all(w, p->value, except);
	}
}

/* ---- the columns, as column_file.c names them ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_raw(const struct work *w, const char *path)
{
	return w->raw_len > 0 && bsearch(&path, w->raw, w->raw_len, sizeof(*w->raw), compare);
}

static bool walk_list(struct work *w, const struct yaml_node *list, const char *prefix);

/* True where all of it may be seen. */
static bool walk_property(struct work *w, const struct yaml_node *n, const char *prefix)
{
	const struct yaml_node *kids = column_file_inner(n);
	const char *name = column_file_name(n), *path = NULL;
	bool raw = false;

	if (name && strlen(prefix) + strlen(name) > MAX_PATH_BYTES)
		name = NULL;
	if (name) {
		path = arena_printf(&w->arena, "%s%s%s", prefix, name, kids ? "." : "");
		w->oom |= !path;
	}
	if (path)
		raw = kids ? walk_list(w, kids, path) : is_raw(w, path);
	if (!raw)
		add_all(w, n, path ? kids : NULL);
	return raw;
}

static bool walk_list(struct work *w, const struct yaml_node *list, const char *prefix)
{
	bool raw = true;

	for (size_t i = 0; i < list->len && !w->oom; i++)
		raw &= walk_property(w, list->items[i], prefix);
	return raw;
}

static const struct yaml_node *list_of(const struct yaml_node *n, const char *a, const char *b)
{
	const struct yaml_node *list = yaml_get(n, a);

	list = list ? list : yaml_get(n, b);
	return list && list->type == YAML_SEQ && list->len > 0 ? list : NULL;
}

static bool walk_object(struct work *w, const struct yaml_node *n)
{
	const struct yaml_node *columns = list_of(n, "properties", "columns");
	const char *name = yaml_scalar(yaml_get(n, yaml_get(n, "name") ? "name" : "table"));
	const char *prefix = name ? arena_printf(&w->arena, "%s/", name) : NULL;
	bool raw = false;

	w->oom |= name && !prefix;
	if (prefix && columns)
		raw = walk_list(w, columns, prefix);
	if (!raw)
		add_all(w, n, prefix ? columns : NULL);
	return raw;
}

static void walk(struct work *w)
{
	const struct yaml_node *objects = list_of(w->root, "schema", "dataset");
	const struct yaml_node *custom = yaml_get(w->root, "customProperties");
	bool raw = objects != NULL;

	for (size_t i = 0; objects && i < objects->len; i++)
		raw &= walk_object(w, objects->items[i]);
	if (!raw && custom)
		add_custom(w, custom);
}

/* ---- the whole ---- */

static int sort_raw(struct work *w, const struct strlist *raw)
{
	if (raw->len == 0)
		return 0;
	w->raw = calloc(raw->len, sizeof(*w->raw));
	if (!w->raw)
		return -ENOMEM;
	memcpy(w->raw, raw->items, raw->len * sizeof(*w->raw));
	w->raw_len = raw->len;
	qsort(w->raw, w->raw_len, sizeof(*w->raw), compare);
	return 0;
}

/* Finds what has to go. */
static int work_init(struct work *w, const char *bytes, size_t len, const struct strlist *raw)
{
	struct diag_list diags;
	int rc = 0;

	memset(w, 0, sizeof(*w));
	arena_init(&w->arena);
	diag_list_init(&diags);
	w->root = yaml_parse("contract", bytes, len, &w->arena, &diags);
	if (!w->root)
		rc = diags.oom ? -ENOMEM : -EOPNOTSUPP;
	diag_list_clear(&diags);
	if (rc == 0)
		rc = sort_raw(w, raw);
	if (rc == 0)
		walk(w);
	return w->oom ? -ENOMEM : rc;
}

static void work_clear(struct work *w)
{
	arena_clear(&w->arena);
	free(w->raw);
	free(w->cuts);
}

bool samples_any(const char *bytes, size_t len)
{
	struct strlist none = {0};
	struct work w;
	bool any = work_init(&w, bytes, len, &none) < 0 || w.cuts_len > 0;

	work_clear(&w);
	return any;
}

int samples_remove(const char *bytes, size_t len, const struct strlist *raw, struct buf *out)
{
	struct work w;
	int rc = work_init(&w, bytes, len, raw);

	if (rc == 0 && w.cuts_len == 0) {
		buf_add(out, bytes, len);
		rc = buf_error(out);
	} else if (rc == 0) {
		struct yaml_cut_job job = {bytes, len, w.root, w.cuts, w.cuts_len};

		rc = yaml_cut(&job, out);
	}
	work_clear(&w);
	return rc;
}
