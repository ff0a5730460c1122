#ifndef CATALOG_MODEL_H
#define CATALOG_MODEL_H

/*
 * The nouns of the mesh and nothing that happens to them: mesh, domain, product, port, contract, object, column,
 * principals, rules. Plain read-only data once built. Every pointer in these structs is owned by the arena of the thing
 * it hangs from (a mesh head, a domain, a product, a rule set), unless it says otherwise. Times are nanoseconds
 * since the epoch in UTC (when.h), WHEN_NONE where absent. Strings are UTF-8 without NUL and control characters.
 * Knows neither YAML nor SQLite nor files.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/base/arena.h"
#include "catalog/base/str.h"

#define MODEL_MAX_CLASSES 64 /* steps of the classification ladder: one bit each in struct class_sel */

/* ---- values and conditions (policy conditions, attributes, cells) ---- */

enum value_type {
	VALUE_MISSING, /* no such operand */
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_DECIMAL, /* i = value * 10000 */
	VALUE_STRING,
	VALUE_TIME, /* i = nanoseconds since the epoch */
	VALUE_SET,  /* of values, in `set` */
};

struct value {
	enum value_type type;
	int64_t i;     /* BOOL, INT, DECIMAL, TIME */
	const char *s; /* STRING */
	const struct value *set;
	size_t set_len;
};

enum operand_space {
	OPERAND_CONTEXT,   /* now, weekday, minuteOfDay, host, breakGlass, purpose */
	OPERAND_PRINCIPAL, /* principal.x: user, groups, roles, and attributes of principals.yaml */
	OPERAND_RESOURCE,  /* resource.x: domain, product, port, object, status, tags, classification, column */
	OPERAND_ROW,       /* row.x: a column of the row; only in `rows` */
};

struct operand {
	enum operand_space space;
	const char *name; /* without the space's prefix */
};

enum cond_op {
	OP_EQ,
	OP_NE,
	OP_IN,
	OP_NOT_IN,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_LIKE,
	OP_NOT_LIKE,
	OP_CONTAINS,
	OP_PRESENT,
	OP_ABSENT,
};

enum cond_kind { COND_ALL, COND_ANY, COND_NOT, COND_ATOM };

struct cond {
	enum cond_kind kind;
	const struct cond *kids; /* ALL, ANY: len; NOT: one */
	size_t len;
	struct operand left; /* ATOM */
	enum cond_op op;
	bool has_ref;
	struct operand ref;   /* where has_ref */
	struct value literal; /* else; a set for in and notIn */
	int line;
};

/* ---- rules ---- */

enum action {
	ACTION_DISCOVER,
	ACTION_LIST,
	ACTION_READ_METADATA,
	ACTION_READ_CODE,
	ACTION_READ_QUALITY,
	ACTION_READ_POLICY,
	ACTION_READ_AUDIT,
	ACTION_READ,
	ACTION_REQUEST_ACCESS,
	ACTION_APPROVE_ACCESS,
	ACTION_COUNT,
};

/* "discover", "readMetadata", ...; the manifests' spelling. */
const char *action_name(enum action a);
/* -1 where `s` is no action. */
int action_parse(const char *s);

enum effect { EFFECT_PERMIT, EFFECT_FORBID, EFFECT_RESTRICT };
const char *effect_name(enum effect e);

enum scope_level { SCOPE_BUILTIN, SCOPE_MESH, SCOPE_DOMAIN, SCOPE_PRODUCT };

struct scope {
	enum scope_level level;
	const char *domain;  /* DOMAIN and PRODUCT */
	const char *product; /* PRODUCT; without a version: a product's policies govern all its versions */
};

struct principal_sel {
	bool any;
	bool team;
	struct strlist users, groups, roles; /* names, no globs; OR */
};

struct tag_sel {
	struct strlist any, all, none;
};

struct class_sel {
	bool given;
	uint64_t ranks; /* bit r: rank r is selected */
};

struct selector {
	struct strlist domains, products, ports, objects; /* globs; an empty list selects all */
	struct strlist status;				  /* globs too */
	struct tag_sel tags;
	struct class_sel classification; /* of the object */
	bool has_columns;		 /* the rule matches column resources only */
	struct strlist column_names;	 /* globs */
	struct tag_sel column_tags;
	struct class_sel column_classification;
};

enum mask_fn {
	MASK_NONE,
	MASK_PARTIAL,
	MASK_EMAIL,
	MASK_IP_TRUNCATE,
	MASK_DATE_TRUNCATE,
	MASK_ROUND,
	MASK_BUCKET,
	MASK_HASH,
	MASK_REDACT,
	MASK_NULL,
};

enum date_unit { UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_MONTH, UNIT_QUARTER, UNIT_YEAR };

struct mask {
	enum mask_fn fn;
	const char *text;		/* redact: the text; hash: the key's name; partial: the character */
	int64_t length;			/* hash */
	int64_t width, origin, to;	/* bucket, round */
	enum date_unit unit;		/* dateTruncate */
	int v4, v6;			/* ipTruncate */
	int64_t keep_first, keep_last;	/* partial, in code points */
};

struct rule {
	const char *id;
	const char *policy; /* id of the document it stands in */
	struct scope scope;
	const char *file; /* relative to the mesh repository */
	int line;
	enum effect effect;
	uint32_t actions; /* bit per enum action */
	struct principal_sel principals, except;
	struct selector resources;
	const struct cond *when, *unless; /* NULL: absent */
	const struct cond *rows;	  /* NULL: absent */
	int64_t from_ns, until_ns;	  /* [from, until); WHEN_NONE: open */
	struct mask mask;		  /* restrict; MASK_NONE: none */
	int64_t limit, min_group;	  /* 0: none */
	bool recheck;
	struct strlist notify;
	bool overridable_break_glass;
	bool break_glass; /* a permit that needs context.breakGlass */
	int64_t break_glass_max_ns;
	bool delegable;
	struct principal_sel approvers;
	int64_t delegable_max_ns; /* 0: unlimited */
};

/* A product file's way out of a delegable rule of a higher scope: an extra `except` with an expiry. */
struct exemption {
	const char *rule; /* id */
	struct principal_sel principals;
	int64_t from_ns; /* when it was approved; WHEN_NONE: at once */
	int64_t until_ns;
	struct strlist approvals; /* users */
	const char *file;
	int line;
};

/* All rules of one scope. Immutable after it is built. */
struct ruleset {
	struct arena arena;
	struct scope scope;
	struct rule *rules;
	size_t len;
	struct exemption *exemptions;
	size_t exemptions_len;
};

/* Frees the rule set and all that hangs from it. NULL is fine. */
void ruleset_free(struct ruleset *rs);

/* ---- the mesh ---- */

struct mesh_domain_ref {
	const char *path;	/* relative to the repository, or absolute */
	struct strlist storage; /* prefixes that the operator lets the domain use, as written */
	int line;
};

struct mesh {
	struct arena arena;
	const char *id, *name, *timezone; /* timezone: IANA name */
	struct strlist classifications;	  /* least to most sensitive; rank = index */
	int default_rank;
	struct strlist purposes, tags;
	struct mesh_domain_ref *domains;
	size_t domains_len;
	const char *audit_path; /* NULL: the command line's default */
	bool audit_sync_always;
};

/* The rank of a classification, or -1. */
int mesh_rank(const struct mesh *m, const char *classification);

struct attribute {
	const char *name;
	struct value value;
};

struct role {
	const char *name;
	struct strlist users, groups;
};

struct person {
	const char *user; /* OS user */
	struct strlist emails;
	struct attribute *attributes;
	size_t attributes_len;
};

struct principals {
	struct arena arena;
	struct role *roles;
	size_t roles_len;
	struct person *people; /* sorted by user */
	size_t people_len;
};

/* NULL where the user is not listed. */
const struct person *principals_person(const struct principals *p, const char *user);
/* The OS user that an e-mail address or user name stands for; NULL where nobody is. */
const char *principals_user(const struct principals *p, const char *username);

struct owner {
	const char *user; /* as written: OS user or e-mail */
	const char *role;
	int64_t date_in_ns, date_out_ns;
};

struct domain {
	struct arena arena;
	const char *id, *name, *description;
	const char *dir;  /* absolute directory of domain.yaml: where relative storage paths start */
	const char *file; /* domain.yaml, relative to the repository */
	struct strlist storage;
	struct strlist tags;
	struct owner *owners;
	size_t owners_len;
	struct strlist bounded_context;
	struct strlist mesh_may_grant; /* ids of mesh rules */
};

/* ---- products ---- */

struct column {
	const char *name; /* dotted for nested properties: address.street */
	const char *logical_type, *physical_type, *physical_name, *description;
	struct strlist tags; /* own and inherited */
	int rank;	     /* own classification, else inherited, else the default */
	bool required, unique, primary_key;
};

/* A table, a file set or an endpoint: one element of a contract's schema. */
struct object {
	const char *name, *physical_name, *physical_type, *description;
	struct strlist tags; /* own and inherited */
	int rank;	     /* the maximum over its columns */
	struct column *columns;
	size_t columns_len;
};

enum server_kind {
	SERVER_LOCAL,
	SERVER_OTHER, /* a type this build cannot read: the port is shown empty with UNAVAILABLE.txt */
	SERVER_SQLITE,
	SERVER_POSTGRES,
	SERVER_DUCKDB,
};

struct server {
	const char *name, *type, *environment, *format;
	enum server_kind kind;
	const char *location;	 /* as written */
	const char *path;	 /* LOCAL: absolute, with globs and {model} still in it; SQLITE, DUCKDB: the database file, absolute */
	const char *sha256sums; /* LOCAL: absolute path of the list of checksums, or NULL */
	const char *credential_ref;
	const char *host, *port, *database; /* POSTGRES: a host name or an address, a number, one name */
	const char *schema;		    /* POSTGRES, DUCKDB; NULL: none given */
	int64_t refresh_ns; /* how long what was read of the server counts as current; 0: its own versions say */
	char delimiter;	    /* of CSV; 0: what the file's first line suggests */
};

/* Formats that the tables of a port are rendered in: one bit each in port.formats. */
enum port_format { PORT_CSV, PORT_TSV, PORT_JSONL, PORT_PARQUET, PORT_FORMAT_COUNT };

struct sla {
	const char *property, *value, *unit, *element;
};

struct contract {
	const char *id, *version, *status, *name;
	const char *purpose, *limitations, *usage;
	struct strlist tags;   /* its own */
	const char *file;      /* relative to the repository */
	const char *blob;      /* content hash of the authored bytes */
	const char *file_name; /* last component: the name under metadata/contracts/ */
	struct object *objects;
	size_t objects_len;
	struct server *servers;
	size_t servers_len;
	struct sla *slas;
	size_t slas_len;
	int64_t end_of_life_ns; /* the endOfLife SLA; WHEN_NONE: none */
};

struct port {
	const char *name;    /* as authored */
	const char *version;
	const char *entry; /* the name in data/: `name`, or `name@version` for an older version */
	const char *description, *type;
	struct strlist tags; /* own and inherited (product, contract) */
	int rank;	     /* the maximum over its objects */
	int contract;	     /* index into the product's contracts; -1: none */
	int server;	     /* index into the contract's servers; -1: none */
	uint32_t formats;    /* bit per enum port_format, at least one */
	/* Objects as this port shows them: the contract's, with the port's and product's tags added. */
	struct object *objects;
	size_t objects_len;
};

struct code_asset {
	const char *role, *path, *entrypoint, *produces_port; /* path: relative to the product's code/ */
};

/* One authored file kept with the product, below code/ or README.md. */
struct product_file {
	const char *path; /* relative to the product's directory */
	const char *blob; /* content hash */
	uint64_t size;
	int64_t mtime_ns;
};

struct member {
	const char *username, *name, *role; /* username: e-mail or OS user */
	int64_t date_in_ns, date_out_ns;
};

struct product {
	struct arena arena;
	atomic_int refs; /* see product_ref */
	const char *domain;
	const char *name;    /* the directory's name in the repository: `orders` */
	const char *version; /* may be NULL where the authors gave none */
	const char *entry;   /* the name in the domain's directory: `orders`, older: `orders@1.1.0` */
	const char *id;	     /* ODPS id */
	const char *title, *purpose, *limitations, *usage, *status, *tenant;
	const char *file; /* relative to the repository */
	const char *blob; /* content hash of the authored ODPS bytes */
	struct strlist tags; /* own and the domain's */
	int rank;	     /* the maximum over its ports */
	bool sealed;	     /* ODPS customProperty meshfsSealed: a domain's rules may not permit read of it */
	struct member *team;
	size_t team_len;
	const char *team_name;
	struct port *ports; /* output ports, in authored order */
	size_t ports_len;
	struct contract *contracts;
	size_t contracts_len;
	struct code_asset *assets;
	size_t assets_len;
	struct product_file *files;
	size_t files_len;
	int64_t end_of_life_ns; /* the earliest of its contracts' */
	int64_t changed_ns;	/* time of the epoch in which it last changed; the store fills it */
	const struct ruleset *rules; /* rules with scope product:...; NULL: none. Owned by the product */
};

/* Shared ownership; product_unref frees with the last. NULL is fine for unref. */
struct product *product_new(void); /* refs = 1; NULL when memory is short */
struct product *product_ref(struct product *p);
void product_unref(struct product *p);

/* The member of the team whose role is owner on the day of `now_ns`, else the first member; NULL: no team. */
const struct member *product_owner(const struct product *p, int64_t now_ns);

#endif
