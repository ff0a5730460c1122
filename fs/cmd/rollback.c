#include <stdint.h>

#include "fs/cmd/cmd.h"
#include "fs/cmd/epoch.h"
#include "fs/cmd/term.h"

struct rollback {
	const char *mesh, *catalog, *audit;
	enum opt_format format;
	size_t epoch;
};

static int run(const struct rollback *rb, struct mesh_err *err)
{
	struct cmd_mesh m = {0};
	struct apply_result result = {0};
	const struct epoch_report report = {.result = &result, .format = rb->format};
	int rc = epoch_open(rb->mesh, rb->catalog, CATALOG_WRITE, &m, err);

	if (rc < 0)
		return cmd_fail("rollback", err);
	arena_init(&result.arena);
	rc = catalog_rollback(m.catalog, (int64_t)rb->epoch, cmd_who(), &result, err);
	if (rc < 0) {
		rc = cmd_fail("rollback", err);
	} else {
		rc = epoch_print(&report) < 0 ? mesh_err_nomem(err) : 0;
		if (rc == 0 && result.changed)
			rc = epoch_record(&m, rb->audit, err);
		if (rc == 0 && result.changed && m.dir)
			term_note(
			    "the manifests in %s are as they were: the next apply, or an edit under a mount that watches "
			    "them, brings them back",
			    m.dir);
		if (rc < 0)
			(void)cmd_fail("rollback", err);
		rc = rc < 0 ? EXIT_ENVIRONMENT : EXIT_DONE;
	}
	apply_result_clear(&result);
	cmd_mesh_clear(&m);
	return rc;
}

int cmd_rollback(int argc, char **argv)
{
	struct rollback rb = {0};
	const struct opt list[] = {
	    {"mesh", 0, OPT_TEXT, &rb.mesh},
	    {"catalog", 0, OPT_TEXT, &rb.catalog},
	    {"audit", 0, OPT_TEXT, &rb.audit},
	    {"format", 0, OPT_FORMAT, &rb.format},
	    {0},
	};
	const struct opts opts = {.command = "rollback", .list = list, .min = 1, .max = 2};
	struct operands operands;
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc == OPTS_RUN && !opts_number(operands.items[0], 1, INT64_MAX, &rb.epoch))
		rc = cmd_wrong("rollback", "an epoch is a number from `meshfs history`, not '%s'",
		    operands.items[0]);
	if (rc != OPTS_RUN)
		return rc;
	if (operands.len > 1)
		rb.mesh = operands.items[1];
	return run(&rb, &err);
}
