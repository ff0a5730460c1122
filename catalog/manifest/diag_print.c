/*
 * diag_print: text, JSON, and SARIF 2.1.0 (OASIS standard, sections 3.14 run, 3.27 result, 3.49 reportingDescriptor).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/manifest/diag.h"
#include "catalog/manifest/diag_rules.h"

static const char *severity_name(enum diag_severity s)
{
	return s == DIAG_ERROR ? "error" : "warning";
}

static int compare_ints(int a, int b)
{
	return a < b ? -1 : a > b;
}

/* A total order but for problems that print alike. */
static int compare_diags(const void *x, const void *y)
{
	const struct diag *a = x, *b = y;
	int order = strcmp(a->file, b->file);

	if (order == 0)
		order = compare_ints(a->line, b->line);
	if (order == 0)
		order = compare_ints(a->column, b->column);
	if (order == 0)
		order = compare_ints(a->severity, b->severity);
	if (order == 0)
		order = strcmp(a->rule, b->rule);
	return order != 0 ? order : strcmp(a->text, b->text);
}

static void print_text(const struct diag *d, struct buf *out)
{
	buf_puts(out, d->file);
	if (d->line > 0)
		buf_printf(out, ":%d:%d", d->line, d->column);
	if (d->file[0] != '\0')
		buf_puts(out, ": ");
	buf_printf(out, "%s [%s]: %s\n", severity_name(d->severity), d->rule, d->text);
}

static void print_json(const struct diag *d, struct buf *out)
{
	buf_puts(out, "{\"file\": ");
	buf_json(out, d->file);
	buf_printf(out, ", \"line\": %d, \"column\": %d, \"severity\": \"%s\", \"rule\": ", d->line,
	    d->column, severity_name(d->severity));
	buf_json(out, d->rule);
	buf_puts(out, ", \"text\": ");
	buf_json(out, d->text);
	buf_puts(out, ", \"domain\": ");
	buf_json(out, d->domain);
	buf_puts(out, "}");
}

static void print_json_all(const struct diag_list *l, struct buf *out)
{
	buf_puts(out, "[");
	for (size_t i = 0; i < l->len; i++) {
		buf_puts(out, i > 0 ? ",\n " : "\n ");
		print_json(&l->items[i], out);
	}
	buf_puts(out, l->len > 0 ? "\n]\n" : "]\n");
}

/* ---- SARIF ---- */

static int compare_strings(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The rules that occur, sorted, each once; the caller frees. NULL when memory is short. */
static const char **rules_of(const struct diag_list *l, size_t *ret_len)
{
	const char **rules = calloc(l->len + 1, sizeof(*rules));
	size_t len = 0;

	if (!rules)
		return NULL;
	for (size_t i = 0; i < l->len; i++)
		rules[i] = l->items[i].rule;
	qsort(rules, l->len, sizeof(*rules), compare_strings);
	for (size_t i = 0; i < l->len; i++) {
		if (len == 0 || strcmp(rules[len - 1], rules[i]) != 0)
			rules[len++] = rules[i];
	}
	*ret_len = len;
	return rules;
}

static size_t rule_index(const char *const *rules, size_t len, const char *rule)
{
	const char **found = bsearch(&rule, rules, len, sizeof(*rules), compare_strings);

	return (size_t)(found - (const char **)rules);
}

/* A path as a URI reference (RFC 3986): every byte that is not unreserved or '/' is escaped, so that no part of it can
 * be taken for a scheme, a query or a fragment. */
static void print_uri(const char *path, struct buf *out)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	buf_puts(out, path[0] == '/' ? "\"file://" : "\"");
	for (const char *s = path; *s; s++) {
		if (strchr(plain, *s))
			buf_addc(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned int)(unsigned char)*s);
	}
	buf_puts(out, "\"");
}

static void print_rule(const char *rule, struct buf *out)
{
	const char *text = diag_rules_describe(rule);

	buf_puts(out, "{\"id\": ");
	buf_json(out, rule);
	if (text) {
		buf_puts(out, ", \"shortDescription\": {\"text\": ");
		buf_json(out, text);
		buf_puts(out, "}");
	}
	buf_puts(out, "}");
}

static void print_result(const struct diag *d, size_t rule, struct buf *out)
{
	buf_puts(out, "{\"ruleId\": ");
	buf_json(out, d->rule);
	buf_printf(out, ", \"ruleIndex\": %zu, \"level\": \"%s\", \"message\": {\"text\": ", rule,
	    severity_name(d->severity));
	buf_json(out, d->text);
	buf_puts(
	    out, "}, \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
	print_uri(d->file, out);
	buf_puts(out, "}");
	if (d->line > 0)
		buf_printf(out, ", \"region\": {\"startLine\": %d, \"startColumn\": %d}", d->line,
		    d->column > 0 ? d->column : 1);
	buf_puts(out, "}}]}");
}

static void print_sarif(const struct diag_list *l, struct buf *out)
{
	size_t len = 0;
	const char **rules = rules_of(l, &len);

	if (!rules) {
		out->error = -ENOMEM;
		return;
	}
	buf_puts(out,
	    "{\"$schema\": \"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/"
	    "schemas/sarif-schema-2.1.0.json\",\n\"version\": \"2.1.0\",\n\"runs\": [{\n"
	    "\"tool\": {\"driver\": {\"name\": \"meshfs\", \"rules\": [");
	for (size_t i = 0; i < len; i++) {
		buf_puts(out, i > 0 ? ",\n " : "\n ");
		print_rule(rules[i], out);
	}
	buf_puts(out, "]}},\n\"columnKind\": \"unicodeCodePoints\",\n\"results\": [");
	for (size_t i = 0; i < l->len; i++) {
		buf_puts(out, i > 0 ? ",\n " : "\n ");
		print_result(&l->items[i], rule_index(rules, len, l->items[i].rule), out);
	}
	buf_puts(out, "]}]}\n");
	free(rules);
}

void diag_print(struct diag_list *l, enum diag_format format, struct buf *out)
{
	if (l->len > 0)
		qsort(l->items, l->len, sizeof(*l->items), compare_diags);
	switch (format) {
	case DIAG_TEXT:
		for (size_t i = 0; i < l->len; i++)
			print_text(&l->items[i], out);
		break;
	case DIAG_JSON:
		print_json_all(l, out);
		break;
	case DIAG_SARIF:
		print_sarif(l, out);
		break;
	}
}
