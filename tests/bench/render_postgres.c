/*
 * For render_postgres.sh: renders a table of a PostgreSQL server as CSV and prints what it took as JSON.
 *
 *	render_postgres SOCKET-DIRECTORY PORT TABLE FILE
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs/storage/postgres_source.h"
#include "tests/bench/cost.h"
#include "tests/bench/write_csv.h"

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

static int render(char **argv, int out, atomic_ulong *rows, struct mesh_err *err)
{
	const struct server server = {.host = argv[0],
	    .port = argv[1],
	    .database = "postgres",
	    .credential_ref = "env:PG_LOGIN"};
	const struct postgres_place at = {.server = &server, .table = argv[2], .object = &object};
	struct table_source *s;
	int rc = source_postgres_open(&at, &s, err);

	return rc < 0 ? rc : write_whole_csv(s, &object, out, rows, err);
}

int main(int argc, char **argv)
{
	struct cost cost = cost_begin();
	struct mesh_err err = {0};
	atomic_ulong rows = 0;
	int out = argc == 5 ? open(argv[4], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	(void)setenv("PG_LOGIN", "user=postgres", 1);
	if (out < 0 || render(argv + 1, out, &rows, &err) < 0) {
		(void)fprintf(stderr, "render_postgres: %s\n",
		    out < 0 ? "usage: SOCKET-DIRECTORY PORT TABLE FILE" : err.text);
		return 1;
	}
	cost_print_rows(&cost, rows);
	return 0;
}
