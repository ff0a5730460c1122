#include <stdio.h>
#include <string.h>

#include "fs/cmd/cmd.h"
#include "fs/cmd/opts.h"

/* The headings of the table, in its order, each with its commands. */
static void print_all(void)
{
	const char *group = NULL;

	(void)puts(
	    "meshfs - a data mesh as a governed file system\n\nusage: meshfs COMMAND [OPTION...] [ARGUMENT...]");
	for (const struct command *c = cmd_table; c->name; c++) {
		if (!group || strcmp(group, c->group) != 0)
			(void)printf("\n%s\n", c->group);
		group = c->group;
		(void)printf("  %-10s %s\n", c->name, c->summary);
	}
	(void)puts(
	    "\nA MESH is a directory with mesh.yaml, or a compiled catalog. A PATH is DOMAIN[/PRODUCT[/...]] in the mesh that\n"
	    "--mesh or $MESHFS_MESH names, or any path inside a mount.\n"
	    "\nmeshfs help COMMAND tells more, meshfs(1) everything.");
}

static void print_one(const struct command *c)
{
	(void)printf("usage: meshfs %s %s\n\n%s\n", c->name, c->arguments, c->summary);
	(void)printf("\n%s", c->help ? c->help : "");
	if (c->run != cmd_mount)
		(void)puts(
		    "  -q, --quiet            say only what failed\n  -v, --verbose          say more");
	(void)puts("  -h, --help             this help");
}

int cmd_help(int argc, char **argv)
{
	const struct opts opts = {.command = "help", .min = 0, .max = 1};
	const struct command *c;
	struct operands operands;
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	if (operands.len == 0) {
		print_all();
		return EXIT_DONE;
	}
	c = cmd_find(operands.items[0]);
	if (!c)
		return cmd_wrong("help", "there is no command '%s'", operands.items[0]);
	print_one(c);
	return EXIT_DONE;
}
