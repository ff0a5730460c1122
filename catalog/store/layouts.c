#include "catalog/store/layouts.h"

#include "catalog/base/cleanup.h"

#define FIELD(kind, parent, member, title)                                                \
	{                                                                                 \
		.type = FIELD_##kind, .column = title, .offset = offsetof(parent, member) \
	}

#define CHILD(parent, member, child)                                   \
	{                                                              \
		.layout = &(child), .items = offsetof(parent, member), \
		.len = offsetof(parent, member##_len)                  \
	}

#define LAYOUT_FIELDS(parent, list) \
	.size = sizeof(parent), .fields = (list), .fields_len = ARRAY_LEN(list)

/* ---- domain ---- */

static const struct field owner_fields[] = {
    FIELD(TEXT, struct owner, user, "user"),
    FIELD(TEXT, struct owner, role, "role"),
    FIELD(TIME, struct owner, date_in_ns, "date_in_ns"),
    FIELD(TIME, struct owner, date_out_ns, "date_out_ns"),
};
static const struct layout owner_layout = {
    .table = "domain_owner",
    .keys = {"did", "pos"},
    .keys_len = 2,
    LAYOUT_FIELDS(struct owner, owner_fields),
};

static const struct field domain_fields[] = {
    FIELD(NAME, struct stored_domain, domain.id, "id"),
    FIELD(TEXT, struct stored_domain, path, "path"),
    FIELD(TEXT, struct stored_domain, blob, "blob"),
    FIELD(TEXT, struct stored_domain, domain.name, "name"),
    FIELD(TEXT, struct stored_domain, domain.description, "description"),
    FIELD(TEXT, struct stored_domain, domain.dir, "dir"),
    FIELD(TEXT, struct stored_domain, domain.file, "file"),
    FIELD(LIST, struct stored_domain, domain.storage, "storage"),
    FIELD(LIST, struct stored_domain, domain.tags, "tags"),
    FIELD(LIST, struct stored_domain, domain.bounded_context, "bounded_context"),
    FIELD(LIST, struct stored_domain, domain.mesh_may_grant, "mesh_may_grant"),
};
static const struct child domain_children[] = {
    CHILD(struct stored_domain, domain.owners, owner_layout),
};
const struct layout layouts_domain = {
    .table = "domain",
    .keys = {"did"},
    .keys_len = 1,
    LAYOUT_FIELDS(struct stored_domain, domain_fields),
    .children = domain_children,
    .children_len = ARRAY_LEN(domain_children),
};

/* ---- objects and columns, of contracts and of ports ---- */

static const struct field column_fields[] = {
    FIELD(NAME, struct column, name, "name"),
    FIELD(TEXT, struct column, logical_type, "logical_type"),
    FIELD(TEXT, struct column, physical_type, "physical_type"),
    FIELD(TEXT, struct column, physical_name, "physical_name"),
    FIELD(TEXT, struct column, description, "description"),
    FIELD(LIST, struct column, tags, "tags"),
    FIELD(RANK, struct column, rank, "classification"),
    FIELD(BOOL, struct column, required, "is_required"),
    FIELD(BOOL, struct column, unique, "is_unique"),
    FIELD(BOOL, struct column, primary_key, "is_primary_key"),
};
static const struct field object_fields[] = {
    FIELD(NAME, struct object, name, "name"),
    FIELD(TEXT, struct object, physical_name, "physical_name"),
    FIELD(TEXT, struct object, physical_type, "physical_type"),
    FIELD(TEXT, struct object, description, "description"),
    FIELD(LIST, struct object, tags, "tags"),
    FIELD(RANK, struct object, rank, "classification"),
};

static const struct layout contract_column_layout = {
    .table = "contract_column",
    .keys = {"pid", "contract", "object", "pos"},
    .keys_len = 4,
    LAYOUT_FIELDS(struct column, column_fields),
};
static const struct child contract_object_children[] = {
    CHILD(struct object, columns, contract_column_layout),
};
static const struct layout contract_object_layout = {
    .table = "contract_object",
    .keys = {"pid", "contract", "pos"},
    .keys_len = 3,
    LAYOUT_FIELDS(struct object, object_fields),
    .children = contract_object_children,
    .children_len = ARRAY_LEN(contract_object_children),
};

static const struct layout port_column_layout = {
    .table = "port_column",
    .keys = {"pid", "port", "object", "pos"},
    .keys_len = 4,
    LAYOUT_FIELDS(struct column, column_fields),
};
static const struct child port_object_children[] = {
    CHILD(struct object, columns, port_column_layout),
};
static const struct layout port_object_layout = {
    .table = "port_object",
    .keys = {"pid", "port", "pos"},
    .keys_len = 3,
    LAYOUT_FIELDS(struct object, object_fields),
    .children = port_object_children,
    .children_len = ARRAY_LEN(port_object_children),
};

/* ---- contract ---- */

static const struct field server_fields[] = {
    FIELD(TEXT, struct server, name, "name"),
    FIELD(TEXT, struct server, type, "type"),
    FIELD(TEXT, struct server, environment, "environment"),
    FIELD(TEXT, struct server, format, "format"),
    FIELD(INT, struct server, kind, "kind"),
    FIELD(TEXT, struct server, location, "location"),
    FIELD(TEXT, struct server, path, "path"),
    FIELD(TEXT, struct server, sha256sums, "sha256sums"),
    FIELD(TEXT, struct server, credential_ref, "credential_ref"),
    FIELD(TEXT, struct server, host, "host"),
    FIELD(TEXT, struct server, port, "port"),
    FIELD(TEXT, struct server, database, "database"),
    FIELD(TEXT, struct server, schema, "schema"),
    FIELD(WIDE, struct server, refresh_ns, "refresh_ns"),
    FIELD(CHAR, struct server, delimiter, "delimiter"),
};
static const struct layout server_layout = {
    .table = "server",
    .keys = {"pid", "contract", "pos"},
    .keys_len = 3,
    LAYOUT_FIELDS(struct server, server_fields),
};

static const struct field sla_fields[] = {
    FIELD(TEXT, struct sla, property, "property"),
    FIELD(TEXT, struct sla, value, "value"),
    FIELD(TEXT, struct sla, unit, "unit"),
    FIELD(TEXT, struct sla, element, "element"),
};
static const struct layout sla_layout = {
    .table = "sla",
    .keys = {"pid", "contract", "pos"},
    .keys_len = 3,
    LAYOUT_FIELDS(struct sla, sla_fields),
};

static const struct field contract_fields[] = {
    FIELD(TEXT, struct contract, id, "id"),
    FIELD(TEXT, struct contract, version, "version"),
    FIELD(TEXT, struct contract, status, "status"),
    FIELD(TEXT, struct contract, name, "name"),
    FIELD(TEXT, struct contract, purpose, "purpose"),
    FIELD(TEXT, struct contract, limitations, "limitations"),
    FIELD(TEXT, struct contract, usage, "usage"),
    FIELD(TEXT, struct contract, file, "file"),
    FIELD(TEXT, struct contract, blob, "blob"),
    FIELD(TEXT, struct contract, file_name, "file_name"),
    FIELD(TIME, struct contract, end_of_life_ns, "end_of_life_ns"),
};
static const struct child contract_children[] = {
    CHILD(struct contract, objects, contract_object_layout),
    CHILD(struct contract, servers, server_layout),
    CHILD(struct contract, slas, sla_layout),
};
static const struct layout contract_layout = {
    .table = "contract",
    .keys = {"pid", "pos"},
    .keys_len = 2,
    LAYOUT_FIELDS(struct contract, contract_fields),
    .children = contract_children,
    .children_len = ARRAY_LEN(contract_children),
};

/* ---- product ---- */

static const struct field port_fields[] = {
    FIELD(NAME, struct port, name, "name"),
    FIELD(TEXT, struct port, version, "version"),
    FIELD(NAME, struct port, entry, "entry"),
    FIELD(TEXT, struct port, description, "description"),
    FIELD(TEXT, struct port, type, "type"),
    FIELD(LIST, struct port, tags, "tags"),
    FIELD(RANK, struct port, rank, "classification"),
    FIELD(INT, struct port, contract, "contract"),
    FIELD(INT, struct port, server, "server"),
    FIELD(BITS, struct port, formats, "formats"),
};
static const struct child port_children[] = {
    CHILD(struct port, objects, port_object_layout),
};
static const struct layout port_layout = {
    .table = "port",
    .keys = {"pid", "pos"},
    .keys_len = 2,
    LAYOUT_FIELDS(struct port, port_fields),
    .children = port_children,
    .children_len = ARRAY_LEN(port_children),
};

static const struct field member_fields[] = {
    FIELD(TEXT, struct member, username, "username"),
    FIELD(TEXT, struct member, name, "name"),
    FIELD(TEXT, struct member, role, "role"),
    FIELD(TIME, struct member, date_in_ns, "date_in_ns"),
    FIELD(TIME, struct member, date_out_ns, "date_out_ns"),
};
static const struct layout member_layout = {
    .table = "member",
    .keys = {"pid", "pos"},
    .keys_len = 2,
    LAYOUT_FIELDS(struct member, member_fields),
};

static const struct field asset_fields[] = {
    FIELD(TEXT, struct code_asset, role, "role"),
    FIELD(TEXT, struct code_asset, path, "path"),
    FIELD(TEXT, struct code_asset, entrypoint, "entrypoint"),
    FIELD(TEXT, struct code_asset, produces_port, "produces_port"),
};
static const struct layout asset_layout = {
    .table = "asset",
    .keys = {"pid", "pos"},
    .keys_len = 2,
    LAYOUT_FIELDS(struct code_asset, asset_fields),
};

/* A fresh checkout gives every file a new mtime: that alone is no change. */
static const struct field product_file_fields[] = {
    FIELD(NAME, struct product_file, path, "path"),
    FIELD(NAME, struct product_file, blob, "blob"),
    FIELD(WIDE, struct product_file, size, "size"),
    {
	.type = FIELD_WIDE,
	.column = "mtime_ns",
	.offset = offsetof(struct product_file, mtime_ns),
	.undigested = true,
    },
};
static const struct layout product_file_layout = {
    .table = "product_file",
    .keys = {"pid", "pos"},
    .keys_len = 2,
    LAYOUT_FIELDS(struct product_file, product_file_fields),
};

static const struct field product_fields[] = {
    FIELD(NAME, struct product, domain, "domain"),
    FIELD(NAME, struct product, name, "name"),
    FIELD(TEXT, struct product, version, "version"),
    FIELD(NAME, struct product, entry, "entry"),
    FIELD(TEXT, struct product, id, "id"),
    FIELD(TEXT, struct product, title, "title"),
    FIELD(TEXT, struct product, purpose, "purpose"),
    FIELD(TEXT, struct product, limitations, "limitations"),
    FIELD(TEXT, struct product, usage, "usage"),
    FIELD(TEXT, struct product, status, "status"),
    FIELD(TEXT, struct product, tenant, "tenant"),
    FIELD(TEXT, struct product, file, "file"),
    FIELD(TEXT, struct product, blob, "blob"),
    FIELD(LIST, struct product, tags, "tags"),
    FIELD(RANK, struct product, rank, "classification"),
    FIELD(TEXT, struct product, team_name, "team_name"),
    FIELD(TIME, struct product, end_of_life_ns, "end_of_life_ns"),
};
static const struct child product_children[] = {
    CHILD(struct product, team, member_layout),
    CHILD(struct product, contracts, contract_layout),
    CHILD(struct product, ports, port_layout),
    CHILD(struct product, assets, asset_layout),
    CHILD(struct product, files, product_file_layout),
};
const struct layout layouts_product = {
    .table = "product",
    .keys = {"pid"},
    .keys_len = 1,
    LAYOUT_FIELDS(struct product, product_fields),
    .children = product_children,
    .children_len = ARRAY_LEN(product_children),
};
