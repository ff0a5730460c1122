#include "fs/world.h"

#include <pthread.h>
#include <stdlib.h>

struct world_holder {
	struct catalog *catalog; /* borrowed */
	pthread_mutex_t lock;	 /* guards `current` */
	struct world *current;	 /* owned reference */
};

void world_unref(struct world *w)
{
	if (!w || atomic_fetch_sub(&w->refs, 1) != 1)
		return;
	snapshot_unref(w->snap);
	when_zone_free(w->zone);
	free(w);
}

struct world *world_ref(struct world *w)
{
	atomic_fetch_add(&w->refs, 1);
	return w;
}

int world_new(struct catalog *c, int64_t epoch, struct world **ret, struct mesh_err *err)
{
	struct world *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return mesh_err_nomem(err);
	atomic_init(&w->refs, 1);
	rc = catalog_snapshot(c, epoch, &w->snap, err);
	if (rc == 0)
		rc = when_zone_new(snapshot_mesh(w->snap)->timezone, &w->zone, err);
	if (rc < 0) {
		world_unref(w);
		return rc;
	}
	*ret = w;
	return 0;
}

int world_holder_new(struct catalog *c, struct world_holder **ret, struct mesh_err *err)
{
	struct world_holder *h = calloc(1, sizeof(*h));
	int rc;

	if (!h)
		return mesh_err_nomem(err);
	h->catalog = c;
	(void)pthread_mutex_init(&h->lock, NULL);
	rc = world_new(c, 0, &h->current, err);
	if (rc < 0) {
		world_holder_free(h);
		return rc;
	}
	*ret = h;
	return 0;
}

void world_holder_free(struct world_holder *h)
{
	if (!h)
		return;
	world_unref(h->current);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

struct world *world_get(struct world_holder *h)
{
	struct world *w;

	(void)pthread_mutex_lock(&h->lock);
	w = world_ref(h->current);
	(void)pthread_mutex_unlock(&h->lock);
	return w;
}

int world_refresh(struct world_holder *h, struct world **ret_old, struct mesh_err *err)
{
	struct world *now = world_get(h);
	int64_t shown = snapshot_epoch(now->snap);
	int64_t epoch = catalog_epoch(h->catalog, err);
	struct world *next;
	int rc;

	world_unref(now);
	if (epoch < 0)
		return (int)epoch;
	if (epoch == shown)
		return 0;
	rc = world_new(h->catalog, epoch, &next, err);
	if (rc < 0)
		return rc;
	(void)pthread_mutex_lock(&h->lock);
	*ret_old = h->current;
	h->current = next;
	(void)pthread_mutex_unlock(&h->lock);
	return 1;
}
