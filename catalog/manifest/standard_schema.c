/*
 * Open Data Contract Standard v3: `schema`, that is objects, properties and relationships.
 */

#include <string.h>

#include "catalog/base/str.h"
#include "catalog/manifest/standard_shapes.h"

/* ---- relationships ---- */

#define NEED_REFERENCE(n)                                              \
	NEED(n, SHAPE_STRING | SHAPE_LIST, .item_types = SHAPE_STRING, \
	    .check = standard_check_reference)

static const char *const relationship_types[] = {"foreignKey", NULL};

static const struct shape relationship = {
    .keys =
	(const struct shape_key[]){
	    KEY("type", SHAPE_STRING, .values = relationship_types),
	    NEED_REFERENCE("to"),
	    CUSTOM,
	    END,
	},
};

static void check_ends(struct shape_run *run, const struct yaml_node *map)
{
	const struct yaml_node *from = yaml_get(map, "from");
	const struct yaml_node *to = yaml_get(map, "to");

	if (from && to && (from->type == YAML_SEQ) != (to->type == YAML_SEQ))
		shape_error(run, to, "standard-relationship",
		    "`from` and `to` must both be a string or both a list; write them alike");
}

const struct shape standard_odcs_table_relationship = {
    .noun = "a relationship of an object",
    .base = &relationship,
    .check = check_ends,
    .keys =
	(const struct shape_key[]){
	    NEED_REFERENCE("from"),
	    END,
	},
};

/* Starts at the property that it stands in, and so has no `from`. */
const struct shape standard_odcs_property_relationship = {
    .noun = "a relationship of a property",
    .base = &relationship,
    .keys = (const struct shape_key[]){END},
};

/* ---- what objects and properties share ---- */

static const struct shape synonym = {
    .noun = "a synonym",
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED_TEXT("synonym"),
	    TEXT("description"),
	    TEXT("locale"),
	    TEXT("source"),
	    TEXT("status"),
	    CUSTOM,
	    END,
	},
};

static const struct shape element = {
    .keys =
	(const struct shape_key[]){
	    ID,
	    TEXT("name"),
	    TEXT("physicalType"),
	    TEXT("physicalName"),
	    TEXT("description"),
	    TEXT("businessName"),
	    LIST("quality", standard_odcs_quality),
	    KEY("synonyms", SHAPE_LIST, .item = &synonym, .since = STANDARD_V32),
	    TAGS,
	    CUSTOM,
	    DEFINITIONS,
	    END,
	},
};

/* ---- what a logicalType adds ---- */

#define COUNT(n) KEY(n, SHAPE_INTEGER, .check = standard_check_not_negative)
#define OPTIONS(shape) KEY("logicalTypeOptions", SHAPE_MAP, .map = &(shape))

/* v3.0.x has the exclusive bounds as flags beside the bounds. */
#define BOUNDS(type)                                                             \
	KEY("minimum", type), KEY("maximum", type),                              \
	    KEY("exclusiveMinimum", type, .since = STANDARD_V31),                \
	    KEY("exclusiveMaximum", type, .since = STANDARD_V31),                \
	    KEY("exclusiveMinimum", (type) | SHAPE_BOOL, .until = STANDARD_V30), \
	    KEY("exclusiveMaximum", (type) | SHAPE_BOOL, .until = STANDARD_V30)

static const struct shape string_options = {
    .noun = "the options of a string",
    .keys =
	(const struct shape_key[]){
	    COUNT("minLength"),
	    COUNT("maxLength"),
	    TEXT("pattern"),
	    TEXT("format"),
	    END,
	},
};

static const struct shape date_options = {
    .noun = "the options of a date",
    .keys =
	(const struct shape_key[]){
	    TEXT("format"),
	    BOUNDS(SHAPE_STRING),
	    END,
	},
};

static const struct shape time_options = {
    .noun = "the options of a time",
    .base = &date_options,
    .keys =
	(const struct shape_key[]){
	    KEY("timezone", SHAPE_BOOL),
	    TEXT("defaultTimezone"),
	    END,
	},
};

static const char *const integer_formats[] = {
    "i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128", NULL};

static const struct shape integer_options = {
    .noun = "the options of an integer",
    .keys =
	(const struct shape_key[]){
	    KEY("multipleOf", SHAPE_NUMBER, .check = standard_check_positive),
	    BOUNDS(SHAPE_NUMBER),
	    KEY("format", SHAPE_STRING, .values = integer_formats),
	    END,
	},
};

static const char *const number_formats[] = {"f32", "f64", NULL};

static const struct shape number_options = {
    .noun = "the options of a number",
    .keys =
	(const struct shape_key[]){
	    KEY("multipleOf", SHAPE_NUMBER, .check = standard_check_positive),
	    BOUNDS(SHAPE_NUMBER),
	    KEY("format", SHAPE_STRING, .values = number_formats),
	    END,
	},
};

static const struct shape object_options = {
    .noun = "the options of an object",
    .keys =
	(const struct shape_key[]){
	    COUNT("maxProperties"),
	    COUNT("minProperties"),
	    KEY("required", SHAPE_LIST, .item_types = SHAPE_STRING, .check = standard_check_set),
	    END,
	},
};

static const struct shape array_options = {
    .noun = "the options of an array",
    .keys =
	(const struct shape_key[]){
	    COUNT("maxItems"),
	    COUNT("minItems"),
	    KEY("uniqueItems", SHAPE_BOOL),
	    END,
	},
};

static const struct shape no_options = {
    .noun = "logicalTypeOptions without a logicalType",
    .keys = (const struct shape_key[]){END},
};

static const struct shape item_property;
static const struct shape property;

static const struct shape map_sides = {
    .noun = "a map",
    .keys =
	(const struct shape_key[]){
	    NEED("key", SHAPE_MAP, .map = &item_property),
	    NEED("value", SHAPE_MAP, .map = &item_property),
	    END,
	},
};

#define PROPERTIES LIST("properties", property)
#define ITEMS KEY("items", SHAPE_MAP, .map = &item_property)

static const struct {
	const char *logical_type; /* NULL: none is given */
	struct shape shape;
} typed[] = {
    {"string", {.keys = (const struct shape_key[]){OPTIONS(string_options), END}}},
    {"date", {.keys = (const struct shape_key[]){OPTIONS(date_options), END}}},
    {"timestamp", {.keys = (const struct shape_key[]){OPTIONS(time_options), END}}},
    {"time", {.keys = (const struct shape_key[]){OPTIONS(time_options), END}}},
    {"integer", {.keys = (const struct shape_key[]){OPTIONS(integer_options), END}}},
    {"number", {.keys = (const struct shape_key[]){OPTIONS(number_options), END}}},
    {"boolean", {.keys = (const struct shape_key[]){END}}},
    {"object", {.keys = (const struct shape_key[]){OPTIONS(object_options), PROPERTIES, END}}},
    {"array", {.keys = (const struct shape_key[]){OPTIONS(array_options), ITEMS, END}}},
    {"map", {.keys = (const struct shape_key[]){NEED("map", SHAPE_MAP, .map = &map_sides), END}}},
    /* The draft of v3.2.0 says that such a property needs a `map`, which is plainly not meant. */
    {NULL,
	{.keys =
		(const struct shape_key[]){
		    OPTIONS(no_options),
		    PROPERTIES,
		    ITEMS,
		    KEY("map", SHAPE_MAP, .map = &map_sides, .since = STANDARD_V32),
		    END,
		}}},
};

static int extend_property(const struct shape_run *run, const struct yaml_node *map,
    const struct shape *more[SHAPE_MAX_MORE])
{
	const struct yaml_node *type = yaml_get(map, "logicalType");

	(void)run;
	if (type && type->type != YAML_STRING)
		return -1;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		if (str_eq(typed[i].logical_type, yaml_str(type))) {
			more[0] = &typed[i].shape;
			return 1;
		}
	}
	return -1;
}

/* ---- properties and objects ---- */

static const struct shape enum_value = {
    .noun = "a value of an enum",
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED("value", SHAPE_SCALAR),
	    TEXT("label"),
	    TEXT("description"),
	    TAGS,
	    CUSTOM,
	    DEFINITIONS,
	    END,
	},
};

#define LOGICAL_TYPES \
	"string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean"

static const char *const logical_types[] = {LOGICAL_TYPES, NULL};
static const char *const logical_types_v32[] = {LOGICAL_TYPES, "map", NULL};
static const char *const semantic_types[] = {"column", "measure", "dimension", NULL};

static const struct shape item_property = {
    .noun = "a property",
    .base = &element,
    .extend = extend_property,
    .keys =
	(const struct shape_key[]){
	    KEY("logicalType", SHAPE_STRING, .values = logical_types, .until = STANDARD_V31),
	    KEY("logicalType", SHAPE_STRING, .values = logical_types_v32, .since = STANDARD_V32),
	    KEY("logicalTypeOptions", SHAPE_MAP),
	    KEY("semanticType", SHAPE_STRING, .values = semantic_types, .since = STANDARD_V32),
	    KEY("enum", SHAPE_LIST, .item = &enum_value, .check = standard_check_set,
		.since = STANDARD_V32),
	    KEY("primaryKey", SHAPE_BOOL),
	    KEY("primaryKeyPosition", SHAPE_INTEGER),
	    KEY("required", SHAPE_BOOL),
	    KEY("unique", SHAPE_BOOL),
	    KEY("partitioned", SHAPE_BOOL),
	    KEY("partitionKeyPosition", SHAPE_INTEGER),
	    TEXT("classification"),
	    TEXT("encryptedName"),
	    TEXTS("transformSourceObjects"),
	    TEXT("transformLogic"),
	    TEXT("transformDescription"),
	    KEY("examples", SHAPE_LIST),
	    KEY("criticalDataElement", SHAPE_BOOL),
	    LIST("relationships", standard_odcs_property_relationship),
	    END,
	},
};

static const struct shape property = {
    .noun = "a property",
    .base = &item_property,
    .keys = (const struct shape_key[]){NEED_TEXT("name"), END},
};

static const char *const object_types[] = {"object", NULL};

const struct shape standard_odcs_object = {
    .noun = "an object of the schema",
    .base = &element,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("name"),
	    KEY("logicalType", SHAPE_STRING, .values = object_types),
	    TEXT("dataGranularityDescription"),
	    KEY("context", SHAPE_STRING | SHAPE_MAP, .map = &standard_odcs_context,
		.since = STANDARD_V32),
	    PROPERTIES,
	    LIST("relationships", standard_odcs_table_relationship),
	    END,
	},
};
