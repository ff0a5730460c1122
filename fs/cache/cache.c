#include "fs/cache/cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/cache/folder.h"
#include "fs/log.h"

#define DEFAULT_BYTES (UINT64_C(10) << 30)
#define CANCEL_POLL_MS 50
#define FETCH_TRIES 8
#define TOUCH_SEC 60 /* how often the use of a file is written down */

/* A production under way, shared by the one who produces and those who wait. */
struct flight {
	char key[CACHE_KEY_LEN + 1];
	unsigned refs;
	bool done;
	int result;
	struct mesh_err err;
	struct flight *next;
};

struct cache {
	struct folder folder;
	uint64_t max_bytes;
	pthread_mutex_t lock; /* guards what follows; never held while producing, reading or summing */
	pthread_cond_t landed;
	struct entry_table entries;
	struct flight *flights;
	struct cache_stats stats; /* hits, misses, evictions, corrupt */
};

/* ---- room ---- */

/* Removes the longest unused until `bytes` more fit. */
static void make_room_locked(struct cache *c, uint64_t bytes)
{
	while (c->entries.oldest && c->entries.bytes + bytes > c->max_bytes) {
		struct cache_entry *e = c->entries.oldest;

		entry_remove(&c->entries, e);
		folder_remove(&c->folder, e);
		free(e);
		c->stats.evictions++;
	}
}

/* ---- all of it ---- */

int cache_open(const struct cache_options *opt, struct cache **ret, struct mesh_err *err)
{
	struct cache *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return mesh_err_nomem(err);
	c->max_bytes = opt->max_bytes ? opt->max_bytes : DEFAULT_BYTES;
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->landed, NULL);
	rc = folder_open(&c->folder, opt->dir, err);
	if (rc == 0) {
		rc = folder_scan(&c->folder, &c->entries);
		if (rc == 0)
			make_room_locked(c, 0); /* the bound may be smaller than it was */
		if (rc < 0)
			(void)mesh_err_set(err, rc, "cache %s cannot be read: %s", opt->dir, strerror(-rc));
	}
	if (rc < 0) {
		cache_close(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void cache_close(struct cache *c)
{
	if (!c)
		return;
	folder_close(&c->folder);
	entry_clear(&c->entries);
	(void)pthread_cond_destroy(&c->landed);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

/* ---- finding ---- */

/* A file that is damaged or gone: forgotten, so that it is produced anew. */
static void forget(struct cache *c, const struct cache_entry *seen, int why)
{
	struct cache_entry *e;

	(void)pthread_mutex_lock(&c->lock);
	e = entry_find(&c->entries, seen->key);
	if (e && strcmp(e->sum, seen->sum) == 0) {
		entry_remove(&c->entries, e);
		folder_remove(&c->folder, e);
		free(e);
		c->stats.corrupt += why == -EBADMSG;
	}
	(void)pthread_mutex_unlock(&c->lock);
	if (why == -EBADMSG)
		log_warning("a damaged cache file was removed: %s", seen->key);
}

static void note_verified(struct cache *c, const struct cache_entry *seen)
{
	struct cache_entry *e;

	(void)pthread_mutex_lock(&c->lock);
	e = entry_find(&c->entries, seen->key);
	if (e && strcmp(e->sum, seen->sum) == 0)
		e->verified = true;
	(void)pthread_mutex_unlock(&c->lock);
}

static int64_t monotonic_sec(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* The entry as it is now, marked as used; *ret_touch where that has to be written down too. */
static bool use_entry(struct cache *c, const char *key, struct cache_entry *ret, bool *ret_touch)
{
	int64_t now_sec = monotonic_sec();
	struct cache_entry *e;

	(void)pthread_mutex_lock(&c->lock);
	e = entry_find(&c->entries, key);
	if (e) {
		entry_used(&c->entries, e);
		*ret_touch = now_sec - e->touched_sec >= TOUCH_SEC;
		if (*ret_touch)
			e->touched_sec = now_sec;
		*ret = *e;
		c->stats.hits++;
	}
	(void)pthread_mutex_unlock(&c->lock);
	return e != NULL;
}

int cache_find(struct cache *c, const char *key, struct cache_file *ret)
{
	struct cache_entry seen;
	bool touch;
	int rc;

	if (!use_entry(c, key, &seen, &touch))
		return -ENOENT;
	rc = folder_get(&c->folder, &seen, ret);
	if (rc == -ENOENT || rc == -EBADMSG)
		forget(c, &seen, rc);
	if (rc == 0 && !seen.verified)
		note_verified(c, &seen);
	if (rc == 0 && touch)
		folder_touch(ret->fd);
	return rc == -EBADMSG ? -ENOENT : rc;
}

int cache_size(struct cache *c, const char *key, off_t *ret_bytes)
{
	struct cache_entry *e;
	bool known;

	(void)pthread_mutex_lock(&c->lock);
	e = entry_find(&c->entries, key);
	known = e && e->verified;
	if (known)
		*ret_bytes = (off_t)e->bytes;
	(void)pthread_mutex_unlock(&c->lock);
	return known ? 0 : -ENOENT;
}

/* ---- producing ---- */

/* Takes the entry over. */
static void add_entry(struct cache *c, struct cache_entry *e)
{
	struct cache_entry *old;

	(void)pthread_mutex_lock(&c->lock);
	old = entry_find(&c->entries, e->key);
	if (old) {
		entry_remove(&c->entries, old);
		if (strcmp(old->sum, e->sum) != 0)
			folder_remove(&c->folder, old);
		free(old);
	}
	make_room_locked(c, e->bytes);
	entry_add(&c->entries, e);
	(void)pthread_mutex_unlock(&c->lock);
}

static int too_big(const struct cache *c, const struct cache_entry *e, struct mesh_err *err)
{
	if (e->bytes <= c->max_bytes)
		return 0;
	folder_remove((struct folder *)&c->folder, e);
	return mesh_err_set(err, -EFBIG, "the file has %llu bytes, the whole cache may have %llu; raise -o cache_size=",
			    (unsigned long long)e->bytes, (unsigned long long)c->max_bytes);
}

static int produce_once(struct cache *c, const struct cache_request *rq, struct mesh_err *err)
{
	AUTOFREE struct cache_entry *e = calloc(1, sizeof(*e));
	char name[FOLDER_NAME_CAP];
	AUTOFD int fd = -1;
	int rc;

	if (!e)
		return mesh_err_nomem(err);
	(void)snprintf(e->key, sizeof(e->key), "%s", rq->key);
	fd = folder_new(&c->folder, name);
	if (fd < 0)
		return mesh_err_set(err, fd, "a cache file cannot be made: %s", strerror(-fd));
	rc = rq->produce(rq->arg, fd, err);
	if (rc == 0) {
		rc = folder_keep(&c->folder, fd, name, e);
		if (rc < 0)
			(void)mesh_err_set(err, rc, "a cache file cannot be kept: %s", strerror(-rc));
	}
	if (rc < 0) {
		folder_drop(&c->folder, name);
		return rc;
	}
	rc = too_big(c, e, err);
	if (rc == 0)
		add_entry(c, take_ptr(e));
	return rc;
}

static int produce(struct cache *c, const struct cache_request *rq, struct mesh_err *err)
{
	int rc = produce_once(c, rq, err);

	if (rc != -ENOSPC)
		return rc;
	/* The disk is fuller than the bound supposes: what is cached is worth less than what is asked for. */
	(void)pthread_mutex_lock(&c->lock);
	make_room_locked(c, c->max_bytes);
	(void)pthread_mutex_unlock(&c->lock);
	mesh_err_clear(err);
	return produce_once(c, rq, err);
}

/* ---- one for all ---- */

static struct flight *join_locked(struct cache *c, const char *key, bool *ret_first)
{
	struct flight *f = c->flights;

	while (f && strcmp(f->key, key) != 0)
		f = f->next;
	*ret_first = !f;
	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		(void)snprintf(f->key, sizeof(f->key), "%s", key);
		f->next = c->flights;
		c->flights = f;
		c->stats.misses++;
	}
	f->refs++;
	return f;
}

static void leave_locked(struct flight *f)
{
	if (--f->refs == 0)
		free(f);
}

/* From now on a new request starts a flight of its own. */
static void land_locked(struct cache *c, struct flight *f, int result)
{
	struct flight **at = &c->flights;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->done = true;
	f->result = result;
	(void)pthread_cond_broadcast(&c->landed);
}

static bool is_cancelled(const struct cache_request *rq)
{
	return rq->cancel && atomic_load(rq->cancel);
}

static int wait_locked(struct cache *c, struct flight *f, const struct cache_request *rq)
{
	while (!f->done) {
		struct timespec until;

		if (is_cancelled(rq))
			return -EINTR;
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += CANCEL_POLL_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		(void)pthread_cond_timedwait(&c->landed, &c->lock, &until);
	}
	return f->result;
}

/* Produces or waits. *ret_again: the one who produced was interrupted, which says nothing to the others. */
static int fly(struct cache *c, const struct cache_request *rq, bool *ret_again, struct mesh_err *err)
{
	struct flight *f;
	bool first;
	int rc;

	*ret_again = false;
	(void)pthread_mutex_lock(&c->lock);
	f = join_locked(c, rq->key, &first);
	if (!f) {
		(void)pthread_mutex_unlock(&c->lock);
		return mesh_err_nomem(err);
	}
	if (first) {
		(void)pthread_mutex_unlock(&c->lock);
		rc = produce(c, rq, &f->err);
		(void)pthread_mutex_lock(&c->lock);
		land_locked(c, f, rc);
	} else {
		rc = wait_locked(c, f, rq);
		*ret_again = rc == -EINTR && !is_cancelled(rq);
	}
	if (rc < 0 && err)
		*err = f->err;
	leave_locked(f);
	(void)pthread_mutex_unlock(&c->lock);
	return rc;
}

int cache_fetch(struct cache *c, const struct cache_request *rq, struct cache_file *ret, struct mesh_err *err)
{
	int rc = cache_find(c, rq->key, ret);

	/* Evicted between landing and finding: once more, and not for ever. */
	for (int tries = 0; tries < FETCH_TRIES && rc == -ENOENT; tries++) {
		bool again;

		do
			rc = fly(c, rq, &again, err);
		while (again);
		if (rc < 0)
			return rc;
		rc = cache_find(c, rq->key, ret);
	}
	return rc == -ENOENT ? mesh_err_set(err, -EIO, "the cache is too small for what is asked of it") : rc;
}

int cache_scratch(struct cache *c)
{
	char name[FOLDER_NAME_CAP];
	int fd = folder_new(&c->folder, name);

	if (fd >= 0)
		folder_drop(&c->folder, name);
	return fd;
}

void cache_stats(struct cache *c, struct cache_stats *ret)
{
	(void)pthread_mutex_lock(&c->lock);
	*ret = c->stats;
	ret->bytes = c->entries.bytes;
	ret->files = c->entries.len;
	ret->max_bytes = c->max_bytes;
	(void)pthread_mutex_unlock(&c->lock);
}
