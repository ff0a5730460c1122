#include "catalog/manifest/column_file.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/manifest/vocabulary.h"

#define MAX_NAME_BYTES \
	1024 /* of a dotted name: depth times length would not stay bounded otherwise */

/* What a property hands down to those inside it. */
struct heritage {
	const char *prefix; /* "address." or "" */
	struct strlist tags;
	int rank; /* -1: nothing above is classified */
};

struct walk {
	struct reader *r;
	const struct mesh *mesh;
	struct object *object;
};

static const struct yaml_node *list_of(const struct yaml_node *n, const char *key)
{
	const struct yaml_node *list = yaml_get(n, key);

	return list && list->type == YAML_SEQ && list->len ? list : NULL;
}

const struct yaml_node *column_file_inner(const struct yaml_node *n)
{
	const struct yaml_node *list = NULL;

	while (n && !(list = list_of(n, "properties")))
		n = yaml_get(n, "items");
	return list;
}

static const struct yaml_node *name_of(const struct yaml_node *n)
{
	const struct yaml_node *name = yaml_get(n, "name");

	return yaml_scalar(name) ? name : yaml_get(n, "column");
}

const char *column_file_name(const struct yaml_node *n)
{
	const char *name = yaml_scalar(name_of(n));

	return name && *name ? name : NULL;
}

static size_t count_leaves(const struct yaml_node *list)
{
	size_t len = 0;

	for (size_t i = 0; list && i < list->len; i++) {
		const struct yaml_node *kids = column_file_inner(list->items[i]);

		len += kids ? count_leaves(kids) : 1;
	}
	return len;
}

static void add_heritage(struct walk *w, const struct yaml_node *n, struct heritage *h)
{
	const struct yaml_node *class = yaml_get(n, "classification");
	int rank = w->mesh && class && class->type != YAML_NULL
	    ? vocabulary_rank(w->r, class, w->mesh)
	    : -1;
	struct strlist own = vocabulary_tags(w->r, n, w->mesh);

	if (own.len)
		h->tags = reader_union(w->r, h->tags, own);
	if (rank > h->rank)
		h->rank = rank;
}

static const char *text_of(struct walk *w, const struct yaml_node *n, const char *key)
{
	return reader_copy(w->r, yaml_scalar(yaml_get(n, key)));
}

static bool flag(const struct yaml_node *n, const char *key)
{
	const struct yaml_node *v = yaml_get(n, key);

	return v && v->type == YAML_BOOL && v->i;
}

/* ODCS v2.2.x says isNullable where v3 says required. */
static bool is_required(const struct yaml_node *n)
{
	const struct yaml_node *nullable = yaml_get(n, "isNullable");

	return flag(n, "required") || (nullable && nullable->type == YAML_BOOL && !nullable->i);
}

static void add_leaf(
    struct walk *w, const struct yaml_node *n, const struct heritage *h, const char *name)
{
	struct column *c = &w->object->columns[w->object->columns_len++];

	c->name = name;
	c->tags = h->tags;
	c->rank = h->rank >= 0 ? h->rank : w->mesh ? w->mesh->default_rank : 0;
	c->logical_type = text_of(w, n, "logicalType");
	c->physical_type = text_of(w, n, "physicalType");
	c->physical_name = text_of(w, n, "physicalName");
	c->description = text_of(w, n, "description");
	c->required = is_required(n);
	c->unique = flag(n, "unique") || flag(n, "isUnique");
	c->primary_key = flag(n, "primaryKey") || flag(n, "isPrimary") || flag(n, "isPrimaryKey");
}

static const char *dotted(struct walk *w, const struct yaml_node *n, const char *prefix)
{
	const struct yaml_node *name = name_of(n);

	if (!yaml_scalar(name) || !name->text_len)
		return NULL; /* the standard's business */
	if (strpbrk(name->text, "\n\r\t") || strlen(prefix) + name->text_len > MAX_NAME_BYTES) {
		reader_error(w->r, "column-name", name,
		    "a column's name is one line of at most %d bytes", MAX_NAME_BYTES);
		return NULL;
	}
	return reader_made(w->r, arena_printf(w->r->arena, "%s%s", prefix, name->text));
}

static void walk_list(struct walk *w, const struct yaml_node *list, const struct heritage *above);

static void walk_property(struct walk *w, const struct yaml_node *n, const struct heritage *above)
{
	const char *name = dotted(w, n, above->prefix);
	const struct yaml_node *kids = column_file_inner(n), *items;
	struct heritage h = *above;

	if (!name)
		return;
	for (items = n; items && items->type == YAML_MAP; items = yaml_get(items, "items")) {
		add_heritage(w, items, &h);
		if (list_of(items, "properties"))
			break;
	}
	if (!kids) {
		add_leaf(w, n, &h, name);
		return;
	}
	h.prefix = reader_made(w->r, arena_printf(w->r->arena, "%s.", name));
	if (h.prefix)
		walk_list(w, kids, &h);
}

static void walk_list(struct walk *w, const struct yaml_node *list, const struct heritage *above)
{
	for (size_t i = 0; i < list->len && !w->r->oom; i++)
		walk_property(w, list->items[i], above);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_unique(struct reader *r, const struct yaml_node *list, const struct object *o)
{
	const char **names = reader_array(r, o->columns_len, sizeof(*names));

	if (!names || !o->columns_len)
		return;
	for (size_t i = 0; i < o->columns_len; i++)
		names[i] = o->columns[i].name;
	qsort(names, o->columns_len, sizeof(*names), name_compare);
	for (size_t i = 1; i < o->columns_len; i++)
		if (str_eq(names[i - 1], names[i]) && (i == 1 || !str_eq(names[i - 2], names[i])))
			reader_error(r, "duplicate-column", list,
			    "column '%s' stands twice in '%s'", names[i], o->name);
}

void column_file_read(struct reader *r, const struct column_want *want, struct object *object)
{
	struct walk w = {r, want->mesh, object};
	struct heritage top = {"", want->tags, -1};
	const struct yaml_node *list = want->columns && want->columns->type == YAML_SEQ
	    ? want->columns
	    : NULL;
	int rank = -1;

	object->columns = reader_array(r, count_leaves(list), sizeof(*object->columns));
	if (!object->columns)
		return;
	if (list) {
		walk_list(&w, list, &top);
		check_unique(r, list, object);
	}
	for (size_t i = 0; i < object->columns_len; i++)
		if (object->columns[i].rank > rank)
			rank = object->columns[i].rank;
	object->rank = rank >= 0 ? rank : want->mesh ? want->mesh->default_rank : 0;
}
