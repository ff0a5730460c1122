#include "fs/identity.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"

#define KEEP_NS (60 * WHEN_NS_PER_SEC)
#define SLOTS 256 /* direct-mapped by uid: a collision costs one NSS look-up, never a wrong answer */
#define NSS_BUF_MAX (1 << 20)
#define GROUPS_MAX 65536

struct owner_slot {
	char *user; /* owned */
	uid_t uid;
	gid_t gid;
	int result; /* 0 or -ENOENT */
	int64_t expires_ns;
};

struct identity {
	pthread_mutex_t lock; /* guards both tables; never held across NSS */
	struct {
		uid_t uid;
		struct caller *caller; /* owned reference; NULL: empty */
	} callers[SLOTS];
	struct owner_slot owners[SLOTS];
};

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * WHEN_NS_PER_SEC + ts.tv_nsec;
}

void caller_unref(struct caller *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	arena_clear(&c->arena);
	free(c);
}

static struct caller *caller_ref(struct caller *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

struct identity *identity_new(void)
{
	struct identity *id = calloc(1, sizeof(*id));

	if (id && pthread_mutex_init(&id->lock, NULL) != 0) {
		free(id);
		return NULL;
	}
	return id;
}

void identity_free(struct identity *id)
{
	if (!id)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		caller_unref(id->callers[i].caller);
		free(id->owners[i].user);
	}
	(void)pthread_mutex_destroy(&id->lock);
	free(id);
}

/* ---- NSS ---- */

struct passwd_entry {
	struct passwd pw;
	char *buf; /* owned */
};

/* By name where `name` is given, else by uid. -ENOENT: no entry; -EIO: NSS failed. */
static int passwd_find(const char *name, uid_t uid, struct passwd_entry *ret)
{
	for (size_t cap = 4096; cap <= NSS_BUF_MAX; cap *= 2) {
		AUTOFREE char *buf = malloc(cap);
		struct passwd *found = NULL;
		int rc;

		if (!buf)
			return -ENOMEM;
		rc = name ? getpwnam_r(name, &ret->pw, buf, cap, &found)
			  : getpwuid_r(uid, &ret->pw, buf, cap, &found);
		if (rc == ERANGE)
			continue;
		if (found) {
			ret->buf = take_ptr(buf);
			return 0;
		}
		/* What getpwnam_r(3) lists for "not found" besides 0. */
		return rc == 0 || rc == ENOENT || rc == ESRCH || rc == EBADF || rc == EPERM ? -ENOENT : -EIO;
	}
	return -EIO;
}

static int group_name(gid_t gid, struct arena *a, const char **ret)
{
	for (size_t cap = 4096; cap <= NSS_BUF_MAX; cap *= 2) {
		AUTOFREE char *buf = malloc(cap);
		struct group gr, *found = NULL;
		int rc;

		if (!buf)
			return -ENOMEM;
		rc = getgrgid_r(gid, &gr, buf, cap, &found);
		if (rc == ERANGE)
			continue;
		if (rc != 0 && !found && rc != ENOENT && rc != ESRCH)
			return -EIO;
		*ret = found ? arena_strdup(a, gr.gr_name) : arena_printf(a, "gid:%lu", (unsigned long)gid);
		return *ret ? 0 : -ENOMEM;
	}
	return -EIO;
}

/* All groups of the user, by name, in `a`. */
static int groups_of(const struct passwd *pw, struct arena *a, struct strlist *ret)
{
	int cap = 64;
	int n;
	AUTOFREE gid_t *gids = NULL;
	const char **names;

	do {
		gid_t *more;

		n = cap;
		more = reallocarray(gids, (size_t)cap, sizeof(*gids));
		if (!more)
			return -ENOMEM;
		gids = more;
		if (getgrouplist(pw->pw_name, pw->pw_gid, gids, &n) >= 0)
			break;
		cap = n > cap ? n : cap * 2;
	} while (cap <= GROUPS_MAX);
	if (n > cap)
		return -EIO;

	names = arena_array(a, (size_t)n + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (int i = 0; i < n; i++) {
		int rc = group_name(gids[i], a, &names[i]);

		if (rc < 0)
			return rc;
	}
	ret->items = names;
	ret->len = (size_t)n;
	return 0;
}

/* ---- callers ---- */

/* `pw` NULL: a uid that no passwd entry names. */
static int caller_new(struct snapshot *s, const struct passwd *pw, uid_t uid, struct caller **ret)
{
	struct caller *c = calloc(1, sizeof(*c));
	struct strlist groups = {0};
	const char *user;
	int rc = 0;

	if (!c)
		return -ENOMEM;
	atomic_init(&c->refs, 1);
	arena_init(&c->arena);
	c->epoch = snapshot_epoch(s);
	c->expires_ns = monotonic_ns() + KEEP_NS;
	user = pw ? pw->pw_name : arena_printf(&c->arena, "uid:%lu", (unsigned long)uid);
	if (!user)
		rc = -ENOMEM;
	if (rc == 0 && pw)
		rc = groups_of(pw, &c->arena, &groups);
	if (rc == 0)
		rc = principal_build(snapshot_principals(s), user, uid, groups, &c->arena, &c->principal);
	if (rc < 0) {
		caller_unref(c);
		return rc;
	}
	*ret = c;
	return 0;
}

static struct caller *cached_caller(struct identity *id, uid_t uid, int64_t epoch)
{
	struct caller *found = NULL;

	(void)pthread_mutex_lock(&id->lock);
	if (id->callers[uid % SLOTS].caller && id->callers[uid % SLOTS].uid == uid) {
		struct caller *c = id->callers[uid % SLOTS].caller;

		if (c->epoch == epoch && c->expires_ns > monotonic_ns())
			found = caller_ref(c);
	}
	(void)pthread_mutex_unlock(&id->lock);
	return found;
}

int identity_caller(struct identity *id, struct snapshot *s, uid_t uid, struct caller **ret)
{
	struct caller *c = cached_caller(id, uid, snapshot_epoch(s));
	struct caller *old;
	struct passwd_entry e = {0};
	int rc;

	if (c) {
		*ret = c;
		return 0;
	}
	rc = passwd_find(NULL, uid, &e);
	if (rc == 0 || rc == -ENOENT)
		rc = caller_new(s, rc == 0 ? &e.pw : NULL, uid, &c);
	free(e.buf);
	if (rc < 0)
		return rc;

	(void)pthread_mutex_lock(&id->lock);
	old = id->callers[uid % SLOTS].caller;
	id->callers[uid % SLOTS].uid = uid;
	id->callers[uid % SLOTS].caller = caller_ref(c);
	(void)pthread_mutex_unlock(&id->lock);
	caller_unref(old);
	*ret = c;
	return 0;
}

int identity_by_name(struct snapshot *s, const char *user, struct caller **ret)
{
	struct passwd_entry e = {0};
	int rc = passwd_find(user, 0, &e);

	if (rc == 0)
		rc = caller_new(s, &e.pw, e.pw.pw_uid, ret);
	free(e.buf);
	return rc;
}

/* ---- owners ---- */

static bool cached_owner(struct identity *id, size_t slot, const char *user, struct owner_slot *ret)
{
	bool hit;

	(void)pthread_mutex_lock(&id->lock);
	hit = id->owners[slot].user && strcmp(id->owners[slot].user, user) == 0 &&
	      id->owners[slot].expires_ns > monotonic_ns();
	if (hit)
		*ret = id->owners[slot];
	(void)pthread_mutex_unlock(&id->lock);
	return hit;
}

int identity_owner(struct identity *id, const char *user, uid_t *ret_uid, gid_t *ret_gid)
{
	size_t slot = str_hash(STR_HASH_SEED, user, strlen(user)) % SLOTS;
	struct owner_slot o = {0};
	struct passwd_entry e = {0};
	char *old;

	if (!cached_owner(id, slot, user, &o)) {
		o.result = passwd_find(user, 0, &e);
		if (o.result == 0) {
			o.uid = e.pw.pw_uid;
			o.gid = e.pw.pw_gid;
		}
		free(e.buf);
		o.expires_ns = monotonic_ns() + KEEP_NS;
		o.user = strdup(user);
		(void)pthread_mutex_lock(&id->lock);
		old = id->owners[slot].user;
		id->owners[slot] = o;
		(void)pthread_mutex_unlock(&id->lock);
		free(old);
	}
	if (o.result < 0)
		return o.result;
	*ret_uid = o.uid;
	*ret_gid = o.gid;
	return 0;
}
