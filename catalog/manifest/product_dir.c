#include "catalog/manifest/product_dir.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "catalog/manifest/standard.h"

#define MAX_KEPT_BYTES ((size_t)64 << 20) /* of a product's code and README.md together */

int product_dir_report(struct product_dir *p, const char *rule, const char *fmt, ...)
{
	struct diag_pos pos = {files_shown(&p->place, ".", &p->g->scratch), 0, 0};
	char text[1024];
	va_list args;

	if (!pos.file)
		return -ENOMEM;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	diag_add(p->g->l->diags, DIAG_ERROR, rule, pos, "%s", text);
	return -EINVAL;
}

int product_dir_refuse(struct loading *g, const char *name)
{
	const char *path = arena_printf(&g->scratch, "products/%s", name);
	struct diag_pos pos = {path ? files_shown(&g->place, path, &g->scratch) : NULL, 0, 0};

	if (!pos.file)
		return -ENOMEM;
	diag_add(g->l->diags, DIAG_ERROR, "manifest-name", pos,
	    "no product can have this name: letters, digits, '.', '_' and '-' only, starting with a letter or digit, at "
	    "most 255 bytes");
	return 0;
}

static int docs_add(struct product_dir *p, struct product_docs *docs, struct product_doc doc)
{
	if (docs->len == docs->cap) {
		size_t cap = docs->cap ? docs->cap * 2 : 8;
		struct product_doc *items = arena_array(&p->g->scratch, cap, sizeof(*items));

		if (!items)
			return -ENOMEM;
		if (docs->len)
			memcpy(items, docs->items, docs->len * sizeof(*items));
		docs->items = items;
		docs->cap = cap;
	}
	docs->items[docs->len++] = doc;
	return 0;
}

/* Reads and parses; ret->root is NULL where that failed and was reported. */
static int read_doc(
    struct product_dir *p, const char *path, const char *kind, struct product_doc *ret)
{
	struct manifest_file *f;
	int rc = files_read(&p->place, path, kind, &f);

	ret->root = NULL;
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	ret->shown = files_shown(&p->place, path, &p->g->scratch);
	ret->path = f->path;
	ret->hash = arena_strdup(&p->g->scratch, f->hash); /* the array of files moves */
	if (!ret->shown || !ret->hash)
		return -ENOMEM;
	ret->root = yaml_parse(ret->shown, f->bytes, f->len, &p->g->scratch, p->g->l->diags);
	return p->g->l->diags->oom ? -ENOMEM : 0;
}

/* What has the kind but not the shape is built all the same: references to it would seem broken otherwise, and the report
 * keeps the domain from being applied. */
static bool has_kind(struct product_dir *p, const struct product_doc *doc, enum standard_kind kind)
{
	struct diag_list *diags = p->g->l->diags;

	if (standard_kind(doc->root) == kind) {
		(void)standard_check(doc->shown, doc->root, diags);
		return true;
	}
	diag_add(diags, DIAG_ERROR, "manifest-kind", yaml_pos(doc->shown, doc->root),
	    "this file must hold a %s",
	    kind == STANDARD_ODPS ? "data product: kind: DataProduct"
				  : "data contract: kind: DataContract");
	return false;
}

int product_dir_version(struct product_dir *p, const char *file, const char *version)
{
	struct product_doc doc = {.version = version, .name = file};
	const struct yaml_node *n;
	int rc = read_doc(p, file, "product", &doc);

	if (rc < 0 || !doc.root || !has_kind(p, &doc, STANDARD_ODPS))
		return rc;
	n = yaml_get(doc.root, "version");
	if (*version && (!str_is_name(version) || !str_eq(yaml_scalar(n), version))) {
		diag_add(p->g->l->diags, DIAG_ERROR, "product-version",
		    yaml_pos(doc.shown, n ? n : doc.root),
		    "the version in the file must be the one in its name, which is %s", version);
		return 0;
	}
	return docs_add(p, &p->versions, doc);
}

int product_dir_contract(struct product_dir *p, const char *file)
{
	const char *path = arena_printf(&p->g->scratch, "contracts/%s", file);
	struct product_doc doc = {.name = file};
	int rc = path ? read_doc(p, path, "contract", &doc) : -ENOMEM;

	if (rc < 0 || !doc.root || !has_kind(p, &doc, STANDARD_ODCS))
		return rc;
	return docs_add(p, &p->contracts, doc);
}

int product_dir_agreement(struct product_dir *p, const char *file)
{
	const char *path = arena_printf(&p->g->scratch, "agreements/%s", file);
	struct product_doc doc = {.name = file};
	int rc = path ? read_doc(p, path, "agreement", &doc) : -ENOMEM;

	if (rc == 0 && doc.root)
		diag_add(p->g->l->diags, DIAG_WARNING, "agreement-no-effect",
		    yaml_pos(doc.shown, doc.root),
		    "agreements are kept but grant nothing; write the access as a rule under policies/");
	return rc;
}

int product_dir_keep(struct product_dir *p, const char *path, const char *kind)
{
	struct manifest_file *f;
	int rc = files_read(&p->place, path, kind, &f);
	struct product_file *keep;

	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	p->files_bytes += f->len;
	if (p->files_bytes > MAX_KEPT_BYTES)
		return product_dir_report(p, "file-size",
		    "code/ holds more than %zu MiB; keep data elsewhere", MAX_KEPT_BYTES >> 20);
	if (p->files_len == p->files_cap) {
		size_t cap = p->files_cap ? p->files_cap * 2 : 16;
		struct product_file *files = arena_array(&p->g->scratch, cap, sizeof(*files));

		if (!files)
			return -ENOMEM;
		if (p->files_len)
			memcpy(files, p->files, p->files_len * sizeof(*files));
		p->files = files;
		p->files_cap = cap;
	}
	keep = &p->files[p->files_len++];
	keep->path = arena_strdup(&p->g->scratch, path);
	keep->blob = arena_strdup(&p->g->scratch, f->hash);
	keep->size = f->len;
	keep->mtime_ns = f->mtime_ns;
	return keep->path && keep->blob ? 0 : -ENOMEM;
}
