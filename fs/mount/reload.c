#include "fs/mount/reload.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalog/base/cleanup.h"
#include "fs/log.h"
#include "fs/watch.h"

#define POLL_MS 200
#define RESCAN_POLLS 5 /* where directories cannot be watched: compile every second */
#define DRAIN_MS 2000

struct reload {
	struct mount *mount;  /* borrowed */
	const char *mesh_dir; /* borrowed; NULL: a catalog */
	const char *who;      /* borrowed */
	struct watch *watch;  /* owned; NULL: cannot watch */
	bool watches_all;     /* every directory of the repository is watched */
	int64_t recorded;     /* the newest epoch that the audit has */
	atomic_bool stop, kicked;
	pthread_t thread;
};

static void sleep_ms(int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};

	(void)nanosleep(&ts, NULL);
}

/* ---- the kernel's names ---- */

static void invalidate_names(struct mount *m)
{
	AUTOFREE struct node_name *names = NULL;
	size_t len = 0;

	if (node_cached_names(m->tree.nodes, &names, &len) < 0) {
		log_error("out of memory: cached names stay for up to an hour; opens are decided anew all the same");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		(void)fuse_lowlevel_notify_inval_inode(m->session, names[i].id, -1, 0);
		/* -ENOENT: the kernel had dropped it already. */
		(void)fuse_lowlevel_notify_inval_entry(m->session, names[i].parent, names[i].name,
						       strlen(names[i].name));
	}
}

/* A look-up that began in the old world may answer after the first pass: once those are through, there is a second. */
static void invalidate(struct mount *m, struct world *old)
{
	invalidate_names(m);
	for (int ms = 0; ms < DRAIN_MS && atomic_load(&old->refs) > 1; ms += 5)
		sleep_ms(5);
	sleep_ms(20);
	invalidate_names(m);
}

/* ---- epochs ---- */

static int record_epoch(void *arg, const struct epoch_info *e)
{
	struct reload *r = arg;

	if (e->epoch <= r->recorded)
		return 1;
	gate_record_epoch(r->mount->tree.gate, e);
	return 0;
}

static void take_over(struct reload *r)
{
	struct tree *t = &r->mount->tree;
	struct mesh_err err = {0};
	struct world *old, *now;
	int rc = world_refresh(t->worlds, &old, &err);

	if (rc < 0)
		log_error("the new epoch cannot be shown, the old one stays: %s", err.text);
	if (rc <= 0)
		return;
	(void)catalog_history(t->catalog, record_epoch, r, NULL);
	now = world_get(t->worlds);
	r->recorded = snapshot_epoch(now->snap);
	log_info("epoch %lld is in force", (long long)r->recorded);
	world_unref(now);
	invalidate(r->mount, old);
	world_unref(old);
}

static void compile(struct reload *r)
{
	struct apply_request rq = {.dir = r->mesh_dir, .who = r->who};
	struct apply_result result;
	struct diag_list diags;
	struct mesh_err err = {0};

	memset(&result, 0, sizeof(result));
	diag_list_init(&diags);
	if (catalog_apply(r->mount->tree.catalog, &rq, &diags, &result, &err) < 0)
		log_error("%s: the last good epoch stays: %s", r->mesh_dir, err.text);
	for (size_t i = 0; i < diags.len; i++)
		if (diags.items[i].severity == DIAG_ERROR)
			log_error("%s:%d:%d: [%s] %s", diags.items[i].file, diags.items[i].line, diags.items[i].column,
				  diags.items[i].rule, diags.items[i].text);
	status_set_problems(r->mount->status, &diags);
	if (r->watch)
		r->watches_all = watch_add(r->watch, result.watch_dirs);
	apply_result_clear(&result);
	diag_list_clear(&diags);
}

static bool must_compile(struct reload *r, int *polls)
{
	bool changed = false;

	if (r->watch && r->mesh_dir)
		changed = watch_wait(r->watch, POLL_MS);
	else
		sleep_ms(POLL_MS);
	if (!r->mesh_dir)
		return false;
	if (!r->watches_all && ++*polls >= RESCAN_POLLS)
		changed = true;
	if (atomic_exchange(&r->kicked, false))
		changed = true;
	if (changed)
		*polls = 0;
	return changed;
}

static void *run(void *arg)
{
	struct reload *r = arg;
	int polls = 0;

	while (!atomic_load(&r->stop)) {
		if (must_compile(r, &polls) && !atomic_load(&r->stop))
			compile(r);
		take_over(r);
	}
	return NULL;
}

/* ---- start and end ---- */

static void watch_start(struct reload *r, struct strlist dirs)
{
	if (!r->mesh_dir)
		return;
	r->watch = watch_new();
	r->watches_all = r->watch && watch_add(r->watch, dirs);
	if (!r->watches_all)
		log_warning("%s cannot be watched (inotify's limits); its files are compared every second instead",
			    r->mesh_dir);
}

int reload_start(const struct reload_options *opt, struct reload **ret)
{
	struct reload *r = calloc(1, sizeof(*r));
	struct world *w;
	int rc;

	if (!r)
		return -ENOMEM;
	r->mount = opt->mount;
	r->mesh_dir = opt->mesh_dir;
	r->who = opt->who;
	w = world_get(opt->mount->tree.worlds);
	r->recorded = snapshot_epoch(w->snap);
	world_unref(w);
	watch_start(r, opt->watch_dirs);
	rc = -pthread_create(&r->thread, NULL, run, r);
	if (rc < 0) {
		watch_free(r->watch);
		free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

void reload_kick(struct reload *r)
{
	atomic_store(&r->kicked, true);
}

void reload_stop(struct reload *r)
{
	if (!r)
		return;
	atomic_store(&r->stop, true);
	(void)pthread_join(r->thread, NULL);
	watch_free(r->watch);
	free(r);
}
