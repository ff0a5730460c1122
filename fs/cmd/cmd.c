#include "fs/cmd/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "catalog/base/cleanup.h"

#define MOUNTING "Mounting"
#define AS_CODE "The mesh as code"
#define LOOKING "Looking around without a mount"
#define POLICY "Policy and audit"
#define PROGRAM "The program"

#define FORMAT_HELP "  --format text|json     how to print (text)\n"
#define CATALOG_HELP \
	"  --catalog FILE         the compiled catalog, where it is not in its default place\n"
#define MESH_HELP                                                                                                   \
	"  --mesh MESH            the mesh that PATH is in; else a path inside a mount tells, then $MESHFS_MESH,\n" \
	"                         then the one mesh that is mounted\n"
#define SAME_HELP \
	"  --mesh MESH            as MESH; else $MESHFS_MESH, or the one mesh that is mounted\n"
#define AS_HELP "  --as USER              as that user (a name, or uid:N) would see it\n"
#define PURPOSE_HELP "  --purpose PURPOSE      as if opened for that purpose\n"

const struct command cmd_table[] = {
    {"mount", cmd_mount, "[-f] [-o OPTION,...] MESH MOUNTPOINT", "mount a mesh",
	"  -f, --foreground       stay in the foreground\n"
	"  -o OPTION,...          allow_other, catalog=FILE, audit=DIRECTORY, log=LEVEL, ...: see meshfs(1)\n",
	MOUNTING},
    {"umount", cmd_umount, "[-l] MOUNTPOINT", "unmount, also a dead mount",
	"  -l, --lazy             detach it now, though files below it are in use\n", MOUNTING},
    {"status", cmd_status, "[--format text|json] [MOUNTPOINT]",
	"mounts, epochs, open files, renderings, errors",
	FORMAT_HELP
	"\nExit status 1: one of them is dead, does not answer, or is not mounted at all.\n",
	MOUNTING},
    {"warm", cmd_warm, "[--as USER] [-j N] [--mesh MESH] PATH...",
	"render files ahead of their first reader",
	"  --as USER              for that user (a name, or uid:N), whose view it is; needs root\n"
	"  -j, --jobs N           so many files at a time (2)\n" MESH_HELP
	"\nExit status 1: a file could not be rendered.\n",
	MOUNTING},
    {"validate", cmd_validate, "[--format text|json|sarif] MESH|FILE...",
	"every problem of the manifests, with file, line and column",
	"  --format text|json|sarif   how to print (text)\n"
	"\nA directory is checked as a whole mesh, a file on its own; - is the standard input.\n"
	"Exit status 1: there are errors (warnings alone are none).\n",
	AS_CODE},
    {"plan", cmd_plan, "[--catalog FILE] [--domain DOMAIN] [--format text|json] MESH",
	"what apply would change",
	CATALOG_HELP "  --domain DOMAIN        this domain alone\n" FORMAT_HELP, AS_CODE},
    {"apply", cmd_apply,
	"[--catalog FILE] [--domain DOMAIN] [--audit DIRECTORY] [--format text|json] MESH",
	"compile the mesh into its catalog, as a new epoch",
	CATALOG_HELP
	"  --domain DOMAIN        this domain alone\n"
	"  --audit DIRECTORY      where the record lies\n" FORMAT_HELP
	"\nExit status 1: there are errors; a domain that has some was left as it was.\n",
	AS_CODE},
    {"history", cmd_history, "[--catalog FILE] [--mesh MESH] [--format text|json] [MESH]",
	"the epochs: when, by whom, what changed", CATALOG_HELP SAME_HELP FORMAT_HELP, AS_CODE},
    {"rollback", cmd_rollback,
	"[--catalog FILE] [--audit DIRECTORY] [--mesh MESH] [--format text|json] EPOCH [MESH]",
	"make an earlier epoch the current one, as a new epoch",
	CATALOG_HELP "  --audit DIRECTORY      where the record lies\n" SAME_HELP FORMAT_HELP,
	AS_CODE},
    {"ls", cmd_ls, "[-l] [--mesh MESH] [--as USER] [--format text|json] [PATH]", "what is there",
	"  -l, --long             with kind, status, classification and title\n" MESH_HELP AS_HELP
	    FORMAT_HELP,
	LOOKING},
    {"show", cmd_show, "[--mesh MESH] [--as USER] [--format text|json] [PATH]", "one thing in full",
	MESH_HELP AS_HELP FORMAT_HELP
	"\nA product shows its README, a document below metadata/ or policy/ itself.\n",
	LOOKING},
    {"search", cmd_search, "[--mesh MESH] [--as USER] [-n N] [--format text|json] WORD...",
	"full-text search, the best match first",
	"  -n, --lines N          at most N matches (20)\n" MESH_HELP AS_HELP FORMAT_HELP
	"\nExit status 1: nothing matches.\n",
	LOOKING},
    {"explain", cmd_explain, "[--mesh MESH] [--as USER] [--purpose PURPOSE] [--at TIME] PATH",
	"who may read a path, and why",
	MESH_HELP AS_HELP PURPOSE_HELP
	"  --at TIME              as if it were then: 2026-11-22, or 2026-11-22T22:30:00Z\n"
	"\nExit status 0: allowed; 1: denied.\n",
	POLICY},
    {"audit", cmd_audit,
	"tail [-f] [-n N] | query [--user USER] [--product PRODUCT] [--since TIME] [--denied] | verify   [MESH|MOUNTPOINT]",
	"the record of who opened what",
	"  tail                   the latest records\n"
	"    -f, --follow         and those that come, as they come\n"
	"    -n, --lines N        how many of the latest (10)\n"
	"  query                  records by what they say; tail takes these too\n"
	"    --user USER          of this user\n"
	"    --product PRODUCT    of this product: DOMAIN/PRODUCT\n"
	"    --since TIME         since then: 2026-11-22, 2026-11-22T22:30:00Z, or how long ago: 90m, 2h, 7d, PT1H\n"
	"    --denied             refusals alone\n"
	"  verify                 recompute the chain; exit status 1 where it is broken\n"
	"  --audit DIRECTORY      where the record lies; else MESH or MOUNTPOINT, --mesh, $MESHFS_MESH or the one\n"
	"                         mesh that is mounted tells\n"
	"  --mesh MESH            as MESH\n"
	"  --format text|json     json (the default): the records as they are; text: one short line each;\n"
	"                         verify prints text unless told otherwise\n",
	POLICY},
    {"help", cmd_help, "[COMMAND]", "explain the program or one command", NULL, PROGRAM},
    {"version", cmd_version, "[--format text|json]", "the versions, and the kernel's features",
	FORMAT_HELP, PROGRAM},
    {0},
};

const struct command *cmd_find(const char *name)
{
	for (const struct command *c = cmd_table; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* ---- the nearest name ---- */

#define NAME_MAX_LEN 32

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance; `b` is at most NAME_MAX_LEN long. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LEN + 1], len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[len];
}

const char *cmd_nearest(const char *name)
{
	const char *nearest = NULL;
	size_t best = 3;

	if (strlen(name) > NAME_MAX_LEN)
		return NULL;
	for (const struct command *c = cmd_table; c->name; c++) {
		size_t d = distance(name, c->name);

		if (d < best && d < strlen(c->name)) {
			best = d;
			nearest = c->name;
		}
	}
	return nearest;
}

/* ---- saying what is wrong ---- */

int cmd_usage(const char *name)
{
	const struct command *c = cmd_find(name);

	(void)fprintf(stderr, "usage: meshfs %s %s\n", name, c ? c->arguments : "");
	return EXIT_USAGE;
}

int cmd_wrong(const char *name, const char *fmt, ...)
{
	struct mesh_err err;
	char text[sizeof(err.text)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)mesh_err_set(&err, -EINVAL, "%s", text);
	(void)fprintf(stderr, "meshfs %s: %s\n", name, err.text);
	return cmd_usage(name);
}

/* What no other input would have mended. */
static bool is_environment(int code)
{
	static const int codes[] = {ENOMEM, ENOSPC, EDQUOT, EIO, EROFS, EMFILE, ENFILE, ENODEV,
	    ENXIO, EFBIG, ENOSYS, EAGAIN};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (code == -codes[i])
			return true;
	return false;
}

int cmd_fail(const char *name, const struct mesh_err *err)
{
	(void)fprintf(stderr, "meshfs %s: %s\n", name, err->text);
	return is_environment(err->code) ? EXIT_ENVIRONMENT : EXIT_NO;
}
