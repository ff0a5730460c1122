#include "fs/render/page.h"
#include "fs/render/render.h"

static const char layout[] =
    "DOMAIN/PRODUCT/data/PORT/             the data: files as they are stored, tables as files\n"
    "DOMAIN/PRODUCT/metadata/README.md     about the product: ports, columns, owner, service levels\n"
    "DOMAIN/PRODUCT/metadata/              also its definition, contracts, schemas and code\n"
    "DOMAIN/PRODUCT/policy/my-access.yaml  what you get of it, and why\n"
    "DOMAIN/PRODUCT/policy/effective.yaml  every rule in force there\n"
    "DOMAIN/PRODUCT/policy/my-audit.jsonl  your own opens, as recorded\n"
    ".meshfs/whoami.yaml                   who the mesh takes you for\n"
    ".meshfs/status.json                   the state of this mount\n";

static void about_layout(struct page *p)
{
	page_heading(p, 2, "What stands where");
	page_code(p, layout);
	page_prose(p,
	    "PRODUCT alone is the current version; an older one that is still served is PRODUCT@VERSION. You see what you may "
	    "discover, and nothing else. Everything is read-only; sizes are exact.");
	page_prose(p, "To find a product by words in its names, descriptions, columns and tags:");
	page_code(p, "ls -l .meshfs/search/'customer orders'/\n");
}

static void about_views(struct page *p)
{
	page_heading(p, 2, "Your own view");
	page_prose(p,
	    "Where rules mask columns, leave them out or filter rows for you, the file at the same path holds what you may "
	    "see, with its true size; others get theirs. That is done for CSV, TSV and JSON Lines, also compressed by gzip or "
	    "zstd, for tables of SQLite, PostgreSQL and DuckDB, and for Parquet where the machine has libduckdb; other content "
	    "is served whole or refused. A view is produced once, at the first stat or open, and kept; to have it ready "
	    "before:");
	page_code(p, "meshfs warm DOMAIN/PRODUCT\n");
}

static void about_purposes(struct page *p, const struct mesh *m)
{
	page_heading(p, 2, "Purposes");
	page_prose(p,
	    "Some rules allow data only for a purpose. A purpose is declared by the path, never by a setting: the whole mesh "
	    "stands below it once more.");
	page_code(p, ".purpose/PURPOSE/DOMAIN/PRODUCT/data/PORT/\n");
	page_prose(p,
	    "Listings do not show the purposes, so that no program declares one by walking the tree; you name it yourself. "
	    "What is opened is recorded with its purpose.");
	for (size_t i = 0; i < m->purposes.len; i++)
		page_field(p, "Purpose", m->purposes.items[i]);
}

static void about_errors(struct page *p)
{
	page_heading(p, 2, "When something does not open");
	page_field(p, "No such file or directory", "it does not exist, or you may not discover it");
	page_field(p, "Permission denied",
	    "you may not read it: the reason and whom to ask stand in policy/my-access.yaml of the product; `meshfs explain "
	    "PATH` says the same of one path");
	page_field(p, "Read-only file system", "nothing is written here");
	page_field(p, "Stale file handle",
	    "the file, or what you may see of it, changed while it was open: open it again");
	page_field(p, "Input/output error",
	    "the storage or the audit log failed; .meshfs/status.json counts it, the operator's log "
	    "says more");
}

int render_about(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	const struct mesh *m = env->ask->resource.mesh;
	struct page p = {.format = PAGE_MARKDOWN, .out = out};

	(void)d;
	page_begin(&p, m->name && *m->name ? m->name : m->id);
	page_prose(&p,
	    "A data mesh as files: any program reads the data products below, each open is decided by policy and recorded.");
	about_layout(&p);
	about_views(&p);
	about_purposes(&p, m);
	about_errors(&p);
	page_end(&p);
	return buf_error(out);
}
