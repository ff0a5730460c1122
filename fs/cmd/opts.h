#ifndef FS_CMD_OPTS_H
#define FS_CMD_OPTS_H

/*
 * The command line of one subcommand: options by a table, with -h, -q and -v understood everywhere, and the number of operands
 * checked. getopt_long(3): options and operands may be mixed, `--` ends the options.
 */

#include <stdbool.h>
#include <stddef.h>

enum opt_kind {
	OPT_FLAG, /* bool */
	OPT_TEXT, /* const char *, borrowed from argv */
	OPT_FORMAT, /* enum opt_format: text or json */
	OPT_REPORT, /* enum opt_format: text, json or sarif */
};

enum opt_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };

struct opt {
	const char *name; /* NULL ends a list */
	char letter; /* 0: has none */
	enum opt_kind kind;
	void *value;
};

#define OPTS_MAX 12
#define OPTS_ANY_NUMBER -1

struct opts {
	const char *command;
	const struct opt *list;
	int min, max; /* operands; max OPTS_ANY_NUMBER: no limit */
};

struct operands {
	char **items; /* borrowed from argv */
	int len;
};

#define OPTS_RUN -1

/* OPTS_RUN with the operands, or the exit status: help was asked for and given, or the usage was wrong and has been shown. */
int opts_parse(const struct opts *o, int argc, char **argv, struct operands *ret);

/* A decimal number within the bounds. False, and *ret left alone, for anything else. */
bool opts_number(const char *s, size_t min, size_t max, size_t *ret);

#endif
