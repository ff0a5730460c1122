/*
 * From the documents of a product's directory to products. Apart from product_dir.c, which reads.
 */

#include <errno.h>
#include <string.h>

#include "catalog/manifest/load.h"
#include "catalog/manifest/policy_file.h"
#include "catalog/manifest/port_file.h"
#include "catalog/manifest/product_dir.h"
#include "catalog/manifest/product_file.h"

static struct contract_want contract_want(const struct product_dir *p)
{
	return (struct contract_want){p->g->l->words, &p->g->rights};
}

/* Reads every contract once into the scratch arena, and reports: what comes into a product is read again, in silence, so
 * that each version of the product owns its own. */
static int check_contracts(struct product_dir *p)
{
	struct contract_want want = contract_want(p);
	struct loading *g = p->g;
	int rc = 0;

	p->known = arena_array(&g->scratch, p->contracts.len, sizeof(*p->known));
	if (!p->known)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < p->contracts.len; i++) {
		const struct product_doc *doc = &p->contracts.items[i];
		struct reader r = {doc->shown, &g->scratch, g->l->diags, false};
		struct loading_entry e = {NULL, p->name, yaml_pos(doc->shown, doc->root)};
		struct contract *c = &p->known[i];

		contract_file_read(&r, doc->root, &want, c);
		e.key = arena_printf(
		    &g->scratch, "%s %s", c->id ? c->id : "", c->version ? c->version : "");
		if (r.oom || !e.key)
			return -ENOMEM;
		rc = loading_note(g, &g->contracts, e);
		for (size_t j = 0; rc == 0 && j < c->objects_len; j++)
			rc = loading_note_object(g, c->objects[j].name);
	}
	return rc;
}

static void add_contracts(
    struct product_dir *p, const struct product_doc *doc, struct reader *r, struct product *out)
{
	struct contract_want want = contract_want(p);

	out->contracts = reader_array(r, p->contracts.len, sizeof(*out->contracts));
	for (size_t i = 0; out->contracts && i < p->contracts.len; i++) {
		const struct product_doc *from = &p->contracts.items[i];
		struct contract *c = &out->contracts[out->contracts_len];

		if (*doc->version &&
		    !port_file_needs(doc->root, p->known[i].id, p->known[i].version))
			continue;
		contract_file_read(r, from->root, &want, c);
		c->file = reader_copy(r, from->path);
		c->blob = reader_copy(r, from->hash);
		c->file_name = reader_copy(r, from->name);
		out->contracts_len++;
	}
}

/* Where the product names nobody, those who keep its contracts are the team. */
static void borrow_team(struct product_dir *p, struct reader *r, struct product *out)
{
	const char *name = out->team_name;

	for (size_t i = 0; i < p->contracts.len && out->team_len == 0; i++)
		product_file_team(r, yaml_get(p->contracts.items[i].root, "team"), out);
	if (name)
		out->team_name = name;
}

static void add_files(struct product_dir *p, struct reader *r, struct product *out)
{
	out->files = reader_array(r, p->files_len, sizeof(*out->files));
	for (size_t i = 0; out->files && i < p->files_len; i++) {
		struct product_file *f = &out->files[out->files_len++];

		*f = p->files[i];
		f->path = reader_copy(r, f->path);
		f->blob = reader_copy(r, f->blob);
	}
}

/* The first version takes the rules as they were read; the others have them compiled again. */
static int add_rules(struct product_dir *p, struct product *out)
{
	const struct manifest_files *files = &p->g->d->files;
	struct scope scope = {SCOPE_PRODUCT, p->g->id, p->name};
	struct diag_list mute;
	struct ruleset *rs;
	int rc = 0;

	if (p->rules) {
		out->rules = p->rules;
		p->rules = NULL;
		p->has_rules = out->rules->len || out->rules->exemptions_len;
	}
	if (!p->has_rules) {
		ruleset_free((struct ruleset *)out->rules);
		out->rules = NULL;
	}
	if (out->rules || !p->has_rules)
		return 0;
	rs = ruleset_new(scope);
	if (!rs)
		return -ENOMEM;
	out->rules = rs;
	diag_list_init(&mute);
	for (size_t i = p->policies_from; rc == 0 && i < files->len; i++) {
		const struct manifest_file *f = &files->items[i];
		struct policy_source src = {NULL, f->bytes, f->len};

		if (!str_eq(f->product, p->name) || !str_eq(f->kind, "policy"))
			continue;
		src.file = files_shown(
		    &p->place, f->path + strlen(p->place.stored), &p->g->scratch);
		rc = src.file ? policy_file_load(&src, p->g->l->words, rs, &mute) : -ENOMEM;
	}
	diag_list_clear(&mute);
	return rc;
}

static int fill(struct product_dir *p, const struct product_doc *doc, struct product *out)
{
	struct diag_list mute;
	struct reader r = {doc->shown, &out->arena, p->g->l->diags, false};
	struct product_want want = {p->g->l->words, &p->g->d->domain};
	struct port_want ports = {want.mesh, p->known, p->contracts.len, false};
	struct reader quiet = {doc->shown, &out->arena, &mute, false};

	diag_list_init(&mute);
	out->domain = reader_copy(&r, p->g->id);
	out->name = reader_copy(&r, p->name);
	out->file = reader_copy(&r, doc->path);
	out->blob = reader_copy(&r, doc->hash);
	out->entry = *doc->version
	    ? reader_made(&r, arena_printf(&out->arena, "%s@%s", p->name, doc->version))
	    : out->name;
	add_contracts(p, doc, &quiet, out);
	diag_list_clear(&mute);
	product_file_read(&r, doc->root, &want, out);
	if (out->team_len == 0)
		borrow_team(p, &r, out);
	port_file_read(&r, doc->root, &ports, out);
	add_files(p, &r, out);
	product_file_assets(&r, doc->root, false, out);
	if (r.oom || quiet.oom)
		return -ENOMEM;
	return add_rules(p, out);
}

static int build_version(struct product_dir *p, const struct product_doc *doc)
{
	struct loading_entry e = {NULL, p->name, yaml_pos(doc->shown, yaml_get(doc->root, "id"))};
	struct product *out = product_new();
	int rc;

	if (!out)
		return -ENOMEM;
	rc = fill(p, doc, out);
	if (rc == 0 && out->id) {
		e.key = arena_strdup(&p->g->scratch, out->id);
		rc = e.key ? loading_note(p->g, &p->g->products, e) : -ENOMEM;
	}
	if (rc < 0) {
		product_unref(out);
		return rc;
	}
	return loading_add_product(p->g, out);
}

static void check_versions(struct product_dir *p)
{
	for (size_t i = 1; i < p->versions.len; i++)
		for (size_t j = 0; j < i; j++) {
			const struct yaml_node *a = yaml_get(p->versions.items[i].root, "version");
			const struct yaml_node *b = yaml_get(p->versions.items[j].root, "version");

			if (a && b && str_eq(yaml_scalar(a), yaml_scalar(b)))
				diag_add(p->g->l->diags, DIAG_ERROR, "product-version",
				    yaml_pos(p->versions.items[i].shown, a),
				    "version %s is in %s too", a->text, p->versions.items[j].name);
		}
}

int product_dir_build(struct product_dir *p)
{
	int rc = check_contracts(p);

	check_versions(p);
	for (size_t i = 0; rc == 0 && i < p->versions.len; i++)
		rc = build_version(p, &p->versions.items[i]);
	return rc;
}
