#include "catalog/manifest/domain_file.h"

#include "catalog/base/when.h"
#include "catalog/manifest/vocabulary.h"

/* A map with `purpose` (as the standards have it), or plain text. */
static const char *read_description(struct reader *r, const struct yaml_node *root)
{
	static const char *const keys[] = {"purpose", "limitations", "usage", NULL};
	const struct yaml_node *n = reader_value(r, root, "description", READER_OPTIONAL);

	if (!n || n->type != YAML_MAP)
		return reader_prose(r, root, "description");
	reader_keys(r, n, keys);
	(void)reader_prose(r, n, "limitations");
	(void)reader_prose(r, n, "usage");
	return reader_prose(r, n, "purpose");
}

static bool read_owner(struct reader *r, const struct yaml_node *n, struct owner *o)
{
	static const char *const keys[] = {"user", "name", "role", "dateIn", "dateOut", NULL};

	if (!reader_map(r, n, "an owner"))
		return false;
	reader_keys(r, n, keys);
	o->user = reader_string(r, n, "user", READER_REQUIRED);
	(void)reader_prose(r, n, "name");
	o->role = reader_string(r, n, "role", READER_OPTIONAL);
	o->date_in_ns = reader_date(r, n, "dateIn");
	o->date_out_ns = reader_date(r, n, "dateOut");
	return o->user != NULL;
}

static void read_owners(struct reader *r, const struct yaml_node *root, struct domain *d)
{
	const struct yaml_node *list = reader_list(r, root, "owners", READER_REQUIRED);
	bool standing = false;

	if (!list)
		return;
	d->owners = reader_array(r, list->len, sizeof(*d->owners));
	for (size_t i = 0; d->owners && i < list->len; i++) {
		if (!read_owner(r, list->items[i], &d->owners[d->owners_len]))
			continue;
		standing |= d->owners[d->owners_len].date_out_ns == WHEN_NONE;
		d->owners_len++;
	}
	if (!standing)
		reader_error(r, "domain-owner", list,
		    "a domain has at least one owner who is there to stay: one without dateOut");
}

static void read_delegation(struct reader *r, const struct yaml_node *root, struct domain *d)
{
	static const char *const keys[] = {"meshMayGrant", NULL};
	const struct yaml_node *n = reader_value(r, root, "delegation", READER_OPTIONAL);

	if (!n || !reader_map(r, n, "'delegation'"))
		return;
	reader_keys(r, n, keys);
	d->mesh_may_grant = reader_names(r, n, "meshMayGrant", READER_OPTIONAL);
}

void domain_file_read(
    struct reader *r, const struct yaml_node *root, const struct mesh *m, struct domain *ret)
{
	static const char *const keys[] = {"apiVersion", "kind", "id", "name", "description",
	    "kindOfBoundary", "established", "reviewedOn", "reviewEvery", "owners",
	    "boundedContext", "delegation", "tags", NULL};
	static const char *const boundaries[] = {
	    "organization", "businessProcess", "sourceSystem", NULL};

	if (!reader_head(r, root, "Domain"))
		return;
	reader_keys(r, root, keys);
	ret->id = reader_name(r, root, "id", READER_REQUIRED);
	ret->name = reader_string(r, root, "name", READER_OPTIONAL);
	ret->description = read_description(r, root);
	(void)reader_enum(r, root, "kindOfBoundary", boundaries);
	(void)reader_date(r, root, "established");
	(void)reader_date(r, root, "reviewedOn");
	(void)reader_duration(r, root, "reviewEvery", READER_OPTIONAL);
	read_owners(r, root, ret);
	ret->bounded_context = reader_strings(r, root, "boundedContext", READER_OPTIONAL);
	ret->tags = vocabulary_tags(r, root, m);
	read_delegation(r, root, ret);
}
