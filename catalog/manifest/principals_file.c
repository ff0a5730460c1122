#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/manifest/literal.h"
#include "catalog/manifest/load.h"
#include "catalog/manifest/reader.h"

/*
 * `roles` and `users` are lists of maps that carry the name under `role` and `user`, or maps from the name: both are how
 * people write it. An entry is read as (name node or key, map).
 */
struct entry {
	const char *name;
	struct diag_pos pos;
	const struct yaml_node *map;
};

static bool entry_at(
    struct reader *r, const struct yaml_node *all, size_t i, const char *name_key, struct entry *e)
{
	const struct yaml_node *n;

	if (all->type == YAML_MAP) {
		e->map = all->pairs[i].value;
		e->name = all->pairs[i].key;
		e->pos = (struct diag_pos){r->file, all->pairs[i].line, all->pairs[i].column};
		return reader_map(r, e->map, e->name);
	}
	e->map = all->items[i];
	if (!reader_map(r, e->map, "each entry"))
		return false;
	n = reader_value(r, e->map, name_key, READER_REQUIRED);
	e->name = n ? reader_word(r, n, name_key) : NULL;
	e->pos = reader_pos(r, n ? n : e->map);
	return e->name != NULL;
}

static const struct yaml_node *entries(
    struct reader *r, const struct yaml_node *root, const char *key)
{
	const struct yaml_node *n = reader_value(r, root, key, READER_OPTIONAL);

	if (!n || n->type == YAML_SEQ || n->type == YAML_MAP)
		return n;
	reader_error(
	    r, "manifest-type", n, "'%s' must be a list, not %s", key, yaml_type_name(n->type));
	return NULL;
}

static void read_role(struct reader *r, const struct entry *e, struct principals *p)
{
	static const char *const keys[] = {"role", "description", "users", "groups", NULL};
	struct role *role = &p->roles[p->roles_len];

	reader_keys(r, e->map, keys);
	for (size_t i = 0; i < p->roles_len; i++) {
		if (!str_eq(p->roles[i].name, e->name))
			continue;
		diag_add(r->diags, DIAG_ERROR, "duplicate-role", e->pos,
		    "role '%s' stands twice; merge the two", e->name);
		return;
	}
	role->name = reader_copy(r, e->name);
	(void)reader_prose(r, e->map, "description");
	role->users = reader_strings(r, e->map, "users", READER_OPTIONAL);
	role->groups = reader_strings(r, e->map, "groups", READER_OPTIONAL);
	p->roles_len++;
}

static void read_attributes(struct reader *r, const struct yaml_node *n, struct person *person)
{
	if (!n || !reader_map(r, n, "'attributes'"))
		return;
	person->attributes = reader_array(r, n->len, sizeof(*person->attributes));
	for (size_t i = 0; person->attributes && i < n->len; i++) {
		static const char *const taken[] = {"user", "groups", "roles", NULL};
		struct attribute *a = &person->attributes[person->attributes_len];
		const struct yaml_pair *pair = &n->pairs[i];
		bool ok = pair->value->type == YAML_SEQ ? literal_set(r, pair->value, &a->value)
							: literal_scalar(r, pair->value, &a->value);

		if (reader_index(taken, pair->key) >= 0) {
			reader_error(r, "principals-attribute", pair->value,
			    "'%s' is no attribute: principal.%s is what the operating system and the roles say",
			    pair->key, pair->key);
			continue;
		}
		a->name = reader_copy(r, pair->key);
		person->attributes_len += ok && a->name;
	}
}

static void read_emails(struct reader *r, const struct yaml_node *map, struct person *person)
{
	const char *one = reader_string(r, map, "email", READER_OPTIONAL);

	person->emails = reader_strings(r, map, "emails", READER_OPTIONAL);
	if (one && person->emails.len)
		reader_error(r, "manifest-duplicate", yaml_get(map, "email"),
		    "'email' and 'emails' stand side by side; keep 'emails'");
	if (one && !person->emails.len) {
		person->emails.items = reader_array(r, 1, sizeof(*person->emails.items));
		if (person->emails.items)
			person->emails.items[person->emails.len++] = one;
	}
}

static void read_person(struct reader *r, const struct entry *e, struct principals *p)
{
	static const char *const keys[] = {"user", "name", "email", "emails", "attributes", NULL};
	struct person *person = &p->people[p->people_len];

	reader_keys(r, e->map, keys);
	person->user = reader_copy(r, e->name);
	(void)reader_prose(r, e->map, "name");
	read_emails(r, e->map, person);
	read_attributes(r, reader_value(r, e->map, "attributes", READER_OPTIONAL), person);
	p->people_len += person->user != NULL;
}

static int person_compare(const void *a, const void *b)
{
	return strcmp(((const struct person *)a)->user, ((const struct person *)b)->user);
}

struct mail {
	const char *email, *user;
};

static int mail_compare(const void *a, const void *b)
{
	return strcmp(((const struct mail *)a)->email, ((const struct mail *)b)->email);
}

/* A mail address that stands for two users would make one of them a member of the other's teams. */
static void check_emails(
    struct reader *r, const struct yaml_node *where, const struct principals *p)
{
	struct mail *mails;
	size_t len = 0, at = 0;

	for (size_t i = 0; i < p->people_len; i++)
		len += p->people[i].emails.len;
	mails = reader_array(r, len, sizeof(*mails));
	if (!mails)
		return;
	for (size_t i = 0; i < p->people_len; i++)
		for (size_t j = 0; j < p->people[i].emails.len; j++)
			mails[at++] = (struct mail){
			    p->people[i].emails.items[j], p->people[i].user};
	if (len)
		qsort(mails, len, sizeof(*mails), mail_compare);
	for (size_t i = 1; i < len; i++)
		if (str_eq(mails[i - 1].email, mails[i].email))
			reader_error(r, "duplicate-email", where,
			    "the address %s stands for %s and for %s", mails[i].email,
			    mails[i - 1].user, mails[i].user);
}

static void read_people(struct reader *r, const struct yaml_node *all, struct principals *p)
{
	struct entry e;

	p->people = reader_array(r, all->len, sizeof(*p->people));
	for (size_t i = 0; p->people && i < all->len; i++)
		if (entry_at(r, all, i, "user", &e))
			read_person(r, &e, p);
	if (p->people_len)
		qsort(p->people, p->people_len, sizeof(*p->people), person_compare);
	for (size_t i = 1; i < p->people_len; i++)
		if (str_eq(p->people[i - 1].user, p->people[i].user))
			reader_error(r, "duplicate-user", all,
			    "user '%s' stands twice; merge the two", p->people[i].user);
	check_emails(r, all, p);
}

static void read_principals(struct reader *r, const struct yaml_node *root, struct principals *p)
{
	static const char *const keys[] = {
	    "apiVersion", "kind", "description", "roles", "users", NULL};
	const struct yaml_node *roles, *users;
	struct entry e;

	if (!reader_head(r, root, "Principals"))
		return;
	reader_keys(r, root, keys);
	(void)reader_prose(r, root, "description");
	roles = entries(r, root, "roles");
	users = entries(r, root, "users");
	if (roles)
		p->roles = reader_array(r, roles->len, sizeof(*p->roles));
	for (size_t i = 0; p->roles && i < roles->len; i++)
		if (entry_at(r, roles, i, "role", &e))
			read_role(r, &e, p);
	if (users)
		read_people(r, users, p);
}

int principals_file_load(
    const struct policy_source *src, struct principals *p, struct diag_list *diags)
{
	struct reader r = {src->file, &p->arena, diags, false};
	const struct yaml_node *root;
	struct arena tree;

	memset(p, 0, sizeof(*p));
	arena_init(&p->arena);
	arena_init(&tree);
	root = yaml_parse(src->file, src->bytes, src->len, &tree, diags);
	if (root)
		read_principals(&r, root, p);
	arena_clear(&tree);
	return r.oom || diags->oom ? -ENOMEM : 0;
}
