#include "fs/tree/found.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "catalog/base/digest.h"

/* Everything about one document for one caller. */
struct doc_case {
	struct doc_env env;
	struct doc_list list;
	const struct doc *doc; /* NULL: a directory of documents */
};

static int doc_case_init(struct doc_case *c, struct spot *s)
{
	const char *rel = s->place->rel;
	int rc;

	spot_ask_product(s);
	c->env = spot_doc_env(s);
	rc = docs_list(s->place->section, &c->env, &s->arena, &c->list);
	if (rc < 0)
		return rc;
	c->doc = docs_find(&c->list, rel);
	return c->doc || docs_has_dir(&c->list, rel) ? 0 : -ENOENT;
}

/* In front of the content's hash: who gets this content. */
static void tag_prefix(const struct doc *d, const struct spot *s, char *out, size_t cap)
{
	if (d->by_caller)
		(void)snprintf(out, cap, "u%lu:", (unsigned long)s->ask.asker.uid);
	else
		(void)snprintf(out, cap, "%s", d->changing ? "c:" : "d:");
}

static int render(const struct doc_case *c, const struct spot *s, char *tag, size_t cap, struct bytes **ret)
{
	char hex[DIGEST_HEX_CAP], prefix[32];
	struct bytes *bytes;
	struct buf b;
	size_t len;
	char *data;
	int rc;

	buf_init(&b);
	rc = c->doc->render(c->doc, &c->env, &b);
	if (rc == 0)
		rc = buf_error(&b);
	if (rc < 0) {
		buf_clear(&b);
		return rc;
	}
	data = buf_take(&b, &len);
	bytes = bytes_new(data, len);
	if (!bytes || digest_hex(bytes->data, len, hex) < 0) {
		bytes_unref(bytes);
		return -ENOMEM;
	}
	tag_prefix(c->doc, s, prefix, sizeof(prefix));
	(void)snprintf(tag, cap, "%s%s", prefix, hex);
	*ret = bytes;
	return 0;
}

static double doc_entry_timeout(const struct doc_case *c, const struct spot *s)
{
	struct request rq = {.resource = s->ask.resource, .rules = s->ask.rules};

	if (c->doc->by_caller || c->doc->changing)
		return 0;
	return c->doc->own || policy_uniform(&rq, c->doc->action) != UNIFORM_VARIES ? s->tree->long_sec : 0;
}

int found_doc(struct found *f, struct spot *s)
{
	struct doc_case c;
	struct bytes *bytes = NULL;
	int rc = doc_case_init(&c, s);

	if (rc < 0)
		return rc;
	f->attr_timeout_sec = s->tree->long_sec;
	if (!c.doc) {
		f->type = S_IFDIR;
		f->mtime_ns = s->product ? s->product->changed_ns : snapshot_time_ns(s->world->snap);
		f->entry_timeout_sec = s->tree->long_sec;
		return 0;
	}
	f->type = S_IFREG;
	f->mtime_ns = c.doc->mtime_ns;
	f->entry_timeout_sec = doc_entry_timeout(&c, s);
	if (!doc_may(c.doc, &c.env)) {
		(void)snprintf(f->tag, sizeof(f->tag), "%s", TAG_DENIED);
		return 0;
	}
	rc = render(&c, s, f->tag, sizeof(f->tag), &bytes);
	/* What has to be taken out for this caller cannot be. */
	if (rc == -EACCES) {
		(void)snprintf(f->tag, sizeof(f->tag), "%s", TAG_DENIED);
		return 0;
	}
	if (rc < 0)
		return rc;
	f->size = (off_t)bytes->len;
	/* What can be rendered again at open need not be kept until then, and must not be where a right may have been lost. */
	if (c.doc->changing)
		f->bytes = bytes_ref(bytes);
	bytes_unref(bytes);
	return 0;
}

bool found_doc_serves(const struct node *n, const struct doc *d, const struct spot *s)
{
	char prefix[32];

	tag_prefix(d, s, prefix, sizeof(prefix));
	return str_starts(n->tag, prefix);
}

bool found_doc_again(struct node *n, struct spot *s, struct found *ret)
{
	struct node_seen seen = node_last_seen(n);
	struct doc_case c;

	if (doc_case_init(&c, s) < 0 || !c.doc)
		return false;
	if (!found_doc_serves(n, c.doc, s) || !doc_may(c.doc, &c.env))
		return false;
	if (!n->bytes && seen.epoch != snapshot_epoch(s->world->snap))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->type = S_IFREG;
	ret->size = seen.size;
	ret->mtime_ns = seen.mtime_ns;
	ret->attr_timeout_sec = s->tree->long_sec;
	(void)snprintf(ret->tag, sizeof(ret->tag), "%s", n->tag);
	return true;
}

int found_doc_bytes(const struct node *n, struct spot *s, struct bytes **ret)
{
	struct bytes *bytes;
	struct doc_case c;
	char tag[128];
	int rc = doc_case_init(&c, s);

	if (rc < 0 || !c.doc)
		return rc < 0 ? rc : -EISDIR;
	if (n->bytes) {
		*ret = bytes_ref(n->bytes);
		return 0;
	}
	rc = render(&c, s, tag, sizeof(tag), &bytes);
	if (rc < 0)
		return rc;
	if (strcmp(tag, n->tag) != 0) {
		bytes_unref(bytes);
		return -ESTALE;
	}
	*ret = bytes;
	return 0;
}
