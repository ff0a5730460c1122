#ifndef FS_RENDER_TEXT_H
#define FS_RENDER_TEXT_H

/*
 * Small things that several documents write, each in the form of its document. Whatever stands in a
 * manifest is text to all of them, never markup. Allocation failures go to the buffer's sticky
 * error.
 */

#include "catalog/base/buf.h"
#include "catalog/model.h"

/*
 * Markdown that shows `s` as it is inside a line or a cell of a table; line breaks and control
 * characters become blanks.
 */
void text_markdown(struct buf *out, const char *s);
/* The same for a line of its own. */
void text_markdown_line(struct buf *out, const char *s);

/*
 * A relative URL reference (RFC 3986) of a path: every byte but unreserved ones and '/'
 * percent-encoded.
 */
void text_url(struct buf *out, const char *path);

/* "2026-11-22"; nothing for WHEN_NONE. */
#define TEXT_DATE_CAP 36
const char *text_date(int64_t ns, char out[TEXT_DATE_CAP]);

/* The classification with this rank; "" where the mesh has none. */
const char *text_class(const struct mesh *m, int rank);

/* "a, b, c" in the arena; "" for an empty list. NULL when memory is short. */
const char *text_join(struct arena *a, const struct strlist *l);

/* YAML flow sequence: "[a, b]". */
void text_yaml_list(struct buf *out, const struct strlist *l);

/* printf as a YAML scalar. */
void text_yaml_printf(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A YAML comment of its own line: "# s"; control characters become blanks. */
void text_yaml_comment(struct buf *out, const char *s);

/* A YAML flow node for the value. */
void text_yaml_value(struct buf *out, const struct value *v);

/* JSON array of strings: ["a", "b"]. */
void text_json_list(struct buf *out, const struct strlist *l);

#endif
