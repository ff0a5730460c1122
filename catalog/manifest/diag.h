#ifndef CATALOG_MANIFEST_DIAG_H
#define CATALOG_MANIFEST_DIAG_H

/*
 * What is wrong with the manifests, all of it, with positions; and the three ways to print it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "catalog/base/arena.h"
#include "catalog/base/buf.h"

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag {
	const char *file; /* relative to the mesh repository, or as the user gave it */
	int line, column; /* from 1; 0: the file as a whole */
	enum diag_severity severity;
	const char *rule; /* "standard-type", ...: kebab-case, stable; see diag_rules.h */
	const char *text; /* what, and how to mend it: one line */
	const char *domain; /* whose fault: id or path of the domain; NULL: the mesh itself */
};

struct diag_list {
	struct arena arena;
	struct diag *items;
	size_t len, cap;
	size_t errors, warnings;
	const char *domain; /* borrowed: what diag_add writes into `domain` */
	bool oom; /* a message was lost: treat as an error */
};

enum diag_format { DIAG_TEXT, DIAG_JSON, DIAG_SARIF };

void diag_list_init(struct diag_list *l);
void diag_list_clear(struct diag_list *l);

struct diag_pos {
	const char *file; /* borrowed for the call; NULL: no file */
	int line, column;
};

/* Adds one problem. `rule` is a string literal and kept as it is; file and domain are copied. The text is cut at 1 KiB and
 * freed of line breaks and control characters, whatever a manifest has put into it. When memory is short `oom` is set,
 * and the problem is still counted. */
void diag_add(struct diag_list *l, enum diag_severity severity, const char *rule,
    struct diag_pos pos, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Errors so far whose `domain` equals the argument (NULL: the mesh's own). */
size_t diag_errors_of(const struct diag_list *l, const char *domain);

/* Prints all, sorted by file, line, column. Text: `file:line:column: severity [rule-id]: text`, one a line; no position where
 * there is none. JSON: an array of {file, line, column, severity, rule, text, domain}, domain null for the mesh's own.
 * SARIF: version 2.1.0, one run. A lost message (`oom`) cannot be printed. Errors go to the buffer's sticky error. */
void diag_print(struct diag_list *l, enum diag_format format, struct buf *out);

#endif
