#include "catalog/store/products.h"

#include <errno.h>
#include <string.h>

#include "catalog/store/layouts.h"
#include "catalog/store/search.h"
#include "catalog/store/stmt.h"

static int digest_of(const struct layout_ctx *ctx, const struct layout *layout, const void *item,
    char out[DIGEST_HEX_CAP])
{
	struct buf b;

	buf_init(&b);
	layout_print(ctx, layout, item, &b);

	int rc = buf_error(&b);

	if (rc == 0)
		rc = digest_hex(b.data, b.len, out);
	buf_clear(&b);
	return rc < 0 ? mesh_err_nomem(ctx->err) : 0;
}

/* Bodies are never deleted, so the next key is one above the last; the transaction keeps others
 * out. */
static int next_key(const struct layout_ctx *ctx, const char *sql, int64_t *ret)
{
	struct stmt q = {.db = ctx->db, .err = ctx->err};
	int rc = stmt_begin(&q, sql, "");

	if (rc == 0)
		rc = stmt_next(&q);
	if (rc > 0)
		*ret = stmt_int(&q, 0) + 1;
	stmt_end(&q);
	return rc < 0 ? rc : 0;
}

int products_digest(struct db *db, const struct mesh *m, const struct product *p,
    char out[DIGEST_HEX_CAP], struct mesh_err *err)
{
	struct layout_ctx ctx = {.db = db, .mesh = m, .err = err};

	return digest_of(&ctx, &layouts_product, p, out);
}

int products_write(struct db *db, const struct mesh *m, const struct product *p, int64_t *ret_pid,
    struct mesh_err *err)
{
	struct layout_ctx ctx = {.db = db, .mesh = m, .err = err};
	int64_t pid;
	int rc = next_key(&ctx, "SELECT max(pid) FROM product", &pid);

	if (rc == 0)
		rc = layout_write(&ctx, &layouts_product, pid, p);
	if (rc == 0)
		rc = search_add(db, pid, p, err);
	if (rc == 0)
		*ret_pid = pid;
	return rc;
}

/* ---- reading ---- */

static const char *nonsense_in_server(const struct server *s)
{
	switch (s->kind) {
	case SERVER_LOCAL:
	case SERVER_OTHER:
	case SERVER_SQLITE:
	case SERVER_POSTGRES:
	case SERVER_DUCKDB:
		return NULL;
	}
	return "a server is of no kind";
}

static const char *nonsense_in_port(const struct product *p, const struct port *port)
{
	size_t servers = 0;

	if (port->contract < -1 || port->contract >= (int64_t)p->contracts_len)
		return "a port has a contract that is not there";
	if (port->contract >= 0)
		servers = p->contracts[port->contract].servers_len;
	if (port->server < -1 || port->server >= (int64_t)servers)
		return "a port has a server that is not there";
	if (!port->formats || port->formats >> PORT_FORMAT_COUNT)
		return "a port has a format that is none";
	return NULL;
}

/* What else the code that reads a product takes for granted. */
static const char *nonsense_in(const struct product *p)
{
	const char *found = NULL;

	for (size_t c = 0; c < p->contracts_len; c++) {
		const struct contract *contract = &p->contracts[c];

		for (size_t s = 0; !found && s < contract->servers_len; s++)
			found = nonsense_in_server(&contract->servers[s]);
	}
	for (size_t i = 0; !found && i < p->ports_len; i++)
		found = nonsense_in_port(p, &p->ports[i]);
	return found;
}

static void raise_rank(int *rank, int at_least)
{
	if (*rank < at_least)
		*rank = at_least;
}

static void raise_objects(struct object *objects, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		for (size_t c = 0; c < objects[i].columns_len; c++)
			raise_rank(&objects[i].rank, objects[i].columns[c].rank);
	}
}

/* The ladder may have been turned over since the body was written: what is a maximum stays at least
 * that. */
static void raise_ranks(struct product *p)
{
	for (size_t c = 0; c < p->contracts_len; c++)
		raise_objects(p->contracts[c].objects, p->contracts[c].objects_len);
	for (size_t i = 0; i < p->ports_len; i++) {
		struct port *port = &p->ports[i];

		raise_objects(port->objects, port->objects_len);
		for (size_t o = 0; o < port->objects_len; o++)
			raise_rank(&port->rank, port->objects[o].rank);
		raise_rank(&p->rank, port->rank);
	}
}

int products_read(
    struct db *db, const struct mesh *m, int64_t pid, struct product **ret, struct mesh_err *err)
{
	struct product *p = product_new();

	if (!p)
		return mesh_err_nomem(err);

	struct layout_ctx ctx = {.db = db, .mesh = m, .arena = &p->arena, .err = err};
	int rc = layout_read(&ctx, &layouts_product, pid, p);
	const char *nonsense = rc == 0 ? nonsense_in(p) : NULL;

	if (nonsense)
		rc = db_corrupt(db, nonsense, err);
	if (rc < 0) {
		product_unref(p);
		return rc;
	}
	raise_ranks(p);
	*ret = p;
	return 0;
}

/* ---- domains ---- */

/* A shallow copy: the layout reads one struct, and only reads. */
static struct stored_domain stored_domain_of(const struct products_domain *d)
{
	return (struct stored_domain){.domain = *d->domain, .path = d->path, .blob = d->blob};
}

int products_domain_digest(
    struct db *db, const struct products_domain *d, char out[DIGEST_HEX_CAP], struct mesh_err *err)
{
	struct layout_ctx ctx = {.db = db, .err = err};
	struct stored_domain stored = stored_domain_of(d);

	return digest_of(&ctx, &layouts_domain, &stored, out);
}

int products_domain_write(
    struct db *db, const struct products_domain *d, int64_t *ret_did, struct mesh_err *err)
{
	struct layout_ctx ctx = {.db = db, .err = err};
	struct stored_domain stored = stored_domain_of(d);
	int64_t did;
	int rc = next_key(&ctx, "SELECT max(did) FROM domain", &did);

	if (rc == 0)
		rc = layout_write(&ctx, &layouts_domain, did, &stored);
	if (rc == 0)
		*ret_did = did;
	return rc;
}

static int read_domain(
    struct db *db, int64_t did, struct arena *a, struct stored_domain *ret, struct mesh_err *err)
{
	struct layout_ctx ctx = {.db = db, .arena = a, .err = err};

	return layout_read(&ctx, &layouts_domain, did, ret);
}

int products_domain_read(struct db *db, int64_t did, struct domain *ret, struct mesh_err *err)
{
	struct stored_domain stored = {0};
	struct arena arena;

	arena_init(&arena);

	int rc = read_domain(db, did, &arena, &stored, err);

	if (rc < 0) {
		arena_clear(&arena);
		return rc;
	}
	*ret = stored.domain;
	ret->arena = arena;
	return 0;
}

int products_domain_path(
    struct db *db, int64_t did, struct arena *a, const char **ret, struct mesh_err *err)
{
	struct stored_domain stored = {0};
	int rc = read_domain(db, did, a, &stored, err);

	if (rc == 0)
		*ret = stored.path;
	return rc;
}
