/*
 * Looking into the tree. Apart from yaml.c, so that the readers of trees need no libyaml.
 */

#include <string.h>

#include "catalog/manifest/yaml.h"

const struct yaml_pair *yaml_pair(const struct yaml_node *n, const char *key)
{
	if (!n || n->type != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < n->len; i++) {
		if (strcmp(n->pairs[i].key, key) == 0)
			return &n->pairs[i];
	}
	return NULL;
}

const struct yaml_node *yaml_get(const struct yaml_node *n, const char *key)
{
	const struct yaml_pair *pair = yaml_pair(n, key);

	return pair ? pair->value : NULL;
}

const char *yaml_str(const struct yaml_node *n)
{
	return n && n->type == YAML_STRING ? n->text : NULL;
}

const char *yaml_scalar(const struct yaml_node *n)
{
	if (!n || n->type == YAML_NULL || n->type == YAML_SEQ || n->type == YAML_MAP)
		return NULL;
	return n->text;
}

const char *yaml_type_name(enum yaml_type t)
{
	switch (t) {
	case YAML_NULL:
		return "null";
	case YAML_BOOL:
		return "a boolean";
	case YAML_INT:
		return "an integer";
	case YAML_FLOAT:
		return "a number";
	case YAML_STRING:
		return "a string";
	case YAML_SEQ:
		return "a list";
	case YAML_MAP:
		return "a mapping";
	}
	return "a value";
}

struct diag_pos yaml_pos(const char *file, const struct yaml_node *n)
{
	return (struct diag_pos){file, n ? n->line : 0, n ? n->column : 0};
}
