#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_write.h"
#include "catalog/store/authored.h"
#include "catalog/store/products.h"

/* One call of span_sync and what its callbacks need. */
struct syncing {
	const struct catalog_writing *w;
	const struct manifest_files *files; /* SPAN_FILE */
	struct product *const *products; /* SPAN_PRODUCT */
	const struct products_domain *domain; /* SPAN_DOMAIN */
	struct span_item *items; /* owned */
	char (*hashes)[DIGEST_HEX_CAP]; /* owned */
};

static int note(void *arg, const struct span_change *change)
{
	const struct syncing *s = arg;

	return catalog_changes_note(s->w->changes, change);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static struct authored_file authored_of(const struct manifest_file *f)
{
	return (struct authored_file){
	    .path = f->path,
	    .domain = or_empty(f->domain),
	    .product = or_empty(f->product),
	    .kind = f->kind,
	    .hash = f->hash,
	    .bytes = f->bytes,
	    .len = f->len,
	    .mtime_ns = f->mtime_ns,
	};
}

static int write_file(void *arg, size_t i, int64_t *ret_ref, struct mesh_err *err)
{
	const struct syncing *s = arg;
	struct authored_file file = authored_of(&s->files->items[i]);

	return authored_write(s->w->db, &file, ret_ref, err);
}

static int write_product(void *arg, size_t i, int64_t *ret_ref, struct mesh_err *err)
{
	const struct syncing *s = arg;

	return products_write(s->w->db, s->w->mesh, s->products[i], ret_ref, err);
}

static int write_domain(void *arg, size_t i, int64_t *ret_ref, struct mesh_err *err)
{
	const struct syncing *s = arg;

	(void)i;
	return products_domain_write(s->w->db, s->domain, ret_ref, err);
}

/* Room for `len` items and their hashes. */
static int syncing_init(
    struct syncing *s, const struct catalog_writing *w, size_t len, struct mesh_err *err)
{
	size_t cap = len ? len : 1;

	*s = (struct syncing){
	    .w = w,
	    .items = calloc(cap, sizeof(*s->items)),
	    .hashes = calloc(cap, sizeof(*s->hashes)),
	};
	return s->items && s->hashes ? 0 : mesh_err_nomem(err);
}

static void syncing_clear(struct syncing *s)
{
	free(s->items);
	free(s->hashes);
}

static void item_set(struct syncing *s, size_t i, const char *name)
{
	s->items[i] = (struct span_item){name, s->hashes[i]};
}

static int run(struct syncing *s, struct span_sync *sync, struct mesh_err *err)
{
	sync->epoch = s->w->epoch;
	sync->items = s->items;
	sync->changed = note;
	sync->arg = s;
	return span_sync(s->w->db, sync, err);
}

static int sync_files(const struct catalog_writing *w, const char *domain,
    const struct manifest_files *files, struct mesh_err *err)
{
	struct span_sync sync = {
	    .span = SPAN_FILE, .domain = domain, .len = files->len, .write = write_file};
	struct syncing s;
	int rc = syncing_init(&s, w, files->len, err);

	s.files = files;
	for (size_t i = 0; rc == 0 && i < files->len; i++) {
		struct authored_file file = authored_of(&files->items[i]);

		rc = authored_digest(&file, s.hashes[i], err);
		item_set(&s, i, file.path);
	}
	if (rc == 0)
		rc = run(&s, &sync, err);
	syncing_clear(&s);
	return rc;
}

static int sync_products(
    const struct catalog_writing *w, const struct domain_load *load, struct mesh_err *err)
{
	struct span_sync sync = {
	    .span = SPAN_PRODUCT,
	    .domain = load->domain.id,
	    .len = load->products_len,
	    .write = write_product,
	};
	struct syncing s;
	int rc = syncing_init(&s, w, load->products_len, err);

	s.products = load->products;
	for (size_t i = 0; rc == 0 && i < load->products_len; i++) {
		rc = products_digest(w->db, w->mesh, load->products[i], s.hashes[i], err);
		item_set(&s, i, load->products[i]->entry);
	}
	if (rc == 0)
		rc = run(&s, &sync, err);
	syncing_clear(&s);
	return rc;
}

static int sync_domain(
    const struct catalog_writing *w, const struct products_domain *domain, struct mesh_err *err)
{
	struct span_sync sync = {
	    .span = SPAN_DOMAIN, .domain = domain->domain->id, .len = 1, .write = write_domain};
	struct syncing s;
	int rc = syncing_init(&s, w, 1, err);

	s.domain = domain;
	if (rc == 0)
		rc = products_domain_digest(w->db, domain, s.hashes[0], err);
	if (rc == 0) {
		item_set(&s, 0, SPAN_DOMAIN_NAME);
		rc = run(&s, &sync, err);
	}
	syncing_clear(&s);
	return rc;
}

int catalog_write_head(
    const struct catalog_writing *w, const struct mesh_head *head, struct mesh_err *err)
{
	return sync_files(w, "", &head->files, err);
}

static const char *domain_blob(const struct manifest_files *files)
{
	for (size_t i = 0; i < files->len; i++) {
		if (str_eq(files->items[i].kind, "domain"))
			return files->items[i].hash;
	}
	return NULL;
}

/* Files first: the bodies refer to their bytes. */
int catalog_write_domain(const struct catalog_writing *w, const struct domain_load *load,
    const char *path, struct mesh_err *err)
{
	struct products_domain domain = {&load->domain, path, domain_blob(&load->files)};
	int rc = sync_files(w, load->domain.id, &load->files, err);

	if (rc == 0)
		rc = sync_domain(w, &domain, err);
	if (rc == 0)
		rc = sync_products(w, load, err);
	return rc;
}

int catalog_write_no_domain(const struct catalog_writing *w, const char *id, struct mesh_err *err)
{
	int rc = 0;

	for (int span = 0; rc == 0 && span < SPAN_KINDS; span++) {
		struct span_sync sync = {.span = (enum span_kind)span, .domain = id};
		struct syncing s = {.w = w};

		rc = run(&s, &sync, err);
	}
	return rc;
}
