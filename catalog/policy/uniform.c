#include <string.h>

#include "catalog/base/digest.h"
#include "catalog/base/when.h"
#include "catalog/policy/condition.h"
#include "catalog/policy/rule_list.h"

/*
 * What can be said about a resource before anyone asks. Both functions look only at what
 * match_reach and match_resource see; every doubt makes the answer "varies", or the fingerprints
 * different.
 */

/* Some caller might find this rule to match. A read has columns; what they are is not looked at. */
static bool could_match(const struct rule *r, const struct request *rq, enum action action)
{
	struct asked q = {.at = rq->resource};

	if (r->effect == EFFECT_RESTRICT && action != ACTION_READ)
		return false;
	if (r->resources.has_columns && action != ACTION_READ)
		return false;
	return match_reach(r, rq, action) && match_resource(r, &q);
}

static bool selects_nobody(const struct principal_sel *s)
{
	return !s->any && !s->team && s->users.len + s->groups.len + s->roles.len == 0;
}

/* Every caller finds that it matches, at any time. */
static bool always_matches(const struct rule *r)
{
	return r->principals.any && selects_nobody(&r->except) && !r->when && !r->unless &&
	    r->from_ns == WHEN_NONE && r->until_ns == WHEN_NONE && !r->delegable &&
	    !r->overridable_break_glass && !r->break_glass && !r->resources.has_columns;
}

enum uniform policy_uniform(const struct request *rq, enum action action)
{
	struct rule_walk walk = {0};
	const struct rule *r;
	bool forbids = false, permits = false, permits_all = false;

	while ((r = rule_walk_next(&walk, &rq->rules))) {
		if (r->effect == EFFECT_RESTRICT || !could_match(r, rq, action))
			continue;
		bool always = always_matches(r);

		if (r->effect == EFFECT_FORBID && always)
			return UNIFORM_DENY;
		forbids |= r->effect == EFFECT_FORBID;
		permits |= r->effect == EFFECT_PERMIT;
		permits_all |= r->effect == EFFECT_PERMIT && always;
	}
	/* Opaque content may be governed by rules for the objects that it may hold. */
	if (action == ACTION_READ)
		return permits ? UNIFORM_VARIES : UNIFORM_DENY;
	if (!permits)
		return UNIFORM_DENY;
	return permits_all && !forbids ? UNIFORM_ALLOW : UNIFORM_VARIES;
}

/* ---- fingerprint ---- */

/* With its NUL, so that two texts in a row are not one. */
static int add_text(struct digest *d, const char *s)
{
	return digest_add(d, s ? s : "", strlen(s ? s : "") + 1);
}

static int add_number(struct digest *d, int64_t n)
{
	return digest_add(d, &n, sizeof(n));
}

static int add_resource(struct digest *d, const struct resource *at)
{
	struct asked q = {.at = *at};
	int error = add_text(d, asked_domain(&q));

	if (!error && at->product)
		error = add_text(d, at->product->entry ? at->product->entry : at->product->name);
	if (!error && at->port)
		error = add_text(d, at->port->entry ? at->port->entry : at->port->name);
	if (!error && at->object)
		error = add_text(d, at->object->name);
	return error ? error : add_number(d, !!at->product + !!at->port + !!at->object);
}

/* The rule's answer may depend on more of the resource than that the rule reaches it. */
static bool depends_on_resource(const struct rule *r, enum action action)
{
	return action == ACTION_READ || r->principals.team || r->except.team ||
	    cond_mentions(r->when, OPERAND_RESOURCE) || cond_mentions(r->unless, OPERAND_RESOURCE);
}

static int add_exemptions(struct digest *d, const struct rule *r, const struct request *rq)
{
	const struct ruleset *from = rq->rules.product;
	int error = 0;

	for (size_t i = 0; from && r->delegable && !error && i < from->exemptions_len; i++) {
		if (match_exemption(r, from, &from->exemptions[i], rq))
			error = add_resource(d, &rq->resource);
	}
	return error;
}

/* A rule is the same rule where it stands at the same place. */
static int add_rule(
    struct digest *d, const struct rule *r, const struct request *rq, enum action action)
{
	int error = add_number(d, r->scope.level);

	if (!error)
		error = add_text(d, r->scope.domain);
	if (!error)
		error = add_text(d, r->scope.product);
	if (!error)
		error = add_text(d, r->policy);
	if (!error)
		error = add_text(d, r->id);
	if (!error)
		error = add_text(d, r->file);
	if (!error)
		error = add_number(d, r->line);
	if (!error && depends_on_resource(r, action))
		error = add_resource(d, &rq->resource);
	return error ? error : add_exemptions(d, r, rq);
}

static int add_rules(struct digest *d, const struct request *rq, enum action action)
{
	struct rule_walk walk = {0};
	const struct rule *r;
	int error = 0;

	while (!error && (r = rule_walk_next(&walk, &rq->rules))) {
		if (could_match(r, rq, action))
			error = add_rule(d, r, rq, action);
	}
	return error;
}

/* Without memory for a digest: a number that a parent and a child do not share. */
static uint64_t names_hash(const struct resource *at)
{
	const char *names[] = {
	    at->domain,
	    at->product ? at->product->entry : NULL,
	    at->port ? at->port->entry : NULL,
	    at->object ? at->object->name : NULL,
	};
	uint64_t h = STR_HASH_SEED;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i])
			h = str_hash(h, names[i], strlen(names[i]) + 1);
		h = str_hash(h, &i, sizeof(i));
	}
	return h;
}

static uint64_t first_64_bits(const char *hex)
{
	uint64_t n = 0;

	for (int i = 0; i < 16; i++)
		n = n << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
	return n;
}

/* A cryptographic digest, because the authors of a product choose the names that go into it. */
uint64_t policy_fingerprint(const struct request *rq, enum action action)
{
	char hex[DIGEST_HEX_CAP];
	struct digest *d = digest_new();
	int error = d ? add_rules(d, rq, action) : -1;

	if (!error && action == ACTION_READ)
		error = add_resource(d, &rq->resource);
	if (!error)
		error = digest_finish(d, hex);
	digest_free(d);
	return error ? names_hash(&rq->resource) : first_64_bits(hex);
}
