#include "fs/tree/found.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int64_t changed_ns(const struct spot *s)
{
	return s->product ? s->product->changed_ns : snapshot_time_ns(s->world->snap);
}

static int found_dir(struct found *f, struct spot *s)
{
	f->type = S_IFDIR;
	f->mtime_ns = changed_ns(s);
	f->entry_timeout_sec = spot_uniform(s) ? s->tree->long_sec : 0;
	f->attr_timeout_sec = s->tree->long_sec;
	return 0;
}

static int found_words(struct found *f, struct spot *s)
{
	const char *words = s->place->rel;

	/* Any words can be searched for; they are text, not a path. */
	if (!str_is_utf8(words, strlen(words)))
		return -ENOENT;
	(void)found_dir(f, s);
	f->entry_timeout_sec = TREE_STORAGE_SEC;
	return 0;
}

int found_init(struct found *f, struct spot *s)
{
	memset(f, 0, sizeof(*f));
	switch (s->place->kind) {
	case PLACE_STORED:
		return found_stored(f, s);
	case PLACE_DOCS:
		return s->place->rel[0] ? found_doc(f, s) : found_dir(f, s);
	case PLACE_SEARCH_WORDS:
		return found_words(f, s);
	case PLACE_SEARCH_HIT:
		return found_search_hit(f, s);
	default:
		return found_dir(f, s);
	}
}

void found_clear(struct found *f)
{
	bytes_unref(f->bytes);
	free(f->target);
	memset(f, 0, sizeof(*f));
}

/* ---- who owns it ---- */

static const char *domain_owner(const struct domain *d, int64_t now_ns)
{
	for (size_t i = 0; i < d->owners_len; i++) {
		const struct owner *o = &d->owners[i];

		if (o->date_out_ns == WHEN_NONE || now_ns < o->date_out_ns)
			return o->user;
	}
	return NULL;
}

static void owner_of(struct spot *s, uid_t *ret_uid, gid_t *ret_gid)
{
	int64_t now_ns = s->ask.context.now_ns;
	const struct member *m = s->product ? product_owner(s->product, now_ns) : NULL;
	const char *name = m ? m->username : s->domain ? domain_owner(s->domain->domain, now_ns) : NULL;
	const char *user = name ? principals_user(snapshot_principals(s->world->snap), name) : NULL;

	*ret_uid = s->tree->mount_uid;
	*ret_gid = s->tree->mount_gid;
	if (name)
		(void)identity_owner(s->tree->identity, user ? user : name, ret_uid, ret_gid);
}

void found_stat(const struct found *f, struct spot *s, uint64_t id, struct stat *ret)
{
	struct timespec t = {
		.tv_sec = f->mtime_ns / WHEN_NS_PER_SEC,
		.tv_nsec = f->mtime_ns % WHEN_NS_PER_SEC,
	};

	if (t.tv_nsec < 0) {
		t.tv_sec--;
		t.tv_nsec += WHEN_NS_PER_SEC;
	}
	memset(ret, 0, sizeof(*ret));
	ret->st_ino = id;
	ret->st_mode = f->type | (S_ISDIR(f->type) ? 0555 : S_ISLNK(f->type) ? 0777 : 0444);
	ret->st_nlink = S_ISDIR(f->type) ? 2 : 1;
	ret->st_size = f->size;
	ret->st_blocks = (f->size + 511) / 512;
	ret->st_blksize = 4096;
	ret->st_atim = ret->st_mtim = ret->st_ctim = t;
	owner_of(s, &ret->st_uid, &ret->st_gid);
}
