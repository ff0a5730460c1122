#include "fs/cmd/epoch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/term.h"
#include "fs/cmd/target.h"
#include "fs/gate.h"
#include "fs/paths.h"

/* ---- the catalog ---- */

/* The catalog of a repository, made absolute; *ret_dir is the repository, NULL where a catalog was named. */
static int locate(const char *mesh, const char *catalog, struct cmd_mesh *m, struct mesh_err *err)
{
	AUTOFREE char *real = realpath(mesh, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return mesh_err_set(err, -errno, "%s: %s", mesh, strerror(errno));
	if (!S_ISDIR(st.st_mode)) {
		m->catalog_path = take_ptr(real);
		return 0;
	}
	m->dir = take_ptr(real);
	if (!catalog)
		return paths_catalog(m->dir, &m->catalog_path, err);
	m->catalog_path = target_absolute(catalog);
	return m->catalog_path ? 0 : mesh_err_nomem(err);
}

static int open_located(struct cmd_mesh *m, enum catalog_mode mode, struct mesh_err *err)
{
	if (access(m->catalog_path, F_OK) < 0 && errno == ENOENT) {
		if (!m->dir)
			return mesh_err_set(
			    err, -ENOENT, "there is no catalog %s", m->catalog_path);
		return mesh_err_set(err, -ENOENT,
		    "%s has no catalog yet (%s): `meshfs apply %s` makes it", m->dir,
		    m->catalog_path, m->dir);
	}
	return catalog_open(m->catalog_path, mode, &m->catalog, err);
}

int epoch_open(const char *mesh, const char *catalog, enum catalog_mode mode, struct cmd_mesh *ret,
    struct mesh_err *err)
{
	struct cmd_mesh m = {0};
	struct target t = {0};
	int rc = 0;

	if (mesh || !catalog)
		rc = target_find(mesh, NULL, &t, err);
	if (rc == 0 && !catalog && !t.mesh)
		rc = mesh_err_set(
		    err, -EACCES, "you may not read the catalog of the mount at %s", t.mountpoint);
	if (rc == 0)
		rc = locate(t.mesh && !t.mountpoint ? t.mesh
			: catalog                   ? catalog
						    : t.mesh,
		    catalog, &m, err);
	if (rc == 0)
		rc = open_located(&m, mode, err);
	target_clear(&t);
	if (rc < 0)
		cmd_mesh_clear(&m);
	else
		*ret = m;
	return rc;
}

/* ---- the account ---- */

static void print_json(const struct epoch_report *r, struct buf *out)
{
	const struct apply_result *res = r->result;

	buf_printf(out, "{\n  \"epoch\": %lld,\n  \"changed\": %s,\n  \"changes\": [",
	    (long long)res->epoch, res->changed ? "true" : "false");
	for (size_t i = 0; i < res->changes_len; i++) {
		buf_printf(out, "%s\n    {\"kind\": \"%c\", \"what\": ", i ? "," : "",
		    res->changes[i].kind);
		buf_json(out, res->changes[i].what);
		buf_puts(out, ", \"name\": ");
		buf_json(out, res->changes[i].name);
		buf_addc(out, '}');
	}
	buf_puts(out, res->changes_len ? "\n  ],\n  \"kept\": [" : "],\n  \"kept\": [");
	for (size_t i = 0; i < res->kept.len; i++) {
		buf_puts(out, i ? ", " : "");
		buf_json(out, res->kept.items[i]);
	}
	buf_printf(out, "],\n  \"errors\": %zu,\n  \"warnings\": %zu\n}\n",
	    r->diags ? r->diags->errors : 0, r->diags ? r->diags->warnings : 0);
}

static enum term_colour change_colour(char kind)
{
	return kind == '+' ? OUT_GREEN : kind == '-' ? OUT_RED : OUT_YELLOW;
}

static void print_text(const struct epoch_report *r, struct buf *out)
{
	const struct apply_result *res = r->result;
	size_t n = res->changes_len;

	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%c %s %s%s\n",
		    term_colour(stdout, change_colour(res->changes[i].kind)), res->changes[i].kind,
		    res->changes[i].what, res->changes[i].name, term_colour(stdout, OUT_PLAIN));
	for (size_t i = 0; i < res->kept.len; i++)
		buf_printf(out, "= domain %s has errors and stays as it was\n", res->kept.items[i]);
	if (!res->changed)
		buf_printf(out, "epoch %lld: nothing to change\n", (long long)res->epoch);
	else if (r->dry_run)
		buf_printf(out, "apply would make epoch %lld: %zu change%s\n",
		    (long long)res->epoch + 1, n, n == 1 ? "" : "s");
	else
		buf_printf(
		    out, "epoch %lld: %zu change%s\n", (long long)res->epoch, n, n == 1 ? "" : "s");
}

int epoch_print(const struct epoch_report *r)
{
	struct buf out;

	buf_init(&out);
	if (r->format == FORMAT_JSON)
		print_json(r, &out);
	else
		print_text(r, &out);
	return term_buf(&out);
}

/* ---- the record ---- */

static int record_first(void *arg, const struct epoch_info *e)
{
	gate_record_epoch(arg, e);
	return 1;
}

static char *audit_dir_of(
    const struct cmd_mesh *m, const char *dir, bool *ret_sync, struct mesh_err *err)
{
	struct snapshot *snap;
	char *path;

	if (catalog_snapshot(m->catalog, 0, &snap, err) < 0)
		return NULL;
	path = cmd_mesh_audit_dir(m, snapshot_mesh(snap), dir);
	*ret_sync = snapshot_mesh(snap)->audit_sync_always;
	snapshot_unref(snap);
	if (!path)
		(void)mesh_err_nomem(err);
	return path;
}

static int record_in(const struct cmd_mesh *m, struct audit *audit, struct mesh_err *err)
{
	const struct gate_options options = {.audit = audit};
	uint64_t before = 0, after = 0;
	struct gate *g;
	int rc, failed = 0;

	if (gate_new(&options, &g) < 0)
		return mesh_err_nomem(err);
	audit_stats(audit, &before, &failed);
	rc = catalog_history(m->catalog, record_first, g, err);
	gate_free(g);
	audit_stats(audit, &after, &failed);
	if (rc >= 0 && after == before)
		rc = mesh_err_set(
		    err, failed ? -abs(failed) : -EIO, "the record could not be written");
	return rc < 0 ? rc : 0;
}

int epoch_record(const struct cmd_mesh *m, const char *dir, struct mesh_err *err)
{
	struct audit_options options = {0};
	AUTOFREE char *path = audit_dir_of(m, dir, &options.sync_always, err);
	struct audit *audit;
	int rc;

	if (!path)
		return err->code;
	options.dir = path;
	rc = audit_open(&options, &audit, err);
	if (rc == -EBUSY) {
		term_note("the mount that writes %s records the epoch when it takes it over", path);
		return 0;
	}
	if (rc == 0) {
		rc = record_in(m, audit, err);
		audit_close(audit);
	}
	return rc < 0 ? mesh_err_wrap(err, "the change is in force but not recorded in %s", path)
		      : 0;
}
