#ifndef CATALOG_MANIFEST_STANDARD_SHAPES_H
#define CATALOG_MANIFEST_STANDARD_SHAPES_H

/*
 * The tables of the standards, shared between the files that hold them and standard.c. Private to these.
 */

#include "catalog/manifest/shape.h"

/* Versions of ODCS that differ, in order. ODPS v0.9.0 and v1.0.0 have one shape. */
enum standard_version {
	STANDARD_V22 = 22, /* v2.2.x: a shape of its own */
	STANDARD_V30 = 30,
	STANDARD_V31 = 31,
	STANDARD_V32 = 32,
};

/* Rows of tables. Further fields of struct shape_key may follow, as `.item = &x`. */
#define KEY(n, t, ...)                                   \
	{                                                \
		.name = (n), .types = (t), ##__VA_ARGS__ \
	}
#define NEED(n, t, ...)                                                    \
	{                                                                  \
		.name = (n), .types = (t), .required = true, ##__VA_ARGS__ \
	}
#define TEXT(n) KEY(n, SHAPE_STRING)
#define NEED_TEXT(n) NEED(n, SHAPE_STRING)
#define LIST(n, shape) KEY(n, SHAPE_LIST, .item = &(shape))
#define TEXTS(n) KEY(n, SHAPE_LIST, .item_types = SHAPE_STRING)
#define END                  \
	{                    \
		.name = NULL \
	}

/* Whole documents. */
extern const struct shape standard_odps;
extern const struct shape standard_odcs;
extern const struct shape standard_odcs_v22;

/* Parts of ODCS v3. */
extern const struct shape standard_odcs_custom; /* of customProperties */
extern const struct shape standard_odcs_definition; /* of authoritativeDefinitions */
extern const struct shape standard_odcs_role;
extern const struct shape standard_odcs_context;
extern const struct shape standard_odcs_server;
extern const struct shape standard_odcs_object; /* of schema */
extern const struct shape standard_odcs_quality;
extern const struct shape standard_odcs_table_relationship;
extern const struct shape standard_odcs_property_relationship;

/* Rows that every part of ODCS v3 may have. */
#define ID KEY("id", SHAPE_STRING, .check = standard_check_id)
#define TAGS TEXTS("tags")
#define CUSTOM LIST("customProperties", standard_odcs_custom)
#define DEFINITIONS LIST("authoritativeDefinitions", standard_odcs_definition)

/* Checks of values (standard_check.c). */
shape_check_value standard_check_id; /* letters, digits, _ and - */
shape_check_value standard_check_date; /* a warning where it is none */
shape_check_value standard_check_date_time; /* likewise */
shape_check_value standard_check_filled; /* a list with an item at least */
shape_check_value standard_check_set; /* the same, and no item twice */
shape_check_value standard_check_pair; /* a list of two different numbers */
shape_check_value standard_check_not_negative;
shape_check_value standard_check_positive;
shape_check_value
    standard_check_reference; /* a string or a filled list of them: paths of elements */
shape_check_value standard_check_unit; /* of an SLA: a warning where it is ambiguous */

/* Secrets do not belong into manifests: reports them anywhere in a server's mapping. */
void standard_check_secrets(struct shape_run *run, const struct yaml_node *server);
/* True where a key names a secret: password, secret, token, accessKey and the like. */
bool standard_is_secret(const char *key);

#endif
