#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/diags.h"
#include "fs/cmd/opts.h"
#include "fs/cmd/term.h"

struct validate {
	struct diag_list diags;
	size_t files; /* looked at */
};

/* ---- a mesh ---- */

static int check_domains(struct validate *v, struct loader *l, struct mesh_err *err)
{
	for (size_t i = 0; i < loader_domains(l); i++) {
		struct domain_load *d;
		int rc = loader_domain(l, i, &d, err);

		if (rc < 0)
			return rc;
		v->files += d->files.len;
		domain_load_free(d);
	}
	return 0;
}

static int check_mesh(struct validate *v, const char *dir, struct mesh_err *err)
{
	size_t first = v->diags.len;
	struct loader *l;
	int rc = loader_new(dir, &v->diags, &l, err);

	if (rc < 0)
		return rc;
	v->files += loader_head(l)->files.len;
	rc = check_domains(v, l, err);
	loader_free(l);
	diags_rebase(&v->diags, first, dir);
	return rc;
}

/* ---- files ---- */

static int copy_stdin(int to, struct mesh_err *err)
{
	char block[65536];
	size_t left = (size_t)8 << 20; /* the loader refuses less than this */
	ssize_t n = 0;

	while (left > 0 && (n = read(STDIN_FILENO, block, sizeof(block))) > 0) {
		if ((size_t)n > left)
			n = (ssize_t)left;
		left -= (size_t)n;
		if (write(to, block, (size_t)n) != n)
			return mesh_err_set(
			    err, -errno, "keeping the standard input: %s", strerror(errno));
	}
	return n < 0 ? mesh_err_set(err, -errno, "reading the standard input: %s", strerror(errno))
		     : 0;
}

/* The loader opens files beneath directories, so what comes in by a pipe becomes one for the while. */
static int check_stdin(struct validate *v, struct mesh_err *err)
{
	const char *tmp = getenv("TMPDIR");
	AUTOFREE char *path = NULL;
	AUTOFD int fd = -1;
	size_t first = v->diags.len;
	int rc;

	if (asprintf(&path, "%s/meshfs-XXXXXX.yaml", tmp && tmp[0] == '/' ? tmp : "/tmp") < 0) {
		path = NULL;
		return mesh_err_nomem(err);
	}
	fd = mkostemps(path, 5, O_CLOEXEC);
	if (fd < 0)
		return mesh_err_set(err, -errno,
		    "%s: %s; set TMPDIR to a directory that can be written", path, strerror(errno));
	rc = copy_stdin(fd, err);
	if (rc == 0)
		rc = load_check_file(path, &v->diags, err);
	(void)unlink(path);
	for (size_t i = first; i < v->diags.len; i++)
		v->diags.items[i].file = "-";
	v->files++;
	return rc;
}

static int check(struct validate *v, const char *arg, struct mesh_err *err)
{
	struct stat st;

	if (strcmp(arg, "-") == 0)
		return check_stdin(v, err);
	if (stat(arg, &st) < 0)
		return mesh_err_set(err, -errno, "%s: %s", arg, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return check_mesh(v, arg, err);
	v->files++;
	return load_check_file(arg, &v->diags, err);
}

/* ---- the command ---- */

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* What could not be read at all does not keep the rest from being checked. The exit status so far. */
static int check_all(struct validate *v, const struct operands *o)
{
	int status = EXIT_DONE;

	for (int i = 0; i < o->len; i++) {
		struct mesh_err err = {0};
		int failed = check(v, o->items[i], &err) < 0 ? cmd_fail("validate", &err)
							     : EXIT_DONE;

		if (failed > status)
			status = failed;
	}
	return status;
}

int cmd_validate(int argc, char **argv)
{
	enum opt_format format = FORMAT_TEXT;
	const struct opt list[] = {{"format", 0, OPT_REPORT, &format}, {0}};
	const struct opts opts = {
	    .command = "validate", .list = list, .min = 1, .max = OPTS_ANY_NUMBER};
	static const enum diag_format formats[] = {DIAG_TEXT, DIAG_JSON, DIAG_SARIF};
	struct validate v = {0};
	struct operands operands;
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	diag_list_init(&v.diags);
	rc = check_all(&v, &operands);
	if (diags_print(&v.diags, formats[format], stdout) < 0 || v.diags.oom) {
		struct mesh_err err;

		(void)mesh_err_nomem(&err);
		rc = cmd_fail("validate", &err);
	}
	if (v.files > 0)
		term_note("%zu error%s, %zu warning%s in %zu file%s", v.diags.errors,
		    plural(v.diags.errors), v.diags.warnings, plural(v.diags.warnings), v.files,
		    plural(v.files));
	if (rc == EXIT_DONE && v.diags.errors > 0)
		rc = EXIT_NO;
	diag_list_clear(&v.diags);
	return rc;
}
