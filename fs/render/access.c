/*
 * my-access.yaml: what the caller gets of a product. It may name nothing that is hidden from him:
 * ports and objects that he may not discover are left out, and columns have names only for those
 * who may read metadata. No time of day stands in it, so that it changes only with the rules, the
 * caller and the hours that rules name.
 */

#include <errno.h>

#include "fs/render/render.h"
#include "fs/render/rendition.h"
#include "fs/render/text.h"
#include "fs/render/why.h"

struct access {
	const struct product *product;
	struct ask
	    ask; /* a copy, aimed at one thing after another; borrows what the caller's owns */
	struct buf *out;
};

static void aim(struct access *x, const struct port *port, const struct object *object)
{
	x->ask.resource.port = port;
	x->ask.resource.object = object;
}

/* ---- the head ---- */

static void pair(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "%s: ", key);
	buf_yaml(out, value);
	buf_addc(out, '\n');
}

static void write_head(struct access *x)
{
	const struct product *p = x->product;
	const struct member *owner = product_owner(p, x->ask.context.now_ns);
	struct buf *out = x->out;

	text_yaml_comment(out,
	    "What you get here and why; others have files of their own. The decision is made again at each open.");
	text_yaml_comment(out,
	    "Where rules mask, filter or leave out something the file at the path is your own view of it. A column");
	text_yaml_comment(out,
	    "that a file has beyond its contract counts as of the mesh's default classification and may be left out;");
	text_yaml_comment(out, "`meshfs explain PATH` looks at the file itself.");
	pair(out, "user", x->ask.caller->principal.user);
	pair(out, "domain", p->domain);
	pair(out, "product", p->entry);
	pair(out, "version", p->version);
	pair(out, "owner", owner ? owner->username : NULL);
	pair(out, "purpose", x->ask.context.purpose);
	buf_puts(out, "purposes: ");
	text_yaml_list(out, &x->ask.resource.mesh->purposes);
	buf_addc(out, '\n');
	if (!x->ask.context.purpose) {
		buf_puts(out, "purposePath: ");
		text_yaml_printf(out, ".purpose/<purpose>/%s/%s", p->domain, p->entry);
		buf_addc(out, '\n');
	}
}

/* ---- actions ---- */

static void write_action(struct access *x, enum action action, struct arena *a)
{
	struct decision d = {0};

	why_decide(&x->ask, action, a, &d);
	buf_printf(
	    x->out, "  %s: {allowed: %s, rules: ", action_name(action), d.allow ? "true" : "false");
	why_rules_inline(x->out, d.rules, d.rules_len);
	if (!d.allow) {
		buf_puts(x->out, ", reason: ");
		buf_yaml(x->out, d.reason);
	}
	buf_puts(x->out, "}\n");
}

static void write_actions(struct access *x)
{
	struct arena a;

	arena_init(&a);
	aim(x, NULL, NULL);
	buf_puts(x->out,
	    "actions: # on the product as a whole; read is decided for each object, by column\n");
	for (int action = 0; action < ACTION_COUNT; action++)
		if (action != ACTION_READ)
			write_action(x, (enum action)action, &a);
	arena_clear(&a);
}

/* ---- ports ---- */

static int write_read(struct access *x, int indent)
{
	struct why w = {
	    .out = x->out, .indent = indent, .names = gate_may(&x->ask, ACTION_READ_METADATA)};
	struct view v = {.deny = true};
	const char *why;
	struct arena a;
	int rc;

	arena_init(&a);
	rc = gate_view(&x->ask, (struct strlist){0}, &a, &v);
	if (rc == 0) {
		buf_printf(x->out, "%*sread: %s\n", indent, "",
		    why_readable(&w, &x->ask, &v, &why) ? "allow" : "deny");
		why_view(&w, &x->ask, &v);
	}
	arena_clear(&a);
	return rc;
}

/* Begins an element of a list whose key is written with the first one. */
static void begin_element(struct access *x, bool *begun, const char *key, const char *element)
{
	buf_puts(x->out, *begun ? "" : key);
	buf_puts(x->out, element);
	*begun = true;
}

/* What a database's object is served as. */
static int write_files(struct access *x, const struct port *port, const struct object *o)
{
	struct strlist files = {0};
	struct arena a;
	int rc;

	if (!rendition_is_database(x->product, port))
		return 0;
	arena_init(&a);
	rc = rendition_files(port, o, &a, &files);
	if (rc == 0) {
		buf_puts(x->out, "        files: ");
		text_yaml_list(x->out, &files);
		buf_addc(x->out, '\n');
	}
	arena_clear(&a);
	return rc;
}

static int write_objects(struct access *x, const struct port *port)
{
	bool begun = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < port->objects_len; i++) {
		aim(x, port, &port->objects[i]);
		if (!gate_may(&x->ask, ACTION_DISCOVER))
			continue;
		begin_element(x, &begun, "    objects:\n", "      - object: ");
		buf_yaml(x->out, port->objects[i].name);
		buf_addc(x->out, '\n');
		rc = write_files(x, port, &port->objects[i]);
		if (rc == 0)
			rc = write_read(x, 8);
	}
	return rc;
}

/* Files that belong to no object: all where there is no object, none where there is one alone. */
static int write_other_files(struct access *x, const struct port *port)
{
	if (port->objects_len == 1 || rendition_is_database(x->product, port))
		return 0;
	aim(x, port, NULL);
	buf_puts(x->out,
	    port->objects_len ? "    otherFiles: # those that belong to none of the objects\n"
			      : "    files:\n");
	return write_read(x, 6);
}

static int write_port(struct access *x, const struct port *port)
{
	int rc;

	buf_yaml(x->out, port->entry);
	buf_puts(x->out, "\n    path: ");
	text_yaml_printf(x->out, "data/%s", port->entry);
	buf_printf(x->out, "\n    list: %s\n", gate_may(&x->ask, ACTION_LIST) ? "allow" : "deny");
	rc = write_objects(x, port);
	return rc == 0 ? write_other_files(x, port) : rc;
}

static int write_ports(struct access *x)
{
	bool begun = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < x->product->ports_len; i++) {
		aim(x, &x->product->ports[i], NULL);
		if (!gate_may(&x->ask, ACTION_DISCOVER))
			continue;
		begin_element(x, &begun, "ports:\n", "  - port: ");
		rc = write_port(x, &x->product->ports[i]);
	}
	buf_puts(x->out, begun ? "" : "ports: []\n");
	return rc;
}

int render_my_access(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	struct access x = {.product = env->product, .ask = *env->ask, .out = out};
	int rc;

	(void)d;
	write_head(&x);
	write_actions(&x);
	rc = write_ports(&x);
	return rc < 0 ? rc : buf_error(out);
}
