#include "tests/lib/policy_world.h"

#include <assert.h>
#include <string.h>

#include "catalog/base/when.h"

static const char *classes[] = {"public", "internal", "confidential", "restricted"};
static const char *groups[] = {"staff", "analysts"};
static const char *roles[] = {"steward"};
static const char *emails[] = {"ada@x.org"};
static const char *product_tags[] = {"sales"};
static const char *port_tags[] = {"sales", "finance"};
static const char *email_tags[] = {"sales", "finance", "pii"};

#define STATIC_LIST(a) ((struct strlist){.items = (a), .len = sizeof(a) / sizeof((a)[0])})

static void init_resources(struct world *w)
{
	w->mesh = (struct mesh){
	    .id = "retail", .classifications = STATIC_LIST(classes), .default_rank = 3};
	w->domain = (struct domain){.id = "sales"};
	w->columns[0] = (struct column){.name = "id", .tags = STATIC_LIST(port_tags), .rank = 1};
	w->columns[1] = (struct column){
	    .name = "email", .tags = STATIC_LIST(email_tags), .rank = 2};
	w->columns[2] = (struct column){
	    .name = "amount", .tags = STATIC_LIST(port_tags), .rank = 1};
	w->columns[3] = (struct column){
	    .name = "region", .tags = STATIC_LIST(port_tags), .rank = 0};
	w->object = (struct object){.name = "orders",
	    .tags = STATIC_LIST(port_tags),
	    .rank = 2,
	    .columns = w->columns,
	    .columns_len = 4};
	w->ports[0] = (struct port){.name = "orders",
	    .entry = "orders",
	    .tags = STATIC_LIST(port_tags),
	    .rank = 2,
	    .contract = 0,
	    .server = -1,
	    .objects = &w->object,
	    .objects_len = 1};
	w->ports[1] = (struct port){.name = "dump",
	    .entry = "dump",
	    .tags = STATIC_LIST(product_tags),
	    .rank = 1,
	    .contract = -1,
	    .server = -1};
	w->contract = (struct contract){.id = "c", .end_of_life_ns = WHEN_NONE};
	w->team[0] = (struct member){
	    .username = "tess", .role = "owner", .date_in_ns = WHEN_NONE, .date_out_ns = WHEN_NONE};
	w->product = (struct product){.domain = "sales",
	    .name = "orders",
	    .entry = "orders",
	    .status = "active",
	    .tags = STATIC_LIST(product_tags),
	    .rank = 2,
	    .team = w->team,
	    .team_len = 1,
	    .ports = w->ports,
	    .ports_len = 2,
	    .contracts = &w->contract,
	    .contracts_len = 1,
	    .end_of_life_ns = WHEN_NONE};
}

static void init_caller(struct world *w)
{
	w->regions[0] = V_STR("EU");
	w->regions[1] = V_STR("US");
	w->attributes[0] = (struct attribute){"region", V_STR("EU")};
	w->attributes[1] = (struct attribute){"level", V_INT(3)};
	w->attributes[2] = (struct attribute){
	    "regions", {.type = VALUE_SET, .set = w->regions, .set_len = 2}};
	w->ada = (struct principal){.user = "ada",
	    .uid = 1000,
	    .groups = STATIC_LIST(groups),
	    .roles = STATIC_LIST(roles),
	    .emails = STATIC_LIST(emails),
	    .attributes = w->attributes,
	    .attributes_len = 3};
	w->now = (struct context){
	    .now_ns = WORLD_NOW_NS, .weekday = 4, .minute_of_day = 720, .host = "h1"};
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	arena_init(&w->arena);
	init_resources(w);
	init_caller(w);
	for (int level = SCOPE_MESH; level <= SCOPE_PRODUCT; level++) {
		w->sets[level].scope = (struct scope){.level = (enum scope_level)level,
		    .domain = level > SCOPE_MESH ? "sales" : NULL,
		    .product = level > SCOPE_DOMAIN ? "orders" : NULL};
		w->sets[level].rules = w->rules[level];
	}
	w->sets[SCOPE_PRODUCT].exemptions = w->exemptions;
	w->rq = (struct request){
	    .principal = &w->ada,
	    .context = &w->now,
	    .resource = {&w->mesh, "sales", &w->product, &w->ports[0], &w->object},
	    .rules = {&w->sets[SCOPE_MESH], &w->sets[SCOPE_DOMAIN], &w->sets[SCOPE_PRODUCT],
		&w->domain},
	};
}

void world_clear(struct world *w)
{
	arena_clear(&w->arena);
}

struct rule *world_rule(
    struct world *w, enum scope_level level, enum effect effect, const char *id, uint32_t actions)
{
	struct ruleset *rs = &w->sets[level];

	assert(rs->len < WORLD_MAX_RULES);

	struct rule *r = &rs->rules[rs->len++];

	*r = (struct rule){.id = id,
	    .policy = "p",
	    .scope = rs->scope,
	    .file = "p.policy.yaml",
	    .line = (int)rs->len,
	    .effect = effect,
	    .actions = actions,
	    .principals = {.any = true},
	    .from_ns = WHEN_NONE,
	    .until_ns = WHEN_NONE};
	return r;
}

bool world_allows(struct world *w, enum action action)
{
	struct decision d;

	policy_decide(&w->rq, action, &w->arena, &d);
	return d.allow;
}

struct view world_view(struct world *w)
{
	struct view v;
	int error = policy_view(&w->rq, (struct strlist){0}, &w->arena, &v);

	assert(error == 0);
	(void)error;
	return v;
}

struct rule *world_permit_read(struct world *w)
{
	return world_rule(w, SCOPE_PRODUCT, EFFECT_PERMIT, "reads", BIT(ACTION_READ));
}
