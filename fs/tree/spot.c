#include "fs/tree/spot.h"

#include <errno.h>
#include <string.h>

#include "fs/log.h"
#include "fs/render/rendition.h"
#include "fs/table/source.h"

static const struct port *find_port(const struct product *p, const char *entry)
{
	for (size_t i = 0; i < p->ports_len; i++)
		if (strcmp(p->ports[i].entry, entry) == 0)
			return &p->ports[i];
	return NULL;
}

void spot_ask_product(struct spot *s)
{
	(void)ask_about(&s->ask, (struct ask_target){
		.domain = s->domain ? s->domain->domain->id : NULL,
		.product = s->product,
	});
}

void spot_ask_port(struct spot *s)
{
	s->ask.resource.port = s->port;
	s->ask.resource.object = NULL;
}

void spot_ask_object(struct spot *s, const struct object *o)
{
	s->ask.resource.port = s->port;
	s->ask.resource.object = o;
}

/* "orders.csv" of a database: the object and the format that the port offers it in. */
static void resolve_table(struct spot *s)
{
	const char *rel = s->place->rel, *dot = strrchr(rel, '.');
	int format = dot ? table_format_parse(dot + 1) : -1;

	s->format = -1;
	if (format < 0 || !(s->port->formats >> format & 1))
		return;
	for (size_t i = 0; i < s->port->objects_len; i++) {
		const struct object *o = &s->port->objects[i];

		if (strlen(o->name) == (size_t)(dot - rel) && strncmp(o->name, rel, (size_t)(dot - rel)) == 0) {
			s->object = o;
			s->format = format;
			return;
		}
	}
}

/* Where the port's data are, by the kind of its server. */
static int resolve_server(struct spot *s)
{
	int rc = 0;

	s->has_local = s->server->kind == SERVER_LOCAL;
	s->has_tables = rendition_is_database(s->product, s->port);
	if (s->server->path)
		rc = local_port_init(&s->local, s->domain->domain, s->port, s->server, &s->arena);
	if (rc == -EACCES)
		log_error("%s is outside the storage that domain %s may use", s->server->path, s->place->domain);
	if (rc < 0)
		return rc == -EACCES ? -EIO : rc;
	if (s->place->kind != PLACE_STORED)
		return 0;
	if (s->has_local)
		s->object = local_object(&s->local, s->place->rel);
	else if (s->has_tables)
		resolve_table(s);
	return 0;
}

static int resolve_port(struct spot *s)
{
	s->port = find_port(s->product, s->place->port);
	if (!s->port)
		return -ENOENT;
	spot_ask_port(s);
	s->server = rendition_server(s->product, s->port);
	return s->server ? resolve_server(s) : 0;
}

static int resolve(struct spot *s)
{
	const struct place *p = s->place;
	struct mesh_err err = {0};
	int rc;

	if (p->purpose && !strlist_has(&snapshot_mesh(s->world->snap)->purposes, p->purpose))
		return -ENOENT;
	if (!p->domain)
		return 0;
	rc = snapshot_domain(s->world->snap, p->domain, &s->domain, &err);
	if (rc == 0 && p->product)
		rc = snapshot_product(s->world->snap, p->domain, p->product, &s->product, &err);
	if (rc < 0 && rc != -ENOENT && rc != -ENOMEM) {
		log_error("%s/%s: %s", p->domain, p->product ? p->product : "", err.text);
		return -EIO;
	}
	if (rc < 0)
		return rc;
	spot_ask_product(s);
	return p->port ? resolve_port(s) : 0;
}

int spot_init(struct spot *s, const struct tree *t, struct asker who, const struct place *p)
{
	int rc;

	memset(s, 0, sizeof(*s));
	arena_init(&s->arena);
	s->tree = t;
	s->place = p;
	s->world = world_get(t->worlds);
	rc = ask_init(&s->ask, t->gate, s->world, who, p->purpose);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -EACCES;
	return resolve(s);
}

void spot_clear(struct spot *s)
{
	ask_clear(&s->ask);
	product_unref(s->product);
	world_unref(s->world);
	arena_clear(&s->arena);
	memset(s, 0, sizeof(*s));
}

/* ---- who sees it ---- */

struct any_product {
	struct spot *s;
	const struct snapshot_domain *domain;
};

static int is_visible_product(void *arg, const char *entry)
{
	struct any_product *any = arg;
	struct spot *s = any->s;
	struct product *p;
	bool may;

	if (snapshot_product(s->world->snap, any->domain->domain->id, entry, &p, NULL) < 0)
		return 0;
	may = ask_about(&s->ask, (struct ask_target){.domain = any->domain->domain->id, .product = p}) == 0 &&
	      gate_may(&s->ask, ACTION_DISCOVER);
	product_unref(p);
	return may;
}

bool spot_domain_visible(struct spot *s, const char *domain)
{
	struct any_product any = {.s = s};
	struct ask_target target = {.domain = domain};
	bool visible;

	if (snapshot_domain(s->world->snap, domain, &any.domain, NULL) < 0 || ask_about(&s->ask, target) < 0)
		return false;
	visible = gate_may(&s->ask, ACTION_DISCOVER) ||
		  snapshot_products(s->world->snap, domain, NULL, is_visible_product, &any) > 0;
	(void)ask_about(&s->ask, target);
	return visible;
}

bool spot_visible(struct spot *s)
{
	bool visible;

	if (!s->domain)
		return true;
	if (!s->product)
		return spot_domain_visible(s, s->place->domain);
	spot_ask_product(s);
	visible = gate_may(&s->ask, ACTION_DISCOVER);
	if (visible && s->port) {
		spot_ask_port(s);
		visible = gate_may(&s->ask, ACTION_DISCOVER);
	}
	if (visible && s->object) {
		spot_ask_object(s, s->object);
		visible = gate_may(&s->ask, ACTION_DISCOVER);
	}
	return visible;
}

static struct request static_request(const struct spot *s)
{
	return (struct request){.resource = s->ask.resource, .rules = s->ask.rules};
}

/* Decided exactly as the resource above it: whoever got here sees it too. */
static bool like_parent(struct spot *s, const struct port *port, const struct object *object)
{
	struct request rq = static_request(s);
	uint64_t above;

	rq.resource.port = object ? port : NULL;
	rq.resource.object = NULL;
	above = policy_fingerprint(&rq, ACTION_DISCOVER);
	rq.resource.port = port;
	rq.resource.object = object;
	return policy_fingerprint(&rq, ACTION_DISCOVER) == above;
}

bool spot_uniform(struct spot *s)
{
	struct request rq = static_request(s);

	switch (s->place->kind) {
	case PLACE_ROOT:
	case PLACE_PURPOSES:
	case PLACE_DATA:
	case PLACE_SEARCH:
		return true;
	case PLACE_DOMAIN:
	case PLACE_PRODUCT:
		return policy_uniform(&rq, ACTION_DISCOVER) == UNIFORM_ALLOW;
	case PLACE_PORT:
		return like_parent(s, s->port, NULL);
	case PLACE_STORED:
		return !s->object || like_parent(s, s->port, s->object);
	default:
		return false;
	}
}

int spot_storage(const struct spot *s, int rc)
{
	if (rc == -EIO)
		atomic_fetch_add(&s->tree->status->storage_errors, 1);
	return rc;
}

struct doc_env spot_doc_env(struct spot *s)
{
	return (struct doc_env){
		.catalog = s->tree->catalog,
		.ask = &s->ask,
		.product = s->product,
		.status = s->tree->status,
	};
}

struct source_text_options spot_text(const struct spot *s, int fd)
{
	return (struct source_text_options){
		.fd = fd,
		.name = s->place->rel,
		.delimiter = s->server ? s->server->delimiter : '\0',
		.object = s->object,
	};
}

int spot_columns(struct spot *s, int fd, struct strlist *ret)
{
	static const char *const opaque[] = {"*"};
	struct source_text_options opt = spot_text(s, fd);

	*ret = (struct strlist){.items = (const char **)opaque, .len = 1};
	return s->object ? source_text_columns(&opt, &s->arena, ret) : 0;
}
