#include "catalog/manifest/vocabulary.h"

#define MAX_TAGS 256

int vocabulary_rank(struct reader *r, const struct yaml_node *n, const struct mesh *m)
{
	int rank = mesh_rank(m, yaml_str(n));
	const char *text = yaml_scalar(n);
	char list[512];

	if (rank < 0)
		reader_error(r, "vocabulary-classification", n,
		    "'%s' is no classification of the mesh; mesh.yaml lists: %s",
		    text ? text : yaml_type_name(n->type),
		    reader_join(
			m->classifications.items, m->classifications.len, list, sizeof(list)));
	return rank;
}

bool vocabulary_tag(struct reader *r, const struct yaml_node *n, const struct mesh *m)
{
	const char *text = yaml_scalar(n);
	char list[512];

	if (yaml_str(n) && strlist_has(&m->tags, n->text))
		return true;
	reader_error(r, "vocabulary-tag", n,
	    "'%s' is no tag of the mesh; use one that mesh.yaml lists, or add it there: %s",
	    text ? text : yaml_type_name(n->type),
	    reader_join(m->tags.items, m->tags.len, list, sizeof(list)));
	return false;
}

struct strlist vocabulary_tags(struct reader *r, const struct yaml_node *map, const struct mesh *m)
{
	const struct yaml_node *list = yaml_get(map, "tags");
	struct strlist out = {NULL, 0};

	if (!m || !list || list->type != YAML_SEQ) /* its type is the standard's business */
		return out;
	if (list->len > MAX_TAGS) {
		reader_error(r, "vocabulary-tag", list, "%zu tags on one thing, more than %d",
		    list->len, MAX_TAGS);
		return out;
	}
	out.items = reader_array(r, list->len, sizeof(*out.items));
	for (size_t i = 0; out.items && i < list->len; i++) {
		const char *tag = yaml_str(list->items[i]);

		if (!tag || !vocabulary_tag(r, list->items[i], m) || strlist_has(&out, tag))
			continue;
		tag = reader_copy(r, tag);
		if (tag)
			out.items[out.len++] = tag;
	}
	return out;
}
