#include <inttypes.h>

#include "catalog/base/when.h"
#include "catalog/policy/print.h"

/* One key of the rule's block mapping, which starts as an element of a list. */
struct block {
	struct buf *out;
	int indent;
	bool begun;
};

static void key(struct block *b, const char *name)
{
	if (b->begun)
		buf_addc(b->out, '\n');
	buf_printf(b->out, "%*s%s%s: ", b->indent, "", b->begun ? "  " : "- ", name);
	b->begun = true;
}

static void text(struct block *b, const char *name, const char *s)
{
	if (!s)
		return;
	key(b, name);
	buf_yaml(b->out, s);
}

static void number(struct block *b, const char *name, int64_t n)
{
	if (n == 0)
		return;
	key(b, name);
	buf_printf(b->out, "%" PRId64, n);
}

static void scope(struct block *b, const struct scope *s)
{
	key(b, "scope");
	switch (s->level) {
	case SCOPE_BUILTIN:
		buf_puts(b->out, "built-in");
		break;
	case SCOPE_MESH:
		buf_puts(b->out, "mesh");
		break;
	case SCOPE_DOMAIN:
		buf_printf(b->out, "domain:%s", s->domain);
		break;
	case SCOPE_PRODUCT:
		buf_printf(b->out, "product:%s/%s", s->domain, s->product);
		break;
	}
}

static bool selects_somebody(const struct principal_sel *s)
{
	return s->any || s->team || s->users.len + s->groups.len + s->roles.len > 0;
}

static void principals(struct block *b, const char *name, const struct principal_sel *s)
{
	if (!selects_somebody(s))
		return;
	key(b, name);
	print_yaml_principals(s, b->out);
}

static void actions(struct block *b, uint32_t bits)
{
	const char *between = "";

	key(b, "actions");
	buf_addc(b->out, '[');
	for (int a = 0; a < ACTION_COUNT; a++) {
		if ((bits >> a & 1) == 0)
			continue;
		buf_printf(b->out, "%s%s", between, action_name((enum action)a));
		between = ", ";
	}
	buf_addc(b->out, ']');
}

static bool selects_all(const struct selector *s)
{
	return s->domains.len + s->products.len + s->ports.len + s->objects.len + s->status.len ==
	    0 &&
	    s->tags.any.len + s->tags.all.len + s->tags.none.len == 0 && !s->classification.given &&
	    !s->has_columns;
}

static void resources(struct block *b, const struct selector *s, const struct mesh *mesh)
{
	if (selects_all(s))
		return;
	key(b, "resources");
	print_yaml_selector(s, mesh, b->out);
}

static void condition(struct block *b, const char *name, const struct cond *c)
{
	if (!c)
		return;
	key(b, name);
	print_yaml_cond(c, b->out);
}

static void validity(struct block *b, const struct rule *r)
{
	if (r->from_ns == WHEN_NONE && r->until_ns == WHEN_NONE)
		return;
	key(b, "validity");
	buf_addc(b->out, '{');
	if (r->from_ns != WHEN_NONE) {
		buf_puts(b->out, "from: ");
		print_time(r->from_ns, b->out);
	}
	buf_puts(b->out, r->from_ns != WHEN_NONE && r->until_ns != WHEN_NONE ? ", " : "");
	if (r->until_ns != WHEN_NONE) {
		buf_puts(b->out, "until: ");
		print_time(r->until_ns, b->out);
	}
	buf_addc(b->out, '}');
}

static void duration(int64_t ns, struct buf *out)
{
	int64_t sec = ns / WHEN_NS_PER_SEC;

	if (sec > 0 && sec % 86400 == 0)
		buf_printf(out, "P%" PRId64 "D", sec / 86400);
	else if (sec > 0 && sec % 3600 == 0)
		buf_printf(out, "PT%" PRId64 "H", sec / 3600);
	else if (sec > 0 && sec % 60 == 0)
		buf_printf(out, "PT%" PRId64 "M", sec / 60);
	else
		buf_printf(out, "PT%" PRId64 "S", sec);
}

static void delegable(struct block *b, const struct rule *r)
{
	if (!r->delegable)
		return;
	key(b, "delegable");
	buf_puts(b->out, "{approvers: ");
	print_yaml_principals(&r->approvers, b->out);
	if (r->delegable_max_ns > 0) {
		buf_puts(b->out, ", maxDuration: ");
		duration(r->delegable_max_ns, b->out);
	}
	buf_addc(b->out, '}');
}

static void break_glass(struct block *b, const struct rule *r)
{
	if (r->overridable_break_glass)
		text(b, "overridable", "breakGlass");
	if (!r->break_glass)
		return;
	key(b, "breakGlass");
	buf_puts(b->out, "{maxDuration: ");
	duration(r->break_glass_max_ns, b->out);
	if (r->notify.len > 0) {
		buf_puts(b->out, ", notify: ");
		print_yaml_list(&r->notify, b->out);
	}
	buf_addc(b->out, '}');
}

static void restriction(struct block *b, const struct rule *r)
{
	if (r->effect != EFFECT_RESTRICT)
		return;
	if (r->mask.fn != MASK_NONE) {
		key(b, "mask");
		print_yaml_mask(&r->mask, b->out);
	}
	number(b, "limit", r->limit);
	number(b, "minGroup", r->min_group);
	if (r->recheck) {
		key(b, "recheck");
		buf_puts(b->out, "true");
	}
	if (r->notify.len > 0) {
		key(b, "notify");
		print_yaml_list(&r->notify, b->out);
	}
}

void rule_print(const struct rule *r, const struct mesh *mesh, int indent, struct buf *out)
{
	struct block b = {.out = out, .indent = indent};

	text(&b, "id", r->id);
	text(&b, "policy", r->policy);
	scope(&b, &r->scope);
	text(&b, "file", r->file);
	number(&b, "line", r->line);
	text(&b, "effect", effect_name(r->effect));
	principals(&b, "principals", &r->principals);
	principals(&b, "except", &r->except);
	actions(&b, r->actions);
	resources(&b, &r->resources, mesh);
	condition(&b, "when", r->when);
	condition(&b, "unless", r->unless);
	condition(&b, "rows", r->rows);
	validity(&b, r);
	restriction(&b, r);
	break_glass(&b, r);
	delegable(&b, r);
	buf_addc(out, '\n');
}
