#include "fs/tree/found.h"
#include "fs/tree/rendering.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RENDER_TRIES 3
#define RENDERED_KEY_AT 33 /* in a rendered tag: behind half a view key and a colon */

static int64_t mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * WHEN_NS_PER_SEC + st->st_mtim.tv_nsec;
}

void found_rendered_tag(const struct content *c, char *tag, size_t cap)
{
	(void)snprintf(tag, cap, "%.32s:%s%s", c->view_key, c->key, c->view.recheck ? ":r" : "");
}

bool found_is_earlier(const struct content *c, const char *tag, char ret_key[65])
{
	char own[128];

	found_rendered_tag(c, own, sizeof(own));
	if (strncmp(own, tag, RENDERED_KEY_AT) != 0 || strcmp(own + RENDERED_KEY_AT + 64, tag + RENDERED_KEY_AT + 64) != 0)
		return false;
	memcpy(ret_key, tag + RENDERED_KEY_AT, 64);
	ret_key[64] = '\0';
	return true;
}

void found_stored_tag(const struct stat *st, bool recheck, char *tag, size_t cap)
{
	(void)snprintf(tag, cap, "%llx:%llx%s", (unsigned long long)st->st_dev, (unsigned long long)st->st_ino,
		       recheck ? ":r" : "");
}

/* The rendered file's size is known once it is there. */
static int found_rendering(struct found *f, struct spot *s, const struct content *c)
{
	int rc = rendering_size(s, c, &f->size);

	if (rc < 0)
		return rc;
	f->mtime_ns = c->mtime_ns;
	f->attr_timeout_sec = s->tree->long_sec;
	found_rendered_tag(c, f->tag, sizeof(f->tag));
	return 0;
}

/* `st`: the stored file's; NULL for a table of a database. */
static int found_content(struct found *f, struct spot *s, const struct stat *st)
{
	struct content c;
	int rc = content_decide(&c, s, -1, st);

	if (rc < 0)
		return rc;
	f->type = S_IFREG;
	f->attr_timeout_sec = TREE_STORAGE_SEC;
	/* The node depends on the caller's view: the name is looked up at each walk. */
	f->entry_timeout_sec = 0;
	switch (c.kind) {
	case CONTENT_DENIED:
		f->mtime_ns = st ? mtime_of(st) : s->product->changed_ns;
		(void)snprintf(f->tag, sizeof(f->tag), "%s", TAG_DENIED);
		return 0;
	case CONTENT_AS_STORED:
		f->mtime_ns = mtime_of(st);
		f->size = st->st_size;
		found_stored_tag(st, c.view.recheck, f->tag, sizeof(f->tag));
		return 0;
	case CONTENT_RENDERED:
		return found_rendering(f, s, &c);
	}
	return -EIO;
}

/* A source that changes while it is rendered: look again at what it is now. */
static int found_file(struct found *f, struct spot *s, struct local_entry *e)
{
	int rc = found_content(f, s, &e->st);

	for (int tries = 1; rc == -ESTALE && tries < RENDER_TRIES; tries++) {
		rc = local_stat(&s->local, s->place->rel, e);
		if (rc == 0)
			rc = e->type == LOCAL_FILE ? found_content(f, s, &e->st) : -ENOENT;
	}
	return rc;
}

static int found_unavailable(struct found *f, struct spot *s)
{
	const struct contract *c = s->port->contract >= 0 ? &s->product->contracts[s->port->contract] : NULL;
	const struct server *server = c && s->port->server >= 0 ? &c->servers[s->port->server] : NULL;
	struct buf b;
	size_t len;
	char *data;

	if (strcmp(s->place->rel, UNAVAILABLE_NAME) != 0)
		return -ENOENT;
	buf_init(&b);
	if (server)
		buf_printf(&b, "The data of this port is on a server of type %s, which this mount cannot read.\n", server->type);
	else
		buf_puts(&b, "This port has no contract with a server, so there is no place to read its data from.\n");
	buf_puts(&b, "Server types that can be read: local, sqlite, postgres, duckdb.\nWhat the port offers is described in ../../metadata/.\n");
	data = buf_take(&b, &len);
	f->bytes = bytes_new(data, len);
	if (!f->bytes)
		return -ENOMEM;
	f->type = S_IFREG;
	f->size = (off_t)len;
	f->mtime_ns = s->product->changed_ns;
	f->entry_timeout_sec = TREE_STORAGE_SEC;
	f->attr_timeout_sec = TREE_STORAGE_SEC;
	(void)snprintf(f->tag, sizeof(f->tag), "unavailable:%s", server ? server->type : "");
	return 0;
}

int found_stored(struct found *f, struct spot *s)
{
	struct local_entry e;
	int rc;

	if (s->has_tables)
		return s->object ? found_content(f, s, NULL) : -ENOENT;
	if (!s->has_local)
		return found_unavailable(f, s);
	rc = spot_storage(s, local_stat(&s->local, s->place->rel, &e));
	if (rc < 0)
		return rc;
	f->mtime_ns = mtime_of(&e.st);
	f->attr_timeout_sec = TREE_STORAGE_SEC;
	f->entry_timeout_sec = spot_uniform(s) ? TREE_STORAGE_SEC : 0;
	switch (e.type) {
	case LOCAL_FILE:
		return found_file(f, s, &e);
	case LOCAL_DIR:
		f->type = S_IFDIR;
		break;
	case LOCAL_BROKEN_LINK:
		f->type = S_IFLNK;
		f->link_error = e.link_error;
		(void)snprintf(f->tag, sizeof(f->tag), "link");
		break;
	}
	return 0;
}
