#include "fs/tree/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/storage/checksum.h"
#include "fs/tree/found.h"
#include "fs/tree/rendering.h"

/* An open that found `seen` out of date is sent back once; a file that changes faster than this is opened as it is. */
#define ESTALE_ONCE_NS (50 * 1000000LL)
#define JUST_NOW_NS (2 * WHEN_NS_PER_SEC)

static struct gate_event event_of(const struct node *n, bool record_allowed)
{
	return (struct gate_event){.path = place_in_mesh(n->place.path), .record_allowed = record_allowed};
}

/* ---- stored files ---- */

static struct node_seen version_of(const struct stat *st)
{
	return (struct node_seen){
		.size = st->st_size,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * WHEN_NS_PER_SEC + st->st_mtim.tv_nsec,
	};
}

static bool same_version(const struct node_seen *a, const struct node_seen *b)
{
	return a->size == b->size && a->mtime_ns == b->mtime_ns;
}

/* -ESTALE where the kernel knows another size of this file than what was opened. */
static int check_version(struct file *f)
{
	struct node *n = f->node;
	struct node_seen now = version_of(&f->opened);
	int64_t time_ns = when_now_ns();
	int rc = 0;

	(void)pthread_mutex_lock(&n->lock);
	if (!same_version(&n->seen, &now) && time_ns - n->estale_ns > ESTALE_ONCE_NS) {
		n->estale_ns = time_ns;
		rc = -ESTALE;
	}
	if (rc == 0) {
		f->keep_cache = same_version(&n->cached, &now);
		n->cached = now;
	}
	(void)pthread_mutex_unlock(&n->lock);
	return rc;
}

/* Of a source that changes all the time the caller gets the version that he looked up, as long as he just did: the view is decided now, only
 * the rows are a moment old. */
static bool looked_up_just_now(struct file *f, struct content *c)
{
	struct node *n = f->node;
	struct cache_file file;
	char key[65];

	if (when_now_ns() - node_last_seen(n).time_ns > JUST_NOW_NS || !found_is_earlier(c, n->tag, key) ||
	    cache_find(f->tree->cache, key, &file) < 0)
		return false;
	(void)close(file.fd);
	memcpy(c->key, key, sizeof(key));
	return true;
}

/* -ESTALE where this caller gets another content than the node's; who may not read at all is told so wherever he got the node from. */
static int check_node(struct file *f, struct content *c)
{
	char tag[128] = TAG_DENIED;

	if (c->kind == CONTENT_DENIED)
		return 0;
	if (c->kind == CONTENT_AS_STORED)
		found_stored_tag(&f->opened, c->view.recheck, tag, sizeof(tag));
	else
		found_rendered_tag(c, tag, sizeof(tag));
	if (strcmp(tag, f->node->tag) == 0)
		return 0;
	return c->kind == CONTENT_RENDERED && looked_up_just_now(f, c) ? 0 : -ESTALE;
}

/* Puts the rendering in the place of the stored file. */
static int use_rendering(struct file *f, struct spot *s, const struct content *c)
{
	struct cache_file file;
	int rc = rendering_file(s, c, f->fd, &file);

	if (rc < 0)
		return rc;
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = file.fd;
	f->source = f->opened;
	f->keep_cache = true;
	f->rendered = true;
	return fstat(f->fd, &f->opened) < 0 ? -EIO : 0;
}

static int use_stored(struct file *f, struct spot *s)
{
	int rc = check_version(f);

	f->source = f->opened;
	return rc < 0 ? rc : spot_storage(s, checksum_verify(&s->local, s->place->rel, f->fd, &f->opened));
}

/* The bytes come first, so that the record tells what became of the open; nobody has them before the gate has answered. */
static int open_data(struct file *f, struct spot *s)
{
	struct gate_event event = event_of(f->node, true);
	struct content c;
	int rc = 0;

	if (s->has_local)
		rc = spot_storage(s, local_open(&s->local, s->place->rel, &f->fd, &f->opened));
	if (rc == 0)
		rc = content_decide(&c, s, f->fd, s->has_local ? &f->opened : NULL);
	if (rc == 0)
		rc = check_node(f, &c);
	if (rc == 0 && c.kind == CONTENT_AS_STORED)
		rc = use_stored(f, s);
	if (rc == 0 && c.kind == CONTENT_RENDERED)
		rc = use_rendering(f, s, &c);
	if (rc == 0)
		rc = content_record(&c, s, &event);
	f->recheck = rc == 0 && c.view.recheck;
	return rc;
}

/* ---- documents ---- */

/* The bytes, unless something has to be taken out of them for this caller and cannot be. */
static int doc_bytes(struct file *f, struct spot *s, const struct doc *d, const struct gate_event *event)
{
	int rc = found_doc_bytes(f->node, s, &f->bytes);

	if (rc == -EACCES)
		gate_refuse(s->tree->gate, &s->ask, d->action, event, EACCES, "what the caller may not read cannot be taken out of it");
	return rc;
}

static int open_doc(struct file *f, struct spot *s)
{
	struct gate_event event;
	struct doc_env env;
	struct doc_list list;
	const struct doc *d;
	int rc;

	spot_ask_product(s);
	env = spot_doc_env(s);
	rc = docs_list(s->place->section, &env, &s->arena, &list);
	if (rc < 0)
		return rc;
	d = docs_find(&list, s->place->rel);
	if (!d)
		return docs_has_dir(&list, s->place->rel) ? -EISDIR : -ENOENT;
	event = event_of(f->node, d->recorded);
	if (doc_may(d, &env) && !found_doc_serves(f->node, d, s)) {
		rc = d->by_caller ? doc_bytes(f, s, d, &event) : 0;
		return rc == -EACCES ? rc : -ESTALE;
	}
	rc = d->own ? gate_note(s->tree->gate, &s->ask, d->action, &event)
		    : gate_decide(s->tree->gate, &s->ask, d->action, &event);
	if (rc == 0)
		rc = doc_bytes(f, s, d, &event);
	f->keep_cache = true;
	return rc;
}

/* ---- the handle ---- */

static void note_attr(struct file *f, struct spot *s)
{
	struct found found = {.type = S_IFREG};

	if (f->fd >= 0) {
		found.size = f->opened.st_size;
		found.mtime_ns = f->rendered ? node_last_seen(f->node).mtime_ns : version_of(&f->opened).mtime_ns;
	} else {
		found.size = (off_t)f->bytes->len;
		found.mtime_ns = node_last_seen(f->node).mtime_ns;
	}
	found_stat(&found, s, f->node->id, &f->attr);
}

static int open_place(struct file *f, struct spot *s)
{
	switch (s->place->kind) {
	case PLACE_STORED:
		if (s->has_local || s->has_tables)
			return open_data(f, s);
		f->bytes = bytes_ref(f->node->bytes);
		return f->bytes ? 0 : -ESTALE;
	case PLACE_DOCS:
		return open_doc(f, s);
	case PLACE_SEARCH_HIT:
		return -ELOOP;
	default:
		return -EISDIR;
	}
}

static void close_handle(struct handle *h)
{
	file_close((struct file *)h);
}

static int file_new(struct tree *t, uint64_t id, struct file **ret)
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->tree = t;
	f->fd = -1;
	f->node = node_get(t->nodes, id);
	*ret = f;
	return f->node ? 0 : -ESTALE;
}

int file_open(struct tree *t, struct asker who, uint64_t id, int flags, struct file **ret)
{
	struct file *f = NULL;
	struct spot s;
	int rc;

	if ((flags & O_ACCMODE) != O_RDONLY || (flags & (O_TRUNC | O_CREAT)))
		return -EROFS;
	rc = file_new(t, id, &f);
	if (rc < 0) {
		file_close(f);
		return rc;
	}
	f->asker = who;
	rc = spot_init(&s, t, who, &f->node->place);
	if (rc == 0 && !spot_visible(&s)) {
		struct gate_event event = event_of(f->node, true);

		gate_refuse(t->gate, &s.ask, ACTION_DISCOVER, &event, ENOENT, "may not discover it");
		rc = -ENOENT;
	}
	if (rc == 0)
		rc = open_place(f, &s);
	if (rc == 0)
		note_attr(f, &s);
	atomic_fetch_add(rc == 0 ? &t->status->opens : &t->status->denials, rc == 0 || rc == -EACCES);
	spot_clear(&s);
	if (rc < 0) {
		file_close(f);
		return tree_errno(rc);
	}
	atomic_fetch_add(&t->status->open_files, 1);
	f->counted = true;
	f->handle.close = close_handle;
	handles_add(&t->open, &f->handle);
	*ret = f;
	return 0;
}

void file_close(struct file *f)
{
	if (!f)
		return;
	if (f->counted) {
		atomic_fetch_sub(&f->tree->status->open_files, 1);
		handles_remove(&f->tree->open, &f->handle);
	}
	if (f->fd >= 0)
		(void)close(f->fd);
	bytes_unref(f->bytes);
	node_put(f->tree->nodes, f->node);
	free(f);
}

static ssize_t read_bytes(const struct bytes *b, size_t size, off_t off, const char **ret_data)
{
	if (off < 0 || (size_t)off >= b->len)
		return 0;
	*ret_data = b->data + off;
	return (ssize_t)(size < b->len - (size_t)off ? size : b->len - (size_t)off);
}

/* As check_node, but that a rendering of an earlier version will do: an open handle keeps its rows, not its view. */
static int check_view(struct file *f, struct content *c)
{
	char key[65];

	if (c->kind == CONTENT_RENDERED)
		return found_is_earlier(c, f->node->tag, key) ? 0 : -ESTALE;
	return check_node(f, c);
}

/* A view with `recheck`: the right is asked for at each read, of the one who opened. */
static int check_again(struct file *f)
{
	struct asker who = f->asker;
	struct content c;
	struct spot s;
	int rc;

	who.may_wait = true;
	who.cancel = NULL;
	rc = spot_init(&s, f->tree, who, &f->node->place);
	if (rc == 0 && !spot_visible(&s))
		rc = -EACCES;
	if (rc == 0)
		rc = content_decide(&c, &s, -1, s.has_local ? &f->source : NULL);
	if (rc == 0)
		rc = c.kind == CONTENT_DENIED ? -EACCES : check_view(f, &c);
	spot_clear(&s);
	return rc == -ENOENT ? -EACCES : rc;
}

ssize_t file_read(struct file *f, char *buf, size_t size, off_t off, const char **ret_data)
{
	struct node_seen opened = version_of(&f->opened), now;
	struct stat st;
	size_t done = 0;
	int rc = f->recheck ? check_again(f) : 0;

	if (rc < 0)
		return tree_errno(rc);
	if (f->fd < 0)
		return read_bytes(f->bytes, size, off, ret_data);
	while (done < size) {
		ssize_t n = pread(f->fd, buf + done, size - done, off + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -EIO;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	/* After the read: bytes of a later version must not leave here. */
	if (fstat(f->fd, &st) < 0)
		return -EIO;
	now = version_of(&st);
	if (!f->rendered && !same_version(&opened, &now))
		return -ESTALE;
	*ret_data = buf;
	return (ssize_t)done;
}

int file_getattr(const struct file *f, struct stat *ret)
{
	struct node_seen opened = version_of(&f->opened), version;
	struct stat now;

	*ret = f->attr;
	if (f->fd < 0 || f->rendered)
		return 0;
	if (fstat(f->fd, &now) < 0)
		return -EIO;
	version = version_of(&now);
	/* Another size would end the reader's file early, without a word. */
	if (!f->passthrough && !same_version(&opened, &version))
		return -ESTALE;
	ret->st_size = now.st_size;
	ret->st_blocks = (now.st_size + 511) / 512;
	ret->st_atim = ret->st_mtim = ret->st_ctim = now.st_mtim;
	return 0;
}
