#include "fs/tree/found.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void found_stored_tag(const struct stat *st, char *tag, size_t cap)
{
	(void)snprintf(tag, cap, "%llx:%llx", (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
}

static int64_t mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * WHEN_NS_PER_SEC + st->st_mtim.tv_nsec;
}

/* Whether this caller gets the file as it lies in storage. Columns that only an open would find are left to the open. */
static bool reads_as_is(struct spot *s)
{
	struct strlist none = {0};
	struct view v = {.deny = true};
	struct arena a;
	bool as_is;

	arena_init(&a);
	spot_ask_object(s, s->object);
	as_is = gate_view(&s->ask, none, &a, &v) == 0 && !v.deny && v.identity;
	arena_clear(&a);
	return as_is;
}

static void found_file(struct found *f, struct spot *s, const struct stat *st)
{
	f->type = S_IFREG;
	f->mtime_ns = mtime_of(st);
	f->attr_timeout_sec = TREE_STORAGE_SEC;
	/* The node depends on the caller's view: the name is looked up at each walk. */
	f->entry_timeout_sec = 0;
	if (reads_as_is(s)) {
		f->size = st->st_size;
		found_stored_tag(st, f->tag, sizeof(f->tag));
	} else {
		(void)snprintf(f->tag, sizeof(f->tag), "%s", TAG_DENIED);
	}
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
	buf_puts(&b, "Server types that can be read: local.\nWhat the port offers is described in ../../metadata/.\n");
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
		found_file(f, s, &e.st);
		break;
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
