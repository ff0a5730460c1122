#include "catalog/manifest/product_file.h"

#include <ctype.h>
#include <string.h>

#include "catalog/base/when.h"
#include "catalog/manifest/custom.h"
#include "catalog/manifest/vocabulary.h"

static const char *text_of(struct reader *r, const struct yaml_node *n, const char *key)
{
	return reader_copy(r, yaml_scalar(yaml_get(n, key)));
}

static int64_t date_of(const struct yaml_node *n, const char *key)
{
	const char *s = yaml_str(yaml_get(n, key));
	int64_t ns;

	return s && when_parse(s, &ns) == 0 ? ns : WHEN_NONE;
}

/* A dateOut that cannot be read would keep somebody in the team for ever. */
static bool read_member(struct reader *r, const struct yaml_node *n, struct member *m)
{
	m->username = text_of(r, n, "username");
	m->name = text_of(r, n, "name");
	m->role = text_of(r, n, "role");
	m->date_in_ns = date_of(n, "dateIn");
	m->date_out_ns = date_of(n, "dateOut");
	if (yaml_scalar(yaml_get(n, "dateOut")) && m->date_out_ns == WHEN_NONE) {
		reader_error(r, "manifest-time", yaml_get(n, "dateOut"),
		    "'dateOut' must be a date: YYYY-MM-DD");
		return false;
	}
	return m->username != NULL;
}

void product_file_team(struct reader *r, const struct yaml_node *team, struct product *ret)
{
	const struct yaml_node *list = team && team->type == YAML_SEQ ? team
								      : yaml_get(team, "members");

	ret->team_name = text_of(r, team, "name");
	if (!list || list->type != YAML_SEQ)
		return;
	ret->team = reader_array(r, list->len, sizeof(*ret->team));
	ret->team_len = 0;
	for (size_t i = 0; ret->team && i < list->len; i++)
		ret->team_len += read_member(r, list->items[i], &ret->team[ret->team_len]);
}

static void check_status(struct reader *r, const struct yaml_node *root)
{
	static const char *const known[] = {
	    "proposed", "draft", "active", "deprecated", "retired", NULL};
	const struct yaml_node *n = yaml_get(root, "status");

	if (yaml_scalar(n) && reader_index(known, n->text) < 0)
		reader_warn(r, "lint-status", n,
		    "'%s' is no usual status; policies know proposed, draft, active, deprecated and retired",
		    n->text);
}

static void check_names(
    struct reader *r, const struct yaml_node *root, const struct product_want *want)
{
	const struct yaml_node *name = yaml_get(root, "name"), *domain = yaml_get(root, "domain");
	const struct yaml_node *ports = yaml_get(root, "outputPorts");

	if (yaml_scalar(name) && (str_eq(name->text, ".") || str_eq(name->text, "..")))
		reader_error(r, "manifest-name", name, "'%s' is no name for a product", name->text);
	if (want->domain && want->domain->id && yaml_scalar(domain) &&
	    !str_eq(domain->text, want->domain->id))
		reader_warn(r, "lint-domain", domain,
		    "says domain '%s', but lies in the domain '%s'", domain->text,
		    want->domain->id);
	if (!ports || (ports->type == YAML_SEQ && ports->len == 0))
		reader_warn(r, "lint-no-output-port", root,
		    "a product without an output port gives nobody anything");
}

/* Policy compares a status as it is spelled, and `Draft` must not be less hidden than `draft`. */
static const char *lower(struct reader *r, const struct yaml_node *n)
{
	char *s = (char *)reader_copy(r, yaml_scalar(n)); /* our own copy */

	for (char *p = s; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return s;
}

static bool read_sealed(struct reader *r, const struct yaml_node *root)
{
	const struct yaml_node *n = custom_get(root, "meshfsSealed");

	if (!n || n->type == YAML_BOOL)
		return n && n->i;
	reader_error(r, "manifest-type", n, "'meshfsSealed' must be true or false");
	return true;
}

void product_file_read(struct reader *r, const struct yaml_node *root,
    const struct product_want *want, struct product *ret)
{
	static const char *const own[] = {"meshfsCodeAssets", "meshfsSealed", NULL};
	const struct yaml_node *description = yaml_get(root, "description");
	struct strlist above = {NULL, 0};

	ret->id = text_of(r, root, "id");
	ret->version = text_of(r, root, "version");
	ret->title = text_of(r, root, "name");
	ret->status = lower(r, yaml_get(root, "status"));
	ret->tenant = text_of(r, root, "tenant");
	ret->purpose = text_of(r, description, "purpose");
	ret->limitations = text_of(r, description, "limitations");
	ret->usage = text_of(r, description, "usage");
	if (want->domain)
		above = want->domain->tags;
	ret->tags = reader_union(r, vocabulary_tags(r, root, want->mesh), above);
	for (size_t i = 0; i < ret->tags.len; i++)
		ret->tags.items[i] = reader_copy(
		    r, ret->tags.items[i]); /* the domain's live in its arena */
	ret->sealed = read_sealed(r, root);
	product_file_team(r, yaml_get(root, "team"), ret);
	check_status(r, root);
	check_names(r, root, want);
	custom_check(r, root, own);
}

/* ---- code assets ---- */

static bool asset_exists(const struct product *p, const char *path)
{
	size_t len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		len--;
	for (size_t i = 0; len && i < p->files_len; i++) {
		const char *have = p->files[i].path;

		if (str_starts(have, "code/") && strncmp(have + 5, path, len) == 0 &&
		    (have[5 + len] == '\0' || have[5 + len] == '/'))
			return true;
	}
	return false;
}

static bool port_exists(const struct product *p, const char *name)
{
	for (size_t i = 0; i < p->ports_len; i++)
		if (str_eq(p->ports[i].name, name))
			return true;
	return false;
}

static bool read_asset(struct reader *r, const struct yaml_node *n, bool alone, struct product *p)
{
	static const char *const keys[] = {
	    "role", "path", "entrypoint", "producesPort", "description", NULL};
	static const char *const roles[] = {"generates", "delivers", "pipeline", "report", NULL};
	struct code_asset *a = &p->assets[p->assets_len];
	int role;

	if (!reader_map(r, n, "a code asset"))
		return false;
	reader_keys(r, n, keys);
	role = reader_enum(r, n, "role", roles);
	a->role = reader_copy(r, role >= 0 ? roles[role] : NULL);
	a->path = reader_string(r, n, "path", READER_REQUIRED);
	a->entrypoint = reader_string(r, n, "entrypoint", READER_OPTIONAL);
	a->produces_port = reader_string(r, n, "producesPort", READER_OPTIONAL);
	if (str_starts(a->path, "code/"))
		a->path += 5;
	if (a->path && !alone && !asset_exists(p, a->path)) {
		reader_error(r, "ref-code-asset", yaml_get(n, "path"),
		    "there is no code/%s in the product's directory", a->path);
		return false;
	}
	if (a->produces_port && !port_exists(p, a->produces_port)) {
		reader_error(r, "ref-port", yaml_get(n, "producesPort"),
		    "the product has no output port '%s'", a->produces_port);
		return false;
	}
	return a->path != NULL;
}

void product_file_assets(
    struct reader *r, const struct yaml_node *root, bool alone, struct product *ret)
{
	const struct yaml_node *list = custom_get(root, "meshfsCodeAssets");

	if (!list)
		return;
	if (list->type != YAML_SEQ) {
		reader_error(r, "manifest-type", list, "'meshfsCodeAssets' must be a list, not %s",
		    yaml_type_name(list->type));
		return;
	}
	ret->assets = reader_array(r, list->len, sizeof(*ret->assets));
	for (size_t i = 0; ret->assets && i < list->len; i++)
		ret->assets_len += read_asset(r, list->items[i], alone, ret);
}
