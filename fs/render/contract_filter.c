#include "fs/render/contract_filter.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/digest.h"
#include "fs/log.h"

/* ---- the authored bytes ---- */

static int read_blob(const struct doc_env *env, const struct contract *c, struct buf *out)
{
	struct mesh_err err = {0};
	int rc = catalog_blob(env->catalog, c->blob, out, &err);

	if (rc < 0 && rc != -ENOMEM) {
		log_error("contract %s of %s/%s: %s", c->file_name ? c->file_name : "?",
		    env->product->domain, env->product->entry, err.text);
		return -EIO;
	}
	return rc;
}

/* ---- which have samples at all: a fact about the bytes, which their hash names ---- */

#define SEEN_LEN 1024
#define MANY_CONTRACTS \
	256 /* of a product: all of them count, so that listing it does not read more than is remembered */

static struct seen {
	char hash[DIGEST_HEX_CAP];
	bool any;
} seen[SEEN_LEN];
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the table */

static struct seen *seen_slot(const char *hash)
{
	return &seen[str_hash(STR_HASH_SEED, hash, strlen(hash)) % SEEN_LEN];
}

static bool seen_get(const char *hash, bool *ret)
{
	const struct seen *s = seen_slot(hash);
	bool known;

	(void)pthread_mutex_lock(&seen_lock);
	known = strcmp(s->hash, hash) == 0;
	*ret = s->any;
	(void)pthread_mutex_unlock(&seen_lock);
	return known;
}

static void seen_put(const char *hash, bool any)
{
	struct seen *s = seen_slot(hash);

	if (strlen(hash) >= sizeof(s->hash))
		return;
	(void)pthread_mutex_lock(&seen_lock);
	strcpy(s->hash, hash);
	s->any = any;
	(void)pthread_mutex_unlock(&seen_lock);
}

bool contract_filter_needed(const struct doc_env *env, const struct contract *c)
{
	struct buf bytes;
	bool any = true;

	if (env->product->contracts_len > MANY_CONTRACTS || seen_get(c->blob, &any))
		return any;
	buf_init(&bytes);
	if (read_blob(env, c, &bytes) == 0 && buf_error(&bytes) == 0) {
		any = samples_any(bytes.data, bytes.len);
		seen_put(c->blob, any);
	} else {
		any = true;
	}
	buf_clear(&bytes);
	return any;
}

/* ---- which columns the caller has as they are ---- */

struct columns {
	struct ask ask; /* a copy, aimed at one object after another */
	struct arena *arena;
	const char **items;
	bool *hidden; /* of each */
	size_t len, cap;
};

static size_t count_columns(const struct object *objects, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += objects[i].columns_len;
	return n;
}

static int add_column(struct columns *c, const struct object *o, const struct view *v, size_t i)
{
	const struct view_column *col = &v->columns[i];
	bool limited = v->deny || v->limit > 0 || v->min_group > 0;

	if (c->len == c->cap)
		return 0;
	c->hidden[c->len] = limited || col->dropped || col->mask.fn != MASK_NONE ||
	    col->rows.permits_len > 0 || col->rows.restricts_len > 0;
	c->items[c->len] = arena_printf(c->arena, "%s/%s", o->name, col->name);
	return c->items[c->len++] ? 0 : -ENOMEM;
}

static int add_objects(
    struct columns *c, const struct port *port, const struct object *objects, size_t len)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < len; i++) {
		struct view v = {0};
		struct arena a;

		arena_init(&a);
		c->ask.resource.port = port;
		c->ask.resource.object = &objects[i];
		rc = gate_view(&c->ask, (struct strlist){0}, &a, &v);
		for (size_t k = 0; rc == 0 && k < v.columns_len; k++)
			rc = add_column(c, &objects[i], &v, k);
		arena_clear(&a);
	}
	return rc;
}

static bool shows(const struct product *p, const struct port *port, const struct contract *c)
{
	return port->contract >= 0 && (size_t)port->contract < p->contracts_len &&
	    &p->contracts[port->contract] == c;
}

/* All columns, once for each port; of a contract that no port uses by the contract alone. */
static int add_ports(struct columns *c, const struct product *p, const struct contract *contract)
{
	size_t room = count_columns(contract->objects, contract->objects_len);
	bool used = false;
	int rc = 0;

	for (size_t i = 0; i < p->ports_len; i++)
		if (shows(p, &p->ports[i], contract))
			room += count_columns(p->ports[i].objects, p->ports[i].objects_len);
	c->cap = room;
	c->items = arena_array(c->arena, room, sizeof(*c->items));
	c->hidden = arena_array(c->arena, room, sizeof(*c->hidden));
	if (!c->items || !c->hidden)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < p->ports_len; i++) {
		const struct port *port = &p->ports[i];

		if (!shows(p, port, contract))
			continue;
		used = true;
		rc = add_objects(c, port, port->objects, port->objects_len);
	}
	return used ? rc : add_objects(c, NULL, contract->objects, contract->objects_len);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Moves those that are hidden nowhere to the front of the list. */
static int keep_raw(struct columns *c, struct strlist *ret)
{
	const char **hidden = arena_array(c->arena, c->len, sizeof(*hidden));
	size_t hidden_len = 0, kept = 0;

	if (!hidden)
		return -ENOMEM;
	for (size_t i = 0; i < c->len; i++)
		if (c->hidden[i])
			hidden[hidden_len++] = c->items[i];
	if (hidden_len > 0)
		qsort(hidden, hidden_len, sizeof(*hidden), compare);
	for (size_t i = 0; i < c->len; i++)
		if (!hidden_len ||
		    !bsearch(&c->items[i], hidden, hidden_len, sizeof(*hidden), compare))
			c->items[kept++] = c->items[i];
	*ret = (struct strlist){.items = c->items, .len = kept};
	return 0;
}

static int raw_columns(const struct doc_env *env, const struct contract *contract, struct arena *a,
    struct strlist *ret)
{
	struct columns c = {.ask = *env->ask, .arena = a};
	int rc = add_ports(&c, env->product, contract);

	return rc < 0 ? rc : keep_raw(&c, ret);
}

/* ---- the document ---- */

static int remove_samples(
    const struct doc_env *env, const struct contract *c, const struct buf *bytes, struct buf *out)
{
	struct strlist raw = {0};
	struct arena a;
	int rc;

	arena_init(&a);
	rc = raw_columns(env, c, &a, &raw);
	if (rc == 0)
		rc = samples_remove(bytes->data, bytes->len, &raw, out);
	arena_clear(&a);
	if (rc != -EOPNOTSUPP)
		return rc;
	log_info(
	    "%s may not read contract %s of %s/%s: its samples cannot be taken out of it (an anchor, or `? ` before a key)",
	    env->ask->caller->principal.user, c->file_name ? c->file_name : "?",
	    env->product->domain, env->product->entry);
	return -EACCES;
}

int contract_filter(const struct doc_env *env, const struct contract *c, struct buf *out)
{
	struct buf bytes;
	int rc;

	buf_init(&bytes);
	rc = read_blob(env, c, &bytes);
	if (rc == 0)
		rc = buf_error(&bytes);
	if (rc == 0)
		rc = remove_samples(env, c, &bytes, out);
	buf_clear(&bytes);
	return rc;
}
