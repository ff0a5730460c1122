/*
 * Open Data Product Standard v0.9.0 and v1.0.0.
 */

#include "catalog/manifest/standard_shapes.h"

static const struct shape custom = {
    .noun = "a custom property",
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("property"),
	    NEED("value", SHAPE_ANY),
	    TEXT("description"),
	    END,
	},
};

static const struct shape definition = {
    .noun = "an authoritative definition",
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("type"),
	    NEED_TEXT("url"),
	    TEXT("description"),
	    END,
	},
};

/* What most parts may have. */
static const struct shape common = {
    .keys =
	(const struct shape_key[]){
	    TAGS,
	    LIST("customProperties", custom),
	    LIST("authoritativeDefinitions", definition),
	    END,
	},
};

static const struct shape description = {
    .noun = "the description",
    .keys =
	(const struct shape_key[]){
	    TEXT("purpose"),
	    TEXT("limitations"),
	    TEXT("usage"),
	    LIST("customProperties", custom),
	    LIST("authoritativeDefinitions", definition),
	    END,
	},
};

static const struct shape input_port = {
    .noun = "an input port",
    .base = &common,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("name"),
	    NEED("version", SHAPE_VERSION),
	    NEED_TEXT("contractId"),
	    END,
	},
};

static const struct shape bill_of_materials = {
    .noun = "an SBOM",
    .keys =
	(const struct shape_key[]){
	    TEXT("type"),
	    NEED_TEXT("url"),
	    END,
	},
};

static const struct shape input_contract = {
    .noun = "an input contract",
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("id"),
	    NEED("version", SHAPE_VERSION),
	    END,
	},
};

static const struct shape output_port = {
    .noun = "an output port",
    .base = &common,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("name"),
	    NEED("version", SHAPE_VERSION),
	    TEXT("description"),
	    TEXT("type"),
	    TEXT("contractId"),
	    LIST("sbom", bill_of_materials),
	    LIST("inputContracts", input_contract),
	    END,
	},
};

static const struct shape management_port = {
    .noun = "a management port",
    .base = &common,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("name"),
	    NEED_TEXT("content"),
	    TEXT("type"),
	    TEXT("url"),
	    TEXT("channel"),
	    TEXT("description"),
	    END,
	},
};

static const struct shape support = {
    .noun = "a support channel",
    .base = &common,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("channel"),
	    NEED_TEXT("url"),
	    TEXT("description"),
	    TEXT("tool"),
	    TEXT("scope"),
	    TEXT("invitationUrl"),
	    END,
	},
};

static const struct shape member = {
    .noun = "a team member",
    .base = &common,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("username"),
	    TEXT("name"),
	    TEXT("description"),
	    TEXT("role"),
	    KEY("dateIn", SHAPE_STRING, .check = standard_check_date),
	    KEY("dateOut", SHAPE_STRING, .check = standard_check_date),
	    TEXT("replacedByUsername"),
	    END,
	},
};

static const struct shape team = {
    .noun = "the team",
    .base = &common,
    .keys =
	(const struct shape_key[]){
	    TEXT("name"),
	    TEXT("description"),
	    LIST("members", member),
	    END,
	},
};

static const char *const kinds[] = {"DataProduct", NULL};

const struct shape standard_odps = {
    .noun = "the data product",
    .base = &common,
    .keys =
	(const struct shape_key[]){
	    NEED_TEXT("apiVersion"),
	    NEED("kind", SHAPE_STRING, .values = kinds),
	    NEED_TEXT("id"),
	    TEXT("name"),
	    KEY("version", SHAPE_VERSION),
	    NEED_TEXT("status"),
	    TEXT("domain"),
	    TEXT("tenant"),
	    KEY("description", SHAPE_MAP, .map = &description),
	    LIST("inputPorts", input_port),
	    LIST("outputPorts", output_port),
	    LIST("managementPorts", management_port),
	    LIST("support", support),
	    KEY("team", SHAPE_MAP, .map = &team),
	    KEY("productCreatedTs", SHAPE_STRING, .check = standard_check_date_time),
	    END,
	},
};
