#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cmd/cmd.h"
#include "fs/cmd/mesh.h"
#include "fs/log.h"
#include "fs/mount/daemon.h"
#include "fs/mount/mountpoint.h"
#include "fs/mount/options.h"
#include "fs/mount/session.h"
#include "fs/paths.h"
#include "fs/render/render.h"
#include "fs/tree/rendering.h"

#define AUDIT_WAIT_MS 3000
#define AUDIT_PAUSE_MS 50

/* Everything that a mount stands on, in the order in which it is built. */
struct mounting {
	struct mount_options options;
	const char *mesh_arg;
	char *mountpoint; /* owned, absolute */
	struct daemon_pipe pipe;
	struct cmd_mesh mesh;
	struct apply_result applied;
	struct diag_list diags;
	char *audit_dir; /* owned */
	struct audit *audit;
	struct identity *identity;
	struct world_holder *worlds;
	struct gate *gate;
	struct cache *cache;
	char *cache_dir; /* owned */
	struct cache_shown cache_shown;
	struct keys *keys;
	struct status status;
	struct mount mount;
};

/* ---- before the fork ---- */

static int parse(struct mounting *m, int argc, char **argv, struct mesh_err *err)
{
	static const struct option longs[] = {
		{"foreground", no_argument, NULL, 'f'},
		{"options", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c, rc = 0;

	while (rc == 0 && (c = getopt_long(argc, argv, "fo:h", longs, NULL)) != -1) {
		if (c == 'f')
			m->options.foreground = true;
		else if (c == 'o')
			rc = mount_options_parse(&m->options, optarg, err);
		else
			return mesh_err_set(err, c == 'h' ? -ECANCELED : -EINVAL, "see the usage");
	}
	if (rc == 0 && argc - optind != 2)
		return mesh_err_set(err, -EINVAL, "a mesh and a mount point are needed");
	if (rc == 0) {
		m->mesh_arg = argv[optind];
		rc = mountpoint_prepare(argv[optind + 1], err);
	}
	if (rc == 0) {
		m->mountpoint = realpath(argv[optind + 1], NULL);
		if (!m->mountpoint)
			rc = mesh_err_set(err, -errno, "%s: %s", argv[optind + 1], strerror(errno));
	}
	return rc;
}

/* ---- in the daemon ---- */

/* A directory is compiled first. What has errors stays at its last good state, as long as there is one to show. */
static int compile(struct mounting *m, struct mesh_err *err)
{
	struct apply_request rq = {.dir = m->mesh.dir, .who = cmd_who()};
	int rc;

	if (!m->mesh.dir)
		return 0;
	rc = catalog_apply(m->mesh.catalog, &rq, &m->diags, &m->applied, err);
	cmd_print_diags(&m->diags);
	status_set_problems(&m->status, &m->diags);
	return rc;
}

/* A mesh with errors and nothing good to show instead is not mounted. */
static int something_to_show(struct mounting *m, struct mesh_err *err)
{
	struct world *w = world_get(m->worlds);
	size_t domains = snapshot_mesh(w->snap)->domains_len;

	world_unref(w);
	if (m->diags.errors > 0 && domains > 0 && m->applied.kept.len >= domains && m->applied.epoch <= 1)
		return mesh_err_set(err, -EINVAL, "%s: every domain has errors and none has an earlier good state",
				    m->mesh.dir);
	return 0;
}

/* The daemon of a mount that was just unmounted may still be writing its last. */
static int open_audit_when_free(const struct audit_options *opt, struct audit **ret, struct mesh_err *err)
{
	struct timespec pause = {.tv_nsec = AUDIT_PAUSE_MS * 1000000L};
	int rc = audit_open(opt, ret, err);

	for (int ms = 0; rc == -EBUSY && ms < AUDIT_WAIT_MS; ms += AUDIT_PAUSE_MS) {
		(void)nanosleep(&pause, NULL);
		mesh_err_clear(err);
		rc = audit_open(opt, ret, err);
	}
	return rc;
}

static int open_audit(struct mounting *m, struct mesh_err *err)
{
	struct world *w = world_get(m->worlds);
	const struct mesh *mesh = snapshot_mesh(w->snap);
	struct audit_options opt = {.sync_always = mesh->audit_sync_always};
	int rc;

	m->audit_dir = cmd_mesh_audit_dir(&m->mesh, mesh, m->options.audit);
	world_unref(w);
	if (!m->audit_dir)
		return mesh_err_nomem(err);
	opt.dir = m->audit_dir;
	rc = open_audit_when_free(&opt, &m->audit, err);
	return rc < 0 ? mesh_err_wrap(err, "audit") : 0;
}

static int open_cache(struct mounting *m, struct mesh_err *err)
{
	AUTOFREE char *keys = paths_beside(m->mesh.catalog_path, "keys");
	struct cache_options opt = {.max_bytes = m->options.cache_bytes};

	m->cache_dir = m->options.cache ? strdup(m->options.cache) : paths_beside(m->mesh.catalog_path, "cache");
	if (!m->cache_dir || !keys)
		return mesh_err_nomem(err);
	opt.dir = m->cache_dir;
	m->keys = keys_new(keys);
	return m->keys ? cache_open(&opt, &m->cache, err) : mesh_err_nomem(err);
}

static int build(struct mounting *m, struct mesh_err *err)
{
	struct gate_options gate = {0};
	int rc = cmd_mesh_open(m->mesh_arg, m->options.catalog, &m->mesh, err);

	if (rc == 0)
		rc = compile(m, err);
	if (rc == 0)
		rc = world_holder_new(m->mesh.catalog, &m->worlds, err);
	if (rc == 0)
		rc = something_to_show(m, err);
	if (rc == 0)
		rc = open_audit(m, err);
	if (rc == 0)
		rc = open_cache(m, err);
	if (rc < 0)
		return rc;
	m->identity = identity_new();
	gate = (struct gate_options){.identity = m->identity, .audit = m->audit};
	if (!m->identity || gate_new(&gate, &m->gate) < 0)
		return mesh_err_nomem(err);
	m->mount.tree = (struct tree){
		.catalog = m->mesh.catalog,
		.worlds = m->worlds,
		.gate = m->gate,
		.identity = m->identity,
		.cache = m->cache,
		.keys = m->keys,
		.status = &m->status,
		.mount_uid = getuid(),
		.mount_gid = getgid(),
	};
	return tree_init(&m->mount.tree) < 0 ? mesh_err_nomem(err) : 0;
}

/* The kernel has answered: from here on messages go to the log. */
static void on_ready(struct mount *mount)
{
	struct mounting *m = mount->ready_arg;

	if (!m->options.foreground)
		log_open(true, m->options.log);
	daemon_ready(&m->pipe);
}

static void describe(struct mounting *m)
{
	struct status *s = &m->status;

	s->mesh_path = m->mesh.dir ? m->mesh.dir : m->mesh.catalog_path;
	s->catalog_path = m->mesh.catalog_path;
	s->audit_dir = m->audit_dir;
	s->mountpoint = m->mountpoint;
	s->started_ns = when_now_ns();
	s->uid = getuid();
	m->cache_shown = (struct cache_shown){.cache = m->cache, .dir = m->cache_dir};
	s->print_cache = render_cache;
	s->print_cache_arg = &m->cache_shown;
	s->print_engines = render_engines;
	s->print_renderings = rendering_status;
	m->mount.status = s;
	m->mount.want_passthrough = !m->options.no_passthrough;
	m->mount.ready = on_ready;
	m->mount.ready_arg = m;
}

static void clear(struct mounting *m)
{
	tree_clear(&m->mount.tree);
	gate_free(m->gate);
	world_holder_free(m->worlds);
	identity_free(m->identity);
	cache_close(m->cache);
	keys_free(m->keys);
	audit_close(m->audit);
	apply_result_clear(&m->applied);
	cmd_mesh_clear(&m->mesh);
	diag_list_clear(&m->diags);
	status_clear(&m->status);
	mount_options_clear(&m->options);
	free(m->audit_dir);
	free(m->cache_dir);
	free(m->mountpoint);
}

static int serve(struct mounting *m, struct mesh_err *err)
{
	struct session_options opt = {
		.mountpoint = m->mountpoint,
		.allow_other = m->options.allow_other,
		.debug = m->options.debug,
		.max_threads = m->options.max_threads,
	};
	int rc = status_init(&m->status) < 0 ? mesh_err_nomem(err) : build(m, err);

	if (rc < 0)
		return rc;
	describe(m);
	opt.source = m->status.mesh_path;
	opt.reload = (struct reload_options){
		.mesh_dir = m->mesh.dir,
		.who = cmd_who(),
		.watch_dirs = m->applied.watch_dirs,
	};
	rc = session_run(&m->mount, &opt, err);
	return rc < 0 ? rc : 0;
}

/* mount(8)'s exit statuses: 1 wrong call or mesh, 2 the system, 32 the mount failed. */
static int exit_status(const struct mesh_err *err)
{
	switch (err->code) {
	case -EINVAL:
	case -ENOENT:
	case -ENOTDIR:
	case -EISDIR:
	case -EACCES:
		return 1;
	case -EBUSY:
	case -EIO:
		return 32;
	default:
		return 2;
	}
}

static int fail(const struct mesh_err *err)
{
	(void)fprintf(stderr, "meshfs mount: %s\n", err->text);
	return exit_status(err);
}

int cmd_mount(int argc, char **argv)
{
	struct mounting m = {.pipe = {.fd = -1}};
	struct mesh_err err = {0};
	int rc;

	mount_options_init(&m.options);
	diag_list_init(&m.diags);
	arena_init(&m.applied.arena);
	rc = parse(&m, argc, argv, &err);
	if (rc == -ECANCELED) {
		clear(&m);
		return cmd_help(2, (char *[]){"help", "mount", NULL});
	}
	if (rc == 0)
		log_open(false, m.options.log);
	if (rc == 0 && !m.options.foreground) {
		rc = daemon_start(&m.pipe);
		if (rc < 0)
			(void)mesh_err_set(&err, rc, "no daemon could be started: %s", strerror(-rc));
	}
	if (rc == 0)
		rc = serve(&m, &err);
	rc = rc < 0 ? fail(&err) : 0;
	clear(&m);
	return rc;
}
