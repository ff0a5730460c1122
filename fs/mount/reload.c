#include "fs/mount/reload.h"

#include <errno.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fs/log.h"
#include "fs/watch.h"

#define POLL_MS 200
#define RESCAN_POLLS 5 /* where directories cannot be watched: compile every second */

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

#define NOTIFY_INC_EPOCH 8 /* FUSE_NOTIFY_INC_EPOCH; the system's linux/fuse.h may be older than the kernel */

/*
 * From now on the kernel looks up again, at its next walk, every name that it learnt before, also one whose look-up is
 * under way. To invalidate name by name would wait for the lock of each directory; it may be held for a request that this
 * process has yet to answer, and a daemon that is killed while it waits cannot end: the mount hangs for good
 * (fs/fuse/dir.c, fuse_reverse_inval_entry).
 */
static void forget_names(struct mount *m)
{
	struct fuse_out_header h = {.len = sizeof(h), .error = NOTIFY_INC_EPOCH};

	if (m->tells_epochs && write(fuse_session_fd(m->session), &h, sizeof(h)) < 0)
		log_warning("the kernel was not told of the new epoch: %s", strerror(errno));
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
	world_unref(old);
	forget_names(r->mount);
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
