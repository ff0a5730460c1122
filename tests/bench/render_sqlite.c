/*
 * For render_sqlite.sh: renders a table of a SQLite database as CSV and prints what it took as JSON.
 *
 *	render_sqlite DIRECTORY DATABASE TABLE FILE
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs/storage/sqlite_source.h"
#include "tests/bench/cost.h"
#include "tests/bench/write_csv.h"

static struct column columns[] = {
    {.name = "id", .logical_type = "integer"},
    {.name = "email", .logical_type = "string"},
    {.name = "age", .logical_type = "integer"},
    {.name = "day", .logical_type = "date"},
    {.name = "amount", .logical_type = "number"},
    {.name = "region", .logical_type = "string"},
    {.name = "note", .logical_type = "string"},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const struct object object = {.name = "orders", .columns = columns, .columns_len = COLUMNS};

static int render(char **argv, int out, atomic_ulong *rows, struct mesh_err *err)
{
	const struct sqlite_place at = {.prefix = argv[0], .rel = argv[1]};
	struct table_source *s;
	int rc = sqlite_source_open(&at, argv[2], &object, &s, err);

	return rc < 0 ? rc : write_whole_csv(s, &object, out, rows, err);
}

int main(int argc, char **argv)
{
	struct cost cost = cost_begin();
	struct mesh_err err = {0};
	atomic_ulong rows = 0;
	int out = argc == 5 ? open(argv[4], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (out < 0 || render(argv + 1, out, &rows, &err) < 0) {
		(void)fprintf(stderr, "render_sqlite: %s\n",
		    out < 0 ? "usage: DIRECTORY DATABASE TABLE FILE" : err.text);
		return 1;
	}
	cost_print_rows(&cost, rows);
	return 0;
}
