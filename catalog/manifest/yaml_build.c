#include "catalog/manifest/yaml_build.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/base/cleanup.h"
#include "catalog/base/str.h"
#include "catalog/manifest/yaml_scalar.h"

#define MAX_LEVELS 64
#define MAX_NODES 100000

/* What `&name` was put before. The newest of a name stands first in its bucket, and is the one that `*name` means. */
struct yaml_anchor {
	struct yaml_anchor *next;
	const char *name;
	const struct yaml_node *node; /* NULL while the node is being built */
	size_t nodes; /* what an alias of it counts for */
	int height;
};

struct subtree {
	const struct yaml_node *node;
	int height; /* levels of collections: 0 for a scalar */
	size_t end; /* where it, or the alias that stands for it, ends */
};

static bool build(struct yaml_build *b, const yaml_event_t *event, int level, struct subtree *ret);

bool yaml_build_no_memory(struct yaml_build *b)
{
	b->diags->oom = true;
	b->failed = true;
	return false;
}

static bool syntax_error(struct yaml_build *b)
{
	const yaml_parser_t *y = &b->parser;
	const char *what = y->problem ? y->problem : "unreadable";

	if (y->error == YAML_MEMORY_ERROR)
		return yaml_build_no_memory(b);
	if (y->context)
		yaml_build_problem(b, y->problem_mark, "yaml-syntax",
		    "not valid YAML: %s %s that begins on line %zu; mend it there or here", what,
		    y->context, y->context_mark.line + 1);
	else
		yaml_build_problem(
		    b, y->problem_mark, "yaml-syntax", "not valid YAML: %s; mend it here", what);
	return false;
}

bool yaml_build_event(struct yaml_build *b, yaml_event_t *event)
{
	if (!yaml_parser_parse(&b->parser, event))
		return syntax_error(b);
	return true;
}

/* Cannot overflow: each step adds at most what has been counted before. */
static bool count_nodes(struct yaml_build *b, size_t more, yaml_mark_t mark)
{
	b->nodes += more;
	if (b->nodes <= MAX_NODES)
		return true;
	yaml_build_problem(b, mark, "yaml-nodes",
	    "more than %d keys and values with aliases expanded; split the file or use fewer aliases",
	    MAX_NODES);
	return false;
}

static bool is_inner(const struct yaml_build *b, size_t at)
{
	return at < b->bytes_len && ((unsigned char)b->bytes[at] & 0xc0) == 0x80;
}

/* The parser counts characters. Its marks hardly ever go back, so that this is a walk through the file. */
static size_t byte_offset(struct yaml_build *b, yaml_mark_t mark)
{
	for (; b->chars < mark.index && b->at < b->bytes_len; b->chars++)
		for (b->at++; is_inner(b, b->at); b->at++)
			;
	for (; b->chars > mark.index; b->chars--)
		for (b->at--; is_inner(b, b->at); b->at--)
			;
	return b->skipped + b->at;
}

static bool check_levels(struct yaml_build *b, int levels, yaml_mark_t mark)
{
	if (levels <= MAX_LEVELS)
		return true;
	yaml_build_problem(b, mark, "yaml-depth",
	    "nested deeper than %d levels; make the structure flatter", MAX_LEVELS);
	return false;
}

static struct yaml_anchor **anchor_bucket(struct yaml_build *b, const char *name)
{
	return &b->anchors[str_hash(STR_HASH_SEED, name, strlen(name)) % YAML_BUILD_BUCKETS];
}

/* Leaves *ret alone where the node has no anchor. */
static bool anchor_open(struct yaml_build *b, const yaml_char_t *name, struct yaml_anchor **ret)
{
	if (!name)
		return true;

	struct yaml_anchor **bucket = anchor_bucket(b, (const char *)name);
	struct yaml_anchor *a = arena_alloc(b->arena, sizeof(*a));

	if (!a)
		return yaml_build_no_memory(b);
	a->name = arena_strdup(b->arena, (const char *)name);
	if (!a->name)
		return yaml_build_no_memory(b);
	a->next = *bucket;
	*bucket = a;
	*ret = a;
	return true;
}

static bool build_alias(
    struct yaml_build *b, const yaml_event_t *event, int level, struct subtree *ret)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct yaml_anchor *a = *anchor_bucket(b, name);

	while (a && strcmp(a->name, name) != 0)
		a = a->next;
	if (!a || !a->node) {
		yaml_build_problem(b, event->start_mark, "yaml-alias",
		    a ? "the alias `%.80s` stands inside what it names; take it out"
		      : "the alias `%.80s` has no anchor before it; define it or mend the name",
		    name);
		return false;
	}
	*ret = (struct subtree){a->node, a->height, byte_offset(b, event->end_mark)};
	return count_nodes(b, a->nodes, event->start_mark) &&
	    check_levels(b, level - 1 + a->height, event->start_mark);
}

static struct yaml_node *new_node(struct yaml_build *b, enum yaml_type type, yaml_mark_t mark)
{
	if (!count_nodes(b, 1, mark))
		return NULL;

	struct yaml_node *n = arena_alloc(b->arena, sizeof(*n));

	if (!n) {
		yaml_build_no_memory(b);
		return NULL;
	}
	n->type = type;
	n->line = (int)mark.line + 1;
	n->column = (int)mark.column + 1;
	n->start = byte_offset(b, mark);
	return n;
}

static struct yaml_scalar resolve(struct yaml_build *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;
	struct yaml_scalar s = {.type = YAML_STRING};

	if (tag) {
		if (!yaml_scalar_tagged(tag, text, &s))
			yaml_build_problem(b, event->start_mark, "yaml-tag",
			    "the tag `%.80s` is not of the core schema or does not fit `%.80s`; "
			    "drop the tag or mend the value",
			    tag, text);
	} else if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		s = yaml_scalar_resolve(text);
	}
	if (s.range)
		yaml_build_problem(b, event->start_mark, "yaml-range",
		    "the number `%.80s` is out of range; use a smaller one or quote it", text);
	return s;
}

static bool build_scalar(struct yaml_build *b, const yaml_event_t *event, struct subtree *ret)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (!yaml_scalar_value_ok(text, len)) {
		yaml_build_problem(b, event->start_mark, "yaml-character",
		    "an escape in this value stands for NUL or a control character; take it out");
		return false;
	}

	struct yaml_scalar s = resolve(b, event);
	struct yaml_node *n = new_node(b, s.type, event->start_mark);

	if (!n)
		return false;
	n->i = s.i;
	n->f = s.f;
	n->text = arena_strndup(b->arena, text, len);
	n->text_len = len;
	n->end = byte_offset(b, event->end_mark);
	*ret = (struct subtree){.node = n, .end = n->end};
	return n->text || yaml_build_no_memory(b);
}

static bool push(struct yaml_build *b, struct yaml_pair pair)
{
	if (b->len == b->cap) {
		size_t cap = b->cap > 0 ? b->cap * 2 : 64;
		struct yaml_pair *stack = realloc(b->stack, cap * sizeof(*stack));

		if (!stack)
			return yaml_build_no_memory(b);
		b->stack = stack;
		b->cap = cap;
	}
	b->stack[b->len++] = pair;
	return true;
}

/* Keys are names: their text counts and not their type. */
static bool build_key(struct yaml_build *b, const yaml_event_t *event, struct yaml_pair *ret)
{
	struct subtree key = {0};
	bool collection = event->type != YAML_SCALAR_EVENT && event->type != YAML_ALIAS_EVENT;

	if (!collection && !build(b, event, 1, &key))
		return false;
	if (collection || key.height > 0 || key.node->text_len == 0) {
		yaml_build_problem(b, event->start_mark, "yaml-key",
		    "a key must be a name, not empty, a list or a mapping; write `name: value`");
		return false;
	}
	ret->key = key.node->text;
	ret->line = (int)event->start_mark.line + 1;
	ret->column = (int)event->start_mark.column + 1;
	ret->start = byte_offset(b, event->start_mark);
	ret->key_end = byte_offset(b, event->end_mark);
	return true;
}

static bool build_next(struct yaml_build *b, int level, struct subtree *ret)
{
	yaml_event_t event;

	if (!yaml_build_event(b, &event))
		return false;

	bool ok = build(b, &event, level, ret);

	yaml_event_delete(&event);
	return ok;
}

/* A collection whose members are being read. */
struct open {
	enum yaml_type type;
	bool flow;
	int level;
	int height; /* of the highest member so far */
	size_t end; /* of the last member so far, then of the whole */
};

/* Builds the member that begins with `event`, onto the stack. */
static bool build_member(struct yaml_build *b, const yaml_event_t *event, struct open *o)
{
	struct yaml_pair pair = {0};
	struct subtree value = {0};
	bool ok = o->type == YAML_MAP
	    ? build_key(b, event, &pair) && build_next(b, o->level + 1, &value)
	    : build(b, event, o->level + 1, &value);

	if (!ok)
		return false;
	pair.value = value.node;
	pair.end = o->end = value.end;
	if (value.height > o->height)
		o->height = value.height;
	return push(b, pair);
}

static bool build_members(struct yaml_build *b, struct open *o)
{
	for (;;) {
		yaml_event_t event;

		if (!yaml_build_event(b, &event))
			return false;

		bool end = event.type == YAML_SEQUENCE_END_EVENT ||
		    event.type == YAML_MAPPING_END_EVENT;
		bool ok = end || build_member(b, &event, o);

		/* That of a block is where the next thing begins. */
		if (end && (o->flow || o->end == 0))
			o->end = byte_offset(b, event.end_mark);
		yaml_event_delete(&event);
		if (end || !ok)
			return ok;
	}
}

/* By key, and in authored order where keys are equal. */
static int compare_pairs(const void *x, const void *y)
{
	const struct yaml_pair *const *a = x, *const *b = y;
	int order = strcmp((*a)->key, (*b)->key);

	return order != 0 ? order : *a < *b ? -1 : *a > *b;
}

static bool check_unique(struct yaml_build *b, const struct yaml_node *map)
{
	AUTOFREE const struct yaml_pair **sorted = calloc(map->len + 1, sizeof(const void *));
	const struct yaml_pair *first;

	if (!sorted)
		return yaml_build_no_memory(b);
	for (size_t i = 0; i < map->len; i++)
		sorted[i] = &map->pairs[i];
	qsort(sorted, map->len, sizeof(const void *), compare_pairs);

	first = sorted[0];
	for (size_t i = 1; i < map->len; i++) {
		const struct yaml_pair *pair = sorted[i];
		yaml_mark_t mark = {0, (size_t)pair->line - 1, (size_t)pair->column - 1};

		if (strcmp(first->key, pair->key) != 0)
			first = pair;
		else
			yaml_build_problem(b, mark, "yaml-duplicate-key",
			    "the key `%.80s` is given already on line %d; keep one of the two",
			    pair->key, first->line);
	}
	return true;
}

/* Moves the members of a closed collection from the stack, where they begin at `base`, into the node. */
static bool close_collection(struct yaml_build *b, struct yaml_node *n, size_t base)
{
	size_t len = b->len - base;

	b->len = base;
	n->len = len;
	if (n->type == YAML_MAP) {
		struct yaml_pair *pairs = arena_array(b->arena, len, sizeof(*pairs));

		if (!pairs)
			return yaml_build_no_memory(b);
		if (len > 0)
			memcpy(pairs, b->stack + base, len * sizeof(*pairs));
		n->pairs = pairs;
		return check_unique(b, n);
	}
	n->items = arena_array(b->arena, len, sizeof(const void *));
	if (!n->items)
		return yaml_build_no_memory(b);
	for (size_t i = 0; i < len; i++)
		n->items[i] = b->stack[base + i].value;
	return true;
}

static bool build_collection(
    struct yaml_build *b, const yaml_event_t *event, struct open *o, struct subtree *ret)
{
	const yaml_char_t *tag = o->type == YAML_MAP ? event->data.mapping_start.tag
						     : event->data.sequence_start.tag;
	size_t base = b->len;

	if (!check_levels(b, o->level, event->start_mark))
		return false;
	if (tag && !yaml_scalar_tag_is((const char *)tag, o->type))
		yaml_build_problem(b, event->start_mark, "yaml-tag",
		    "the tag `%.80s` does not fit %s; drop the tag", (const char *)tag,
		    yaml_type_name(o->type));

	struct yaml_node *n = new_node(b, o->type, event->start_mark);

	if (!n || !build_members(b, o) || !close_collection(b, n, base))
		return false;
	n->end = o->end;
	n->flow = o->flow;
	*ret = (struct subtree){n, o->height + 1, n->end};
	return true;
}

/* Builds what begins with `event`; `level` is the one of a collection that stands here. */
static bool build(struct yaml_build *b, const yaml_event_t *event, int level, struct subtree *ret)
{
	struct yaml_anchor *anchor = NULL;
	size_t before = b->nodes;
	struct open o = {.level = level};
	bool ok;

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return build_alias(b, event, level, ret);
	case YAML_SCALAR_EVENT:
		ok = anchor_open(b, event->data.scalar.anchor, &anchor) &&
		    build_scalar(b, event, ret);
		break;
	case YAML_SEQUENCE_START_EVENT:
		o.type = YAML_SEQ;
		o.flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
		ok = anchor_open(b, event->data.sequence_start.anchor, &anchor) &&
		    build_collection(b, event, &o, ret);
		break;
	default:
		o.type = YAML_MAP;
		o.flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
		ok = anchor_open(b, event->data.mapping_start.anchor, &anchor) &&
		    build_collection(b, event, &o, ret);
		break;
	}
	if (!ok || !anchor)
		return ok;
	anchor->node = ret->node;
	anchor->height = ret->height;
	anchor->nodes = b->nodes - before;
	return true;
}

bool yaml_build_root(struct yaml_build *b, const struct yaml_node **ret)
{
	struct subtree root = {0};

	if (!build_next(b, 1, &root))
		return false;
	*ret = root.node;
	return true;
}
