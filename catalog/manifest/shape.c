#include "catalog/manifest/shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "catalog/base/cleanup.h"

#define MAX_TABLES (2 * SHAPE_MAX_MORE + 4)
#define MAX_KEYS 128
#define WORDS_CAP 400

/* The tables that hold for one mapping, the most particular first. */
struct tables {
	const struct shape *items[MAX_TABLES];
	size_t len;
	bool unsure; /* a shape could not tell what else is allowed */
};

static bool holds(const struct shape_run *run, const struct shape_key *key)
{
	return run->version >= key->since && (key->until == 0 || run->version <= key->until);
}

static void gather(const struct shape_run *run, const struct shape *shape,
    const struct yaml_node *map, struct tables *t)
{
	for (const struct shape *s = shape; s; s = s->base) {
		const struct shape *more[SHAPE_MAX_MORE];
		int n = s->extend ? s->extend(run, map, more) : 0;

		if (n < 0)
			t->unsure = true;
		for (int i = 0; i < n; i++)
			t->items[t->len++] = more[i];
	}
	for (const struct shape *s = shape; s; s = s->base)
		t->items[t->len++] = s;
}

/* The first row for the key that holds in this version; NULL: unknown. */
static const struct shape_key *find(
    const struct shape_run *run, const struct tables *t, const char *name)
{
	for (size_t i = 0; i < t->len; i++) {
		for (const struct shape_key *k = t->items[i]->keys; k->name; k++) {
			if (strcmp(k->name, name) == 0 && holds(run, k))
				return k;
		}
	}
	return NULL;
}

/* ---- messages ---- */

static void join(char out[WORDS_CAP], const char *const *words, const char *separator)
{
	size_t len = 0;

	out[0] = '\0';
	for (; *words && len < WORDS_CAP; words++)
		len += (size_t)snprintf(
		    out + len, WORDS_CAP - len, "%s%s", len > 0 ? separator : "", *words);
}

/* "a string or a list" */
static void types_text(unsigned int types, char out[WORDS_CAP])
{
	static const struct {
		unsigned int type;
		const char *name;
	} names[] = {
	    {SHAPE_STRING | SHAPE_VERSION, "a string"},
	    {SHAPE_NUMBER, "a number"},
	    {SHAPE_INTEGER, "an integer"},
	    {SHAPE_BOOL, "true or false"},
	    {SHAPE_NULL, "null"},
	    {SHAPE_LIST, "a list"},
	    {SHAPE_MAP, "a mapping"},
	};
	const char *words[ARRAY_LEN(names) + 1];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (types & names[i].type)
			words[n++] = names[i].name;
	}
	words[n] = NULL;
	join(out, words, " or ");
}

static void report_type(
    struct shape_run *run, const char *name, unsigned int types, const struct yaml_node *value)
{
	bool quote = (types & (SHAPE_STRING | SHAPE_VERSION)) &&
	    (value->type == YAML_INT || value->type == YAML_FLOAT || value->type == YAML_BOOL);
	char want[WORDS_CAP];

	types_text(types, want);
	shape_error(run, value, "standard-type", "`%.80s` must be %s, not %s; %s", name, want,
	    yaml_type_name(value->type),
	    quote                          ? "put it in quotes"
		: value->type == YAML_NULL ? "give it a value or take the key out"
					   : "mend the value");
}

/* The names that hold in this version, for a suggestion; true where another version has the key. */
static bool known_names(const struct shape_run *run, const struct tables *t, const char *unknown,
    const char *names[MAX_KEYS])
{
	bool elsewhere = false;
	size_t n = 0;

	for (size_t i = 0; i < t->len; i++) {
		for (const struct shape_key *k = t->items[i]->keys; k->name && n + 1 < MAX_KEYS;
		     k++) {
			if (strcmp(k->name, unknown) == 0)
				elsewhere = true;
			else if (holds(run, k))
				names[n++] = k->name;
		}
	}
	names[n] = NULL;
	return elsewhere;
}

static void report_unknown(struct shape_run *run, const struct shape *shape, const struct tables *t,
    const struct yaml_pair *pair)
{
	const char *names[MAX_KEYS];
	bool elsewhere = known_names(run, t, pair->key, names);
	const char *nearest = shape_nearest(pair->key, names);
	const char *noun = shape->noun ? shape->noun : "this mapping";
	char hint[WORDS_CAP] = "take it out";

	if (elsewhere)
		(void)snprintf(
		    hint, sizeof(hint), "it is of another apiVersion; change that or take it out");
	else if (nearest)
		(void)snprintf(hint, sizeof(hint), "did you mean `%s`?", nearest);
	else if (find(run, t, "customProperties"))
		(void)snprintf(
		    hint, sizeof(hint), "take it out or make it one of the customProperties");

	if (shape->lenient)
		shape_warn(run, pair, "standard-unknown-key", "unknown key `%.80s` in %s; %s",
		    pair->key, noun, hint);
	else
		shape_error(run, pair, "standard-unknown-key", "unknown key `%.80s` in %s; %s",
		    pair->key, noun, hint);
}

/* ---- values ---- */

/* True where the value has one of the types. */
static bool fits(unsigned int types, const struct yaml_node *n)
{
	switch (n->type) {
	case YAML_NULL:
		return types & SHAPE_NULL;
	case YAML_BOOL:
		return types & SHAPE_BOOL;
	case YAML_INT:
		return types & (SHAPE_NUMBER | SHAPE_INTEGER);
	case YAML_FLOAT:
		return isfinite(n->f) &&
		    (types & SHAPE_NUMBER || (types & SHAPE_INTEGER && n->f == floor(n->f)));
	case YAML_STRING:
		return types & (SHAPE_STRING | SHAPE_VERSION);
	case YAML_SEQ:
		return types & SHAPE_LIST;
	case YAML_MAP:
		return types & SHAPE_MAP;
	}
	return false;
}

static void check_allowed(
    struct shape_run *run, const struct shape_key *key, const struct yaml_node *value)
{
	const char *text = yaml_str(value);
	char words[WORDS_CAP];
	const char *nearest;

	if (!text)
		return;
	for (const char *const *v = key->values; *v; v++) {
		if (strcmp(*v, text) == 0)
			return;
	}
	nearest = shape_nearest(text, key->values);
	join(words, key->values, ", ");
	if (nearest)
		shape_error(run, value, "standard-value", "`%.80s` is no %s; did you mean `%s`?",
		    text, key->name, nearest);
	else
		shape_error(run, value, "standard-value", "`%.80s` is no %s; use one of %s", text,
		    key->name, words);
}

static void check_items(
    struct shape_run *run, const struct shape_key *key, const struct yaml_node *list)
{
	unsigned int types = key->item ? SHAPE_MAP : key->item_types;

	for (size_t i = 0; i < list->len && run->errors < SHAPE_MAX_ERRORS; i++) {
		const struct yaml_node *item = list->items[i];

		if (types && !fits(types, item))
			report_type(run, key->name, types, item);
		else if (key->item)
			shape_walk(run, key->item, item);
	}
}

static void check_value(
    struct shape_run *run, const struct shape_key *key, const struct yaml_pair *pair)
{
	const struct yaml_node *value = pair->value;
	bool number = value->type == YAML_FLOAT || value->type == YAML_INT;

	if (run->null_is_absent && value->type == YAML_NULL)
		return;
	if (number && key->types & SHAPE_VERSION) {
		shape_warn(run, value, "lint-version-float",
		    "YAML reads the version %.80s as a number; put it in quotes", value->text);
		return;
	}
	if (!fits(key->types, value)) {
		report_type(run, key->name, key->types, value);
		return;
	}
	if (key->values)
		check_allowed(run, key, value);
	if (value->type == YAML_SEQ)
		check_items(run, key, value);
	if (value->type == YAML_MAP && key->map)
		shape_walk(run, key->map, value);
	if (key->check)
		key->check(run, pair);
}

/* ---- mappings ---- */

static bool is_given(const struct shape_run *run, const struct yaml_node *map, const char *name)
{
	const struct yaml_node *value = yaml_get(map, name);

	return value && !(run->null_is_absent && value->type == YAML_NULL);
}

static void check_required(struct shape_run *run, const struct shape *shape,
    const struct shape *table, const struct yaml_node *map)
{
	for (const struct shape_key *k = table->keys; k->name; k++) {
		if (!k->required || !holds(run, k) || is_given(run, map, k->name))
			continue;
		shape_error(run, map, "standard-required",
		    "missing required key `%s` in %s; add it", k->name,
		    shape->noun ? shape->noun : "this mapping");
	}
}

/* Also spares the search for a suggestion that nobody would see. */
static bool wants_report(const struct shape_run *run, const struct shape *shape, const char *key)
{
	if (shape->open || (shape->ignore && shape->ignore(key)))
		return false;
	return !shape->lenient || run->warnings <= SHAPE_MAX_WARNINGS;
}

static void check_pairs(struct shape_run *run, const struct shape *shape, const struct tables *t,
    const struct yaml_node *map)
{
	for (size_t i = 0; i < map->len && run->errors < SHAPE_MAX_ERRORS; i++) {
		const struct yaml_pair *pair = &map->pairs[i];
		const struct shape_key *key = find(run, t, pair->key);

		if (key)
			check_value(run, key, pair);
		else if (wants_report(run, shape, pair->key) && !t->unsure)
			report_unknown(run, shape, t, pair);
	}
}

void shape_walk(struct shape_run *run, const struct shape *shape, const struct yaml_node *map)
{
	struct tables t = {0};

	if (run->errors >= SHAPE_MAX_ERRORS)
		return;
	gather(run, shape, map, &t);
	for (size_t i = 0; i < t.len; i++)
		check_required(run, shape, t.items[i], map);
	check_pairs(run, shape, &t, map);
	for (size_t i = 0; i < t.len; i++) {
		if (t.items[i]->check)
			t.items[i]->check(run, map);
	}
	if (run->errors >= SHAPE_MAX_ERRORS && !run->gave_up) {
		run->gave_up = true;
		shape_error(run, map, "standard-many",
		    "too many errors to go on with the rest of the file; mend these first");
	}
}

/* ---- equality ---- */

static bool is_number(const struct yaml_node *n)
{
	return n->type == YAML_INT || n->type == YAML_FLOAT;
}

static bool equal_members(const struct yaml_node *a, const struct yaml_node *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++) {
		const struct yaml_node *x = a->type == YAML_SEQ ? a->items[i] : a->pairs[i].value;
		const struct yaml_node *y = a->type == YAML_SEQ ? b->items[i]
								: yaml_get(b, a->pairs[i].key);

		if (!y || !shape_equal(x, y))
			return false;
	}
	return true;
}

bool shape_equal(const struct yaml_node *a, const struct yaml_node *b)
{
	if (is_number(a) && is_number(b))
		return a->type == YAML_INT && b->type == YAML_INT ? a->i == b->i : a->f == b->f;
	if (a->type != b->type)
		return false;
	if (a->type == YAML_SEQ || a->type == YAML_MAP)
		return equal_members(a, b);
	if (a->type == YAML_STRING)
		return strcmp(a->text, b->text) == 0;
	return a->i == b->i;
}
