#include "catalog/model.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"

static const char *const action_names[ACTION_COUNT] = {
    [ACTION_DISCOVER] = "discover",
    [ACTION_LIST] = "list",
    [ACTION_READ_METADATA] = "readMetadata",
    [ACTION_READ_CODE] = "readCode",
    [ACTION_READ_QUALITY] = "readQuality",
    [ACTION_READ_POLICY] = "readPolicy",
    [ACTION_READ_AUDIT] = "readAudit",
    [ACTION_READ] = "read",
    [ACTION_REQUEST_ACCESS] = "requestAccess",
    [ACTION_APPROVE_ACCESS] = "approveAccess",
};

static const char *const effect_names[] = {
    [EFFECT_PERMIT] = "permit",
    [EFFECT_FORBID] = "forbid",
    [EFFECT_RESTRICT] = "restrict",
};

const char *action_name(enum action a)
{
	return (size_t)a < ACTION_COUNT ? action_names[a] : "unknown";
}

int action_parse(const char *s)
{
	for (int a = 0; a < ACTION_COUNT; a++) {
		if (str_eq(action_names[a], s))
			return a;
	}
	return -1;
}

const char *effect_name(enum effect e)
{
	return (size_t)e < ARRAY_LEN(effect_names) ? effect_names[e] : "unknown";
}

void ruleset_free(struct ruleset *rs)
{
	if (!rs)
		return;
	arena_clear(&rs->arena);
	free(rs);
}

int mesh_rank(const struct mesh *m, const char *classification)
{
	for (size_t i = 0; i < m->classifications.len && i < MODEL_MAX_CLASSES; i++) {
		if (str_eq(m->classifications.items[i], classification))
			return (int)i;
	}
	return -1;
}

static int person_compare(const void *user, const void *person)
{
	return strcmp(user, ((const struct person *)person)->user);
}

const struct person *principals_person(const struct principals *p, const char *user)
{
	if (!p || !user || p->people_len == 0)
		return NULL;
	return bsearch(user, p->people, p->people_len, sizeof(p->people[0]), person_compare);
}

const char *principals_user(const struct principals *p, const char *username)
{
	const struct person *person = principals_person(p, username);

	if (person)
		return person->user;
	for (size_t i = 0; p && username && i < p->people_len; i++) {
		if (strlist_has(&p->people[i].emails, username))
			return p->people[i].user;
	}
	return NULL;
}

struct product *product_new(void)
{
	struct product *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	arena_init(&p->arena);
	atomic_init(&p->refs, 1);
	p->end_of_life_ns = WHEN_NONE;
	p->changed_ns = WHEN_NONE;
	return p;
}

struct product *product_ref(struct product *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

/* The release orders every holder's last use before the free, the acquire makes them seen by
 * whoever frees. */
void product_unref(struct product *p)
{
	if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	ruleset_free((struct ruleset *)p->rules);
	arena_clear(&p->arena);
	free(p);
}

static bool member_on_duty(const struct member *m, int64_t now_ns)
{
	return m->date_in_ns <= now_ns && (m->date_out_ns == WHEN_NONE || now_ns < m->date_out_ns);
}

const struct member *product_owner(const struct product *p, int64_t now_ns)
{
	for (size_t i = 0; i < p->team_len; i++) {
		if (str_eq(p->team[i].role, "owner") && member_on_duty(&p->team[i], now_ns))
			return &p->team[i];
	}
	return p->team_len > 0 ? &p->team[0] : NULL;
}
