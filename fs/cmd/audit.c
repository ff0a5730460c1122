#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "fs/cmd/audit_line.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/epoch.h"
#include "fs/cmd/opts.h"
#include "fs/cmd/term.h"
#include "fs/cmd/probe.h"
#include "fs/cmd/target.h"
#include "fs/mount/mountpoint.h"

struct audit_cmd {
	const char *mesh, *audit, *since, *lines;
	enum opt_format format;
	bool follow;
	struct audit_filter filter;
	char *dir; /* owned */
};

/* ---- which directory ---- */

struct mounted {
	const char *source;
	char *dir; /* owned: of the mount that shows this source */
};

static int is_source(void *arg, const struct mount_info *mi)
{
	struct mounted *m = arg;
	struct probe p;
	const char *dir;

	if (strcmp(mi->source, m->source) != 0)
		return 0;
	probe_mount(&p, mi->mountpoint);
	dir = json_text(json_get(json_get(p.json, "audit"), "dir"));
	m->dir = dir ? strdup(dir) : NULL;
	probe_clear(&p);
	return m->dir != NULL;
}

/* Of a mesh that is mounted, the mount knows best: it may have been told another directory than the mesh's own. */
static char *dir_of_mounted(const char *mesh)
{
	AUTOFREE char *real = realpath(mesh, NULL);
	struct mounted m = {.source = real};

	if (real)
		(void)mountpoint_each(is_source, &m);
	return m.dir;
}

static int dir_of_mesh(const char *mesh, char **ret, struct mesh_err *err)
{
	struct cmd_mesh m = {0};
	struct snapshot *snap = NULL;
	int rc;

	*ret = dir_of_mounted(mesh);
	if (*ret)
		return 0;
	rc = epoch_open(mesh, NULL, CATALOG_READ, &m, err);
	if (rc < 0)
		return rc;
	if (catalog_snapshot(m.catalog, 0, &snap, NULL) < 0)
		snap = NULL;
	*ret = cmd_mesh_audit_dir(&m, snap ? snapshot_mesh(snap) : NULL, NULL);
	snapshot_unref(snap);
	cmd_mesh_clear(&m);
	return *ret ? 0 : mesh_err_nomem(err);
}

static int find_dir(struct audit_cmd *ac, const char *mesh, struct mesh_err *err)
{
	struct target t = {0};
	int rc = 0;

	if (ac->audit) {
		ac->dir = strdup(ac->audit);
		return ac->dir ? 0 : mesh_err_nomem(err);
	}
	rc = target_find(mesh, NULL, &t, err);
	if (rc == 0 && t.audit_dir)
		ac->dir = take_ptr(t.audit_dir);
	else if (rc == 0 && t.mountpoint)
		rc = mesh_err_set(err, -ENOENT,
		    "the mount at %s does not tell where its record lies; name it with --audit",
		    t.mountpoint);
	else if (rc == 0)
		rc = dir_of_mesh(t.mesh, &ac->dir, err);
	target_clear(&t);
	return rc;
}

/* A record that was never begun is no failure of the disk, and one that may not be read has a part that may. */
static int look_at_dir(const char *dir, struct mesh_err *err)
{
	struct stat st;

	if (stat(dir, &st) < 0 && errno == ENOENT)
		return mesh_err_set(err, -ENOENT, "%s: nothing was recorded there", dir);
	if (access(dir, R_OK | X_OK) < 0)
		return mesh_err_set(err, -errno,
		    "%s: %s; your own records are in DOMAIN/PRODUCT/policy/my-audit.jsonl of the mount",
		    dir, strerror(errno));
	return 0;
}

/* ---- what is printed ---- */

static int print_lines(const struct audit_cmd *ac, struct buf *lines, struct mesh_err *err)
{
	struct buf out;
	const char *p = lines->data, *end;

	if (ac->format == FORMAT_JSON)
		return term_buf(lines) < 0 ? mesh_err_nomem(err) : 0;
	buf_init(&out);
	for (; p && p < lines->data + lines->len; p = end + 1) {
		end = memchr(p, '\n', lines->len - (size_t)(p - lines->data));
		if (!end)
			break;
		audit_line_text(p, (size_t)(end - p), &out);
	}
	buf_clear(lines);
	return term_buf(&out) < 0 ? mesh_err_nomem(err) : 0;
}

static int query(struct audit_cmd *ac, struct mesh_err *err)
{
	struct buf lines;
	int rc;

	buf_init(&lines);
	rc = audit_query(ac->dir, &ac->filter, &lines, err);
	if (rc == 0)
		rc = print_lines(ac, &lines, err);
	buf_clear(&lines);
	return rc;
}

/* Each line goes out as it comes; one that cannot go out ends it. */
static int print_followed(void *arg, const char *line, size_t len)
{
	const struct audit_cmd *ac = arg;
	struct buf out;

	buf_init(&out);
	if (ac->format == FORMAT_JSON) {
		buf_add(&out, line, len);
		buf_addc(&out, '\n');
	} else {
		audit_line_text(line, len, &out);
	}
	if (term_buf(&out) < 0)
		return -ENOMEM;
	return !term_write("", 0) || fflush(stdout) != 0;
}

/* Until the reader goes away or a signal ends the program. */
static int follow(struct audit_cmd *ac, struct mesh_err *err)
{
	int rc = audit_follow(ac->dir, &ac->filter, print_followed, ac, NULL);

	return rc < 0
	    ? mesh_err_set(err, rc, "following the record in %s: %s", ac->dir, strerror(-rc))
	    : 0;
}

/* ---- verify ---- */

static int verify(struct audit_cmd *ac, struct mesh_err *err)
{
	struct audit_verdict v = {0};
	struct buf out;
	int rc = audit_verify(ac->dir, &v, err);

	if (rc < 0)
		return cmd_fail("audit", err);
	buf_init(&out);
	if (ac->format == FORMAT_JSON) {
		buf_printf(&out, "{\"ok\": %s, \"records\": %llu, \"files\": %llu, \"text\": ",
		    v.ok ? "true" : "false", (unsigned long long)v.records,
		    (unsigned long long)v.files);
		buf_json(&out, v.ok ? NULL : v.text);
		buf_puts(&out, "}\n");
	} else if (v.ok) {
		buf_printf(&out, "the record is whole: %llu record%s in %llu file%s\n",
		    (unsigned long long)v.records, v.records == 1 ? "" : "s",
		    (unsigned long long)v.files, v.files == 1 ? "" : "s");
	} else {
		buf_printf(&out, "%sthe record is broken%s after %llu good ones: %s\n",
		    term_colour(stdout, OUT_RED), term_colour(stdout, OUT_PLAIN),
		    (unsigned long long)v.records, v.text);
	}
	if (term_buf(&out) < 0) {
		(void)mesh_err_nomem(err);
		return cmd_fail("audit", err);
	}
	return v.ok ? EXIT_DONE : EXIT_NO;
}

/* ---- the command ---- */

enum verb { TAIL, QUERY, VERIFY };

static int verb_of(const char *s)
{
	static const char *const names[] = {"tail", "query", "verify"};

	for (size_t i = 0; s && i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], s) == 0)
			return (int)i;
	return -1;
}

/* What the options say that getopt cannot check. OPTS_RUN or the exit status. */
static int check_options(struct audit_cmd *ac, enum verb verb)
{
	size_t lines = verb == TAIL ? 10 : 0;

	if (ac->lines && !opts_number(ac->lines, 0, 1000000000, &lines))
		return cmd_wrong("audit", "-n is a number of records, not '%s'", ac->lines);
	if (ac->since && audit_line_since(ac->since, when_now_ns(), &ac->filter.since_ns) < 0)
		return cmd_wrong("audit",
		    "--since is a date, a time with its zone, or how long ago (90m, 2h, 7d), not '%s'",
		    ac->since);
	ac->filter.last = lines;
	return OPTS_RUN;
}

static int run(struct audit_cmd *ac, enum verb verb, const char *mesh)
{
	struct mesh_err err = {0};
	int rc = find_dir(ac, mesh ? mesh : ac->mesh, &err);

	if (rc == 0)
		rc = look_at_dir(ac->dir, &err);
	if (rc == 0 && verb == VERIFY)
		return verify(ac, &err);
	if (rc == 0 && ac->follow)
		rc = follow(ac, &err);
	else if (rc == 0 && !(ac->lines && ac->filter.last == 0))
		rc = query(ac, &err);
	return rc < 0 ? cmd_fail("audit", &err) : EXIT_DONE;
}

/* Help may be asked for all the same. */
static int without_verb(const struct opts *opts, int argc, char **argv)
{
	struct operands operands;
	int rc = opts_parse(opts, argc, argv, &operands);

	if (rc != OPTS_RUN)
		return rc;
	if (operands.len > 0)
		return cmd_wrong(
		    "audit", "'%s' is none of tail, query and verify", operands.items[0]);
	return cmd_wrong("audit", "what? tail, query or verify");
}

int cmd_audit(int argc, char **argv)
{
	struct audit_cmd ac = {.format = FORMAT_JSON, .filter = {.since_ns = WHEN_NONE}};
	const struct opt common[] = {
	    {"mesh", 0, OPT_TEXT, &ac.mesh},
	    {"audit", 0, OPT_TEXT, &ac.audit},
	    {"format", 0, OPT_FORMAT, &ac.format},
	    {0},
	};
	const struct opt select[] = {
	    common[0],
	    common[1],
	    common[2],
	    {"user", 0, OPT_TEXT, &ac.filter.user},
	    {"product", 0, OPT_TEXT, &ac.filter.product},
	    {"since", 0, OPT_TEXT, &ac.since},
	    {"denied", 0, OPT_FLAG, &ac.filter.denied_only},
	    {"lines", 'n', OPT_TEXT, &ac.lines},
	    {"follow", 'f', OPT_FLAG, &ac.follow},
	    {0},
	};
	int verb = verb_of(argc > 1 ? argv[1] : NULL);
	const struct opts opts = {
	    .command = "audit", .list = verb == VERIFY ? common : select, .min = 0, .max = 1};
	struct operands operands;
	int rc;

	if (verb < 0)
		return without_verb(&opts, argc, argv);
	if (verb == VERIFY)
		ac.format = FORMAT_TEXT;
	rc = opts_parse(&opts, argc - 1, argv + 1, &operands);
	if (rc == OPTS_RUN && verb == QUERY && ac.follow)
		rc = cmd_wrong("audit", "-f is for tail");
	if (rc == OPTS_RUN)
		rc = check_options(&ac, (enum verb)verb);
	if (rc == OPTS_RUN)
		rc = run(&ac, (enum verb)verb, operands.len ? operands.items[0] : NULL);
	free(ac.dir);
	return rc;
}
