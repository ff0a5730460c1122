#include "fs/table/jsonl_shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/buf.h"

/* ---- whether the names nest ---- */

/* The bytes of the whole parts that both names begin with, the dot behind each included. */
static size_t shared_parts(const char *a, const char *b)
{
	size_t shared = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '.')
			shared = i + 1;
	return shared;
}

static bool has_empty_part(const char *name)
{
	return name[0] == '.' || name[0] == '\0' || name[strlen(name) - 1] == '.' ||
	    strstr(name, "..");
}

static int text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count_dots(const struct table_schema *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++)
		for (const char *p = s->columns[i].name; *p; p++)
			n += *p == '.';
	return n;
}

/* Each column's path, and that of each object at the column that opens it. -ENOMEM, or how many. */
static ssize_t all_paths(const struct table_schema *s, const char **paths, struct arena *a)
{
	const char *last = "";
	size_t n = 0;

	for (size_t i = 0; i < s->len; i++) {
		const char *name = s->columns[i].name;

		paths[n++] = name;
		for (const char *dot = name + shared_parts(last, name); (dot = strchr(dot, '.'));
		     dot++) {
			paths[n] = arena_strndup(a, name, (size_t)(dot - name));
			if (!paths[n++])
				return -ENOMEM;
		}
		last = name;
	}
	return (ssize_t)n;
}

/* Nothing may be met twice: neither a column nor an object nor one as the other. */
static int can_nest(const struct table_schema *s, bool *ret)
{
	size_t most = s->len + count_dots(s);
	struct arena a;
	const char **paths;
	ssize_t n;

	*ret = true;
	arena_init(&a);
	paths = arena_array(&a, most, sizeof(*paths));
	n = paths ? all_paths(s, paths, &a) : -ENOMEM;
	if (n > 0)
		qsort(paths, (size_t)n, sizeof(*paths), text_order);
	for (ssize_t i = 0; i < n; i++)
		if (has_empty_part(paths[i]) || (i > 0 && strcmp(paths[i], paths[i - 1]) == 0))
			*ret = false;
	arena_clear(&a);
	return n < 0 ? -ENOMEM : 0;
}

/* ---- the text ---- */

static struct jsonl_part take_text(struct buf *b, struct arena *a)
{
	struct jsonl_part part = {.s = arena_strndup(a, b->data, b->len), .len = b->len};

	return part;
}

static void close_objects(struct buf *b, const char *name, size_t from)
{
	for (const char *dot = name + from; (dot = strchr(dot, '.')); dot++)
		buf_addc(b, '}');
}

/* From the value of the column `last` (NULL: from the start) to that of `name`. */
static void between(struct buf *b, const char *last, const char *name, bool nest)
{
	size_t shared = last && nest ? shared_parts(last, name) : 0;
	const char *part = name + shared, *dot;

	if (last && nest)
		close_objects(b, last, shared);
	buf_addc(b, last ? ',' : '{');
	while (nest && (dot = strchr(part, '.'))) {
		buf_json_len(b, part, (size_t)(dot - part));
		buf_puts(b, ":{");
		part = dot + 1;
	}
	buf_json(b, part);
	buf_addc(b, ':');
}

static int fill(const struct table_schema *s, bool nest, struct arena *a, struct jsonl_shape *ret)
{
	const char *last = NULL;
	struct buf b;
	int rc = 0;

	buf_init(&b);
	for (size_t i = 0; rc == 0 && i < s->len; i++) {
		buf_reset(&b);
		between(&b, last, s->columns[i].name, nest);
		last = s->columns[i].name;
		ret->before[i] = take_text(&b, a);
		rc = buf_error(&b) || !ret->before[i].s ? -ENOMEM : 0;
	}
	buf_reset(&b);
	if (nest && last)
		close_objects(&b, last, 0);
	buf_puts(&b, last ? "}\n" : "{}\n");
	ret->end = take_text(&b, a);
	if (buf_error(&b) || !ret->end.s)
		rc = -ENOMEM;
	buf_clear(&b);
	return rc;
}

int jsonl_shape_build(const struct table_schema *schema, struct arena *a, struct jsonl_shape *ret)
{
	bool nest;
	int rc = can_nest(schema, &nest);

	if (rc < 0)
		return rc;
	ret->before = arena_array(a, schema->len, sizeof(*ret->before));
	return ret->before ? fill(schema, nest, a, ret) : -ENOMEM;
}
