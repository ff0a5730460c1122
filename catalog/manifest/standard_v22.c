/*
 * Open Data Contract Standard v2.2.x: datasets of tables and columns, before v3 renamed them. Its authors wrote null for
 * "not given", and tools add keys of their own, so that an unknown key is a warning.
 */

#include "catalog/manifest/standard_shapes.h"

static const struct shape definition = {
    .noun = "an authoritative definition",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("url"),
	    NEED_TEXT("type"),
	    END,
	},
};

static const struct shape custom = {
    .noun = "a custom property",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("property"),
	    KEY("value", SHAPE_ANY),
	    END,
	},
};

static const struct shape quality = {
    .noun = "a quality check",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    TEXT("code"),
	    TEXT("templateName"),
	    TEXT("description"),
	    TEXT("toolName"),
	    TEXT("toolRuleName"),
	    TEXT("dimension"),
	    KEY("columns", SHAPE_STRING | SHAPE_LIST),
	    TEXT("column"),
	    TEXT("type"),
	    TEXT("severity"),
	    TEXT("businessImpact"),
	    TEXT("scheduleCronExpression"),
	    LIST("customProperties", custom),
	    END,
	},
};

#define FLAG(n) KEY(n, SHAPE_BOOL)
#define POSITION(n) KEY(n, SHAPE_INTEGER)

static const struct shape column = {
    .noun = "a column",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("column"),
	    NEED_TEXT("logicalType"),
	    NEED_TEXT("physicalType"),
	    TEXT("businessName"),
	    TEXT("description"),
	    KEY("isPrimaryKey", SHAPE_BOOL | SHAPE_STRING),
	    POSITION("primaryKeyPosition"),
	    FLAG("isNullable"),
	    FLAG("isUnique"),
	    FLAG("partitionStatus"),
	    POSITION("partitionKeyPosition"),
	    FLAG("clusterStatus"),
	    POSITION("clusterKeyPosition"),
	    KEY("classification", SHAPE_STRING | SHAPE_INTEGER),
	    KEY("authoritativeDefinitions", SHAPE_STRING | SHAPE_LIST, .item = &definition),
	    TEXT("encryptedColumnName"),
	    TEXTS("transformSourceTables"),
	    TEXT("transformLogic"),
	    TEXT("transformDescription"),
	    KEY("sampleValues", SHAPE_LIST),
	    FLAG("criticalDataElementStatus"),
	    TAGS,
	    LIST("quality", quality),
	    END,
	},
};

static const struct shape table = {
    .noun = "a table",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("table"),
	    TEXT("physicalName"),
	    TEXT("priorTableName"),
	    KEY("description", SHAPE_STRING | SHAPE_LIST),
	    LIST("authoritativeDefinitions", definition),
	    TEXT("dataGranularity"),
	    LIST("columns", column),
	    LIST("quality", quality),
	    TAGS,
	    END,
	},
};

static const struct shape description = {
    .noun = "the description",
    .open = true,
    .keys =
	(const struct shape_key[]){
	    TEXT("usage"),
	    TEXT("purpose"),
	    TEXT("limitations"),
	    END,
	},
};

static const struct shape price = {
    .noun = "the price",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    KEY("priceAmount", SHAPE_NUMBER | SHAPE_STRING),
	    TEXT("priceCurrency"),
	    TEXT("priceUnit"),
	    END,
	},
};

static const struct shape stakeholder = {
    .noun = "a stakeholder",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    TEXT("username"),
	    TEXT("role"),
	    KEY("dateIn", SHAPE_STRING, .check = standard_check_date),
	    KEY("dateOut", SHAPE_STRING, .check = standard_check_date),
	    TEXT("replacedByUsername"),
	    TEXT("comment"),
	    END,
	},
};

static const struct shape role = {
    .noun = "a role",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("role"),
	    TEXT("access"),
	    TEXT("firstLevelApprovers"),
	    TEXT("secondLevelApprovers"),
	    END,
	},
};

static const struct shape sla = {
    .noun = "an SLA property",
    .lenient = true,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("property"),
	    NEED("value", SHAPE_SCALAR),
	    KEY("valueExt", SHAPE_SCALAR),
	    KEY("unit", SHAPE_STRING, .check = standard_check_unit),
	    TEXT("column"),
	    TEXT("driver"),
	    END,
	},
};

static const char *const kinds[] = {"DataContract", NULL};

const struct shape standard_odcs_v22 = {
    .noun = "the data contract",
    .lenient = true,
    .check = standard_check_secrets,
    .ignore = standard_is_secret,
    .keys =
	(const struct shape_key[]){
	    TEXT("apiVersion"),
	    NEED("kind", SHAPE_STRING, .values = kinds),
	    NEED("version", SHAPE_VERSION),
	    NEED_TEXT("uuid"),
	    NEED_TEXT("type"),
	    NEED_TEXT("status"),
	    NEED_TEXT("datasetName"),
	    NEED_TEXT("quantumName"),
	    NEED("dataset", SHAPE_LIST, .item = &table),
	    TEXT("datasetKind"),
	    TEXT("datasetDomain"),
	    TEXT("userConsumptionMode"),
	    TEXT("tenant"),
	    TEXT("sourceSystem"),
	    TEXT("sourcePlatform"),
	    TEXT("project"),
	    TEXT("server"),
	    TEXT("database"),
	    TEXT("driver"),
	    KEY("driverVersion", SHAPE_VERSION),
	    TEXT("username"),
	    TEXT("productSlackChannel"),
	    TEXT("productFeedbackUrl"),
	    TEXT("productDl"),
	    TEXT("schedulerAppName"),
	    KEY("description", SHAPE_STRING | SHAPE_MAP, .map = &description),
	    KEY("price", SHAPE_MAP, .map = &price),
	    LIST("stakeholders", stakeholder),
	    LIST("roles", role),
	    TEXT("slaDefaultColumn"),
	    LIST("slaProperties", sla),
	    LIST("customProperties", custom),
	    KEY("systemInstance", SHAPE_STRING),
	    KEY("contractCreatedTs", SHAPE_STRING, .check = standard_check_date_time),
	    TAGS,
	    END,
	},
};
