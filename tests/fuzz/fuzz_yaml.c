/*
 * Any bytes as a manifest of the standards: parse, check, print. Beyond not crashing, what yaml.h promises of the tree must
 * hold, and a file without a tree must have an error.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/base/str.h"
#include "catalog/manifest/diag.h"
#include "catalog/manifest/standard.h"
#include "catalog/manifest/yaml.h"

#define MAX_LEVELS 64
#define MAX_NODES 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void walk(const struct yaml_node *n, int level, size_t *nodes)
{
	must(++*nodes <= MAX_NODES);
	must(n->line >= 1 && n->column >= 1);
	if (n->type == YAML_SEQ || n->type == YAML_MAP) {
		must(level <= MAX_LEVELS);
	} else {
		must(strlen(n->text) == n->text_len);
		must(str_is_utf8(n->text, n->text_len));
	}
	for (size_t i = 0; n->type == YAML_SEQ && i < n->len; i++)
		walk(n->items[i], level + 1, nodes);
	for (size_t i = 0; n->type == YAML_MAP && i < n->len; i++) {
		/* Unique: the first of a name is this one. Not asked of big mappings, which would take long. */
		must(n->len > 100 || yaml_pair(n, n->pairs[i].key) == &n->pairs[i]);
		walk(n->pairs[i].value, level + 1, nodes);
	}
}

static void print(struct diag_list *diags, enum diag_format format)
{
	struct buf out;

	buf_init(&out);
	diag_print(diags, format, &out);
	must(buf_error(&out) == 0);
	must(out.len == 0 || str_is_utf8(out.data, out.len));
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct diag_list diags;
	const struct yaml_node *root;
	size_t nodes = 0;

	arena_init(&arena);
	diag_list_init(&diags);
	root = yaml_parse("fuzz.yaml", (const char *)data, size, &arena, &diags);
	if (root) {
		must(diags.errors == 0);
		walk(root, 1, &nodes);
		must(standard_check("fuzz.yaml", root, &diags) == (diags.errors == 0));
	} else {
		must(diags.errors > 0 && !diags.oom);
	}
	print(&diags, DIAG_TEXT);
	print(&diags, DIAG_JSON);
	print(&diags, DIAG_SARIF);
	diag_list_clear(&diags);
	arena_clear(&arena);
	return 0;
}
