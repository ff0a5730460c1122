#include "catalog/manifest/custom.h"

static const struct yaml_node *property_at(const struct yaml_node *list, size_t i)
{
	return yaml_get(list->items[i], "property");
}

const struct yaml_node *custom_get(const struct yaml_node *map, const char *property)
{
	const struct yaml_node *list = yaml_get(map, "customProperties");

	for (size_t i = 0; list && list->type == YAML_SEQ && i < list->len; i++) {
		const struct yaml_node *p = property_at(list, i);

		if (p && str_eq(yaml_str(p), property))
			return yaml_get(list->items[i], "value");
	}
	return NULL;
}

void custom_check(struct reader *r, const struct yaml_node *map, const char *const *known)
{
	const struct yaml_node *list = yaml_get(map, "customProperties");

	for (size_t i = 0; list && list->type == YAML_SEQ && i < list->len; i++) {
		const struct yaml_node *p = property_at(list, i);

		if (p && str_starts(yaml_str(p), "meshfs") && reader_index(known, p->text) < 0)
			reader_warn(r, "lint-custom-property", p,
			    "'%s' has no meaning here and no effect", p->text);
	}
}
