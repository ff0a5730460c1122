#include "fs/render/docs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/render/contract_filter.h"
#include "fs/render/layout.h"
#include "fs/render/render.h"

struct builder {
	const struct doc_env *env;
	struct arena *arena;
	struct doc_list list;
	int64_t epoch_ns;
};

static void add(struct builder *b, struct doc d)
{
	if (d.changing)
		d.mtime_ns = b->env->ask->context.now_ns;
	b->list.items[b->list.len++] = d;
}

static int make_room(struct builder *b, size_t n)
{
	b->list.items = arena_array(b->arena, n, sizeof(*b->list.items));
	return b->list.items ? 0 : -ENOMEM;
}

/* ---- metadata/ ---- */

static void add_metadata(struct builder *b, struct doc d)
{
	int64_t changed_ns = b->env->product->changed_ns;

	d.action = ACTION_READ_METADATA;
	d.mtime_ns = changed_ns == WHEN_NONE ? b->epoch_ns : changed_ns;
	add(b, d);
}

static void add_code(struct builder *b, const struct product_file *f)
{
	if (!str_starts(f->path, "code/") || !layout_is_path(f->path) || !f->blob)
		return;
	add(b,
	    (struct doc){
		.path = f->path,
		.action = ACTION_READ_CODE,
		.recorded = true,
		.mtime_ns = f->mtime_ns == WHEN_NONE ? b->epoch_ns : f->mtime_ns,
		.render = render_blob,
		.what = f->blob,
	    });
}

static int list_metadata(struct builder *b)
{
	const struct product *p = b->env->product;
	struct layout layout;
	int rc = layout_build(p, b->arena, &layout);

	if (rc == 0)
		rc = make_room(b, 3 + p->contracts_len + layout.objects_len + p->files_len);
	if (rc < 0)
		return rc;
	add_metadata(b, (struct doc){.path = "README.md", .render = render_readme});
	add_metadata(b, (struct doc){.path = "index.html", .render = render_html});
	if (p->blob)
		add_metadata(b,
		    (struct doc){
			.path = "product.odps.yaml", .render = render_blob, .what = p->blob});
	for (size_t i = 0; i < p->contracts_len; i++) {
		const struct contract *c = &p->contracts[i];
		struct doc d = {.path = layout.contracts[i], .render = render_contract, .what = c};

		if (!c->blob)
			continue;
		d.by_caller = contract_filter_needed(b->env, c);
		add_metadata(b, d);
	}
	for (size_t i = 0; i < layout.objects_len; i++) {
		const struct layout_object *o = &layout.objects[i];

		add_metadata(b,
		    (struct doc){.path = o->path, .render = render_json_schema, .what = o->object});
	}
	for (size_t i = 0; i < p->files_len; i++)
		add_code(b, &p->files[i]);
	return 0;
}

/* ---- policy/ ---- */

/* The rules of the mesh change without the product: these are of the epoch. */
static int list_policy(struct builder *b)
{
	const struct doc docs[] = {
	    {
		.path = "effective.yaml",
		.action = ACTION_READ_POLICY,
		.mtime_ns = b->epoch_ns,
		.render = render_effective,
	    },
	    {
		.path = "my-access.yaml",
		.action = ACTION_DISCOVER,
		.own = true,
		.by_caller = true,
		.mtime_ns = b->epoch_ns,
		.render = render_my_access,
	    },
	    {
		.path = "audit.jsonl",
		.action = ACTION_READ_AUDIT,
		.changing = true,
		.recorded = true,
		.render = render_audit,
	    },
	    {
		.path = "my-audit.jsonl",
		.action = ACTION_DISCOVER,
		.own = true,
		.by_caller = true,
		.changing = true,
		.recorded = true,
		.render = render_my_audit,
	    },
	};

	if (make_room(b, sizeof(docs) / sizeof(docs[0])) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++)
		add(b, docs[i]);
	return 0;
}

/* ---- .meshfs/ ---- */

static int list_about(struct builder *b)
{
	const struct doc docs[] = {
	    {
		.path = "README.md",
		.own = true,
		.mtime_ns = b->epoch_ns,
		.render = render_about,
	    },
	    {
		.path = "status.json",
		.own = true,
		.by_caller = true, /* the manifests' problems are not for everyone */
		.changing = true,
		.render = render_status,
	    },
	    {
		.path = "whoami.yaml",
		.own = true,
		.by_caller = true,
		.mtime_ns = b->epoch_ns,
		.render = render_whoami,
	    },
	};

	if (make_room(b, sizeof(docs) / sizeof(docs[0])) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++)
		add(b, docs[i]);
	return 0;
}

/* ---- the list ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct doc *)a)->path, ((const struct doc *)b)->path);
}

int docs_list(
    enum doc_section section, const struct doc_env *env, struct arena *a, struct doc_list *ret)
{
	struct builder b = {
	    .env = env, .arena = a, .epoch_ns = snapshot_time_ns(env->ask->world->snap)};
	int rc;

	if (section == DOC_ABOUT)
		rc = list_about(&b);
	else
		rc = section == DOC_METADATA ? list_metadata(&b) : list_policy(&b);
	if (rc < 0)
		return rc;
	qsort(b.list.items, b.list.len, sizeof(*b.list.items), compare);
	*ret = b.list;
	return 0;
}

const struct doc *docs_find(const struct doc_list *l, const char *path)
{
	struct doc key = {.path = path};

	return l->len ? bsearch(&key, l->items, l->len, sizeof(*l->items), compare) : NULL;
}

/* The first document whose path is not before `path` + "/". */
static size_t first_below(const struct doc_list *l, const char *path, size_t len)
{
	size_t from = 0, to = l->len;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const char *other = l->items[middle].path;
		int order = strncmp(other, path, len);

		if (order < 0 || (order == 0 && (unsigned char)other[len] < '/'))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool docs_has_dir(const struct doc_list *l, const char *path)
{
	size_t len = strlen(path), at;

	if (len == 0)
		return true;
	at = first_below(l, path, len);
	return at < l->len && strncmp(l->items[at].path, path, len) == 0 &&
	    l->items[at].path[len] == '/';
}

bool doc_may(const struct doc *d, const struct doc_env *env)
{
	return d->own || gate_may(env->ask, d->action);
}
