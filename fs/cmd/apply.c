#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/diags.h"
#include "fs/cmd/epoch.h"
#include "fs/cmd/term.h"
#include "fs/paths.h"

struct apply {
	const char *name; /* of the command */
	const char *mesh_arg, *catalog, *domain, *audit;
	enum opt_format format;
	struct cmd_mesh mesh;
	struct diag_list diags;
	struct apply_result result;
};

/* A plan needs a catalog to compare with and must not leave one: where there is none yet, it gets one that goes with the command. */
static int plan_catalog(struct apply *ap, char **ret, struct mesh_err *err)
{
	AUTOFREE char *real = realpath(ap->mesh_arg, NULL);
	AUTOFREE char *usual = NULL;
	const char *tmp = getenv("TMPDIR");
	int rc = 0;

	*ret = NULL;
	if (!real)
		return mesh_err_set(err, -errno, "%s: %s", ap->mesh_arg, strerror(errno));
	if (!ap->catalog)
		rc = paths_catalog(real, &usual, err);
	if (rc < 0 || access(ap->catalog ? ap->catalog : usual, F_OK) == 0)
		return rc;
	if (asprintf(ret, "%s/meshfs-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp") < 0) {
		*ret = NULL;
		return mesh_err_nomem(err);
	}
	if (!mkdtemp(*ret))
		return mesh_err_set(err, -errno,
		    "%s: %s; set TMPDIR to a directory that can be written", *ret, strerror(errno));
	return 0;
}

static int open_for_plan(struct apply *ap, struct mesh_err *err)
{
	AUTOFREE char *dir = NULL;
	AUTOFREE char *file = NULL;
	int rc = plan_catalog(ap, &dir, err);

	if (rc < 0)
		return rc;
	if (!dir)
		return cmd_mesh_open(ap->mesh_arg, ap->catalog, &ap->mesh, err);
	if (asprintf(&file, "%s/catalog.db", dir) < 0) {
		file = NULL;
		rc = mesh_err_nomem(err);
	} else {
		rc = cmd_mesh_open(ap->mesh_arg, file, &ap->mesh, err);
	}
	if (rc < 0) {
		if (file)
			(void)unlink(file);
		(void)rmdir(dir);
		return rc;
	}
	ap->mesh.temporary = true;
	return 0;
}

/* Before a catalog is made for it. */
static int look_for_mesh(const char *mesh, struct mesh_err *err)
{
	AUTOFREE char *file = NULL;
	struct stat st;

	if (stat(mesh, &st) < 0)
		return mesh_err_set(err, -errno, "%s: %s", mesh, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return mesh_err_set(err, -ENOTDIR, "%s is not a directory with a mesh in it", mesh);
	if (asprintf(&file, "%s/mesh.yaml", mesh) < 0) {
		file = NULL;
		return mesh_err_nomem(err);
	}
	if (access(file, F_OK) < 0)
		return mesh_err_set(err, -errno, "%s: %s; a mesh is a directory with a mesh.yaml",
		    file, strerror(errno));
	return 0;
}

static int run(struct apply *ap, bool dry_run, struct mesh_err *err)
{
	struct apply_request rq = {.domain = ap->domain, .who = cmd_who(), .dry_run = dry_run};
	int rc = look_for_mesh(ap->mesh_arg, err);

	if (rc == 0)
		rc = dry_run ? open_for_plan(ap, err)
			     : cmd_mesh_open(ap->mesh_arg, ap->catalog, &ap->mesh, err);
	if (rc < 0)
		return rc;
	rq.dir = ap->mesh.dir;
	rc = catalog_apply(ap->mesh.catalog, &rq, &ap->diags, &ap->result, err);
	diags_rebase(&ap->diags, 0, ap->mesh_arg);
	diags_print(&ap->diags, DIAG_TEXT, stderr);
	return rc;
}

static int report(struct apply *ap, bool dry_run, struct mesh_err *err)
{
	const struct epoch_report r = {
	    .result = &ap->result, .diags = &ap->diags, .dry_run = dry_run, .format = ap->format};
	int rc = epoch_print(&r) < 0 ? mesh_err_nomem(err) : 0;

	if (rc == 0 && !dry_run && ap->result.changed)
		rc = epoch_record(&ap->mesh, ap->audit, err);
	if (rc < 0) {
		(void)cmd_fail(ap->name, err);
		return EXIT_ENVIRONMENT;
	}
	if (ap->diags.errors > 0 || ap->diags.oom)
		return EXIT_NO;
	return EXIT_DONE;
}

static int apply(int argc, char **argv, bool dry_run)
{
	struct apply ap = {.name = dry_run ? "plan" : "apply"};
	const struct opt list[] = {
	    {"catalog", 0, OPT_TEXT, &ap.catalog},
	    {"domain", 0, OPT_TEXT, &ap.domain},
	    {"format", 0, OPT_FORMAT, &ap.format},
	    {dry_run ? NULL : "audit", 0, OPT_TEXT, &ap.audit},
	    {0},
	};
	const struct opts opts = {.command = ap.name, .list = list, .min = 1, .max = 1};
	struct operands operands;
	struct mesh_err err = {0};
	int rc = opts_parse(&opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	ap.mesh_arg = operands.items[0];
	diag_list_init(&ap.diags);
	arena_init(&ap.result.arena);
	rc = run(&ap, dry_run, &err);
	rc = rc < 0 ? cmd_fail(ap.name, &err) : report(&ap, dry_run, &err);
	apply_result_clear(&ap.result);
	diag_list_clear(&ap.diags);
	cmd_mesh_clear(&ap.mesh);
	return rc;
}

int cmd_apply(int argc, char **argv)
{
	return apply(argc, argv, false);
}

int cmd_plan(int argc, char **argv)
{
	return apply(argc, argv, true);
}
