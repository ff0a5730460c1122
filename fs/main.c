#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/term.h"

static int unknown(const char *name)
{
	const char *near = cmd_nearest(name);

	(void)fprintf(stderr, "meshfs: there is no command '%s'", name);
	if (near)
		(void)fprintf(stderr, "; did you mean '%s'?", near);
	(void)fputs("\nmeshfs: `meshfs help` lists them\n", stderr);
	return EXIT_USAGE;
}

/* "-h" and its kin before a command stand for the command that answers. */
static const char *command_name(const char *arg)
{
	if (strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0)
		return "help";
	if (strcmp(arg, "-V") == 0 || strcmp(arg, "--version") == 0)
		return "version";
	return arg;
}

int main(int argc, char **argv)
{
	const struct command *c;

	term_init();
	/* A reader that went away is a write error like any other. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		(void)fputs("usage: meshfs COMMAND [OPTION...] [ARGUMENT...]\n"
			    "meshfs: `meshfs help` lists the commands\n",
		    stderr);
		return EXIT_USAGE;
	}
	c = cmd_find(command_name(argv[1]));
	if (!c)
		return unknown(argv[1]);
	return term_finish(c->run(argc - 1, argv + 1));
}
