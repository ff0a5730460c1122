#include "fs/tree/content.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "catalog/base/digest.h"
#include "fs/render/rendition.h"
#include "fs/tree/table_open.h"

/* ---- the key ---- */

/* Asked for at each look-up and open: plain copying is worth it. */
static void add_line(struct buf *b, const char *first, const char *second, const char *third)
{
	buf_puts(b, first ? first : "");
	buf_addc(b, '|');
	buf_puts(b, second ? second : "");
	buf_addc(b, '|');
	buf_puts(b, third ? third : "");
	buf_addc(b, '\n');
}

/* Everything about the object that shows in the bytes: names, order and types of its columns. */
static void add_object(struct buf *b, const struct object *o)
{
	for (size_t i = 0; o && i < o->columns_len; i++)
		add_line(b, o->columns[i].name, o->columns[i].physical_name, o->columns[i].logical_type);
}

/* Where a contract says that the rows are, and how they are read: another place may be at a version of the same name. */
static void add_storage(struct buf *b, const struct spot *s)
{
	add_line(b, s->server->host, s->server->port, s->server->database);
	add_line(b, s->server->path, s->server->schema, s->object->physical_name);
	buf_printf(b, "delimiter %d\n", s->server->delimiter);
}

/* Hash masks depend on their keys: by the digest of each, so that an exchanged key makes other files. */
static int add_keys(struct buf *b, const struct view *v, struct keys *keys)
{
	for (size_t i = 0; i < v->columns_len; i++) {
		const struct mask *m = &v->columns[i].mask;
		const char *digest;

		if (v->columns[i].dropped || m->fn != MASK_HASH)
			continue;
		digest = keys_digest(keys, m->text ? m->text : "mesh");
		if (!digest)
			return -EACCES;
		buf_puts(b, digest);
	}
	return 0;
}

static int make_view_key(struct content *c, struct spot *s)
{
	const struct place *p = s->place;
	struct buf b;
	int rc;

	buf_init(&b);
	buf_printf(&b, "view 1\n%s/%s/%s/%s\n%s\n", p->domain, p->product, p->port, p->rel, c->view.key);
	add_storage(&b, s);
	add_object(&b, s->object);
	rc = add_keys(&b, &c->view, s->tree->keys);
	if (rc == 0)
		rc = buf_error(&b);
	if (rc == 0)
		rc = digest_hex(b.data, b.len, c->view_key);
	buf_clear(&b);
	return rc;
}

static int make_key(struct content *c, struct spot *s, const struct table_state *state)
{
	char both[2 * DIGEST_HEX_CAP];
	int rc = make_view_key(c, s);
	int n;

	if (rc < 0)
		return rc;
	n = snprintf(both, sizeof(both), "%s %s", c->view_key, state->version);
	return digest_hex(both, (size_t)n, c->key);
}

/* ---- the decision ---- */

/* A view that has to be rendered, if it can. */
static int decide_rendering(struct content *c, struct spot *s, const struct table_state *state)
{
	const char *why = NULL;
	int rc;

	if (!rendition_of_file_possible(&s->ask, s->place->rel, &why)) {
		c->kind = CONTENT_DENIED;
		c->why_not = why;
		return 0;
	}
	rc = make_key(c, s, state);
	if (rc == -EACCES) {
		c->kind = CONTENT_DENIED;
		c->why_not = "the key of a hash mask cannot be had; the operator's log says why";
		return 0;
	}
	c->kind = CONTENT_RENDERED;
	c->mtime_ns = state->mtime_ns;
	return rc;
}

/* Whether the caller gets nothing of a database's table, whatever further columns it has: then nobody need ask the database. */
static int denied_anyway(struct content *c, struct spot *s, bool *ret)
{
	static const char *const unknown[] = {"*"};
	int rc;

	spot_ask_object(s, s->object);
	rc = gate_view(&s->ask, (struct strlist){.items = (const char **)unknown, .len = 1}, &s->arena, &c->view);
	*ret = c->view.deny;
	return rc;
}

int content_decide(struct content *c, struct spot *s, int fd, const struct stat *st)
{
	struct table_state state = {0};
	struct mesh_err err = {0};
	bool denied = false;
	int rc = 0;

	memset(c, 0, sizeof(*c));
	if (!st)
		rc = denied_anyway(c, s, &denied);
	if (rc < 0 || denied)
		return rc;
	rc = table_state_of(s, fd, st, &state, &err);
	if (rc < 0)
		return rc;
	spot_ask_object(s, s->object);
	rc = gate_view(&s->ask, state.columns, &s->arena, &c->view);
	if (rc < 0)
		return rc;
	if (c->view.deny)
		return 0;
	if (c->view.identity && st) {
		c->kind = CONTENT_AS_STORED;
		return 0;
	}
	return decide_rendering(c, s, &state);
}

int content_record(const struct content *c, struct spot *s, const struct gate_event *event)
{
	spot_ask_object(s, s->object);
	return gate_read(s->tree->gate, &s->ask, &c->view, c->why_not, event);
}
