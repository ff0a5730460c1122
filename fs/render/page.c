#include "fs/render/page.h"

#include <string.h>

#include "fs/render/text.h"

static const char html_head[] =
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<style>\n"
    "body { font: 16px/1.5 sans-serif; color: #222; background: #fff; max-width: 70em; margin: 2em auto; padding: 0 1em }\n"
    "h1, h2, h3 { line-height: 1.2; margin: 1.5em 0 .5em }\n"
    "h2 { border-bottom: 1px solid #ccc }\n"
    "table { border-collapse: collapse; display: block; overflow-x: auto }\n"
    "th, td { border: 1px solid #ccc; padding: .25em .6em; text-align: left; vertical-align: top }\n"
    "th { background: #f2f2f2 }\n"
    "p { white-space: pre-line }\n"
    "pre { background: #f6f6f6; padding: .8em; white-space: pre-wrap }\n"
    "</style>\n";

/* Text as the format's, on one line in Markdown. */
static void add_text(struct page *p, const char *s)
{
	if (p->format == PAGE_HTML)
		buf_html(p->out, s);
	else
		text_markdown(p->out, s);
}

static void add_link(struct page *p, const char *text, const char *path)
{
	if (p->format == PAGE_HTML) {
		buf_puts(p->out, "<a href=\"");
		text_url(p->out, path);
		buf_puts(p->out, "\">");
		buf_html(p->out, text);
		buf_puts(p->out, "</a>");
		return;
	}
	buf_addc(p->out, '[');
	text_markdown(p->out, text);
	buf_puts(p->out, "](");
	text_url(p->out, path);
	buf_addc(p->out, ')');
}

static void end_list(struct page *p)
{
	if (p->in_list)
		buf_puts(p->out, p->format == PAGE_HTML ? "</ul>\n" : "\n");
	p->in_list = false;
}

void page_begin(struct page *p, const char *title)
{
	if (p->format == PAGE_HTML) {
		buf_puts(p->out, "<!DOCTYPE html>\n<html>\n<head>\n");
		buf_puts(p->out, html_head);
		buf_puts(p->out, "<title>");
		buf_html(p->out, title);
		buf_puts(p->out, "</title>\n</head>\n<body>\n");
	}
	page_heading(p, 1, title);
}

void page_end(struct page *p)
{
	end_list(p);
	if (p->format == PAGE_HTML)
		buf_puts(p->out, "</body>\n</html>\n");
}

void page_heading(struct page *p, int level, const char *text)
{
	end_list(p);
	if (p->format == PAGE_HTML) {
		buf_printf(p->out, "<h%d>", level);
		buf_html(p->out, text);
		buf_printf(p->out, "</h%d>\n", level);
		return;
	}
	buf_printf(p->out, "%.*s ", level, "######");
	text_markdown(p->out, text);
	buf_puts(p->out, "\n\n");
}

/* Line by line, so that each start of a line is escaped. */
static void add_lines(struct page *p, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		struct buf line;

		buf_init(&line);
		buf_add(&line, text, len);
		if (buf_error(&line))
			p->out->error = buf_error(&line);
		if (line.data)
			text_markdown_line(p->out, line.data);
		buf_addc(p->out, '\n');
		buf_clear(&line);
		text += len + (text[len] == '\n');
	}
	buf_addc(p->out, '\n');
}

void page_prose(struct page *p, const char *text)
{
	if (!text || !*text)
		return;
	end_list(p);
	if (p->format == PAGE_MARKDOWN) {
		add_lines(p, text);
		return;
	}
	buf_puts(p->out, "<p>");
	buf_html(p->out, text);
	buf_puts(p->out, "</p>\n");
}

void page_code(struct page *p, const char *lines)
{
	end_list(p);
	if (p->format == PAGE_HTML) {
		buf_puts(p->out, "<pre>");
		buf_html(p->out, lines);
		buf_puts(p->out, "</pre>\n");
		return;
	}
	/* Indented, since no fence is safe from its content. */
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		buf_puts(p->out, "    ");
		buf_add(p->out, lines, len);
		buf_addc(p->out, '\n');
		lines += len + (lines[len] == '\n');
	}
	buf_addc(p->out, '\n');
}

static void begin_field(struct page *p, const char *label)
{
	if (!p->in_list && p->format == PAGE_HTML)
		buf_puts(p->out, "<ul>\n");
	p->in_list = true;
	buf_printf(p->out, p->format == PAGE_HTML ? "<li><b>%s:</b> " : "- **%s:** ", label);
}

static void end_field(struct page *p)
{
	buf_puts(p->out, p->format == PAGE_HTML ? "</li>\n" : "\n");
}

void page_field(struct page *p, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	begin_field(p, label);
	add_text(p, text);
	end_field(p);
}

void page_field_link(struct page *p, const char *label, const char *text, const char *path)
{
	begin_field(p, label);
	add_link(p, text, path);
	end_field(p);
}

void page_table_begin(struct page *p, const char *const *heads, size_t len)
{
	bool html = p->format == PAGE_HTML;

	end_list(p);
	buf_puts(p->out, html ? "<table>\n<tr>" : "|");
	for (size_t i = 0; i < len; i++)
		buf_printf(p->out, html ? "<th>%s</th>" : " %s |", heads[i]);
	buf_puts(p->out, html ? "</tr>\n" : "\n|");
	for (size_t i = 0; !html && i < len; i++)
		buf_puts(p->out, " --- |");
	buf_puts(p->out, html ? "" : "\n");
}

void page_row_begin(struct page *p)
{
	buf_puts(p->out, p->format == PAGE_HTML ? "<tr>" : "|");
}

void page_cell(struct page *p, const char *text)
{
	buf_puts(p->out, p->format == PAGE_HTML ? "<td>" : " ");
	if (text)
		add_text(p, text);
	buf_puts(p->out, p->format == PAGE_HTML ? "</td>" : " |");
}

void page_cell_link(struct page *p, const char *text, const char *path)
{
	buf_puts(p->out, p->format == PAGE_HTML ? "<td>" : " ");
	add_link(p, text, path);
	buf_puts(p->out, p->format == PAGE_HTML ? "</td>" : " |");
}

void page_row_end(struct page *p)
{
	buf_puts(p->out, p->format == PAGE_HTML ? "</tr>\n" : "\n");
}

void page_table_end(struct page *p)
{
	buf_puts(p->out, p->format == PAGE_HTML ? "</table>\n" : "\n");
}

void page_authored(struct page *p, const char *markdown)
{
	size_t len = strlen(markdown);

	end_list(p);
	if (p->format == PAGE_HTML) {
		page_code(p, markdown);
		return;
	}
	buf_puts(p->out, markdown);
	if (len == 0 || markdown[len - 1] != '\n')
		buf_addc(p->out, '\n');
}
