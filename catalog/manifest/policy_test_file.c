#include "catalog/manifest/policy_test_file.h"

#include "catalog/manifest/literal.h"

static void check_attributes(struct reader *r, const struct yaml_node *n)
{
	struct value v;

	if (!n || !reader_map(r, n, "'attributes'"))
		return;
	for (size_t i = 0; i < n->len; i++) {
		const struct yaml_node *value = n->pairs[i].value;

		(void)(value->type == YAML_SEQ ? literal_set(r, value, &v)
					       : literal_scalar(r, value, &v));
	}
}

static void check_principals(struct reader *r, const struct yaml_node *n)
{
	static const char *const keys[] = {"groups", "roles", "emails", "attributes", NULL};

	if (!n || !reader_map(r, n, "'principals'"))
		return;
	for (size_t i = 0; i < n->len; i++) {
		const struct yaml_node *who = n->pairs[i].value;

		if (!reader_map(r, who, n->pairs[i].key))
			continue;
		reader_keys(r, who, keys);
		(void)reader_strings(r, who, "groups", READER_OPTIONAL);
		(void)reader_strings(r, who, "roles", READER_OPTIONAL);
		(void)reader_strings(r, who, "emails", READER_OPTIONAL);
		check_attributes(r, reader_value(r, who, "attributes", READER_OPTIONAL));
	}
}

/* Rows by the path of their object, or by its name: lists of maps from column to value. */
static void check_rows(struct reader *r, const struct yaml_node *n)
{
	if (!n || !reader_map(r, n, "'rows'"))
		return;
	for (size_t i = 0; i < n->len; i++) {
		const struct yaml_node *list = n->pairs[i].value;

		if (list->type != YAML_SEQ) {
			reader_error(r, "manifest-type", list, "rows must be a list, not %s",
			    yaml_type_name(list->type));
			continue;
		}
		for (size_t j = 0; j < list->len; j++)
			(void)reader_map(r, list->items[j], "a row");
	}
}

static void check_fixtures(struct reader *r, const struct yaml_node *root)
{
	static const char *const keys[] = {"principals", "rows", NULL};
	const struct yaml_node *n = reader_value(r, root, "fixtures", READER_OPTIONAL);

	if (!n || !reader_map(r, n, "'fixtures'"))
		return;
	reader_keys(r, n, keys);
	check_principals(r, reader_value(r, n, "principals", READER_OPTIONAL));
	check_rows(r, reader_value(r, n, "rows", READER_OPTIONAL));
}

static void check_context(struct reader *r, const struct yaml_node *test, const struct mesh *m)
{
	static const char *const keys[] = {
	    "now", "weekday", "minuteOfDay", "host", "breakGlass", "purpose", NULL};
	const struct yaml_node *n = reader_value(r, test, "context", READER_OPTIONAL), *purpose;
	struct reader_range day = {1, 7, 1}, minute = {0, 1439, 0};
	char list[512];

	if (!n || !reader_map(r, n, "'context'"))
		return;
	reader_keys(r, n, keys);
	(void)reader_time(r, n, "now", READER_OPTIONAL);
	(void)reader_int(r, n, "weekday", day);
	(void)reader_int(r, n, "minuteOfDay", minute);
	(void)reader_string(r, n, "host", READER_OPTIONAL);
	(void)reader_bool(r, n, "breakGlass", false);
	(void)reader_name(r, n, "purpose", READER_OPTIONAL);
	purpose = yaml_get(n, "purpose");
	if (m && yaml_str(purpose) && !strlist_has(&m->purposes, purpose->text))
		reader_error(r, "vocabulary-purpose", purpose,
		    "'%s' is no purpose of the mesh; mesh.yaml lists: %s", purpose->text,
		    reader_join(m->purposes.items, m->purposes.len, list, sizeof(list)));
}

static void check_expect(struct reader *r, const struct yaml_node *test)
{
	static const char *const keys[] = {"decision", "by", "columns", "masks", "rows", NULL};
	static const char *const decisions[] = {"allow", "deny", NULL};
	const struct yaml_node *n = reader_value(r, test, "expect", READER_REQUIRED), *masks;

	if (!n || !reader_map(r, n, "'expect'"))
		return;
	reader_keys(r, n, keys);
	(void)reader_value(r, n, "decision", READER_REQUIRED);
	(void)reader_enum(r, n, "decision", decisions);
	(void)reader_strings(r, n, "by", READER_OPTIONAL);
	(void)reader_strings(r, n, "columns", READER_OPTIONAL);
	masks = reader_value(r, n, "masks", READER_OPTIONAL);
	if (masks)
		(void)reader_map(r, masks, "'masks'");
}

/* Exactly one key of a test is an action; its value is the path asked about. */
static void check_question(struct reader *r, const struct yaml_node *test)
{
	static const char *const keys[] = {"name", "as", "context", "expect", NULL};
	size_t questions = 0;

	for (size_t i = 0; i < test->len; i++) {
		const struct yaml_pair *p = &test->pairs[i];
		struct diag_pos pos = {r->file, p->line, p->column};

		if (reader_index(keys, p->key) >= 0)
			continue;
		if (action_parse(p->key) < 0) {
			diag_add(r->diags, DIAG_ERROR, "manifest-unknown-key", pos,
			    "unknown key '%s'; known here: name, as, context, expect and one action, such as read",
			    p->key);
			continue;
		}
		questions++;
		(void)reader_word(r, p->value, p->key);
	}
	if (questions != 1)
		reader_error(r, "policy-test", test,
		    "a test asks for one action, such as read: domain/product/data/port");
}

static void check_test(struct reader *r, const struct yaml_node *n, const struct mesh *m)
{
	if (!reader_map(r, n, "a test"))
		return;
	check_question(r, n);
	(void)reader_string(r, n, "name", READER_OPTIONAL);
	(void)reader_string(r, n, "as", READER_REQUIRED);
	check_context(r, n, m);
	check_expect(r, n);
}

void policy_test_file_check(struct reader *r, const struct yaml_node *root, const struct mesh *m)
{
	static const char *const keys[] = {
	    "apiVersion", "kind", "id", "description", "fixtures", "tests", NULL};
	const struct yaml_node *tests;

	if (!reader_head(r, root, "PolicyTest"))
		return;
	reader_keys(r, root, keys);
	(void)reader_name(r, root, "id", READER_OPTIONAL);
	(void)reader_prose(r, root, "description");
	check_fixtures(r, root);
	tests = reader_list(r, root, "tests", READER_REQUIRED);
	for (size_t i = 0; tests && i < tests->len; i++)
		check_test(r, tests->items[i], m);
}
