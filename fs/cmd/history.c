#include <inttypes.h>
#include <stdio.h>

#include "catalog/base/when.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/epoch.h"
#include "fs/cmd/term.h"
#include "fs/cmd/table.h"

enum { EPOCH, TIME, WHO, WHAT, SUMMARY, COLUMNS };

static const struct table_column columns[COLUMNS] = {
    [EPOCH] = {"EPOCH", "epoch", true},
    [TIME] = {"TIME", "time", false},
    [WHO] = {"WHO", "who", false},
    [WHAT] = {"WHAT", "what", false},
    [SUMMARY] = {"CHANGES", "summary", false},
};

static int add(void *arg, const struct epoch_info *e)
{
	char epoch[24], time[36];
	const char *cells[COLUMNS] = {[EPOCH] = epoch,
	    [TIME] = time,
	    [WHO] = e->who,
	    [WHAT] = e->what,
	    [SUMMARY] = e->summary};

	(void)snprintf(epoch, sizeof(epoch), "%" PRId64, e->epoch);
	when_format(e->time_ns, 0, time, sizeof(time));
	table_add(arg, cells);
	return 0;
}

static int run(const char *mesh, const char *catalog, enum opt_format format, struct mesh_err *err)
{
	struct cmd_mesh m = {0};
	struct table t;
	struct buf out;
	int rc = epoch_open(mesh, catalog, CATALOG_READ, &m, err);

	if (rc < 0)
		return rc;
	table_init(&t, columns, COLUMNS);
	t.with_heads = true;
	rc = catalog_history(m.catalog, add, &t, err);
	buf_init(&out);
	if (rc >= 0) {
		table_print(&t, format, &out);
		rc = term_buf(&out) < 0 ? mesh_err_nomem(err) : 0;
	}
	table_clear(&t);
	cmd_mesh_clear(&m);
	return rc;
}

int cmd_history(int argc, char **argv)
{
	const char *mesh = NULL, *catalog = NULL;
	enum opt_format format = FORMAT_TEXT;
	const struct opt list[] = {
	    {"mesh", 0, OPT_TEXT, &mesh},
	    {"catalog", 0, OPT_TEXT, &catalog},
	    {"format", 0, OPT_FORMAT, &format},
	    {0},
	};
	const struct opts opts = {.command = "history", .list = list, .min = 0, .max = 1};
	struct operands operands;
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	return run(operands.len ? operands.items[0] : mesh, catalog, format, &err) < 0
	    ? cmd_fail("history", &err)
	    : EXIT_DONE;
}
