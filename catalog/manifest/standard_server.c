/*
 * Open Data Contract Standard v3: servers. Their `type` decides which further keys they have.
 */

#include <string.h>

#include "catalog/base/str.h"
#include "catalog/manifest/standard_shapes.h"

#define PORT KEY("port", SHAPE_INTEGER)
#define NEED_PORT NEED("port", SHAPE_INTEGER)
#define SERVER(type, ...)                                  \
	{                                                  \
		type,                                      \
		{                                          \
			.keys = (const struct shape_key[]) \
			{                                  \
				__VA_ARGS__, END           \
			}                                  \
		}                                          \
	}

static void check_sftp(struct shape_run *run, const struct yaml_pair *pair)
{
	if (!str_starts(pair->value->text, "sftp://"))
		shape_error(run, pair->value, "standard-value",
		    "the location of an sftp server begins with `sftp://`, and `%.80s` does not; mend it",
		    pair->value->text);
}

static const struct {
	const char *type;
	struct shape shape;
} servers[] = {
    SERVER("api", NEED_TEXT("location")),
    SERVER("athena", NEED("stagingDir", SHAPE_STRING, .until = STANDARD_V31),
	KEY("stagingDir", SHAPE_STRING, .since = STANDARD_V32), NEED_TEXT("schema"),
	TEXT("catalog"), TEXT("regionName"), KEY("workgroup", SHAPE_STRING, .since = STANDARD_V32)),
    SERVER("azure", NEED_TEXT("location"), NEED_TEXT("format"), TEXT("delimiter")),
    SERVER("bigquery", NEED_TEXT("project"), NEED_TEXT("dataset")),
    SERVER("clickhouse", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("database")),
    SERVER("cloudsql", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("database"), NEED_TEXT("schema")),
    SERVER("custom", TEXT("account"), TEXT("catalog"), TEXT("database"), TEXT("dataset"),
	TEXT("delimiter"), TEXT("endpointUrl"), TEXT("format"), TEXT("host"), TEXT("location"),
	TEXT("path"), PORT, TEXT("project"), TEXT("region"), TEXT("regionName"), TEXT("schema"),
	TEXT("serviceName"), TEXT("stagingDir"), TEXT("warehouse"), TEXT("stream")),
    SERVER("databricks", TEXT("host"), NEED_TEXT("catalog"), NEED_TEXT("schema")),
    SERVER("db2", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("database"), TEXT("schema")),
    SERVER("denodo", NEED_TEXT("host"), NEED_PORT, TEXT("database")),
    SERVER("dremio", NEED_TEXT("host"), NEED_PORT, TEXT("schema")),
    SERVER("duckdb", NEED_TEXT("database"), TEXT("schema")),
    SERVER("glue", NEED_TEXT("account"), NEED_TEXT("database"), TEXT("location"), TEXT("format")),
    SERVER("hive", NEED_TEXT("host"), PORT, NEED_TEXT("database")),
    SERVER("impala", NEED_TEXT("host"), PORT, NEED_TEXT("database")),
    SERVER("informix", NEED_TEXT("host"), PORT, NEED_TEXT("database")),
    SERVER("kafka", NEED_TEXT("host"), TEXT("format")),
    SERVER("kinesis", TEXT("region"), TEXT("format")),
    SERVER("local", NEED_TEXT("path"), NEED_TEXT("format")),
    SERVER("mysql", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("database")),
    SERVER("oracle", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("serviceName")),
    SERVER("postgres", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("database"), NEED_TEXT("schema")),
    SERVER("postgresql", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("database"), NEED_TEXT("schema")),
    SERVER("presto", NEED_TEXT("host"), TEXT("catalog"), TEXT("schema")),
    SERVER("pubsub", NEED_TEXT("project")),
    SERVER("redshift", TEXT("host"), NEED_TEXT("database"), NEED_TEXT("schema"), TEXT("region"),
	TEXT("account")),
    SERVER("s3", NEED_TEXT("location"), TEXT("endpointUrl"), TEXT("format"), TEXT("delimiter")),
    SERVER("sftp", NEED("location", SHAPE_STRING, .check = check_sftp), TEXT("format"),
	TEXT("delimiter")),
    SERVER("snowflake", TEXT("host"), PORT, NEED_TEXT("account"), NEED_TEXT("database"),
	NEED_TEXT("schema"), TEXT("warehouse")),
    SERVER("sqlserver", NEED_TEXT("host"), PORT, NEED_TEXT("database"), NEED_TEXT("schema")),
    SERVER("synapse", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("database")),
    SERVER("trino", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("catalog"), NEED_TEXT("schema")),
    SERVER("vertica", NEED_TEXT("host"), NEED_PORT, NEED_TEXT("database"), NEED_TEXT("schema")),
    SERVER("zen", NEED_TEXT("host"), PORT, NEED_TEXT("database")),
};

#define SERVERS (sizeof(servers) / sizeof(servers[0]))

static int extend(const struct shape_run *run, const struct yaml_node *map,
    const struct shape *more[SHAPE_MAX_MORE])
{
	const char *type = yaml_str(yaml_get(map, "type"));

	(void)run;
	for (size_t i = 0; i < SERVERS; i++) {
		if (str_eq(type, servers[i].type)) {
			more[0] = &servers[i].shape;
			return 1;
		}
	}
	return -1;
}

/* Not by a table of its own: the types are those above. */
static void check_type(struct shape_run *run, const struct yaml_pair *pair)
{
	const char *types[SERVERS + 1] = {0};
	const char *nearest;

	for (size_t i = 0; i < SERVERS; i++) {
		types[i] = servers[i].type;
		if (strcmp(types[i], pair->value->text) == 0)
			return;
	}
	nearest = shape_nearest(pair->value->text, types);
	shape_error(run, pair->value, "standard-value", "`%.80s` is no type of server; %s%s%s",
	    pair->value->text,
	    nearest ? "did you mean `" : "use `custom` for what has no type of its own",
	    nearest ? nearest : "", nearest ? "`?" : "");
}

const struct shape standard_odcs_server = {
    .noun = "a server of this type",
    .extend = extend,
    .check = standard_check_secrets,
    .ignore = standard_is_secret,
    .keys =
	(const struct shape_key[]){
	    ID,
	    NEED_TEXT("server"),
	    NEED("type", SHAPE_STRING, .check = check_type),
	    TEXT("description"),
	    TEXT("environment"),
	    LIST("roles", standard_odcs_role),
	    CUSTOM,
	    END,
	},
};
