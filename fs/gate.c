#include "fs/gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/base/cleanup.h"
#include "fs/log.h"

struct gate {
	struct identity *identity; /* borrowed */
	struct audit *audit;	   /* borrowed */
	char host[256];
};

int gate_new(const struct gate_options *opt, struct gate **ret)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->identity = opt->identity;
	g->audit = opt->audit;
	if (gethostname(g->host, sizeof(g->host) - 1) < 0)
		g->host[0] = '\0';
	*ret = g;
	return 0;
}

void gate_free(struct gate *g)
{
	free(g);
}

/* ---- the question ---- */

void ask_init_as(struct ask *ask, struct gate *g, struct world *w, struct caller *caller, const char *purpose,
		 int64_t now_ns)
{
	struct when_local local;

	memset(ask, 0, sizeof(*ask));
	ask->world = w;
	ask->caller = caller;
	ask->asker.uid = (uid_t)caller->principal.uid;
	ask->context.now_ns = now_ns == WHEN_NONE ? when_now_ns() : now_ns;
	when_local(w->zone, ask->context.now_ns, &local);
	ask->context.weekday = local.weekday;
	ask->context.minute_of_day = local.minute_of_day;
	ask->context.host = g->host;
	ask->context.purpose = purpose;
	ask->resource.mesh = snapshot_mesh(w->snap);
	ask->rules.mesh = snapshot_mesh_rules(w->snap);
}

int ask_init(struct ask *ask, struct gate *g, struct world *w, struct asker asker, const char *purpose)
{
	struct caller *caller;
	int rc = identity_caller(g->identity, w->snap, asker.uid, &caller);

	memset(ask, 0, sizeof(*ask));
	if (rc < 0) {
		log_error("uid %lu cannot be identified (%s); refused", (unsigned long)asker.uid, strerror(-rc));
		return rc;
	}
	ask_init_as(ask, g, w, caller, purpose, WHEN_NONE);
	ask->asker = asker;
	return 0;
}

void ask_clear(struct ask *ask)
{
	caller_unref(ask->caller);
	memset(ask, 0, sizeof(*ask));
}

int ask_about(struct ask *ask, struct ask_target target)
{
	struct mesh_err err = {0};
	int rc;

	ask->resource.domain = target.domain;
	ask->resource.product = target.product;
	ask->resource.port = target.port;
	ask->resource.object = target.object;
	rc = snapshot_rules(ask->world->snap, target.domain, target.product, &ask->rules, &err);
	if (rc < 0) {
		memset(&ask->rules, 0, sizeof(ask->rules));
		if (rc != -ENOENT)
			log_error("rules of domain %s: %s", target.domain ? target.domain : "-", err.text);
	}
	return rc;
}

static struct request ask_request(const struct ask *ask)
{
	return (struct request){
		.principal = &ask->caller->principal,
		.context = &ask->context,
		.resource = ask->resource,
		.rules = ask->rules,
	};
}

bool gate_may(const struct ask *ask, enum action action)
{
	struct request rq = ask_request(ask);
	struct decision d = {0};
	struct arena a;

	arena_init(&a);
	policy_decide(&rq, action, &a, &d);
	arena_clear(&a);
	return d.allow;
}

int gate_view(const struct ask *ask, struct strlist extra_columns, struct arena *a, struct view *ret)
{
	struct request rq = ask_request(ask);

	return policy_view(&rq, extra_columns, a, ret);
}

/* ---- the record ---- */

/* "scope:id" of each rule, in `a`. Short of memory the list is empty: the record itself matters more. */
static struct strlist rule_names(const struct rule **rules, size_t len, struct arena *a)
{
	struct strlist l = {0};
	const char **items = arena_array(a, len + 1, sizeof(*items));

	if (!items)
		return l;
	for (size_t i = 0; i < len; i++) {
		const struct scope *s = &rules[i]->scope;
		const char *at = s->level == SCOPE_BUILTIN ? "built-in" : s->level == SCOPE_MESH ? "mesh" : s->domain;

		items[i] = s->level == SCOPE_PRODUCT ? arena_printf(a, "%s/%s:%s", at, s->product, rules[i]->id)
						     : arena_printf(a, "%s:%s", at, rules[i]->id);
		if (!items[i])
			return l;
	}
	l.items = items;
	l.len = len;
	return l;
}

static void exe_of(pid_t pid, char *out, size_t cap)
{
	char link[64];
	ssize_t n = -1;

	if (pid > 0) {
		(void)snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
		n = readlink(link, out, cap - 1);
	}
	out[n > 0 ? n : 0] = '\0';
}

/* True where an unwritten record must stop the open: from "confidential" on, and everywhere on a ladder that does not know
 * that word. */
static bool record_is_due(const struct ask *ask)
{
	const struct resource *r = &ask->resource;
	int due = mesh_rank(r->mesh, "confidential");
	int rank = r->object ? r->object->rank : r->port ? r->port->rank : r->product ? r->product->rank : 0;

	return due < 0 || rank >= due;
}

/* Completes the record with who asked and what about, and appends it. */
static int record(struct gate *g, const struct ask *ask, struct audit_record *r, struct arena *a)
{
	const struct product *p = ask->resource.product;
	struct mesh_err err = {0};
	char exe[512];
	int rc;

	if (!g->audit)
		return 0;
	exe_of(ask->asker.pid, exe, sizeof(exe));
	r->time_ns = ask->context.now_ns;
	r->uid = ask->asker.uid;
	r->user = ask->caller->principal.user;
	r->groups = ask->caller->principal.groups;
	r->pid = ask->asker.pid;
	r->exe = exe[0] ? exe : NULL;
	r->host = ask->context.host;
	r->purpose = ask->context.purpose;
	r->break_glass = ask->context.break_glass;
	r->epoch = (uint64_t)snapshot_epoch(ask->world->snap);
	if (p)
		r->product = arena_printf(a, "%s/%s", p->domain, p->entry);
	rc = audit_append(g->audit, r, &err);
	if (rc < 0)
		log_error("the audit record of %s for %s could not be written: %s", r->resource, r->user, err.text);
	return rc;
}

static void log_denial(const struct ask *ask, const struct gate_event *event, enum action action, const char *reason)
{
	log_info("%s may not %s %s: %s", ask->caller->principal.user, action_name(action), event->path, reason);
}

int gate_decide(struct gate *g, const struct ask *ask, enum action action, const struct gate_event *event)
{
	struct request rq = ask_request(ask);
	struct decision d = {0};
	struct arena a;
	int rc = 0;

	arena_init(&a);
	policy_decide(&rq, action, &a, &d);
	if (!d.allow)
		log_denial(ask, event, action, d.reason);
	if (!d.allow || event->record_allowed) {
		struct audit_record r = {
			.action = action_name(action),
			.resource = event->path,
			.decision = d.allow ? "allow" : "deny",
			.rules = rule_names(d.rules, d.rules_len, &a),
			.error = d.allow ? 0 : EACCES,
			.reason = d.allow ? NULL : d.reason,
		};

		rc = record(g, ask, &r, &a) < 0 && record_is_due(ask) ? -EIO : 0;
	}
	arena_clear(&a);
	return d.allow ? rc : -EACCES;
}

int gate_note(struct gate *g, const struct ask *ask, enum action action, const struct gate_event *event)
{
	struct audit_record r = {.action = action_name(action), .resource = event->path, .decision = "allow"};
	struct arena a;
	int rc = 0;

	arena_init(&a);
	if (event->record_allowed)
		rc = record(g, ask, &r, &a) < 0 && record_is_due(ask) ? -EIO : 0;
	arena_clear(&a);
	return rc;
}

/* What the view does, for the record: which columns are read, which masks and row filters apply. */
static void record_view(const struct view *v, struct audit_record *r, struct arena *a)
{
	const char **columns = arena_array(a, v->columns_len + 1, sizeof(*columns));
	const char **masks = arena_array(a, v->columns_len + 1, sizeof(*masks));
	const char **filters = arena_array(a, v->columns_len + 1, sizeof(*filters));

	if (!columns || !masks || !filters)
		return;
	for (size_t i = 0; i < v->columns_len; i++) {
		const struct view_column *c = &v->columns[i];
		struct buf b;

		if (c->dropped)
			continue;
		columns[r->columns.len++] = c->name;
		buf_init(&b);
		if (c->mask.fn != MASK_NONE) {
			mask_print(&c->mask, &b);
			masks[r->masks.len] = arena_printf(a, "%s: %s", c->name, b.data ? b.data : "?");
			r->masks.len += masks[r->masks.len] != NULL;
			buf_reset(&b);
		}
		row_filter_print(&c->rows, &b);
		if (b.len) {
			filters[r->row_filters.len] = arena_printf(a, "%s: %s", c->name, b.data);
			r->row_filters.len += filters[r->row_filters.len] != NULL;
		}
		buf_clear(&b);
	}
	r->columns.items = columns;
	r->masks.items = masks;
	r->row_filters.items = filters;
}

/* True where the view may be served; else `reason` says why not. */
static bool may_serve(const struct view *v, const char *why_not, char *reason, size_t cap)
{
	if (v->deny)
		(void)snprintf(reason, cap, "%s", v->reason);
	else if (!v->identity && why_not)
		(void)snprintf(reason, cap, "needs a filtered view, which cannot be produced: %s; %s", why_not, v->reason);
	else
		return true;
	return false;
}

int gate_read(struct gate *g, const struct ask *ask, const struct view *v, const char *why_not,
	      const struct gate_event *event)
{
	struct audit_record r = {.action = action_name(ACTION_READ), .resource = event->path};
	char reason[1024];
	bool allow = may_serve(v, why_not, reason, sizeof(reason));
	struct arena a;
	int rc;

	arena_init(&a);
	r.decision = allow ? "allow" : "deny";
	r.rules = rule_names(v->rules, v->rules_len, &a);
	r.error = allow ? 0 : EACCES;
	r.reason = allow ? NULL : reason;
	record_view(v, &r, &a);
	if (!allow)
		log_denial(ask, event, ACTION_READ, reason);
	rc = record(g, ask, &r, &a) < 0 && record_is_due(ask) ? -EIO : 0;
	arena_clear(&a);
	return allow ? rc : -EACCES;
}

void gate_refuse(struct gate *g, const struct ask *ask, enum action action, const struct gate_event *event, int error,
		 const char *reason)
{
	struct audit_record r = {
		.action = action_name(action),
		.resource = event->path,
		.decision = "deny",
		.error = error,
		.reason = reason,
	};
	struct arena a;

	arena_init(&a);
	log_denial(ask, event, action, reason);
	(void)record(g, ask, &r, &a);
	arena_clear(&a);
}

void gate_record_epoch(struct gate *g, const struct epoch_info *e)
{
	struct audit_record r = {
		.time_ns = e->time_ns,
		.uid = -1,
		.user = e->who,
		.host = g->host,
		.action = str_starts(e->what, "rollback") ? "rollback" : "apply",
		.resource = "",
		.decision = "allow",
		.epoch = (uint64_t)e->epoch,
		.reason = e->summary,
	};
	struct mesh_err err = {0};

	if (g->audit && audit_append(g->audit, &r, &err) < 0)
		log_error("the audit record of epoch %lld could not be written: %s", (long long)e->epoch, err.text);
}
