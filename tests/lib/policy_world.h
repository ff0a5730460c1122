#ifndef TESTS_LIB_POLICY_WORLD_H
#define TESTS_LIB_POLICY_WORLD_H

/*
 * A small mesh in memory for the tests of the policy engine: one domain, one product, two ports, a
 * caller, a time, and rules that a test adds one by one. Everything lies in the world or is static;
 * world_clear frees the arena.
 *
 * sales/orders (active, team: tess): port "orders" (tag finance) has object "orders" with the
 * columns id (internal), email (confidential, pii), amount (internal) and region (public); port
 * "dump" has no objects. Each inherits the tag "sales". Classifications: public internal
 * confidential restricted, the last being the default. The caller is ada, in the groups staff and
 * analysts, with the role steward and the attributes region = "EU", level = 3, regions = {"EU",
 * "US"}. Thursday 2026-11-26 12:00 UTC, no purpose, host "h1".
 */

#include "catalog/policy/policy.h"

#define WORLD_MAX_RULES 24

#define STRINGS(...) ((const char *[]){__VA_ARGS__})
#define LIST(...)          \
	((struct strlist){ \
	    .items = STRINGS(__VA_ARGS__), .len = sizeof(STRINGS(__VA_ARGS__)) / sizeof(char *)})

#define V_INT(n) ((struct value){.type = VALUE_INT, .i = (n)})
#define V_DEC(n) ((struct value){.type = VALUE_DECIMAL, .i = (n)})
#define V_BOOL(b) ((struct value){.type = VALUE_BOOL, .i = (b)})
#define V_TIME(n) ((struct value){.type = VALUE_TIME, .i = (n)})
#define V_STR(t) ((struct value){.type = VALUE_STRING, .s = (t)})
#define V_NULL ((struct value){.type = VALUE_NULL})
#define V_SET(...)                                      \
	((struct value){.type = VALUE_SET,              \
	    .set = (const struct value[]){__VA_ARGS__}, \
	    .set_len = sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value)})

#define ATOM(where, what, o, v) \
	((struct cond){         \
	    .kind = COND_ATOM, .left = {OPERAND_##where, what}, .op = OP_##o, .literal = v})
#define ATOM_REF(where, what, o, where2, what2) \
	((struct cond){.kind = COND_ATOM,       \
	    .left = {OPERAND_##where, what},    \
	    .op = OP_##o,                       \
	    .has_ref = true,                    \
	    .ref = {OPERAND_##where2, what2}})
#define CONDS(...) ((const struct cond[]){__VA_ARGS__})
#define ALL(...)                         \
	((struct cond){.kind = COND_ALL, \
	    .kids = CONDS(__VA_ARGS__),  \
	    .len = sizeof(CONDS(__VA_ARGS__)) / sizeof(struct cond)})
#define ANY(...)                         \
	((struct cond){.kind = COND_ANY, \
	    .kids = CONDS(__VA_ARGS__),  \
	    .len = sizeof(CONDS(__VA_ARGS__)) / sizeof(struct cond)})
#define NOT(c) ((struct cond){.kind = COND_NOT, .kids = CONDS(c), .len = 1})

#define BIT(a) (UINT32_C(1) << (a))

struct world {
	struct arena arena;
	struct mesh mesh;
	struct domain domain;
	struct product product;
	struct port ports[2];
	struct contract contract;
	struct object object;
	struct column columns[4];
	struct member team[1];
	struct principal ada;
	struct attribute attributes[3];
	struct value regions[2];
	struct context now;
	struct ruleset sets[SCOPE_PRODUCT + 1];
	struct rule rules[SCOPE_PRODUCT + 1][WORLD_MAX_RULES];
	struct exemption exemptions[4];
	struct request rq; /* asks about the object, by ada */
};

void world_init(struct world *w);
void world_clear(struct world *w);

/* 2026-11-26T12:00:00Z */
#define WORLD_NOW_NS 1795694400000000000LL
#define WORLD_DAY_NS 86400000000000LL

/* Appends a rule for everybody to the set of its scope; the caller narrows it. */
struct rule *world_rule(
    struct world *w, enum scope_level level, enum effect effect, const char *id, uint32_t actions);

/* The answers, for the request as it stands. */
bool world_allows(struct world *w, enum action action);
struct view world_view(struct world *w);
/* A permit for read of scope product, for everybody. */
struct rule *world_permit_read(struct world *w);

#endif
