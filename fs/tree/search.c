#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/tree/found.h"
#include "fs/tree/search.h"

#define HITS_MAX 100

struct search_arg {
	struct spot *s;
	int (*fn)(void *arg, const struct search_hit *h);
	void *arg;
};

static int if_visible(void *arg, const struct search_hit *h)
{
	struct search_arg *a = arg;
	struct product *p;
	bool may;

	if (snapshot_product(a->s->world->snap, h->domain, h->entry, &p, NULL) < 0)
		return 0;
	may = ask_about(&a->s->ask, (struct ask_target){.domain = h->domain, .product = p}) == 0 &&
	      gate_may(&a->s->ask, ACTION_DISCOVER);
	product_unref(p);
	return may ? a->fn(a->arg, h) : 0;
}

int search_visible(struct spot *s, int (*fn)(void *arg, const struct search_hit *h), void *arg)
{
	struct search_arg a = {.s = s, .fn = fn, .arg = arg};
	struct mesh_err err = {0};
	int rc = snapshot_search(s->world->snap, s->place->rel, HITS_MAX, if_visible, &a, &err);

	return rc < 0 && rc != -ENOMEM ? -EIO : rc;
}

void search_hit_name(const struct search_hit *h, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%s:%s", h->domain, h->entry);
}

struct find_arg {
	const char *name;
	char *target; /* malloc'ed */
};

static int is_hit(void *arg, const struct search_hit *h)
{
	struct find_arg *find = arg;
	char name[512];

	search_hit_name(h, name, sizeof(name));
	if (strcmp(name, find->name) != 0)
		return 0;
	if (asprintf(&find->target, "../../../%s/%s", h->domain, h->entry) < 0)
		return -ENOMEM;
	return 1;
}

int found_search_hit(struct found *f, struct spot *s)
{
	struct find_arg find = {.name = s->place->hit};
	int rc = search_visible(s, is_hit, &find);

	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	f->type = S_IFLNK;
	f->target = find.target;
	f->size = (off_t)strlen(find.target);
	f->mtime_ns = snapshot_time_ns(s->world->snap);
	return 0;
}
