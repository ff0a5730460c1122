#include "catalog/manifest/reader.h"

#include <stdio.h>
#include <string.h>

#include "catalog/base/when.h"

#define API_VERSION "meshfs/v1"
#define MAX_LIST 10000 /* looking for duplicates is quadratic */

struct diag_pos reader_pos(const struct reader *r, const struct yaml_node *n)
{
	struct diag_pos whole = {r->file, 0, 0};

	return n ? yaml_pos(r->file, n) : whole;
}

const char *reader_made(struct reader *r, const char *s)
{
	if (!s)
		r->oom = true;
	return s;
}

const char *reader_copy(struct reader *r, const char *s)
{
	return s ? reader_made(r, arena_strdup(r->arena, s)) : NULL;
}

void *reader_array(struct reader *r, size_t n, size_t size)
{
	void *p = arena_array(r->arena, n, size);

	if (!p)
		r->oom = true;
	return p;
}

int reader_index(const char *const *list, const char *s)
{
	for (int i = 0; s && list[i]; i++)
		if (str_eq(list[i], s))
			return i;
	return -1;
}

const char *reader_join(const char *const *list, size_t len, char *out, size_t cap)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		int n = snprintf(out + at, cap - at, "%s%s", i ? ", " : "", list[i]);

		if (n < 0 || (size_t)n >= cap - at) {
			if (cap >= 4)
				memcpy(out + cap - 4, "...", 4);
			break;
		}
		at += (size_t)n;
	}
	return len ? out : "none";
}

static const char *join_all(const char *const *list, char *out, size_t cap)
{
	size_t len = 0;

	while (list[len])
		len++;
	return reader_join(list, len, out, cap);
}

bool reader_map(struct reader *r, const struct yaml_node *n, const char *what)
{
	if (n && n->type == YAML_MAP)
		return true;
	reader_error(r, "manifest-type", n, "%s must be a map, not %s", what,
	    n ? yaml_type_name(n->type) : "nothing");
	return false;
}

bool reader_head(struct reader *r, const struct yaml_node *root, const char *kind)
{
	const char *version, *is;

	if (!reader_map(r, root, "the document"))
		return false;
	version = yaml_str(yaml_get(root, "apiVersion"));
	is = yaml_str(yaml_get(root, "kind"));
	if (!str_eq(version, API_VERSION)) {
		const struct yaml_node *n = yaml_get(root, "apiVersion");

		reader_error(
		    r, "manifest-version", n ? n : root, "apiVersion must be " API_VERSION);
		return false;
	}
	if (!str_eq(is, kind)) {
		const struct yaml_node *n = yaml_get(root, "kind");

		reader_error(r, "manifest-kind", n ? n : root, "kind must be %s here", kind);
		return false;
	}
	return true;
}

void reader_keys(struct reader *r, const struct yaml_node *map, const char *const *keys)
{
	char known[512];

	for (size_t i = 0; map->type == YAML_MAP && i < map->len; i++) {
		const struct yaml_pair *p = &map->pairs[i];
		struct diag_pos pos = {r->file, p->line, p->column};

		if (reader_index(keys, p->key) < 0)
			diag_add(r->diags, DIAG_ERROR, "manifest-unknown-key", pos,
			    "unknown key '%s'; known here: %s", p->key,
			    join_all(keys, known, sizeof(known)));
	}
}

const struct yaml_node *reader_value(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (n && n->type != YAML_NULL)
		return n;
	if (need == READER_REQUIRED)
		reader_error(r, "manifest-required", n ? n : map, "'%s' is missing", key);
	return NULL;
}

static const struct yaml_node *typed(
    struct reader *r, const struct yaml_node *n, const char *key, enum yaml_type type)
{
	if (!n || n->type == type)
		return n;
	reader_error(r, "manifest-type", n, "'%s' must be %s, not %s", key, yaml_type_name(type),
	    yaml_type_name(n->type));
	return NULL;
}

const struct yaml_node *reader_list(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	return typed(r, reader_value(r, map, key, need), key, YAML_SEQ);
}

const char *reader_word(struct reader *r, const struct yaml_node *n, const char *what)
{
	if (n->type != YAML_STRING) {
		reader_error(r, "manifest-type", n, "%s must be a string, not %s%s", what,
		    yaml_type_name(n->type),
		    n->type == YAML_SEQ || n->type == YAML_MAP ? "" : "; put it in quotes");
		return NULL;
	}
	if (n->text_len == 0 || strpbrk(n->text, "\n\r\t")) {
		reader_error(
		    r, "manifest-value", n, "%s must be one line of text and not empty", what);
		return NULL;
	}
	return n->text;
}

const char *reader_string(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	const struct yaml_node *n = reader_value(r, map, key, need);

	return n ? reader_copy(r, reader_word(r, n, key)) : NULL;
}

const char *reader_prose(struct reader *r, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = typed(
	    r, reader_value(r, map, key, READER_OPTIONAL), key, YAML_STRING);

	return n ? reader_copy(r, n->text) : NULL;
}

const char *reader_scalar(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	const struct yaml_node *n = reader_value(r, map, key, need);

	if (!n)
		return NULL;
	if (n->type == YAML_SEQ || n->type == YAML_MAP) {
		reader_error(r, "manifest-type", n, "'%s' must be a single value, not %s", key,
		    yaml_type_name(n->type));
		return NULL;
	}
	return reader_copy(r, n->text);
}

static const char *name_of(struct reader *r, const struct yaml_node *n, const char *what)
{
	const char *s = reader_word(r, n, what);

	if (!s || str_is_name(s))
		return s;
	reader_error(r, "manifest-name", n,
	    "'%s' cannot be used as a name: letters, digits, '.', '_' and '-' only, starting with a letter or "
	    "digit, at most 255 bytes",
	    s);
	return NULL;
}

const char *reader_name(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	const struct yaml_node *n = reader_value(r, map, key, need);

	return n ? reader_copy(r, name_of(r, n, key)) : NULL;
}

static struct strlist strings(
    struct reader *r, const struct yaml_node *list, const char *key, bool names)
{
	struct strlist out = {NULL, 0};

	if (!list)
		return out;
	if (list->len > MAX_LIST) {
		reader_error(r, "manifest-value", list, "'%s' has %zu elements, more than %d", key,
		    list->len, MAX_LIST);
		return out;
	}
	out.items = reader_array(r, list->len, sizeof(*out.items));
	for (size_t i = 0; out.items && i < list->len; i++) {
		const struct yaml_node *n = list->items[i];
		const char *s = names ? name_of(r, n, key) : reader_word(r, n, key);

		if (s && names && strlist_has(&out, s)) {
			reader_error(
			    r, "manifest-duplicate", n, "'%s' stands twice in '%s'", s, key);
			continue;
		}
		s = reader_copy(r, s);
		if (s)
			out.items[out.len++] = s;
	}
	return out;
}

struct strlist reader_strings(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	return strings(r, reader_list(r, map, key, need), key, false);
}

struct strlist reader_names(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	return strings(r, reader_list(r, map, key, need), key, true);
}

bool reader_bool(struct reader *r, const struct yaml_node *map, const char *key, bool otherwise)
{
	const struct yaml_node *n = typed(
	    r, reader_value(r, map, key, READER_OPTIONAL), key, YAML_BOOL);

	return n ? n->i != 0 : otherwise;
}

int64_t reader_int(
    struct reader *r, const struct yaml_node *map, const char *key, struct reader_range range)
{
	const struct yaml_node *n = typed(
	    r, reader_value(r, map, key, READER_OPTIONAL), key, YAML_INT);

	if (!n)
		return range.otherwise;
	if (n->i >= range.min && n->i <= range.max)
		return n->i;
	if (range.max == INT64_MAX)
		reader_error(r, "manifest-value", n, "'%s' must be at least %lld", key,
		    (long long)range.min);
	else
		reader_error(r, "manifest-value", n, "'%s' must be between %lld and %lld", key,
		    (long long)range.min, (long long)range.max);
	return range.otherwise;
}

int reader_enum(
    struct reader *r, const struct yaml_node *map, const char *key, const char *const *list)
{
	const struct yaml_node *n = reader_value(r, map, key, READER_OPTIONAL);
	char known[512];
	int i;

	if (!n)
		return -1;
	i = reader_index(list, yaml_str(n));
	if (i < 0)
		reader_error(r, "manifest-value", n, "'%s' must be one of: %s", key,
		    join_all(list, known, sizeof(known)));
	return i;
}

int64_t reader_time(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	const struct yaml_node *n = typed(r, reader_value(r, map, key, need), key, YAML_STRING);
	int64_t ns;

	if (!n)
		return WHEN_NONE;
	if (when_parse(n->text, &ns) == 0)
		return ns;
	reader_error(r, "manifest-time", n,
	    "'%s' must be a date or a time as RFC 3339 writes it: 2026-12-31 or 2026-12-31T23:59:59Z",
	    key);
	return WHEN_NONE;
}

int64_t reader_date(struct reader *r, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = typed(
	    r, reader_value(r, map, key, READER_OPTIONAL), key, YAML_STRING);
	int64_t ns;

	if (!n)
		return WHEN_NONE;
	if (when_is_date(n->text) && when_parse(n->text, &ns) == 0)
		return ns;
	reader_error(r, "manifest-time", n, "'%s' must be a date: YYYY-MM-DD", key);
	return WHEN_NONE;
}

int64_t reader_duration(
    struct reader *r, const struct yaml_node *map, const char *key, enum reader_need need)
{
	const struct yaml_node *n = typed(r, reader_value(r, map, key, need), key, YAML_STRING);
	int64_t ns;

	if (!n)
		return 0;
	if (when_parse_duration(n->text, &ns) == 0 && ns > 0)
		return ns;
	reader_error(
	    r, "manifest-time", n, "'%s' must be an ISO 8601 duration such as P90D or PT1H", key);
	return 0;
}

struct strlist reader_union(struct reader *r, struct strlist a, struct strlist b)
{
	struct strlist out = {reader_array(r, a.len + b.len, sizeof(*out.items)), 0};

	if (!out.items)
		return out;
	for (size_t i = 0; i < a.len + b.len; i++) {
		const char *s = i < a.len ? a.items[i] : b.items[i - a.len];

		if (!strlist_has(&out, s))
			out.items[out.len++] = s;
	}
	return out;
}
