#include "catalog/manifest/standard.h"

#include <stdio.h>
#include <string.h>

#include "catalog/base/str.h"
#include "catalog/manifest/standard_shapes.h"

static const struct {
	enum standard_kind kind;
	const char *api_version;
	int version;
	const struct shape *shape;
} known[] = {
    {STANDARD_ODPS, "v1.0.0", 0, &standard_odps},
    {STANDARD_ODPS, "v0.9.0", 0, &standard_odps},
    {STANDARD_ODCS, "v3.1.0", STANDARD_V31, &standard_odcs},
    {STANDARD_ODCS, "v3.2.0", STANDARD_V32, &standard_odcs},
    {STANDARD_ODCS, "v3.0.2", STANDARD_V30, &standard_odcs},
    {STANDARD_ODCS, "v3.0.1", STANDARD_V30, &standard_odcs},
    {STANDARD_ODCS, "v3.0.0", STANDARD_V30, &standard_odcs},
    {STANDARD_ODCS, "v2.2.2", STANDARD_V22, &standard_odcs_v22},
    {STANDARD_ODCS, "v2.2.1", STANDARD_V22, &standard_odcs_v22},
    {STANDARD_ODCS, "v2.2.0", STANDARD_V22, &standard_odcs_v22},
};

#define KNOWN ((int)(sizeof(known) / sizeof(known[0])))

enum standard_kind standard_kind(const struct yaml_node *root)
{
	const char *kind = yaml_str(yaml_get(root, "kind"));

	if (str_eq(kind, "DataProduct"))
		return STANDARD_ODPS;
	return str_eq(kind, "DataContract") ? STANDARD_ODCS : STANDARD_NONE;
}

/* The first entry of the kind with this apiVersion (NULL: any) and of this version (0: any); -1: none. */
static int lookup(enum standard_kind kind, const char *api_version, int version)
{
	for (int i = 0; i < KNOWN; i++) {
		if (known[i].kind != kind || (version != 0 && known[i].version != version))
			continue;
		if (!api_version || strcmp(known[i].api_version, api_version) == 0)
			return i;
	}
	return -1;
}

/* v2.2.x does not demand an apiVersion; such a contract is known by what v3 renamed. */
static bool looks_v22(const struct yaml_node *root)
{
	return (yaml_get(root, "dataset") || yaml_get(root, "uuid")) && !yaml_get(root, "schema");
}

static void report_version(
    struct shape_run *run, enum standard_kind kind, const struct yaml_node *value)
{
	char list[KNOWN * 16] = "";

	for (int i = lookup(kind, NULL, 0); i < KNOWN && known[i].kind == kind; i++) {
		size_t len = strlen(list);

		(void)snprintf(list + len, sizeof(list) - len, "%s%s", len > 0 ? ", " : "",
		    known[i].api_version);
	}
	shape_error(run, value, "standard-api-version",
	    "the apiVersion `%.80s` is not known here; use one of %s",
	    yaml_scalar(value) ? yaml_scalar(value) : yaml_type_name(value->type), list);
}

/* Which entry of the table governs the document; -1 after a report. */
static int choose(struct shape_run *run, const struct yaml_node *root)
{
	enum standard_kind kind = standard_kind(root);
	const struct yaml_node *value = yaml_get(root, "apiVersion");
	int i;

	if (kind == STANDARD_NONE) {
		shape_error(run, root, "standard-kind",
		    "neither a data product nor a contract; write `kind: DataProduct` or `kind: DataContract`");
		return -1;
	}
	if (!value || value->type == YAML_NULL)
		return lookup(
		    kind, NULL, kind == STANDARD_ODCS && looks_v22(root) ? STANDARD_V22 : 0);
	i = yaml_str(value) ? lookup(kind, yaml_str(value), 0) : -1;
	if (i < 0)
		report_version(run, kind, value);
	return i;
}

bool standard_check(const char *file, const struct yaml_node *root, struct diag_list *diags)
{
	struct shape_run run = {.file = file, .diags = diags};
	size_t before = diags->errors;
	int i = choose(&run, root);

	if (i < 0)
		return false;
	run.version = known[i].version;
	run.null_is_absent = run.version == STANDARD_V22;
	shape_walk(&run, known[i].shape, root);
	if (run.warnings > SHAPE_MAX_WARNINGS)
		diag_add(diags, DIAG_WARNING, "standard-many", yaml_pos(file, root),
		    "more warnings than the %d that are shown; mend these first",
		    SHAPE_MAX_WARNINGS);
	return diags->errors == before && !diags->oom;
}
