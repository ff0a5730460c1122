#include "catalog/policy/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void reason_init(struct reason *r, char *out, size_t cap)
{
	*r = (struct reason){.out = out, .cap = cap};
	out[0] = '\0';
}

/* The text was cut: makes room for the dots, and takes back what is left of half a character. */
static void cut(struct reason *r)
{
	size_t len = r->cap - 4;

	while (len > 0 && ((unsigned char)r->out[len] & 0xc0) == 0x80)
		len--;
	memcpy(r->out + len, "...", 4);
	r->len = r->cap;
}

void reason_add(struct reason *r, const char *fmt, ...)
{
	va_list args;

	if (r->len >= r->cap)
		return;
	va_start(args, fmt);
	int n = vsnprintf(r->out + r->len, r->cap - r->len, fmt, args);

	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= r->cap - r->len)
		cut(r);
	else
		r->len += (size_t)n;
}

void reason_add_rule(struct reason *r, const struct rule *rule)
{
	switch (rule->scope.level) {
	case SCOPE_BUILTIN:
		reason_add(r, "built-in:%s", rule->id);
		return;
	case SCOPE_MESH:
		reason_add(r, "mesh:%s", rule->id);
		break;
	case SCOPE_DOMAIN:
		reason_add(r, "domain:%s:%s", rule->scope.domain, rule->id);
		break;
	case SCOPE_PRODUCT:
		reason_add(
		    r, "product:%s/%s:%s", rule->scope.domain, rule->scope.product, rule->id);
		break;
	}
	reason_add(r, " (%s:%d)", rule->file ? rule->file : "?", rule->line);
}

void reason_add_resource(struct reason *r, const struct resource *at)
{
	if (!at->product) {
		reason_add(r, "%s", at->domain ? at->domain : "the mesh");
		return;
	}
	reason_add(r, "%s/%s", at->product->domain,
	    at->product->entry ? at->product->entry : at->product->name);
	if (at->port)
		reason_add(r, "/data/%s", at->port->entry ? at->port->entry : at->port->name);
	if (at->object && !(at->port && str_eq(at->object->name, at->port->name)))
		reason_add(r, "/%s", at->object->name);
}

void reason_add_forbids(struct reason *r, const struct rule *const *rules, size_t len)
{
	reason_add(r, " by ");
	reason_add_rule(r, rules[0]);
	if (len > 1)
		reason_add(r, " and %zu more", len - 1);
	else if (rules[0]->delegable)
		reason_add(r, "; an exemption by its approvers would lift it");
	else if (rules[0]->overridable_break_glass)
		reason_add(r, "; breaking glass would lift it");
}

void reason_add_no_permit(struct reason *r, const struct request *rq, enum action action)
{
	const struct product *product = rq->resource.product;
	const struct member *owner = product ? product_owner(product, rq->context->now_ns) : NULL;

	reason_add(r, "no permit for %s on ", action_name(action));
	reason_add_resource(r, &rq->resource);
	reason_add(r, " matches %s", rq->principal->user ? rq->principal->user : "this user");
	if (!rq->context->purpose)
		reason_add(r, " without a purpose");
	else
		reason_add(r, " for purpose %s", rq->context->purpose);
	if (owner && owner->username)
		reason_add(r, "; request access or ask %s", owner->username);
	else
		reason_add(r, "; request access or ask the owners");
}
