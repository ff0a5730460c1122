/*
 * README.md and index.html: one page about a product in two formats. It must be the same for
 * everybody who may read metadata and at any time, so it says nothing of the caller, of now, or of
 * other products.
 */

#include <errno.h>

#include "catalog/base/cleanup.h"
#include "fs/log.h"
#include "fs/render/layout.h"
#include "fs/render/page.h"
#include "fs/render/render.h"
#include "fs/render/rendition.h"
#include "fs/render/text.h"

struct subject {
	const struct doc_env *env;
	const struct product *product;
	const struct mesh *mesh;
	struct layout layout;
	struct arena *arena;
	struct page *page;
};

static const char *join(struct subject *s, const struct strlist *l)
{
	const char *text = text_join(s->arena, l);

	if (!text)
		s->page->out->error = -ENOMEM;
	return text;
}

/* printf into the subject's arena; "" and the page's error when memory is short. */
#define format(s, ...)                                                     \
	({                                                                 \
		const char *_text = arena_printf((s)->arena, __VA_ARGS__); \
		if (!_text)                                                \
			(s)->page->out->error = -ENOMEM;                   \
		_text ? _text : "";                                        \
	})

/* ---- the product ---- */

static void about_product(struct subject *s)
{
	const struct product *p = s->product;
	char date[TEXT_DATE_CAP];

	page_field(s->page, "Data product", format(s, "%s/%s", p->domain, p->entry));
	page_field(s->page, "Version", p->version);
	page_field(s->page, "Status", p->status);
	page_field(s->page, "Classification", text_class(s->mesh, p->rank));
	page_field(s->page, "Tags", join(s, &p->tags));
	page_field(s->page, "Tenant", p->tenant);
	page_field(s->page, "Id", p->id);
	page_field(s->page, "End of life", text_date(p->end_of_life_ns, date));
	if (p->blob)
		page_field_link(s->page, "Definition", "product.odps.yaml", "product.odps.yaml");
}

static void section(struct subject *s, const char *heading, const char *text)
{
	if (!text || !*text)
		return;
	page_heading(s->page, 2, heading);
	page_prose(s->page, text);
}

static void list_owners(struct subject *s)
{
	const struct product *p = s->product;

	for (size_t i = 0; i < p->team_len; i++) {
		const struct member *m = &p->team[i];

		if (str_eq(m->role, "owner"))
			page_field(s->page, "Owner",
			    m->name ? format(s, "%s (%s)", m->name, m->username ? m->username : "")
				    : m->username);
	}
	page_field(s->page, "Team", p->team_name);
}

static void list_team(struct subject *s)
{
	static const char *const heads[] = {"Name", "User", "Role", "From", "Until"};
	const struct product *p = s->product;
	char date[TEXT_DATE_CAP];

	if (!p->team_len && !p->team_name)
		return;
	page_heading(s->page, 2, "Owner and team");
	list_owners(s);
	if (!p->team_len)
		return;
	page_table_begin(s->page, heads, ARRAY_LEN(heads));
	for (size_t i = 0; i < p->team_len; i++) {
		const struct member *m = &p->team[i];

		page_row_begin(s->page);
		page_cell(s->page, m->name);
		page_cell(s->page, m->username);
		page_cell(s->page, m->role);
		page_cell(s->page, text_date(m->date_in_ns, date));
		page_cell(s->page, text_date(m->date_out_ns, date));
		page_row_end(s->page);
	}
	page_table_end(s->page);
}

/* ---- ports and objects ---- */

static void port_row(struct subject *s, const struct port *port)
{
	const struct product *p = s->product;
	const struct contract *c = port->contract >= 0 && (size_t)port->contract < p->contracts_len
	    ? &p->contracts[port->contract]
	    : NULL;

	page_row_begin(s->page);
	page_cell(s->page, port->name);
	page_cell(s->page, port->version);
	page_cell(s->page, port->type);
	if (c && c->blob)
		page_cell_link(s->page,
		    format(s, "%s %s",
			c->name     ? c->name
			    : c->id ? c->id
				    : "",
			c->version ? c->version : ""),
		    s->layout.contracts[port->contract]);
	else
		page_cell(s->page, c ? c->id : NULL);
	page_cell(s->page, text_class(s->mesh, port->rank));
	page_cell_link(
	    s->page, format(s, "data/%s/", port->entry), format(s, "../data/%s/", port->entry));
	page_cell(s->page, port->description);
	page_row_end(s->page);
}

static void list_ports(struct subject *s)
{
	static const char *const heads[] = {
	    "Port", "Version", "Type", "Contract", "Classification", "Where", "Description"};
	const struct product *p = s->product;

	page_heading(s->page, 2, "Output ports");
	if (!p->ports_len) {
		page_prose(s->page, "This product has no output port.");
		return;
	}
	page_table_begin(s->page, heads, ARRAY_LEN(heads));
	for (size_t i = 0; i < p->ports_len; i++)
		port_row(s, &p->ports[i]);
	page_table_end(s->page);
}

static void column_row(struct subject *s, const struct column *c)
{
	page_row_begin(s->page);
	page_cell(s->page, c->name);
	page_cell(s->page, c->logical_type ? c->logical_type : c->physical_type);
	page_cell(s->page, c->required ? "yes" : "no");
	page_cell(s->page, text_class(s->mesh, c->rank));
	page_cell(s->page, join(s, &c->tags));
	page_cell(s->page, c->description);
	page_row_end(s->page);
}

static void list_files(struct subject *s, const struct layout_object *lo)
{
	struct strlist files = {0};
	const char *names;

	if (!lo->port || !rendition_is_database(s->product, lo->port))
		return;
	if (rendition_files(lo->port, lo->object, s->arena, &files) < 0)
		s->page->out->error = -ENOMEM;
	names = join(s, &files);
	page_field(
	    s->page, "Files", names ? format(s, "%s, in data/%s/", names, lo->port->entry) : NULL);
}

static void describe_object(struct subject *s, const struct layout_object *lo)
{
	static const char *const heads[] = {
	    "Column", "Type", "Required", "Classification", "Tags", "Description"};
	const struct object *o = lo->object;

	page_heading(
	    s->page, 3, lo->port ? format(s, "%s: %s", lo->port->entry, o->name) : o->name);
	page_prose(s->page, o->description);
	page_field(s->page, "Physical name", o->physical_name);
	page_field(s->page, "Kind", o->physical_type);
	page_field(s->page, "Classification", text_class(s->mesh, o->rank));
	page_field(s->page, "Tags", join(s, &o->tags));
	list_files(s, lo);
	page_field_link(s->page, "JSON Schema", lo->path, lo->path);
	if (!o->columns_len)
		return;
	page_table_begin(s->page, heads, ARRAY_LEN(heads));
	for (size_t i = 0; i < o->columns_len; i++)
		column_row(s, &o->columns[i]);
	page_table_end(s->page);
}

static void list_objects(struct subject *s)
{
	if (!s->layout.objects_len)
		return;
	page_heading(s->page, 2, "What the ports hold");
	for (size_t i = 0; i < s->layout.objects_len; i++)
		describe_object(s, &s->layout.objects[i]);
}

/* ---- service levels, code, use ---- */

static void list_slas(struct subject *s)
{
	static const char *const heads[] = {"Contract", "Property", "Value", "Unit", "Element"};
	const struct product *p = s->product;
	bool begun = false;

	for (size_t i = 0; i < p->contracts_len; i++) {
		const struct contract *c = &p->contracts[i];

		if (c->slas_len && !begun) {
			page_heading(s->page, 2, "Service levels");
			page_table_begin(s->page, heads, ARRAY_LEN(heads));
			begun = true;
		}
		for (size_t k = 0; k < c->slas_len; k++) {
			page_row_begin(s->page);
			page_cell(s->page, c->name ? c->name : c->id);
			page_cell(s->page, c->slas[k].property);
			page_cell(s->page, c->slas[k].value);
			page_cell(s->page, c->slas[k].unit);
			page_cell(s->page, c->slas[k].element);
			page_row_end(s->page);
		}
	}
	if (begun)
		page_table_end(s->page);
}

static void list_code(struct subject *s)
{
	static const char *const heads[] = {"Role", "Path", "Entry point", "Makes port"};
	const struct product *p = s->product;

	if (!p->assets_len)
		return;
	page_heading(s->page, 2, "Code");
	page_table_begin(s->page, heads, ARRAY_LEN(heads));
	for (size_t i = 0; i < p->assets_len; i++) {
		page_row_begin(s->page);
		page_cell(s->page, p->assets[i].role);
		page_cell(
		    s->page, format(s, "code/%s", p->assets[i].path ? p->assets[i].path : ""));
		page_cell(s->page, p->assets[i].entrypoint);
		page_cell(s->page, p->assets[i].produces_port);
		page_row_end(s->page);
	}
	page_table_end(s->page);
}

static void how_to_read(struct subject *s)
{
	const struct product *p = s->product;

	page_heading(s->page, 2, "How to read it");
	page_prose(s->page, "From the root of the mount:");
	for (size_t i = 0; i < p->ports_len; i++)
		page_code(
		    s->page, format(s, "%s/%s/data/%s/", p->domain, p->entry, p->ports[i].entry));
	page_prose(s->page,
	    "Some rules open data only for a purpose. A path declares it, and so does every tool that is given the path; the "
	    "purposes that exist stand in policy/my-access.yaml:");
	page_code(s->page, format(s, ".purpose/PURPOSE/%s/%s/data/", p->domain, p->entry));
	page_prose(s->page,
	    "Where a rule masks, filters or leaves out something, the file at the path is your own view of it: with fewer "
	    "rows or columns, or masked values, where a table can be rendered, and refused where not. What you get, by "
	    "which rule, and whom to ask:");
	page_code(s->page, format(s, "%s/%s/policy/my-access.yaml", p->domain, p->entry));
}

static int add_authored(struct subject *s)
{
	const struct product *p = s->product;
	struct mesh_err err = {0};
	struct buf text;
	int rc = 0;

	buf_init(&text);
	for (size_t i = 0; i < p->files_len; i++) {
		if (!str_eq(p->files[i].path, "README.md"))
			continue;
		rc = catalog_blob(s->env->catalog, p->files[i].blob, &text, &err);
		break;
	}
	if (rc == 0 && text.data && text.len) {
		page_heading(s->page, 2, "From the authors");
		page_authored(s->page, text.data);
	}
	buf_clear(&text);
	if (rc < 0 && rc != -ENOMEM) {
		log_error("README.md of %s/%s: %s", p->domain, p->entry, err.text);
		rc = -EIO;
	}
	return rc;
}

/* ---- the page ---- */

static int write_page(struct subject *s)
{
	const struct product *p = s->product;
	int rc;

	page_begin(s->page, p->title && *p->title ? p->title : p->name);
	about_product(s);
	section(s, "Purpose", p->purpose);
	section(s, "Limitations", p->limitations);
	section(s, "Usage", p->usage);
	list_team(s);
	list_ports(s);
	list_objects(s);
	list_slas(s);
	list_code(s);
	how_to_read(s);
	rc = add_authored(s);
	page_end(s->page);
	return rc < 0 ? rc : buf_error(s->page->out);
}

static int render_page(const struct doc_env *env, enum page_format format, struct buf *out)
{
	struct page page = {.format = format, .out = out};
	struct arena arena;
	struct subject s = {
	    .env = env,
	    .product = env->product,
	    .mesh = env->ask->resource.mesh,
	    .arena = &arena,
	    .page = &page,
	};
	int rc;

	arena_init(&arena);
	rc = layout_build(env->product, &arena, &s.layout);
	if (rc == 0)
		rc = write_page(&s);
	arena_clear(&arena);
	return rc;
}

int render_readme(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	(void)d;
	return render_page(env, PAGE_MARKDOWN, out);
}

int render_html(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	(void)d;
	return render_page(env, PAGE_HTML, out);
}
