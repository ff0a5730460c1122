#include "catalog/manifest/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/str.h"

/* Long enough for any sentence of ours; what a manifest puts into it may be cut. */
#define MAX_TEXT_BYTES 1024

void diag_list_init(struct diag_list *l)
{
	*l = (struct diag_list){0};
	arena_init(&l->arena);
}

void diag_list_clear(struct diag_list *l)
{
	free(l->items);
	arena_clear(&l->arena);
	diag_list_init(l);
}

/* Makes text from outside fit for one line of a terminal or a log: control characters and stray bytes become '?'. */
static void clean_line(char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = str_utf8_next(text + i, len - i, &c);

		if (n == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) {
			if (n == 0)
				n = 1;
			memset(text + i, '?', n);
		}
		i += n;
	}
}

static const char *copy_clean(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	if (copy)
		clean_line(copy);
	return copy;
}

static bool grow(struct diag_list *l)
{
	if (l->len < l->cap)
		return true;

	size_t cap = l->cap > 0 ? l->cap * 2 : 16;
	struct diag *items = realloc(l->items, cap * sizeof(*items));

	if (!items)
		return false;
	l->items = items;
	l->cap = cap;
	return true;
}

/* The names of the file and the domain seldom change from one problem to the next: the last copy is used again. */
static bool set_names(struct diag_list *l, struct diag *d, const char *file)
{
	const struct diag *last = l->len > 0 ? &l->items[l->len - 1] : NULL;

	if (!file)
		file = "";
	d->file = last && strcmp(last->file, file) == 0 ? last->file : copy_clean(&l->arena, file);
	d->domain = last && str_eq(last->domain, l->domain) ? last->domain
							    : arena_strdup(&l->arena, l->domain);
	return d->file && (d->domain || !l->domain);
}

void diag_add(struct diag_list *l, enum diag_severity severity, const char *rule,
    struct diag_pos pos, const char *fmt, ...)
{
	struct diag d = {
	    .line = pos.line, .column = pos.column, .severity = severity, .rule = rule};
	char text[MAX_TEXT_BYTES];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);

	if (severity == DIAG_ERROR)
		l->errors++;
	else
		l->warnings++;
	d.text = copy_clean(&l->arena, text);
	if (!d.text || !set_names(l, &d, pos.file) || !grow(l)) {
		l->oom = true;
		return;
	}
	l->items[l->len++] = d;
}

size_t diag_errors_of(const struct diag_list *l, const char *domain)
{
	size_t n = 0;

	for (size_t i = 0; i < l->len; i++) {
		if (l->items[i].severity == DIAG_ERROR && str_eq(l->items[i].domain, domain))
			n++;
	}
	return n;
}
