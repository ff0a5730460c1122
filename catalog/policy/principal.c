#include <errno.h>

#include "catalog/policy/policy.h"

static int copy_list(const struct strlist *from, struct arena *a, struct strlist *ret)
{
	struct strlist copy = {.items = arena_array(a, from->len, sizeof(*copy.items))};

	if (!copy.items)
		return -ENOMEM;
	for (; copy.len < from->len; copy.len++) {
		copy.items[copy.len] = arena_strdup(a, from->items[copy.len]);
		if (!copy.items[copy.len])
			return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

static bool plays(const struct role *role, const char *user, const struct strlist *groups)
{
	if (strlist_has(&role->users, user))
		return true;
	for (size_t i = 0; i < groups->len; i++) {
		if (strlist_has(&role->groups, groups->items[i]))
			return true;
	}
	return false;
}

static int find_roles(const struct principals *p, struct arena *a, struct principal *who)
{
	size_t n = p ? p->roles_len : 0;

	who->roles.items = arena_array(a, n, sizeof(*who->roles.items));
	if (!who->roles.items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (plays(&p->roles[i], who->user, &who->groups))
			who->roles.items[who->roles.len++] = p->roles[i].name;
	}
	return 0;
}

int principal_build(const struct principals *p, const char *user, int64_t uid,
    struct strlist groups, struct arena *a, struct principal *ret)
{
	struct principal who = {.uid = uid, .user = arena_strdup(a, user)};

	if (!who.user || copy_list(&groups, a, &who.groups) || find_roles(p, a, &who))
		return -ENOMEM;

	const struct person *person = principals_person(p, user);

	if (person) {
		who.emails = person->emails;
		who.attributes = person->attributes;
		who.attributes_len = person->attributes_len;
	}
	*ret = who;
	return 0;
}
