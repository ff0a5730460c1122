#include "catalog/manifest/port_file.h"

#include <stdio.h>
#include <string.h>

#include "catalog/base/when.h"
#include "catalog/manifest/custom.h"
#include "catalog/manifest/version.h"
#include "catalog/manifest/vocabulary.h"

#define MAX_PORTS 1000
#define MAX_COLUMNS 200000 /* of all ports of a product: many ports may show one wide contract */

struct build {
	struct reader *r;
	const struct port_want *want;
	struct product *product;
	size_t columns; /* so far */
};

static const char *text_of(struct reader *r, const struct yaml_node *n, const char *key)
{
	return reader_copy(r, yaml_scalar(yaml_get(n, key)));
}

bool port_file_needs(const struct yaml_node *root, const char *contract, const char *version)
{
	const struct yaml_node *list = yaml_get(root, "outputPorts");

	for (size_t i = 0; list && list->type == YAML_SEQ && i < list->len; i++)
		if (contract &&
		    str_eq(yaml_scalar(yaml_get(list->items[i], "contractId")), contract) &&
		    str_eq(yaml_scalar(yaml_get(list->items[i], "version")), version))
			return true;
	return false;
}

/* ---- references ---- */

static void report_contract(
    struct build *b, const struct yaml_node *n, const char *id, const char *version)
{
	const char *versions[16];
	char list[256];
	size_t len = 0;

	for (size_t i = 0; i < b->want->known_len && len < sizeof(versions) / sizeof(versions[0]);
	     i++)
		if (str_eq(b->want->known[i].id, id) && b->want->known[i].version)
			versions[len++] = b->want->known[i].version;
	if (len)
		reader_error(b->r, "ref-contract", n,
		    "contract '%s' has no version %s; under contracts/ there is %s", id, version,
		    reader_join(versions, len, list, sizeof(list)));
	else
		reader_error(b->r, "ref-contract", n,
		    "no file under contracts/ has the id '%s'; add one, or correct the contractId",
		    id);
}

static void find_contract(struct build *b, const struct yaml_node *n, struct port *p)
{
	const char *id = yaml_scalar(yaml_get(n, "contractId"));

	p->contract = -1;
	if (!id || b->want->alone)
		return;
	for (size_t i = 0; i < b->product->contracts_len; i++)
		if (str_eq(b->product->contracts[i].id, id) &&
		    str_eq(b->product->contracts[i].version, p->version))
			p->contract = (int)i;
	if (p->contract < 0)
		report_contract(
		    b, yaml_get(n, "contractId"), id, p->version ? p->version : "(none)");
}

static int server_by_name(const struct contract *c, const char *name)
{
	for (size_t i = 0; i < c->servers_len; i++)
		if (str_eq(c->servers[i].name, name))
			return (int)i;
	return -1;
}

static int server_by_default(const struct contract *c)
{
	for (size_t i = 0; i < c->servers_len; i++)
		if (str_eq(c->servers[i].environment, "prod") ||
		    str_eq(c->servers[i].environment, "production"))
			return (int)i;
	return c->servers_len ? 0 : -1;
}

static void find_server(struct build *b, const struct yaml_node *n, struct port *p)
{
	const struct yaml_node *wanted = custom_get(n, "meshfsServer");
	const struct contract *c;
	const char *names[16];
	char list[256];
	size_t len = 0;

	p->server = -1;
	if (p->contract < 0)
		return;
	c = &b->product->contracts[p->contract];
	p->server = wanted ? server_by_name(c, yaml_str(wanted)) : server_by_default(c);
	if (!wanted || p->server >= 0)
		return;
	for (size_t i = 0; i < c->servers_len && len < sizeof(names) / sizeof(names[0]); i++)
		if (c->servers[i].name)
			names[len++] = c->servers[i].name;
	reader_error(b->r, "ref-server", wanted,
	    "contract '%s' has no server of this name; it has: %s", c->id,
	    reader_join(names, len, list, sizeof(list)));
}

/* In the order of enum port_format. */
static const char *const format_names[PORT_FORMAT_COUNT + 1] = {"csv", "tsv", "jsonl", "parquet"};

static uint32_t read_formats(struct reader *r, const struct yaml_node *n)
{
	const struct yaml_node *list = custom_get(n, "meshfsFormats");
	bool ok = !list || (list->type == YAML_SEQ && list->len);
	uint32_t formats = 0;

	for (size_t i = 0; ok && list && i < list->len; i++) {
		int format = reader_index(format_names, yaml_str(list->items[i]));

		ok = format >= 0;
		formats |= ok ? 1U << format : 0;
	}
	if (!ok)
		reader_error(r, "port-formats", list,
		    "'meshfsFormats' must be a list of csv, tsv, jsonl and parquet");
	return formats ? formats : 1U << PORT_CSV;
}

/* ---- objects ---- */

static void add_tags(struct build *b, const struct port *p, struct strlist *tags)
{
	*tags = reader_union(b->r, reader_union(b->r, *tags, p->tags), b->product->tags);
}

/* The contract's objects with what the port and the product add. Names and texts are shared with the contract. */
static void copy_objects(struct build *b, const struct yaml_node *n, struct port *p)
{
	const struct contract *c = &b->product->contracts[p->contract];

	for (size_t i = 0; i < c->objects_len; i++)
		b->columns += c->objects[i].columns_len;
	if (b->columns > MAX_COLUMNS) {
		reader_error(b->r, "manifest-value", n,
		    "the ports have more than %d columns together", MAX_COLUMNS);
		return;
	}
	p->objects = reader_array(b->r, c->objects_len, sizeof(*p->objects));
	for (size_t i = 0; p->objects && i < c->objects_len; i++) {
		struct object *o = &p->objects[i];

		*o = c->objects[i];
		add_tags(b, p, &o->tags);
		o->columns = reader_array(b->r, o->columns_len, sizeof(*o->columns));
		if (!o->columns)
			return;
		for (size_t j = 0; j < o->columns_len; j++) {
			o->columns[j] = c->objects[i].columns[j];
			add_tags(b, p, &o->columns[j].tags);
		}
		p->objects_len++;
		if (o->rank > p->rank)
			p->rank = o->rank;
	}
}

static void read_contract(struct build *b, const struct yaml_node *n, struct port *p)
{
	const struct contract *c;

	p->rank = b->want->mesh ? b->want->mesh->default_rank : 0;
	if (p->contract < 0)
		return;
	c = &b->product->contracts[p->contract];
	if (c->objects_len)
		p->rank = 0;
	copy_objects(b, n, p);
	if (c->end_of_life_ns != WHEN_NONE &&
	    (b->product->end_of_life_ns == WHEN_NONE ||
		c->end_of_life_ns < b->product->end_of_life_ns))
		b->product->end_of_life_ns = c->end_of_life_ns;
}

/* ---- ports ---- */

static bool is_port_name(struct reader *r, const struct yaml_node *n)
{
	if (!yaml_scalar(n))
		return false; /* the standard's business */
	if (str_is_name(n->text))
		return true;
	reader_error(r, "manifest-name", n,
	    "'%s' cannot be used as a name: letters, digits, '.', '_' and '-' only, starting with a letter or digit, at "
	    "most 255 bytes",
	    n->text);
	return false;
}

static bool is_twice(struct build *b, const struct yaml_node *n, const struct port *p)
{
	for (const struct port *q = b->product->ports; q < p; q++) {
		if (!str_eq(q->name, p->name) || version_compare(q->version, p->version) != 0)
			continue;
		reader_error(b->r, "duplicate-port", n, "port '%s' version %s stands twice",
		    p->name, p->version);
		return true;
	}
	return false;
}

static void read_port(struct build *b, const struct yaml_node *n)
{
	static const char *const own[] = {"meshfsServer", "meshfsFormats", NULL};
	struct port *p = &b->product->ports[b->product->ports_len];

	if (!is_port_name(b->r, yaml_get(n, "name")) || !is_port_name(b->r, yaml_get(n, "version")))
		return;
	p->name = text_of(b->r, n, "name");
	p->version = text_of(b->r, n, "version");
	p->description = text_of(b->r, n, "description");
	p->type = text_of(b->r, n, "type");
	p->tags = vocabulary_tags(b->r, n, b->want->mesh);
	custom_check(b->r, n, own);
	p->formats = read_formats(b->r, n);
	if (b->r->oom || is_twice(b, n, p))
		return;
	find_contract(b, n, p);
	find_server(b, n, p);
	read_contract(b, n, p);
	p->tags = reader_union(b->r, p->tags, b->product->tags);
	if (p->contract >= 0)
		p->tags = reader_union(b->r, p->tags, b->product->contracts[p->contract].tags);
	if (p->rank > b->product->rank)
		b->product->rank = p->rank;
	b->product->ports_len++;
}

/* The latest version of a name has the name to itself. */
static void name_entries(struct reader *r, const struct yaml_node *list, struct product *product)
{
	for (size_t i = 0; i < product->ports_len; i++) {
		struct port *p = &product->ports[i];
		bool latest = true;

		for (size_t j = 0; j < product->ports_len; j++)
			latest &= !str_eq(product->ports[j].name, p->name) ||
			    version_compare(product->ports[j].version, p->version) <= 0;
		p->entry = latest
		    ? p->name
		    : reader_made(r, arena_printf(r->arena, "%s@%s", p->name, p->version));
		if (p->entry && strlen(p->entry) > 255)
			reader_error(
			    r, "manifest-name", list, "'%s' is longer than 255 bytes", p->entry);
	}
}

void port_file_read(struct reader *r, const struct yaml_node *root, const struct port_want *want,
    struct product *ret)
{
	const struct yaml_node *list = yaml_get(root, "outputPorts");
	struct build b = {r, want, ret, 0};

	ret->end_of_life_ns = WHEN_NONE;
	ret->rank = -1;
	if (list && list->type == YAML_SEQ && list->len > MAX_PORTS)
		reader_error(r, "manifest-value", list,
		    "'outputPorts' has %zu elements, more than %d", list->len, MAX_PORTS);
	else if (list && list->type == YAML_SEQ) {
		ret->ports = reader_array(r, list->len, sizeof(*ret->ports));
		for (size_t i = 0; ret->ports && i < list->len && !r->oom; i++)
			read_port(&b, list->items[i]);
		name_entries(r, list, ret);
	}
	if (ret->rank < 0)
		ret->rank = want->mesh ? want->mesh->default_rank : 0;
}
