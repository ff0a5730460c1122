#include "catalog/manifest/contract_file.h"

#include <string.h>

#include "catalog/base/when.h"
#include "catalog/manifest/column_file.h"
#include "catalog/manifest/vocabulary.h"

static const char *text_of(struct reader *r, const struct yaml_node *n, const char *key)
{
	return reader_copy(r, yaml_scalar(yaml_get(n, key)));
}

const char *contract_file_id(const struct yaml_node *root)
{
	const char *id = yaml_scalar(yaml_get(root, "id"));

	return id ? id : yaml_scalar(yaml_get(root, "uuid"));
}

static const struct yaml_node *first_of(const struct yaml_node *n, const char *a, const char *b)
{
	const struct yaml_node *v = yaml_get(n, a);

	return v ? v : yaml_get(n, b);
}

/* The object's name becomes a file's name, so it must be one. */
static void read_object(struct reader *r, const struct yaml_node *n,
    const struct contract_want *want, struct strlist tags, struct object *o)
{
	const struct yaml_node *name = first_of(n, "name", "table");
	struct column_want columns = {want->mesh, first_of(n, "properties", "columns"), {NULL, 0}};

	if (yaml_scalar(name) && !str_is_name(name->text))
		reader_error(r, "manifest-name", name,
		    "'%s' cannot be used as a name: letters, digits, '.', '_' and '-' only, starting with a letter or "
		    "digit, at most 255 bytes; the storage's own name belongs into physicalName",
		    name->text);
	o->name = reader_copy(r, yaml_scalar(name));
	o->physical_name = text_of(r, n, "physicalName");
	o->physical_type = text_of(r, n, "physicalType");
	o->description = text_of(r, n, "description");
	o->tags = reader_union(r, tags, vocabulary_tags(r, n, want->mesh));
	columns.tags = o->tags;
	column_file_read(r, &columns, o);
}

#define MAX_OBJECTS 10000

static void read_objects(struct reader *r, const struct yaml_node *root,
    const struct contract_want *want, struct contract *c)
{
	const struct yaml_node *list = first_of(root, "schema", "dataset");

	if (!list || list->type != YAML_SEQ)
		return;
	if (list->len > MAX_OBJECTS) {
		reader_error(r, "manifest-value", list, "'schema' has %zu elements, more than %d",
		    list->len, MAX_OBJECTS);
		return;
	}
	c->objects = reader_array(r, list->len, sizeof(*c->objects));
	for (size_t i = 0; c->objects && i < list->len; i++) {
		struct object *o = &c->objects[c->objects_len];

		read_object(r, list->items[i], want, c->tags, o);
		for (size_t j = 0; o->name && j < c->objects_len; j++)
			if (str_eq(o->name, c->objects[j].name))
				reader_error(r, "duplicate-object", list->items[i],
				    "'%s' stands twice in the schema", o->name);
		c->objects_len += o->name != NULL;
	}
}

static void read_end_of_life(
    struct reader *r, const struct yaml_node *n, const struct sla *s, struct contract *c)
{
	int64_t ns;

	if (!s->value || when_parse(s->value, &ns) < 0)
		reader_error(r, "sla-end-of-life", n,
		    "endOfLife needs a date or a time as RFC 3339 writes it: 2026-12-31 or 2026-12-31T23:59:59Z");
	else if (c->end_of_life_ns == WHEN_NONE || ns < c->end_of_life_ns)
		c->end_of_life_ns = ns;
}

static void read_slas(struct reader *r, const struct yaml_node *root, struct contract *c)
{
	const struct yaml_node *list = yaml_get(root, "slaProperties");

	c->end_of_life_ns = WHEN_NONE;
	if (!list || list->type != YAML_SEQ)
		return;
	c->slas = reader_array(r, list->len, sizeof(*c->slas));
	for (size_t i = 0; c->slas && i < list->len; i++) {
		const struct yaml_node *n = list->items[i];
		struct sla *s = &c->slas[c->slas_len];

		s->property = text_of(r, n, "property");
		s->value = text_of(r, n, "value");
		s->unit = text_of(r, n, "unit");
		s->element = reader_copy(r, yaml_scalar(first_of(n, "element", "column")));
		if (!s->property)
			continue;
		c->slas_len++;
		if (str_eq(s->property, "endOfLife"))
			read_end_of_life(r, n, s, c);
	}
}

void contract_file_read(struct reader *r, const struct yaml_node *root,
    const struct contract_want *want, struct contract *ret)
{
	const struct yaml_node *description = yaml_get(root, "description");

	memset(ret, 0, sizeof(*ret));
	ret->id = reader_copy(r, contract_file_id(root));
	ret->version = text_of(r, root, "version");
	ret->status = text_of(r, root, "status");
	ret->name = reader_copy(r, yaml_scalar(first_of(root, "name", "quantumName")));
	ret->purpose = text_of(r, description, "purpose");
	ret->limitations = text_of(r, description, "limitations");
	ret->usage = text_of(r, description, "usage");
	ret->tags = vocabulary_tags(r, root, want->mesh);
	read_objects(r, root, want, ret);
	server_file_read(r, root, want->rights, ret);
	read_slas(r, root, ret);
}
