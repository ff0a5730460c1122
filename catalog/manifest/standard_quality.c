/*
 * Open Data Contract Standard v3: quality checks. Their `type` decides which further keys they have.
 */

#include <string.h>

#include "catalog/base/str.h"
#include "catalog/manifest/standard_shapes.h"

static const char *const dimensions[] = {"accuracy", "completeness", "conformity", "consistency",
    "coverage", "timeliness", "uniqueness", NULL};
static const char *const types[] = {"text", "library", "sql", "custom", NULL};
static const char *const metrics[] = {
    "nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount", NULL};

#define BETWEEN(n) KEY(n, SHAPE_LIST, .item_types = SHAPE_NUMBER, .check = standard_check_pair)

static const struct shape_key operators[] = {
    KEY("mustBe", SHAPE_ANY),
    KEY("mustNotBe", SHAPE_ANY),
    KEY("mustBeGreaterThan", SHAPE_NUMBER),
    KEY("mustBeGreaterOrEqualTo", SHAPE_NUMBER),
    KEY("mustBeLessThan", SHAPE_NUMBER),
    KEY("mustBeLessOrEqualTo", SHAPE_NUMBER),
    BETWEEN("mustBeBetween"),
    BETWEEN("mustNotBeBetween"),
    END,
};

/* A measured check has one operator; v3.0.x may leave it out. */
static void check_operators(struct shape_run *run, const struct yaml_node *map)
{
	const struct yaml_pair *first = NULL;

	for (const struct shape_key *k = operators; k->name; k++) {
		const struct yaml_pair *pair = yaml_pair(map, k->name);

		if (pair && first)
			shape_error(run, pair, "standard-quality-operators",
			    "`%s` stands beside `%s`; a quality check has one operator, so make two checks",
			    pair->key, first->key);
		first = first ? first : pair;
	}
	if (!first && run->version >= STANDARD_V31)
		shape_error(run, map, "standard-quality-operators",
		    "a quality check of this type needs an operator; add one, such as `mustBe: 0`");
}

static const struct shape measured = {.keys = operators, .check = check_operators};

static const struct shape library = {
    .keys =
	(const struct shape_key[]){
	    NEED("metric", SHAPE_STRING, .values = metrics, .since = STANDARD_V31),
	    KEY("metric", SHAPE_STRING, .values = metrics, .until = STANDARD_V30),
	    TEXT("rule"),
	    KEY("arguments", SHAPE_MAP),
	    END,
	},
};

static const struct shape sql = {
    .keys = (const struct shape_key[]){NEED_TEXT("query"), END},
};

static const struct shape custom = {
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("engine"),
	    NEED("implementation", SHAPE_STRING | SHAPE_MAP),
	    END,
	},
};

/* v3.0.x has library checks by default, named by `rule`; since v3.1.0 `metric` makes one, whatever the type. */
static bool is_library(const struct shape_run *run, const struct yaml_node *map, const char *type)
{
	if (yaml_str(yaml_get(map, "metric")) || str_eq(type, "library"))
		return true;
	return run->version < STANDARD_V31 && !type && yaml_get(map, "rule");
}

static bool is_type(const char *type)
{
	for (const char *const *t = types; *t; t++) {
		if (strcmp(*t, type) == 0)
			return true;
	}
	return false;
}

static int extend(const struct shape_run *run, const struct yaml_node *map,
    const struct shape *more[SHAPE_MAX_MORE])
{
	const struct yaml_node *node = yaml_get(map, "type");
	const char *type = yaml_str(node);
	int n = 0;

	if (node && (!type || !is_type(type)))
		return -1;
	if (is_library(run, map, type))
		more[n++] = &library;
	if (str_eq(type, "sql"))
		more[n++] = &sql;
	if (n > 0)
		more[n++] = &measured;
	if (str_eq(type, "custom"))
		more[n++] = &custom;
	return n;
}

const struct shape standard_odcs_quality = {
    .noun = "a quality check of this type",
    .extend = extend,
    .keys =
	(const struct shape_key[]){
	    ID,
	    KEY("type", SHAPE_STRING, .values = types),
	    TEXT("name"),
	    TEXT("description"),
	    KEY("dimension", SHAPE_STRING, .values = dimensions),
	    TEXT("method"),
	    TEXT("severity"),
	    TEXT("businessImpact"),
	    TEXT("unit"),
	    TEXT("schedule"),
	    TEXT("scheduler"),
	    TAGS,
	    CUSTOM,
	    DEFINITIONS,
	    END,
	},
};
