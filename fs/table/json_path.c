#include "fs/table/json_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Every way to a column, as text; sorting brings together what shares a beginning. */
struct way {
	const char *path;
	size_t column;
	bool physical;
};

/* '.' comes before every other byte, so that "a.b" stands right behind "a" and before "a-b". */
static int path_order(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	if (*a == *b)
		return 0;
	if (*a == '\0' || *b == '\0')
		return *a == '\0' ? -1 : 1;
	if (*a == '.' || *b == '.')
		return *a == '.' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int way_order(const void *a, const void *b)
{
	const struct way *x = a, *y = b;
	int order = path_order(x->path, y->path);

	if (order == 0)
		order = x->physical - y->physical;
	return order ? order : (x->column > y->column) - (x->column < y->column);
}

/* NULL: none, or out of memory (*ret_nomem). */
static const char *physical_path(const struct column *c, struct arena *a, bool *ret_nomem)
{
	const char *dot = strrchr(c->name, '.'), *path;

	if (!c->physical_name || !c->physical_name[0])
		return NULL;
	if (!dot || strchr(c->physical_name, '.'))
		return c->physical_name;
	path = arena_printf(a, "%.*s.%s", (int)(dot - c->name), c->name, c->physical_name);
	*ret_nomem = !path;
	return path;
}

static struct way *all_ways(const struct object *o, struct arena *a, size_t *ret_len)
{
	struct way *ways = arena_array(a, o->columns_len, 2 * sizeof(*ways));
	size_t n = 0;

	for (size_t i = 0; ways && i < o->columns_len; i++) {
		bool nomem = false;
		const char *physical = physical_path(&o->columns[i], a, &nomem);

		if (nomem)
			return NULL;
		ways[n++] = (struct way){o->columns[i].name, i, false};
		if (physical)
			ways[n++] = (struct way){physical, i, true};
	}
	if (n > 0)
		qsort(ways, n, sizeof(*ways), way_order);
	*ret_len = n;
	return ways;
}

static bool same_part(const char *a, const char *b, size_t len)
{
	return strncmp(a, b, len) == 0 && (b[len] == '.' || b[len] == '\0');
}

static int by_key(const void *a, const void *b)
{
	const struct json_path *x = *(struct json_path *const *)a;
	const struct json_path *y = *(struct json_path *const *)b;
	size_t len = x->key_len < y->key_len ? x->key_len : y->key_len;
	int order = memcmp(x->key, y->key, len);

	return order ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static int sort_kids(struct json_path *p, struct arena *a)
{
	p->sorted = arena_array(a, p->kids_len, sizeof(*p->sorted));
	if (!p->sorted)
		return -ENOMEM;
	for (size_t i = 0; i < p->kids_len; i++)
		p->sorted[i] = &p->kids[i];
	if (p->kids_len > 0)
		qsort(p->sorted, p->kids_len, sizeof(*p->sorted), by_key);
	return 0;
}

/* The ways that share their first `at` bytes. Depth is bounded by the length of a name. */
static int build(struct way *ways, size_t len, size_t at, struct arena *a, struct json_path *ret)
{
	ret->kids = arena_array(a, len, sizeof(*ret->kids));
	if (!ret->kids)
		return -ENOMEM;
	for (size_t i = 0, n; i < len; i += n) {
		const char *part = ways[i].path + at;
		size_t part_len = strcspn(part, ".");
		struct json_path *kid = &ret->kids[ret->kids_len++];
		size_t ends = 0;
		int rc;

		for (n = 1; i + n < len && same_part(part, ways[i + n].path + at, part_len); n++)
			;
		while (ends < n && ways[i + ends].path[at + part_len] == '\0')
			ends++;
		kid->key = part;
		kid->key_len = part_len;
		kid->column = ends > 0 ? ways[i].column : JSON_PATH_NONE;
		rc = build(ways + i + ends, n - ends, at + part_len + 1, a, kid);
		if (rc < 0)
			return rc;
	}
	return sort_kids(ret, a);
}

int json_path_build(const struct object *o, struct arena *a, struct json_path *ret)
{
	size_t len = 0;
	struct way *ways = all_ways(o, a, &len);

	*ret = (struct json_path){.column = JSON_PATH_NONE};
	return ways ? build(ways, len, 0, a, ret) : -ENOMEM;
}

static bool is_key(const struct json_path *p, const char *key, size_t len)
{
	return p->key_len == len && memcmp(p->key, key, len) == 0;
}

struct json_path *json_path_find(struct json_path *p, const char *key, size_t len)
{
	struct json_path wanted = {.key = key, .key_len = len}, *w = &wanted, **found;

	if (p->next < p->kids_len && is_key(&p->kids[p->next], key, len))
		return &p->kids[p->next++];
	if (p->kids_len == 0)
		return NULL;
	found = bsearch(&w, p->sorted, p->kids_len, sizeof(*p->sorted), by_key);
	if (found)
		p->next = (size_t)(*found - p->kids) + 1;
	return found ? *found : NULL;
}
