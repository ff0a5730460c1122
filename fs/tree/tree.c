#include "fs/tree/tree.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/tree/found.h"
#include "fs/tree/table_state.h"

int tree_init(struct tree *t)
{
	t->nodes = node_table_new();
	t->states = table_states_new();
	t->long_sec = TREE_LONG_SEC;
	handles_init(&t->open);
	return t->nodes && t->states ? 0 : -ENOMEM;
}

void tree_clear(struct tree *t)
{
	handles_clear(&t->open);
	node_table_free(t->nodes);
	t->nodes = NULL;
	table_states_free(t->states);
	t->states = NULL;
}

int tree_errno(int rc)
{
	switch (rc) {
	case 0:
	case -ENOENT:
	case -EACCES:
	case -EIO:
	case -ETIMEDOUT:
	case -ESTALE:
	case -EINTR:
	case -ENOMEM:
	case -EROFS:
	case -ELOOP:
	case -EISDIR:
	case -ENOTDIR:
	case -EINVAL:
	case -ENODATA:
	case -ERANGE:
	case -EOPNOTSUPP:
	case -ENAMETOOLONG:
	case -EWOULDBLOCK: /* for the mount alone: it asks again where waiting is allowed */
		return rc;
	default:
		return rc > 0 ? rc : -EIO;
	}
}

/* The child's path, malloc'ed. NULL: no memory, or longer than any path may be. */
static char *child_path(const struct node *parent, const char *name)
{
	size_t a = strlen(parent->place.path), b = strlen(name);
	char *path = a + b + 2 < PATH_MAX ? malloc(a + b + 2) : NULL;

	if (path) {
		memcpy(path, parent->place.path, a);
		path[a] = '/';
		memcpy(path + a + (a > 0), name, b + 1);
	}
	return path;
}

/* Notes what the kernel is about to be told. */
static void node_saw(struct node *n, const struct found *f, int64_t epoch)
{
	(void)pthread_mutex_lock(&n->lock);
	n->seen = (struct node_seen){
		.size = f->size,
		.mtime_ns = f->mtime_ns,
		.epoch = epoch,
		.time_ns = when_now_ns(),
		.attr = n->seen.attr,
	};
	(void)pthread_mutex_unlock(&n->lock);
}

static void node_told(struct node *n, const struct stat *attr)
{
	(void)pthread_mutex_lock(&n->lock);
	n->seen.attr = *attr;
	(void)pthread_mutex_unlock(&n->lock);
}

static int lookup_at(struct tree *t, struct asker who, const char *path, struct tree_entry *ret)
{
	struct place place;
	struct found f = {0};
	struct spot s;
	struct node *n;
	int rc = place_parse(path, &place);

	if (rc < 0)
		return rc;
	rc = spot_init(&s, t, who, &place);
	if (rc == 0 && !spot_visible(&s))
		rc = -ENOENT;
	if (rc == 0)
		rc = found_init(&f, &s);
	if (rc == 0)
		rc = node_lookup(t->nodes, path, f.tag, f.bytes, &n);
	if (rc == 0) {
		node_saw(n, &f, snapshot_epoch(s.world->snap));
		ret->id = n->id;
		ret->entry_timeout_sec = f.entry_timeout_sec;
		ret->attr_timeout_sec = f.attr_timeout_sec;
		found_stat(&f, &s, n->id, &ret->attr);
		node_told(n, &ret->attr);
		ret->pin = place.kind == PLACE_STORED && S_ISREG(f.type) && f.size > 0;
		node_put(t->nodes, n);
	}
	found_clear(&f);
	spot_clear(&s);
	place_clear(&place);
	return rc;
}

/* The second name of a node. It tells nothing that the node's own name did not, and to nobody but the mount itself. */
static int lookup_pin(struct tree *t, const char *name, struct tree_entry *ret)
{
	struct node *n = node_look_again(t->nodes, strtoull(name, NULL, 16));

	if (!n)
		return -ENOENT;
	(void)pthread_mutex_lock(&n->lock);
	ret->attr = n->seen.attr;
	(void)pthread_mutex_unlock(&n->lock);
	ret->id = n->id;
	ret->entry_timeout_sec = t->long_sec;
	ret->attr_timeout_sec = TREE_STORAGE_SEC;
	ret->pin = false;
	node_put(t->nodes, n);
	return 0;
}

static bool is_pinning(struct tree *t, struct asker who)
{
	return who.pid != 0 && who.pid == atomic_load(&t->pin_pid);
}

int tree_lookup(struct tree *t, struct asker who, uint64_t parent, const char *name, struct tree_entry *ret)
{
	AUTOFREE char *path = NULL;
	struct node *n;
	int rc;

	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/'))
		return -ENOENT;
	n = node_get(t->nodes, parent);
	if (!n)
		return -ESTALE;
	path = child_path(n, name);
	if (n->place.kind == PLACE_PINS || (path && strcmp(path, PIN_DIR) == 0 && !is_pinning(t, who)))
		rc = is_pinning(t, who) ? lookup_pin(t, name, ret) : -ENOENT;
	else
		rc = path ? lookup_at(t, who, path, ret) : -ENAMETOOLONG;
	node_put(t->nodes, n);
	return tree_errno(rc);
}

void tree_forget(struct tree *t, uint64_t id, uint64_t n)
{
	node_forget(t->nodes, id, n);
}

static int attr_of(struct node *n, struct spot *s, struct stat *ret, double *ret_timeout_sec)
{
	struct found f = {0};
	int rc = 0;

	if (n->place.kind != PLACE_DOCS || !found_doc_again(n, s, &f))
		rc = found_init(&f, s);
	if (rc == 0 && strcmp(f.tag, n->tag) != 0)
		rc = -ESTALE;
	if (rc == 0) {
		node_saw(n, &f, snapshot_epoch(s->world->snap));
		found_stat(&f, s, n->id, ret);
		*ret_timeout_sec = f.attr_timeout_sec;
	}
	found_clear(&f);
	return rc;
}

int tree_with_spot(struct tree *t, struct asker who, uint64_t id, int (*fn)(struct node *n, struct spot *s, void *arg),
		   void *arg)
{
	struct node *n = node_get(t->nodes, id);
	struct spot s;
	int rc;

	if (!n)
		return -ESTALE;
	rc = spot_init(&s, t, who, &n->place);
	if (rc == 0 && !spot_visible(&s))
		rc = -ENOENT;
	if (rc == 0)
		rc = fn(n, &s, arg);
	spot_clear(&s);
	node_put(t->nodes, n);
	return tree_errno(rc);
}

struct attr_arg {
	struct stat *st;
	double *timeout_sec;
};

static int getattr_at(struct node *n, struct spot *s, void *arg)
{
	struct attr_arg *a = arg;

	return attr_of(n, s, a->st, a->timeout_sec);
}

int tree_getattr(struct tree *t, struct asker who, uint64_t id, struct stat *ret, double *ret_timeout_sec)
{
	struct attr_arg arg = {.st = ret, .timeout_sec = ret_timeout_sec};

	return tree_with_spot(t, who, id, getattr_at, &arg);
}

static int readlink_at(struct node *n, struct spot *s, void *arg)
{
	char **ret = arg;
	struct found f = {0};
	int rc = found_init(&f, s);

	(void)n;
	if (rc == 0)
		rc = !S_ISLNK(f.type) ? -EINVAL : f.link_error;
	if (rc == 0)
		*ret = take_ptr(f.target);
	found_clear(&f);
	return rc;
}

int tree_readlink(struct tree *t, struct asker who, uint64_t id, char **ret)
{
	return tree_with_spot(t, who, id, readlink_at, ret);
}

static int may_read_file(struct node *n, struct spot *s)
{
	struct stat st;
	double timeout_sec;
	int rc = attr_of(n, s, &st, &timeout_sec);

	if (rc == 0 && S_ISREG(st.st_mode) && strcmp(n->tag, TAG_DENIED) == 0)
		rc = -EACCES;
	return rc;
}

static bool is_listed_by_policy(const struct place *p)
{
	return p->product != NULL;
}

static int access_at(struct node *n, struct spot *s, void *arg)
{
	int mask = *(int *)arg;
	struct stat st;
	double timeout_sec;
	int rc;

	if (mask & W_OK)
		return -EROFS;
	rc = attr_of(n, s, &st, &timeout_sec);
	if (rc < 0)
		return rc;
	if (!S_ISDIR(st.st_mode))
		return mask & X_OK ? -EACCES : mask & R_OK ? may_read_file(n, s) : 0;
	if (!(mask & R_OK) || !is_listed_by_policy(&n->place))
		return 0;
	return gate_may(&s->ask, ACTION_LIST) ? 0 : -EACCES;
}

int tree_access(struct tree *t, struct asker who, uint64_t id, int mask)
{
	return tree_with_spot(t, who, id, access_at, &mask);
}

void tree_statfs(struct tree *t, struct statvfs *ret)
{
	(void)t;
	memset(ret, 0, sizeof(*ret));
	/* No capacity of its own and nothing to write to: full, so that nobody plans to. */
	ret->f_bsize = ret->f_frsize = 4096;
	ret->f_blocks = 1 << 20;
	ret->f_files = 1 << 20;
	ret->f_namemax = NAME_MAX;
	ret->f_flag = ST_RDONLY | ST_NOSUID;
}
