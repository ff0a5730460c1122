#include "fs/tree/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/storage/checksum.h"
#include "fs/tree/found.h"

/* An open that found `seen` out of date is sent back once; a file that changes faster than this is opened as it is. */
#define ESTALE_ONCE_NS (50 * 1000000LL)

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

/* -ESTALE where the kernel knows another file or another size at this node than what was opened. */
static int check_version(struct file *f)
{
	struct node *n = f->node;
	struct node_seen now = version_of(&f->opened);
	int64_t time_ns = when_now_ns();
	char tag[128];
	int rc = 0;

	found_stored_tag(&f->opened, tag, sizeof(tag));
	if (strcmp(tag, n->tag) != 0)
		return -ESTALE;
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

/* The node of those who may not read. Whoever may by now is sent to look up again. */
static int open_denied(struct file *f, struct spot *s)
{
	struct gate_event event = event_of(f->node, true);
	struct strlist none = {0};
	struct view v = {.deny = true};

	if (gate_view(&s->ask, none, &s->arena, &v) == 0 && !v.deny && v.identity)
		return -ESTALE;
	return gate_read(s->tree->gate, &s->ask, none, &event);
}

static int open_stored(struct file *f, struct spot *s)
{
	struct gate_event event = event_of(f->node, true);
	struct strlist columns;
	int rc;

	spot_ask_object(s, s->object);
	if (strcmp(f->node->tag, TAG_DENIED) == 0)
		return open_denied(f, s);
	/* The descriptor comes first so that the record tells what is read; nobody has it before the gate has answered. */
	rc = spot_storage(s, local_open(&s->local, s->place->rel, &f->fd, &f->opened));
	if (rc == 0)
		rc = check_version(f);
	if (rc == 0)
		rc = spot_columns(s, f->fd, &columns);
	if (rc == 0)
		rc = gate_read(s->tree->gate, &s->ask, columns, &event);
	if (rc == 0)
		rc = spot_storage(s, checksum_verify(&s->local, s->place->rel, f->fd, &f->opened));
	return rc;
}

/* ---- documents ---- */

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
	if (doc_may(d, &env) && !found_doc_serves(f->node, d, s))
		return -ESTALE;
	event = event_of(f->node, d->recorded);
	rc = d->own ? gate_note(s->tree->gate, &s->ask, d->action, &event)
		    : gate_decide(s->tree->gate, &s->ask, d->action, &event);
	if (rc == 0)
		rc = found_doc_bytes(f->node, s, &f->bytes);
	f->keep_cache = true;
	return rc;
}

/* ---- the handle ---- */

static void note_attr(struct file *f, struct spot *s)
{
	struct found found = {.type = S_IFREG};

	if (f->fd >= 0) {
		found.size = f->opened.st_size;
		found.mtime_ns = version_of(&f->opened).mtime_ns;
	} else {
		found.size = (off_t)f->bytes->len;
		found.mtime_ns = f->node->seen.mtime_ns;
	}
	found_stat(&found, s, f->node->id, &f->attr);
}

static int open_place(struct file *f, struct spot *s)
{
	switch (s->place->kind) {
	case PLACE_STORED:
		if (s->has_local)
			return open_stored(f, s);
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
	*ret = f;
	return 0;
}

void file_close(struct file *f)
{
	if (!f)
		return;
	if (f->counted)
		atomic_fetch_sub(&f->tree->status->open_files, 1);
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

ssize_t file_read(struct file *f, char *buf, size_t size, off_t off, const char **ret_data)
{
	struct node_seen opened = version_of(&f->opened), now;
	struct stat st;
	size_t done = 0;

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
	if (!same_version(&opened, &now))
		return -ESTALE;
	*ret_data = buf;
	return (ssize_t)done;
}

int file_getattr(const struct file *f, struct stat *ret)
{
	struct node_seen opened = version_of(&f->opened), version;
	struct stat now;

	*ret = f->attr;
	if (f->fd < 0)
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
