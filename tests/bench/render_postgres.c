/*
 * For render_postgres.sh: renders a table of a PostgreSQL server as CSV and prints what it took as JSON.
 *
 *	render_postgres SOCKET-DIRECTORY PORT TABLE FILE
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fs/storage/postgres_source.h"
#include "fs/table/plan.h"

static struct column columns[] = {
    {.name = "id", .logical_type = "integer"},
    {.name = "email", .logical_type = "string"},
    {.name = "age", .logical_type = "integer"},
    {.name = "day", .logical_type = "date"},
    {.name = "amount", .logical_type = "number"},
    {.name = "ratio", .logical_type = "number"},
    {.name = "paid", .logical_type = "boolean"},
    {.name = "at", .logical_type = "timestamp"},
    {.name = "note", .logical_type = "string"},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const struct object object = {.name = "orders", .columns = columns, .columns_len = COLUMNS};

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* "VmRSS:" or "VmHWM:" of /proc/self/status. */
static long status_kib(const char *field)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, field, strlen(field)) == 0)
			kib = strtol(line + strlen(field), NULL, 10);
	if (f)
		(void)fclose(f);
	return kib;
}

static int write_rows(struct table_source *s, int out, atomic_ulong *rows, struct mesh_err *err)
{
	struct view_column shown[COLUMNS] = {0};
	const struct view view = {.columns = shown, .columns_len = COLUMNS, .identity = true};
	const struct plan_options opt = {.view = &view, .object = &object, .source = &s->schema};
	struct table_plan *p;
	struct table_writer *w;
	int rc;

	for (size_t i = 0; i < COLUMNS; i++)
		shown[i].name = columns[i].name;
	rc = plan_new(&opt, &p, err);
	if (rc == 0)
		rc = table_csv_writer(out, ',', plan_schema(p), &w, err);
	if (rc == 0)
		rc = plan_run(p, s, w, NULL, rows, err);
	if (rc < 0)
		return rc; /* the process ends */
	w->ops->close(w);
	plan_free(p);
	return 0;
}

static int render(char **argv, int out, atomic_ulong *rows, struct mesh_err *err)
{
	const struct server server = {.host = argv[0],
	    .port = argv[1],
	    .database = "postgres",
	    .credential_ref = "env:PG_LOGIN"};
	const struct postgres_place at = {.server = &server, .table = argv[2], .object = &object};
	struct table_source *s;
	int rc = source_postgres_open(&at, &s, err);

	if (rc < 0)
		return rc;
	rc = write_rows(s, out, rows, err);
	s->ops->close(s);
	return rc;
}

int main(int argc, char **argv)
{
	long kib = status_kib("VmRSS:");
	double start = seconds(CLOCK_MONOTONIC);
	struct mesh_err err = {0};
	atomic_ulong rows = 0;
	int out = argc == 5 ? open(argv[4], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	(void)setenv("PG_LOGIN", "user=postgres", 1);
	if (out < 0 || render(argv + 1, out, &rows, &err) < 0) {
		(void)fprintf(stderr, "render_postgres: %s\n",
		    out < 0 ? "usage: SOCKET-DIRECTORY PORT TABLE FILE" : err.text);
		return 1;
	}
	printf("{\"sec\": %.3f, \"cpu_sec\": %.3f, \"peak_kib\": %ld, \"rows\": %lu}\n",
	    seconds(CLOCK_MONOTONIC) - start, seconds(CLOCK_PROCESS_CPUTIME_ID),
	    status_kib("VmHWM:") - kib, atomic_load(&rows));
	return 0;
}
