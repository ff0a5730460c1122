/*
 * Open Data Contract Standard v3.0.x, v3.1.0 and the drafted v3.2.0: the document and its smaller parts.
 */

#include <string.h>

#include "catalog/base/str.h"
#include "catalog/manifest/standard_shapes.h"

const struct shape standard_odcs_custom = {
    .noun = "a custom property",
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED_TEXT("property"),
	    NEED("value", SHAPE_ANY),
	    TEXT("description"),
	    END,
	},
};

const struct shape standard_odcs_definition = {
    .noun = "an authoritative definition",
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED_TEXT("url"),
	    NEED_TEXT("type"),
	    TEXT("description"),
	    END,
	},
};

const struct shape standard_odcs_role = {
    .noun = "a role",
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED_TEXT("role"),
	    TEXT("description"),
	    TEXT("access"),
	    TEXT("firstLevelApprovers"),
	    TEXT("secondLevelApprovers"),
	    CUSTOM,
	    END,
	},
};

static const struct shape statement = {
    .noun = "a verified statement",
    .keys =
	(const struct shape_key[]){
	    TEXT("id"),
	    NEED_TEXT("question"),
	    TEXT("answer"),
	    TAGS,
	    CUSTOM,
	    DEFINITIONS,
	    END,
	},
};

static const struct shape constraint = {
    .noun = "a constraint",
    .keys =
	(const struct shape_key[]){
	    TEXT("id"),
	    NEED_TEXT("constraint"),
	    TAGS,
	    CUSTOM,
	    DEFINITIONS,
	    END,
	},
};

const struct shape standard_odcs_context = {
    .noun = "the context",
    .keys =
	(const struct shape_key[]){
	    TEXT("instructions"),
	    LIST("verifiedStatements", statement),
	    LIST("constraints", constraint),
	    END,
	},
};

/* The one part that takes keys of any name. */
static const struct shape description = {
    .noun = "the description",
    .open = true,
    .keys =
	(const struct shape_key[]){
	    TEXT("usage"),
	    TEXT("purpose"),
	    TEXT("limitations"),
	    DEFINITIONS,
	    CUSTOM,
	    END,
	},
};

static const struct shape support = {
    .noun = "a support channel",
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED_TEXT("channel"),
	    TEXT("url"),
	    TEXT("description"),
	    TEXT("tool"),
	    TEXT("scope"),
	    TEXT("invitationUrl"),
	    CUSTOM,
	    END,
	},
};

static const struct shape price = {
    .noun = "the price",
    .keys =
	(const struct shape_key[]){
	    ID,
	    KEY("priceAmount", SHAPE_NUMBER),
	    TEXT("priceCurrency"),
	    TEXT("priceUnit"),
	    END,
	},
};

static const struct shape member = {
    .noun = "a team member",
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED_TEXT("username"),
	    TEXT("name"),
	    TEXT("description"),
	    TEXT("role"),
	    KEY("dateIn", SHAPE_STRING, .check = standard_check_date),
	    KEY("dateOut", SHAPE_STRING, .check = standard_check_date),
	    TEXT("replacedByUsername"),
	    TAGS,
	    CUSTOM,
	    DEFINITIONS,
	    END,
	},
};

static const struct shape team = {
    .noun = "the team",
    .keys =
	(const struct shape_key[]){
	    ID,
	    TEXT("name"),
	    TEXT("description"),
	    LIST("members", member),
	    TAGS,
	    CUSTOM,
	    DEFINITIONS,
	    END,
	},
};

static const struct shape sla = {
    .noun = "an SLA property",
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED_TEXT("property"),
	    NEED("value", SHAPE_SCALAR),
	    KEY("valueExt", SHAPE_SCALAR),
	    KEY("unit", SHAPE_STRING, .check = standard_check_unit),
	    TEXT("element"),
	    TEXT("driver"),
	    TEXT("description"),
	    TEXT("scheduler"),
	    TEXT("schedule"),
	    END,
	},
};

/* The element of an SLA with this property; NULL where the item is not one. */
static const char *element_of(const struct yaml_node *item, const char *property)
{
	const char *element = yaml_str(yaml_get(item, "element"));

	if (!str_eq(yaml_str(yaml_get(item, "property")), property))
		return NULL;
	return element ? element : "";
}

/* `latency` and `freshness` are two names of one SLA. */
static void check_slas(struct shape_run *run, const struct yaml_pair *pair)
{
	const struct yaml_node *list = pair->value;
	const struct yaml_node *latency = NULL;

	for (size_t i = 0; i < list->len && !latency; i++) {
		if (element_of(list->items[i], "latency"))
			latency = list->items[i];
	}
	for (size_t i = 0; i < list->len && latency; i++) {
		const char *element = element_of(list->items[i], "freshness");

		if (element && strcmp(element, element_of(latency, "latency")) == 0)
			shape_warn(run, list->items[i], "lint-sla-twice",
			    "`freshness` is the same SLA as the `latency` on line %d; keep one of them",
			    latency->line);
	}
}

static const char *const kinds[] = {"DataContract", NULL};

const struct shape standard_odcs = {
    .noun = "the data contract",
    .keys =
	(const struct shape_key[]){
	    NEED("version", SHAPE_VERSION),
	    NEED_TEXT("apiVersion"),
	    NEED("kind", SHAPE_STRING, .values = kinds),
	    NEED_TEXT("id"),
	    NEED("status", SHAPE_STRING, .until = STANDARD_V31),
	    KEY("status", SHAPE_STRING, .since = STANDARD_V32),
	    TEXT("name"),
	    TEXT("tenant"),
	    TEXT("domain"),
	    TEXT("dataProduct"),
	    TAGS,
	    KEY("context", SHAPE_STRING | SHAPE_MAP, .map = &standard_odcs_context,
		.since = STANDARD_V32),
	    KEY("description", SHAPE_MAP, .map = &description),
	    LIST("servers", standard_odcs_server),
	    LIST("schema", standard_odcs_object),
	    LIST("support", support),
	    KEY("price", SHAPE_MAP, .map = &price),
	    KEY("team", SHAPE_MAP | SHAPE_LIST, .map = &team, .item = &member),
	    LIST("roles", standard_odcs_role),
	    TEXT("slaDefaultElement"),
	    KEY("slaProperties", SHAPE_LIST, .item = &sla, .check = check_slas),
	    DEFINITIONS,
	    CUSTOM,
	    KEY("contractCreatedTs", SHAPE_STRING, .check = standard_check_date_time),
	    END,
	},
};
