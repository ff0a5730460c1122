/*
 * Renders one table by one view, for parquet.sh, and prints how many rows are shown. The output's format follows from its ending.
 *
 *	parquet_views IN OUT [table=NAME] [hash=COLUMN] [null=COLUMN] [drop=COLUMN] [is=COLUMN:TEXT] [atLeast=COLUMN:INTEGER] [since=COLUMN:DATE]
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/when.h"
#include "fs/storage/duckdb_source.h"
#include "fs/storage/duckdb_writer.h"
#include "fs/table/plan.h"

#define COLUMNS_MAX 64
#define RULES_MAX 8

static struct view_column columns[COLUMNS_MAX];
static struct cond rules[RULES_MAX];
static const struct cond *restricts[RULES_MAX];
static size_t rules_len;

static void fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "parquet_views: %s: %s\n", what, why);
	exit(1);
}

static const struct hash_key *key_of(void *arg, const char *name)
{
	static const struct hash_key key = {"0123456789abcdef0123456789abcdef", 32};

	(void)arg;
	(void)name;
	return &key;
}

static struct view_column *column(struct view *v, const char *name)
{
	for (size_t i = 0; i < v->columns_len; i++)
		if (strcmp(v->columns[i].name, name) == 0)
			return &v->columns[i];
	fail(name, "no such column");
	return NULL;
}

static void add_rule(char *text, enum cond_op op, enum value_type type)
{
	struct cond *c = &rules[rules_len];
	char *colon = strchr(text, ':');

	if (!colon || rules_len == RULES_MAX)
		fail(text, "not a rule");
	*colon = '\0';
	*c = (struct cond){.kind = COND_ATOM, .left = {OPERAND_ROW, text}, .op = op};
	c->literal.type = type;
	if (type == VALUE_STRING)
		c->literal.s = colon + 1;
	else if (type == VALUE_INT)
		c->literal.i = strtoll(colon + 1, NULL, 10);
	else if (when_parse(colon + 1, &c->literal.i) < 0)
		fail(colon + 1, "not a time");
	restricts[rules_len++] = c;
}

static bool starts(char *arg, const char *prefix, char **ret_rest)
{
	size_t len = strlen(prefix);

	*ret_rest = arg + len;
	return strncmp(arg, prefix, len) == 0;
}

static void add_argument(struct view *v, char *arg)
{
	char *rest;

	if (starts(arg, "hash=", &rest))
		column(v, rest)->mask = (struct mask){.fn = MASK_HASH, .length = 64};
	else if (starts(arg, "null=", &rest))
		column(v, rest)->mask = (struct mask){.fn = MASK_NULL};
	else if (starts(arg, "drop=", &rest))
		column(v, rest)->dropped = true;
	else if (starts(arg, "is=", &rest))
		add_rule(rest, OP_EQ, VALUE_STRING);
	else if (starts(arg, "atLeast=", &rest))
		add_rule(rest, OP_GE, VALUE_INT);
	else if (starts(arg, "since=", &rest))
		add_rule(rest, OP_GE, VALUE_TIME);
	else if (!starts(arg, "table=", &rest))
		fail(arg, "not an argument");
}

static struct table_source *open_source(const char *path, const char *table)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct mesh_err err = {0};
	struct table_source *s;
	int rc;

	if (fd < 0)
		fail(path, strerror(errno));
	if (table)
		rc = source_duckdb_open(
		    &(struct source_duckdb_options){.fd = fd, .name = path, .table = table}, &s,
		    &err);
	else
		rc = source_parquet_open(fd, path, NULL, &s, &err);
	if (rc < 0)
		fail(path, err.text);
	if (s->schema.len > COLUMNS_MAX)
		fail(path, "too many columns");
	return s;
}

static struct table_writer *open_writer(
    const char *path, const struct table_source *s, const struct table_schema *schema)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const char *ending = strrchr(path, '.');
	struct mesh_err err = {0};
	struct table_writer *w;
	int rc;

	if (fd < 0 || !ending)
		fail(path, strerror(errno));
	if (strcmp(ending, ".parquet") == 0)
		rc = table_parquet_writer(fd, schema, s, &w, &err);
	else if (strcmp(ending, ".jsonl") == 0)
		rc = table_jsonl_writer(fd, schema, &w, &err);
	else
		rc = table_csv_writer(fd, ',', schema, &w, &err);
	if (rc < 0)
		fail(path, err.text);
	return w;
}

int main(int argc, char **argv)
{
	const char *table = NULL;
	struct mesh_err err = {0};
	struct view view = {.columns = columns};
	struct plan_options opt = {.view = &view, .key = key_of};
	struct table_source *s;
	struct table_plan *p;
	struct table_writer *w;
	atomic_ulong rows = 0;

	if (argc < 3)
		fail("usage", "IN OUT [table=NAME] [hash=COLUMN] ...");
	for (int i = 3; i < argc; i++)
		if (strncmp(argv[i], "table=", 6) == 0)
			table = argv[i] + 6;
	s = open_source(argv[1], table);
	opt.source = &s->schema;
	view.columns_len = s->schema.len;
	for (size_t i = 0; i < s->schema.len; i++)
		columns[i].name = s->schema.columns[i].name;
	for (int i = 3; i < argc; i++)
		add_argument(&view, argv[i]);
	for (size_t i = 0; i < s->schema.len; i++)
		columns[i].rows = (struct row_filter){
		    .restricts = restricts, .restricts_len = rules_len};
	if (plan_new(&opt, &p, &err) < 0)
		fail(argv[1], err.text);
	w = open_writer(argv[2], s, plan_schema(p));
	if (plan_run(p, s, w, NULL, &rows, &err) < 0)
		fail(argv[1], err.text);
	w->ops->close(w);
	plan_free(p);
	s->ops->close(s);
	printf("%lu\n", atomic_load(&rows));
	return 0;
}
