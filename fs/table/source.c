#include "fs/table/source.h"

#include <string.h>
#include <strings.h>

static const struct column *find(const struct object *o, const char *name, bool physical)
{
	for (size_t i = 0; i < o->columns_len; i++) {
		const struct column *c = &o->columns[i];

		if (str_eq(physical ? c->physical_name : c->name, name))
			return c;
	}
	return NULL;
}

void source_apply_contract(struct table_schema *schema, const struct object *object)
{
	for (size_t i = 0; object && i < schema->len; i++) {
		struct table_column *c = &schema->columns[i];
		const struct column *known = find(object, c->source_name, false);

		if (!known)
			known = find(object, c->source_name, true);
		if (!known)
			continue;
		c->name = known->name;
		c->logical_type = known->logical_type;
	}
}

bool source_is_parquet(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name && dot[-1] != '/' &&
	    (strcasecmp(dot, ".parquet") == 0 || strcasecmp(dot, ".pq") == 0);
}
