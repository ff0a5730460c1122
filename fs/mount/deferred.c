#include "fs/mount/deferred.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/workers.h"

struct deferred {
	struct work_job job; /* first: the workers' view of it */
	struct mount *mount;
	struct request_args args; /* args.name is owned */
	struct asker who;
	deferrable op;
};

void deferred_settle(fuse_req_t req)
{
	fuse_req_interrupt_func(req, NULL, NULL);
}

static struct asker asker_of(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct asker){.uid = ctx->uid, .pid = ctx->pid};
}

static void deferred_free(struct work_job *job)
{
	struct deferred *d = (struct deferred *)job;

	free((char *)d->args.name);
	free(d);
}

/* libfuse calls it on the thread that read the interrupt; the job is alive: see deferred_settle. */
static void on_interrupt(fuse_req_t req, void *arg)
{
	struct deferred *d = arg;

	(void)req;
	atomic_store(&d->job.cancel, true);
}

static void run(struct work_job *job)
{
	struct deferred *d = (struct deferred *)job;
	int rc = -EINTR;

	if (!atomic_load(&job->cancel))
		rc = d->op(d->mount, &d->args, d->who);
	if (rc < 0) {
		deferred_settle(d->args.req);
		(void)fuse_reply_err(d->args.req, rc == -EWOULDBLOCK ? EIO : -rc);
	}
}

static struct deferred *deferred_new(struct mount *m, const struct request_args *args, deferrable op)
{
	struct deferred *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->job.run = run;
	d->job.free = deferred_free;
	d->mount = m;
	d->args = *args;
	d->args.name = args->name ? strdup(args->name) : NULL;
	d->op = op;
	d->who = asker_of(args->req);
	d->who.may_wait = true;
	d->who.cancel = &d->job.cancel;
	if (args->name && !d->args.name) {
		deferred_free(&d->job);
		return NULL;
	}
	return d;
}

/* The domain whose workers take it: the node's, or for a look-up in a mesh's root nobody's. */
static void lane_of(struct mount *m, fuse_ino_t ino, char *out, size_t cap)
{
	struct node *n = node_get(m->tree.nodes, ino);

	(void)snprintf(out, cap, "%s", n && n->place.domain ? n->place.domain : "");
	node_put(m->tree.nodes, n);
}

static void defer(struct mount *m, const struct request_args *args, deferrable op)
{
	struct deferred *d = deferred_new(m, args, op);
	char lane[256];
	int rc;

	if (!d) {
		(void)fuse_reply_err(args->req, ENOMEM);
		return;
	}
	lane_of(m, args->ino, lane, sizeof(lane));
	fuse_req_interrupt_func(args->req, on_interrupt, d);
	rc = workers_submit(m->workers, lane, &d->job);
	if (rc < 0) {
		deferred_settle(args->req);
		(void)fuse_reply_err(args->req, rc == -ENOMEM ? ENOMEM : EIO);
		deferred_free(&d->job);
	}
}

void deferred_run(struct mount *m, const struct request_args *args, deferrable op)
{
	int rc = op(m, args, asker_of(args->req));

	if (rc == -EWOULDBLOCK)
		defer(m, args, op);
	else if (rc < 0)
		(void)fuse_reply_err(args->req, -rc);
}
