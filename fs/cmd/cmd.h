#ifndef FS_CMD_CMD_H
#define FS_CMD_CMD_H

/*
 * The subcommands: a table of them, and what they share. Data goes to standard output, everything else to standard error. Exit
 * statuses: 0 done, 1 the answer is no or the input is wrong, 2 wrong usage, 3 the environment failed.
 */

#include <stdbool.h>
#include <stdio.h>

#include "catalog/catalog.h"

#define EXIT_DONE 0
#define EXIT_NO 1
#define EXIT_USAGE 2
#define EXIT_ENVIRONMENT 3

struct command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name */
	const char *arguments;		   /* as the usage line shows them */
	const char *summary;		   /* one line */
	const char *help;		   /* the options and what they mean; may be NULL */
	const char *group;		   /* under which heading `meshfs help` shows it */
};

/* The table, ended by a NULL name. */
extern const struct command cmd_table[];

/* NULL where there is no such command. */
const struct command *cmd_find(const char *name);

/* The command whose name is nearest to what was typed; NULL where none is near. */
const char *cmd_nearest(const char *name);

/* Prints "usage: meshfs NAME ARGUMENTS" to standard error and returns EXIT_USAGE. */
int cmd_usage(const char *name);

/* Prints "meshfs NAME: " and the sentence to standard error, then the usage; returns EXIT_USAGE. */
int cmd_wrong(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints the sentence to standard error, prefixed with "meshfs NAME: ", and returns the exit status that its code stands for. */
int cmd_fail(const char *name, const struct mesh_err *err);

/* Each subcommand, in the file of its name. */
int cmd_apply(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_mount(int argc, char **argv);
int cmd_plan(int argc, char **argv); /* apply.c */
int cmd_rollback(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_umount(int argc, char **argv);
int cmd_validate(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_warm(int argc, char **argv);

#endif
