#include <errno.h>
#include <string.h>

#include "catalog/base/when.h"
#include "catalog/manifest/load.h"
#include "catalog/manifest/place.h"
#include "catalog/manifest/reader.h"

static void read_timezone(struct reader *r, const struct yaml_node *root, struct mesh *m)
{
	const struct yaml_node *n = reader_value(r, root, "timezone", READER_OPTIONAL);
	struct when_zone *zone = NULL;
	struct mesh_err err;
	int rc;

	m->timezone = n ? reader_string(r, root, "timezone", READER_OPTIONAL)
			: reader_copy(r, "UTC");
	if (!n || !m->timezone)
		return;
	rc = when_zone_new(m->timezone, &zone, &err);
	if (rc == -ENOMEM)
		r->oom = true;
	else if (rc < 0)
		reader_error(r, "mesh-timezone", n, "timezone: %s", err.text);
	when_zone_free(zone);
}

static void read_classifications(struct reader *r, const struct yaml_node *root, struct mesh *m)
{
	const struct yaml_node *list = reader_list(r, root, "classifications", READER_REQUIRED);
	const struct yaml_node *n = reader_value(r, root, "defaultClassification", READER_OPTIONAL);
	char known[512];
	int rank;

	if (!list)
		return;
	if (list->len == 0 || list->len > MODEL_MAX_CLASSES) {
		reader_error(r, "mesh-classifications", list,
		    "a mesh has 1 to %d classifications, ordered from least to most sensitive",
		    MODEL_MAX_CLASSES);
		return;
	}
	m->classifications = reader_names(r, root, "classifications", READER_REQUIRED);
	m->default_rank = m->classifications.len ? (int)m->classifications.len - 1 : 0;
	if (!n)
		return;
	rank = mesh_rank(m, yaml_str(n));
	if (rank >= 0)
		m->default_rank = rank;
	else
		reader_error(r, "vocabulary-classification", n,
		    "defaultClassification must be one of: %s",
		    reader_join(
			m->classifications.items, m->classifications.len, known, sizeof(known)));
}

static void read_storage(struct reader *r, const struct yaml_node *n, struct mesh_domain_ref *d)
{
	const struct yaml_node *list = reader_list(r, n, "storage", READER_OPTIONAL);

	d->storage = reader_strings(r, n, "storage", READER_OPTIONAL);
	for (size_t i = 0; list && i < list->len; i++) {
		const char *s = yaml_str(list->items[i]);

		if (s && !place_is_prefix(s))
			reader_error(r, "mesh-storage", list->items[i],
			    "'%s' is no storage prefix: an absolute path without '..' and globs, or a URL "
			    "(s3://, http://, https://, postgres://) without a user or password",
			    s);
	}
}

static bool path_is_inside(const char *path)
{
	return path[0] != '/' && !str_eq(path, "..") && !str_starts(path, "../");
}

static void read_domain_ref(struct reader *r, const struct yaml_node *n, struct mesh *m)
{
	static const char *const keys[] = {"path", "storage", NULL};
	struct mesh_domain_ref *d = &m->domains[m->domains_len];
	const struct yaml_node *path;
	char *end;

	if (!reader_map(r, n, "a domain"))
		return;
	reader_keys(r, n, keys);
	d->line = n->line;
	d->path = reader_string(r, n, "path", READER_REQUIRED);
	read_storage(r, n, d);
	if (!d->path)
		return;
	path = yaml_get(n, "path");
	end = (char *)d->path + strlen(d->path); /* our own copy */
	while (end > d->path + 1 && end[-1] == '/')
		*--end = '\0';
	if (str_starts(d->path, "./") || str_eq(d->path, ".") || strstr(d->path, "//") ||
	    (path_is_inside(d->path) && place_has_dotdot(d->path))) {
		reader_error(r, "mesh-domain-path", path,
		    "write the domain's directory plainly, below the mesh's: domains/sales (or an absolute path, or "
		    "one that starts with ../)");
		return;
	}
	for (size_t i = 0; i < m->domains_len; i++) {
		if (!str_eq(m->domains[i].path, d->path))
			continue;
		reader_error(r, "duplicate-domain", path, "'%s' is listed twice, first in line %d",
		    d->path, m->domains[i].line);
		return;
	}
	m->domains_len++;
}

static void read_domains(struct reader *r, const struct yaml_node *root, struct mesh *m)
{
	const struct yaml_node *list = reader_list(r, root, "domains", READER_REQUIRED);

	if (!list)
		return;
	if (list->len > 10000) {
		reader_error(r, "manifest-value", list,
		    "'domains' has %zu elements, more than 10000", list->len);
		return;
	}
	m->domains = reader_array(r, list->len, sizeof(*m->domains));
	for (size_t i = 0; m->domains && i < list->len; i++)
		read_domain_ref(r, list->items[i], m);
}

static void read_audit(struct reader *r, const struct yaml_node *root, struct mesh *m)
{
	static const char *const keys[] = {"path", "retention", "sync", NULL};
	static const char *const syncs[] = {"interval", "always", NULL};
	const struct yaml_node *n = reader_value(r, root, "audit", READER_OPTIONAL);

	if (!n || !reader_map(r, n, "'audit'"))
		return;
	reader_keys(r, n, keys);
	m->audit_path = reader_string(r, n, "path", READER_OPTIONAL);
	if (m->audit_path && (m->audit_path[0] != '/' || place_has_dotdot(m->audit_path))) {
		reader_error(r, "mesh-audit", yaml_get(n, "path"),
		    "audit.path must be an absolute path without '..'");
		m->audit_path = NULL;
	}
	(void)reader_duration(r, n, "retention", READER_OPTIONAL);
	m->audit_sync_always = reader_enum(r, n, "sync", syncs) == 1;
}

static void read_mesh(struct reader *r, const struct yaml_node *root, struct mesh *m)
{
	static const char *const keys[] = {"apiVersion", "kind", "id", "name", "description",
	    "timezone", "classifications", "defaultClassification", "purposes", "tags", "domains",
	    "audit", NULL};

	if (!reader_head(r, root, "Mesh"))
		return;
	reader_keys(r, root, keys);
	m->id = reader_name(r, root, "id", READER_REQUIRED);
	m->name = reader_string(r, root, "name", READER_OPTIONAL);
	read_timezone(r, root, m);
	read_classifications(r, root, m);
	m->purposes = reader_names(r, root, "purposes", READER_OPTIONAL);
	m->tags = reader_strings(r, root, "tags", READER_OPTIONAL);
	read_domains(r, root, m);
	read_audit(r, root, m);
}

int mesh_file_load(const struct policy_source *src, struct mesh *m, struct diag_list *diags)
{
	struct reader r = {src->file, &m->arena, diags, false};
	const struct yaml_node *root;
	struct arena tree;

	memset(m, 0, sizeof(*m));
	arena_init(&m->arena);
	arena_init(&tree);
	root = yaml_parse(src->file, src->bytes, src->len, &tree, diags);
	if (root)
		read_mesh(&r, root, m);
	arena_clear(&tree);
	return r.oom || diags->oom ? -ENOMEM : 0;
}
