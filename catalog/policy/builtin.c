#include "catalog/base/cleanup.h"
#include "catalog/base/when.h"
#include "catalog/policy/policy.h"

#define BIT(a) (UINT32_C(1) << (a))

/* What is not discoverable cannot be read either. */
#define CONTENT_ACTIONS                                                                  \
	(BIT(ACTION_DISCOVER) | BIT(ACTION_LIST) | BIT(ACTION_READ_METADATA) |           \
	    BIT(ACTION_READ_CODE) | BIT(ACTION_READ_QUALITY) | BIT(ACTION_READ_POLICY) | \
	    BIT(ACTION_READ))

static const char *unfinished_status[] = {"proposed", "draft"};
static const char *retired_status[] = {"retired"};

/* The presence is asked for first: in a forbid, a comparison with an end of life that is missing
 * would hold. */
static const struct cond past_end_of_life_parts[] = {
    {
	.kind = COND_ATOM,
	.left = {OPERAND_RESOURCE, "endOfLife"},
	.op = OP_PRESENT,
	.literal = {.type = VALUE_BOOL, .i = true},
    },
    {
	.kind = COND_ATOM,
	.left = {OPERAND_CONTEXT, "now"},
	.op = OP_GE,
	.has_ref = true,
	.ref = {OPERAND_RESOURCE, "endOfLife"},
    },
};

static const struct cond past_end_of_life = {
    .kind = COND_ALL,
    .kids = past_end_of_life_parts,
    .len = ARRAY_LEN(past_end_of_life_parts),
};

#define BUILTIN_FORBID                                                               \
	.policy = "built-in", .file = "built-in", .scope = {.level = SCOPE_BUILTIN}, \
	.effect = EFFECT_FORBID, .principals = {.any = true}, .from_ns = WHEN_NONE,  \
	.until_ns = WHEN_NONE

static struct rule builtin_rules[] = {
    {
	BUILTIN_FORBID,
	.id = "unfinished-for-the-team-only",
	.except = {.team = true},
	.actions = CONTENT_ACTIONS,
	.resources = {.status = {unfinished_status, ARRAY_LEN(unfinished_status)}},
    },
    {
	BUILTIN_FORBID,
	.id = "retired-is-not-read",
	.actions = BIT(ACTION_READ),
	.resources = {.status = {retired_status, ARRAY_LEN(retired_status)}},
    },
    {
	BUILTIN_FORBID,
	.id = "past-end-of-life-for-the-team-only",
	.except = {.team = true},
	.actions = BIT(ACTION_READ),
	.when = &past_end_of_life,
    },
};

static const struct ruleset builtin = {
    .scope = {.level = SCOPE_BUILTIN},
    .rules = builtin_rules,
    .len = ARRAY_LEN(builtin_rules),
};

const struct ruleset *policy_builtin(void)
{
	return &builtin;
}
