/*
 * For render_parquet.sh: makes the table, and renders it in one of two ways, each in a process of its own that prints what it took as JSON. The
 * library is MESHFS_LIBDUCKDB for all of them.
 *
 *	render_parquet table ROWS OUT
 *	render_parquet meshfs IN OUT
 *	render_parquet duckdb IN OUT
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/storage/duckdb_session.h"
#include "fs/storage/duckdb_source.h"
#include "fs/storage/duckdb_writer.h"
#include "fs/table/plan.h"
#include "tests/bench/cost.h"

#define COLUMNS 6

static void fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "render_parquet: %s: %s\n", what, why);
	exit(1);
}

/* ---- what it takes ---- */

/* The library is there before it begins: a daemon loads it once. */
static struct cost begin(void)
{
	struct mesh_err err = {0};

	if (!duckdb_lib_get(&err))
		fail("library", err.text);
	return cost_begin();
}

/* ---- meshfs ---- */

static const struct hash_key *key_of(void *arg, const char *name)
{
	static const struct hash_key key = {"0123456789abcdef0123456789abcdef", 32};

	(void)arg;
	(void)name;
	return &key;
}

static int render(int in, int out, struct mesh_err *err)
{
	struct view_column columns[COLUMNS] = {0};
	const struct view view = {.columns = columns, .columns_len = COLUMNS};
	struct plan_options opt = {.view = &view, .key = key_of};
	struct table_source *s;
	struct table_plan *p;
	struct table_writer *w;
	int rc = source_parquet_open(in, "in.parquet", NULL, &s, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < COLUMNS && i < s->schema.len; i++) {
		columns[i].name = s->schema.columns[i].name;
		if (strcmp(columns[i].name, "email") == 0)
			columns[i].mask = (struct mask){.fn = MASK_HASH, .length = 64};
	}
	opt.source = &s->schema;
	rc = plan_new(&opt, &p, err);
	if (rc == 0)
		rc = table_parquet_writer(out, plan_schema(p), s, &w, err);
	if (rc == 0)
		rc = plan_run(p, s, w, NULL, NULL, err);
	if (rc < 0)
		return rc; /* the process ends */
	w->ops->close(w);
	plan_free(p);
	s->ops->close(s);
	return 0;
}

static void run_meshfs(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct mesh_err err = {0};
	struct cost cost = begin();

	if (in < 0 || out < 0)
		fail(in < 0 ? from : to, strerror(errno));
	if (render(in, out, &err) < 0)
		fail(from, err.text);
	cost_print(&cost, "");
}

/* ---- DuckDB, with the settings that meshfs gives it ---- */

static void run_sql(const char *sql)
{
	struct duckdb_session s = {0};
	struct mesh_err err = {0};

	if (duckdb_session_open(&s, &err) < 0 || duckdb_session_run(&s, sql, &err) < 0)
		fail(sql, err.text);
	duckdb_session_close(&s);
}

static void run_duckdb(const char *from, const char *to)
{
	struct cost cost = begin();
	char sql[8192];

	(void)snprintf(sql, sizeof(sql),
	    "COPY (SELECT id, sha256(email) AS email, age, date, amount, region FROM read_parquet('%s')) "
	    "TO '%s' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)",
	    from, to);
	run_sql(sql);
	cost_print(&cost, "");
}

static void make_table(const char *rows, const char *to)
{
	char sql[8192];

	(void)snprintf(sql, sizeof(sql),
	    "COPY (SELECT i AS id, 'user' || (i * 7919 %% 9999991) || '@example.org' AS email, (18 + i * 31 %% 80)::INTEGER AS age, "
	    "DATE '2000-01-01' + (i * 17 %% 9000)::INTEGER AS date, (i * 37 %% 1000003 / 100)::DOUBLE AS amount, "
	    "['EU', 'US', 'APAC', 'LATAM', 'MEA', 'ANZ'][i * 13 %% 6 + 1] AS region FROM range(%ld) t(i)) TO '%s' (FORMAT parquet)",
	    strtol(rows, NULL, 10), to);
	run_sql(sql);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		fail("usage", "table ROWS OUT | meshfs IN OUT | duckdb IN OUT");
	if (strcmp(argv[1], "table") == 0)
		make_table(argv[2], argv[3]);
	else if (strcmp(argv[1], "meshfs") == 0)
		run_meshfs(argv[2], argv[3]);
	else if (strcmp(argv[1], "duckdb") == 0)
		run_duckdb(argv[2], argv[3]);
	else
		fail("usage", argv[1]);
	return 0;
}
