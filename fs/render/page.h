#ifndef FS_RENDER_PAGE_H
#define FS_RENDER_PAGE_H

/*
 * A page for people, written once and shown as Markdown or as HTML: headings, prose, fields,
 * tables. All text given is plain and may hold anything; it is escaped here. The HTML needs nothing
 * from elsewhere and runs no scripts. Knows nothing of products.
 */

#include <stdbool.h>

#include "catalog/base/buf.h"

enum page_format { PAGE_MARKDOWN, PAGE_HTML };

struct page {
	enum page_format format;
	struct buf *out; /* borrowed; holds the error */
	bool in_list;
};

void page_begin(struct page *p, const char *title);
void page_end(struct page *p);

void page_heading(struct page *p, int level, const char *text);
/* A paragraph; an empty line in the text begins another. NULL or "" writes nothing. */
void page_prose(struct page *p, const char *text);
/* Lines of a terminal or a file, as they stand. */
void page_code(struct page *p, const char *lines);

/*
 * "label: text" as an element of a list, which ends with whatever else is written. NULL or ""
 * writes nothing.
 */
void page_field(struct page *p, const char *label, const char *text);
/* The same with a relative link. */
void page_field_link(struct page *p, const char *label, const char *text, const char *path);

/* A table: begin, then for each row row_begin, a cell for each head, row_end; then end. */
void page_table_begin(struct page *p, const char *const *heads, size_t len);
void page_row_begin(struct page *p);
void page_cell(struct page *p, const char *text); /* NULL: empty */
void page_cell_link(struct page *p, const char *text, const char *path);
void page_row_end(struct page *p);
void page_table_end(struct page *p);

/* Text that is Markdown already: as it stands in Markdown, as its source in HTML. */
void page_authored(struct page *p, const char *markdown);

#endif
