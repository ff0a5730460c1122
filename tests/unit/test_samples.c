/* Sample values out of contracts: by hand, on the standards' own examples, and on random files in every style of YAML. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/base/cleanup.h"
#include "catalog/manifest/samples.h"
#include "catalog/manifest/yaml.h"
#include "tests/lib/oom.h"

#define RAW(...)                                          \
	(&(struct strlist){(const char *[]){__VA_ARGS__}, \
	    sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)})

static const struct strlist nothing;

static char *removed(const char *text, const struct strlist *raw)
{
	struct buf out;
	int rc;

	buf_init(&out);
	rc = samples_remove(text, strlen(text), raw, &out);
	if (rc < 0)
		fail_msg("%s for:\n%s", strerror(-rc), text);
	return buf_take(&out, NULL);
}

static void becomes(const char *text, const struct strlist *raw, const char *want)
{
	AUTOFREE char *got = removed(text, raw);

	if (strcmp(got, want) != 0)
		fail_msg("from:\n%s\ngot:\n%s\nwant:\n%s", text, got, want);
}

static void refused(const char *text)
{
	struct buf out;

	buf_init(&out);
	buf_puts(&out, "before");
	if (samples_remove(text, strlen(text), &nothing, &out) != -EOPNOTSUPP)
		fail_msg("not refused:\n%s\ngives:\n%s", text, out.data);
	assert_string_equal(out.data, "before");
	buf_clear(&out);
	assert_true(samples_any(text, strlen(text)));
}

/* ---- by hand ---- */

static const char contract[] =
    "# of the shop\n"
    "schema:\n"
    "  - name: orders # all of them\n"
    "    properties:\n"
    "      - name: id\n"
    "        examples: [1, 2]\n"
    "        required: true\n"
    "      - name: email\n"
    "        examples:\n"
    "          - jane@example.org   # a customer\n"
    "          # - bob@example.org\n"
    "          - |\n"
    "            ann@example.org\n"
    "\n"
    "          # eve@example.org\n"
    "        # where to write to\n"
    "        description: \"examples: none\"\n"
    "        quality:\n"
    "          - {metric: invalidValues, arguments: {validValues: [a], examples: [b]}}\n"
    "      - enum: [{value: EU}]\n"
    "        name: region\n"
    "      - {name: flow, examples: [x, {y: z}], required: false}\n"
    "      - {name: last, examples: [x] # and more\n"
    "        }\n";

static void the_bytes_where_all_is_raw(void **state)
{
	(void)state;
	becomes(contract,
	    RAW("orders/region", "orders/id", "orders/email", "orders/flow", "orders/last"),
	    contract);
}

static void lines_go_with_their_comments(void **state)
{
	(void)state;
	becomes(contract, RAW("orders/id", "orders/flow"),
	    "# of the shop\n"
	    "schema:\n"
	    "  - name: orders # all of them\n"
	    "    properties:\n"
	    "      - name: id\n"
	    "        examples: [1, 2]\n"
	    "        required: true\n"
	    "      - name: email\n"
	    "        description: \"examples: none\"\n"
	    "        quality:\n"
	    "          - {metric: invalidValues, arguments: {validValues: [a], examples: [b]}}\n"
	    "      - name: region\n"
	    "      - {name: flow, examples: [x, {y: z}], required: false}\n"
	    "      - {name: last}\n");
	becomes(contract, &nothing,
	    "# of the shop\n"
	    "schema:\n"
	    "  - name: orders # all of them\n"
	    "    properties:\n"
	    "      - name: id\n"
	    "        required: true\n"
	    "      - name: email\n"
	    "        description: \"examples: none\"\n"
	    "        quality:\n"
	    "          - {metric: invalidValues, arguments: {validValues: [a], examples: [b]}}\n"
	    "      - name: region\n"
	    "      - {name: flow, required: false}\n"
	    "      - {name: last}\n");
}

static void nested_columns(void **state)
{
	static const char text[] = "schema:\n"
				   "- name: o\n"
				   "  properties:\n"
				   "  - name: address\n"
				   "    logicalType: object\n"
				   "    properties:\n"
				   "    - name: street\n"
				   "      examples: [s]\n"
				   "    - name: lines\n"
				   "      logicalType: array\n"
				   "      items:\n"
				   "        logicalType: string\n"
				   "        examples: [l]\n"
				   "    examples:\n"
				   "    - {street: s, lines: [l]}\n";

	(void)state;
	becomes(text, RAW("o/address.street", "o/address.lines"), text);
	becomes(text, RAW("o/address.street", "o/address"),
	    "schema:\n"
	    "- name: o\n"
	    "  properties:\n"
	    "  - name: address\n"
	    "    logicalType: object\n"
	    "    properties:\n"
	    "    - name: street\n"
	    "      examples: [s]\n"
	    "    - name: lines\n"
	    "      logicalType: array\n"
	    "      items:\n"
	    "        logicalType: string\n");
}

static void custom_properties_keep_their_names(void **state)
{
	static const char text[] =
	    "schema:\n"
	    "- name: o\n"
	    "  customProperties: [{property: rowSample, value: [[1, a]], description: x}]\n"
	    "  properties:\n"
	    "  - name: c\n"
	    "    customProperties:\n"
	    "    - property: col_min\n"
	    "      value: 3 # really\n"
	    "    - property: administrator\n"
	    "      value: ann\n"
	    "    - value:\n"
	    "        - 1\n"
	    "        - 2\n"
	    "      property: topDistinct\n"
	    "customProperties:\n"
	    "- {property: statistics, value: {rows: 3}}\n"
	    "- {property: domainOwner, value: x}\n"
	    "- {property: minute, value: x}\n"
	    "- property: Max\n"
	    "  value: >\n"
	    "    long";

	(void)state;
	becomes(text, RAW("o/c"), text);
	becomes(text, &nothing,
	    "schema:\n"
	    "- name: o\n"
	    "  customProperties: [{property: rowSample, value: null, description: x}]\n"
	    "  properties:\n"
	    "  - name: c\n"
	    "    customProperties:\n"
	    "    - property: col_min\n"
	    "      value: null\n"
	    "    - property: administrator\n"
	    "      value: ann\n"
	    "    - value: null\n"
	    "      property: topDistinct\n"
	    "customProperties:\n"
	    "- {property: statistics, value: null}\n"
	    "- {property: domainOwner, value: x}\n"
	    "- {property: minute, value: x}\n"
	    "- property: Max\n"
	    "  value: null\n");
}

static void the_older_standard(void **state)
{
	(void)state;
	becomes(
	    "dataset:\n- table: t\n  columns:\n  - column: a\n    sampleValues: [1]\n  - column: b\n"
	    "    sampleValues:\n    - 2\n    sample_size: 9\n    tags: null\n",
	    RAW("t/a"),
	    "dataset:\n- table: t\n  columns:\n  - column: a\n    sampleValues: [1]\n  - column: b\n"
	    "    tags: null\n");
}

static void other_spellings(void **state)
{
	(void)state;
	/* JSON, with an escape in a key. */
	becomes(
	    "{\"schema\":[{\"name\":\"o\",\"properties\":[{\"\\u0065xamples\":[1],\"name\":\"c\"}]}]}",
	    &nothing, "{\"schema\":[{\"name\":\"o\",\"properties\":[{\"name\":\"c\"}]}]}");
	becomes(
	    "{schema: [{name: o, properties: [{name: c, logicalTypeOptions: {examples: [1]}}]}]}",
	    &nothing, "{schema: [{name: o, properties: [{name: c, logicalTypeOptions: {}}]}]}");
	/* Nothing else in the mapping. */
	becomes(
	    "schema:\n- name: o\n  properties:\n  - name: c\n    items:\n      examples: [1]\n    unique: true\n",
	    &nothing,
	    "schema:\n- name: o\n  properties:\n  - name: c\n    items:\n      {}\n    unique: true\n");
	/* A byte order mark, characters of several bytes, CR LF, no line end at the end. */
	becomes(
	    "\xef\xbb\xbfschema:\r\n- name: o\r\n  properties:\r\n  - name: \"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9f\"\r\n    examples: [\xc3\xa4]",
	    &nothing,
	    "\xef\xbb\xbfschema:\r\n- name: o\r\n  properties:\r\n  - name: \"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x9f\"\r\n");
	/* A value that is not there; quoted and folded ones. */
	becomes(
	    "schema:\n- name: o\n  properties:\n  - examples:\n    name: c\n    enum: 'a\n\n      b'\n    unique: true\n",
	    &nothing, "schema:\n- name: o\n  properties:\n  - name: c\n    unique: true\n");
}

static void what_cannot_be_cut_is_refused(void **state)
{
	(void)state;
	refused("schema:\n- name: o\n  properties:\n  - name: c\n    ? examples\n    : [1]\n");
	refused("x: &e [jane]\nschema:\n- name: o\n  properties:\n  - name: c\n    examples: *e\n");
	refused(
	    "schema:\n- name: o\n  properties:\n  - name: c\n    examples: &e [jane]\n    tags: *e\n");
	refused("schema: [}");
	/* Both places of the anchor go. */
	becomes(
	    "schema:\n- name: o\n  properties:\n  - name: c\n    examples: &e [jane]\n  - name: d\n    examples: *e\n",
	    &nothing, "schema:\n- name: o\n  properties:\n  - name: c\n  - name: d\n");
	/* A whole property by alias: what goes in one place goes in both. */
	becomes(
	    "schema:\n- name: o\n  properties:\n  - &c\n    name: c\n    examples: [1]\n- name: p\n  properties: [*c]\n",
	    RAW("p/c"),
	    "schema:\n- name: o\n  properties:\n  - &c\n    name: c\n- name: p\n  properties: [*c]\n");
}

static void whether_there_are_any(void **state)
{
	static const char none[] =
	    "schema:\n- name: o\n  properties:\n  - {name: examples, quality: [{examples: 1}]}\nexamples: [1]\n";

	(void)state;
	assert_true(samples_any(contract, strlen(contract)));
	assert_false(samples_any(none, strlen(none)));
	assert_true(samples_any("", 0));
}

/* ---- an oracle: the tree as text, with the rules written once more ---- */

struct oracle {
	const struct strlist *raw; /* NULL: nothing is left out */
	struct buf out;
};

static bool contains(const char *s, const char *part)
{
	return strcasestr(s, part) != NULL;
}

static void print(struct oracle *o, const struct yaml_node *n, bool keep);

static void print_pair(struct oracle *o, const struct yaml_pair *p, bool blank, bool keep)
{
	buf_printf(&o->out, "%s=", p->key);
	if (blank)
		buf_puts(&o->out, "0()");
	else
		print(o, p->value, keep || strcmp(p->key, "quality") == 0);
	buf_addc(&o->out, ',');
}

static void print_map(struct oracle *o, const struct yaml_node *n, bool keep)
{
	const char *property = yaml_scalar(yaml_get(n, "property"));
	bool blank = property && (contains(property, "sample") || contains(property, "statistic"));

	for (size_t i = 0; i < n->len; i++) {
		const char *key = n->pairs[i].key;

		if (keep ||
		    !(strcmp(key, "examples") == 0 || strcmp(key, "enum") == 0 ||
			strcmp(key, "sampleValues") == 0))
			print_pair(
			    o, &n->pairs[i], !keep && blank && strcmp(key, "value") == 0, keep);
	}
}

static void print(struct oracle *o, const struct yaml_node *n, bool keep)
{
	buf_printf(&o->out, "%d(", (int)n->type);
	if (n->type == YAML_MAP)
		print_map(o, n, keep);
	else if (n->type == YAML_SEQ)
		for (size_t i = 0; i < n->len; i++)
			print(o, n->items[i], keep);
	else if (n->type != YAML_NULL)
		buf_add(&o->out, n->text, n->text_len);
	buf_addc(&o->out, ')');
}

/* Contracts without nested columns. */
static void print_columns(struct oracle *o, const char *object, const struct yaml_node *list)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct yaml_node *name = yaml_get(list->items[i], "name");
		AUTOFREE char *path = NULL;

		name = name ? name : yaml_get(list->items[i], "column");
		assert_true(asprintf(&path, "%s/%s", object, yaml_scalar(name)) > 0);
		print(o, list->items[i], !o->raw || strlist_has(o->raw, path));
	}
}

static void print_object(struct oracle *o, const struct yaml_node *n)
{
	const struct yaml_node *name = yaml_get(n, "name") ? yaml_get(n, "name")
							   : yaml_get(n, "table");

	for (size_t i = 0; i < n->len; i++) {
		const struct yaml_pair *p = &n->pairs[i];

		buf_printf(&o->out, "%s:", p->key);
		if (strcmp(p->key, "properties") == 0 || strcmp(p->key, "columns") == 0)
			print_columns(o, yaml_scalar(name), p->value);
		else
			print(o, p->value, true);
	}
}

static char *print_contract(const struct strlist *raw, const char *bytes, size_t len)
{
	struct oracle o = {.raw = raw};
	const struct yaml_node *root;
	struct diag_list diags;
	struct arena a;

	arena_init(&a);
	diag_list_init(&diags);
	buf_init(&o.out);
	root = yaml_parse("x", bytes, len, &a, &diags);
	if (!root)
		fail_msg("%s in:\n%s", diags.items[0].text, bytes);
	for (size_t i = 0; i < root->len; i++) {
		const struct yaml_pair *p = &root->pairs[i];
		bool schema = strcmp(p->key, "schema") == 0 || strcmp(p->key, "dataset") == 0;

		buf_printf(&o.out, "\n%s:", p->key);
		for (size_t k = 0; schema && k < p->value->len; k++)
			print_object(&o, p->value->items[k]);
		if (!schema)
			print(&o, p->value, true);
	}
	diag_list_clear(&diags);
	arena_clear(&a);
	return buf_take(&o.out, NULL);
}

/* What is left equals the original but for what had to go, and reads as it did. */
static void check_removal(const char *bytes, size_t len, const struct strlist *raw)
{
	AUTOFREE char *want = print_contract(raw, bytes, len), *got = NULL;
	struct buf out;

	buf_init(&out);
	assert_int_equal(samples_remove(bytes, len, raw, &out), 0);
	got = print_contract(NULL, out.data, out.len);
	if (strcmp(got, want) != 0)
		fail_msg("from:\n%s\nleft:\n%s\ngot:\n%s\nwant:\n%s", bytes, out.data, got, want);
	if (out.len == len)
		assert_memory_equal(out.data, bytes, len);
	buf_clear(&out);
}

/* ---- random numbers that are the same each time ---- */

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % n;
}

/* ---- the standards' own examples, with random columns ---- */

#define MAX_COLUMNS 1000

struct columns {
	struct arena arena;
	const char *items[MAX_COLUMNS];
	size_t len;
};

static void find_columns(struct columns *c, const char *bytes, size_t len)
{
	const struct yaml_node *root, *objects;
	struct diag_list diags;

	diag_list_init(&diags);
	root = yaml_parse("x", bytes, len, &c->arena, &diags);
	objects = yaml_get(root, "schema") ? yaml_get(root, "schema") : yaml_get(root, "dataset");
	for (size_t i = 0; objects && i < objects->len; i++) {
		const struct yaml_node *o = objects->items[i];
		const struct yaml_node *list = yaml_get(o, "properties") ? yaml_get(o, "properties")
									 : yaml_get(o, "columns");
		const struct yaml_node *name = yaml_get(o, "name") ? yaml_get(o, "name")
								   : yaml_get(o, "table");

		for (size_t k = 0; list && k < list->len && c->len < MAX_COLUMNS; k++)
			c->items[c->len++] = arena_printf(&c->arena, "%s/%s", yaml_scalar(name),
			    yaml_scalar(yaml_get(list->items[k], "name")
				    ? yaml_get(list->items[k], "name")
				    : yaml_get(list->items[k], "column")));
	}
	diag_list_clear(&diags);
}

static size_t check_random_columns(const char *bytes, size_t len, int rounds)
{
	struct columns c = {.len = 0};
	const char *picked[MAX_COLUMNS];
	size_t columns;

	arena_init(&c.arena);
	find_columns(&c, bytes, len);
	for (int round = 0; round < rounds; round++) {
		struct strlist raw = {picked, 0};
		unsigned share = below(5);

		for (size_t i = 0; i < c.len; i++)
			if (below(4) < share)
				picked[raw.len++] = c.items[i];
		check_removal(bytes, len, &raw);
	}
	columns = c.len;
	arena_clear(&c.arena);
	return columns;
}

static char *read_file(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "re");
	struct buf b;
	char chunk[4096];
	size_t n;

	assert_non_null(f);
	buf_init(&b);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	(void)fclose(f);
	return buf_take(&b, ret_len);
}

static const char *standards(void)
{
	const char *dir = getenv("MESHFS_STANDARDS");
	struct stat st;

	if (!dir)
		dir = "../shared/standards";
	return stat(dir, &st) == 0 ? dir : NULL;
}

static void the_standards_examples(void **state)
{
	char path[4096];
	struct dirent *entry;
	size_t with_samples = 0;
	DIR *d;

	(void)state;
	if (!standards()) {
		print_message("MESHFS_STANDARDS does not name the standards' files\n");
		skip();
	}
	seed = 1;
	(void)snprintf(path, sizeof(path), "%s/odcs/examples", standards());
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d))) {
		AUTOFREE char *bytes = NULL;
		size_t len;

		if (!str_ends(entry->d_name, ".yaml"))
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/odcs/examples/%s", standards(), entry->d_name);
		bytes = read_file(path, &len);
		(void)check_random_columns(bytes, len, 20);
		with_samples += samples_any(bytes, len);
	}
	(void)closedir(d);
	assert_true(with_samples >= 3);
}

/* ---- random contracts in every style ---- */

struct writer {
	struct buf out;
	int flow; /* depth of brackets */
};

static void line(struct writer *w, int indent)
{
	static const char *const comments[] = {"", "", "", "", " # a note", " # - LEAK?"};

	if (!w->flow)
		buf_puts(&w->out, comments[below(5)]);
	buf_printf(&w->out, "\n%*s", indent, "");
	if (!w->flow && below(12) == 0)
		buf_printf(&w->out, "# \xc3\xbc between\n\n%*s", indent, "");
}

static void scalar(struct writer *w, const char *text, int indent)
{
	switch (below(w->flow ? 3 : 5)) {
	case 0:
		buf_printf(&w->out, "'%s'", text);
		return;
	case 1:
		buf_printf(&w->out, "\"\\u00e4 %s\\n\"", text);
		return;
	case 3:
		buf_printf(&w->out, "|\n%*s%s\n\n%*s# \xe2\x82\xac no comment", indent + 2, "",
		    text, indent + 2, "");
		return;
	case 4:
		buf_printf(&w->out, ">-\n%*s%s", indent + 2, "", text);
		return;
	default:
		buf_printf(&w->out, "%s", text);
		return;
	}
}

static void list(struct writer *w, const char *token, int indent)
{
	unsigned n = 1 + below(3);
	bool flow = w->flow || below(2);

	w->flow += flow;
	buf_puts(&w->out, flow ? "[" : "");
	for (unsigned i = 0; i < n; i++) {
		if (!flow)
			buf_printf(&w->out, "%s\n%*s- ", below(3) ? "" : " # so", indent, "");
		scalar(w, token, indent);
		if (flow && (i + 1 < n || below(3) == 0))
			buf_puts(&w->out, i + 1 < n && below(4) == 0 ? ",\n        " : ", ");
	}
	buf_puts(&w->out, flow ? "]" : "");
	w->flow -= flow;
}

/* One pair of a column; `token` occurs in those that are samples alone. */
static void column_pair(
    struct writer *w, const char *name, const char *token, unsigned kind, int indent)
{
	static const char *const keys[] = {"examples", "\"examples\"", "'enum'", "enum"};

	switch (kind) {
	case 0:
		buf_puts(&w->out, "name: ");
		buf_puts(&w->out, name);
		return;
	case 1:
		buf_printf(&w->out, "%s: ", keys[below(2)]);
		list(w, token, indent + 2 * (int)below(2));
		return;
	case 2:
		buf_printf(&w->out, "%s: ", keys[2 + below(2)]);
		list(w, token, indent + 2);
		return;
	case 3:
		buf_puts(&w->out, "description: ");
		scalar(w, "about the examples", indent);
		return;
	default:
		buf_puts(&w->out, "customProperties: ");
		w->flow++;
		buf_puts(&w->out, "[{property: colSample, value: ");
		scalar(w, token, indent);
		buf_puts(&w->out, "}, {value: other, property: owner}]");
		w->flow--;
		return;
	}
}

static void column(struct writer *w, const char *name, const char *token)
{
	unsigned order[5] = {0, 1, 2, 3, 4}, n = 1 + below(5);
	bool flow = below(3) == 0;

	for (unsigned i = 4; i > 0; i--) {
		unsigned k = below(i + 1), t = order[i];

		order[i] = order[k];
		order[k] = t;
	}
	buf_puts(&w->out, flow ? "\n      - {" : "\n      - ");
	w->flow += flow;
	for (unsigned i = 0; i < 5; i++) {
		/* A column needs its name; the rest may be missing. */
		if (order[i] != 0 && order[i] >= n)
			continue;
		if (w->out.data[w->out.len - 2] != '-' && w->out.data[w->out.len - 1] != '{') {
			buf_puts(&w->out, flow ? "," : "");
			line(w, 8);
		}
		column_pair(w, name, token, order[i], 8);
	}
	w->flow -= flow;
	buf_puts(&w->out, flow ? "}" : "");
}

static void random_contract(struct writer *w, unsigned columns)
{
	buf_puts(&w->out, "id: c\nschema:\n  - name: o\n    properties:");
	for (unsigned i = 0; i < columns; i++) {
		char name[24], token[24];

		(void)snprintf(name, sizeof(name), "c%u", i);
		(void)snprintf(token, sizeof(token), "TOKEN%uX", i);
		column(w, name, token);
	}
	buf_puts(&w->out, "\nservers: [] # the end\n");
}

static void check_tokens(const struct writer *w, unsigned columns)
{
	const char *picked[8];
	char names[8][24];
	struct strlist raw = {picked, 0};
	struct buf out;

	for (unsigned i = 0; i < columns; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "o/c%u", i);
		if (below(2))
			picked[raw.len++] = names[i];
	}
	check_removal(w->out.data, w->out.len, &raw);
	buf_init(&out);
	assert_int_equal(samples_remove(w->out.data, w->out.len, &raw, &out), 0);
	for (unsigned i = 0; i < columns; i++) {
		char token[24];
		bool is_raw = strlist_has(&raw, names[i]);
		bool had, has;

		(void)snprintf(token, sizeof(token), "TOKEN%uX", i);
		had = strstr(w->out.data, token) != NULL;
		has = strstr(out.data, token) != NULL;
		if (has != (had && is_raw))
			fail_msg("%s of %s:\n%s\nleft:\n%s", token, is_raw ? "raw" : "hidden",
			    w->out.data, out.data);
	}
	buf_clear(&out);
}

static void random_contracts(void **state)
{
	(void)state;
	seed = 20261126;
	for (int i = 0; i < 4000; i++) {
		unsigned columns = 1 + below(8);
		struct writer w = {.flow = 0};

		buf_init(&w.out);
		random_contract(&w, columns);
		check_tokens(&w, columns);
		buf_clear(&w.out);
	}
}

/* Whatever the bytes: nothing is shown that is not the file less its samples. */
static void broken_files(void **state)
{
	(void)state;
	seed = 7;
	for (int i = 0; i < 20000; i++) {
		static const char marks[] = "{}[]:,-?&*#|>'\" \n\tx%@!";
		AUTOFREE char *bytes = strdup(contract);
		struct buf out;

		for (unsigned k = 1 + below(3); k > 0; k--)
			bytes[below(sizeof(contract) - 1)] = marks[below(sizeof(marks) - 1)];
		buf_init(&out);
		if (samples_remove(bytes, strlen(bytes), &nothing, &out) == 0) {
			assert_false(samples_any(out.data, out.len) && out.len == strlen(bytes));
			if (samples_any(bytes, strlen(bytes)))
				assert_true(out.len != strlen(bytes));
		} else {
			assert_int_equal(out.len, 0);
		}
		buf_clear(&out);
	}
}

/* ---- short memory ---- */

static int remove_all(void *arg)
{
	struct buf out;
	int rc;

	(void)arg;
	buf_init(&out);
	rc = samples_remove(contract, strlen(contract), RAW("orders/id"), &out);
	buf_clear(&out);
	return rc;
}

static void short_memory(void **state)
{
	(void)state;
	oom_sweep(remove_all, NULL, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_bytes_where_all_is_raw),
	    cmocka_unit_test(lines_go_with_their_comments),
	    cmocka_unit_test(nested_columns),
	    cmocka_unit_test(custom_properties_keep_their_names),
	    cmocka_unit_test(the_older_standard),
	    cmocka_unit_test(other_spellings),
	    cmocka_unit_test(what_cannot_be_cut_is_refused),
	    cmocka_unit_test(whether_there_are_any),
	    cmocka_unit_test(the_standards_examples),
	    cmocka_unit_test(random_contracts),
	    cmocka_unit_test(broken_files),
	    cmocka_unit_test(short_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
