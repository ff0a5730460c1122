#include "fs/render/render.h"
#include "fs/render/text.h"
#include "fs/render/why.h"

static void pair(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "%s: ", key);
	buf_yaml(out, value);
	buf_addc(out, '\n');
}

static int explain_read(
    const struct ask *ask, const char *path, struct strlist extra_columns, struct buf *out)
{
	struct why w = {.out = out, .names = true, .file = path};
	struct view v = {.deny = true};
	const char *why;
	struct arena a;
	int rc;

	arena_init(&a);
	rc = gate_view(ask, extra_columns, &a, &v);
	if (rc == 0) {
		pair(out, "decision", why_readable(&w, ask, &v, &why) ? "allow" : "deny");
		why_view(&w, ask, &v);
	}
	arena_clear(&a);
	return rc;
}

static void explain_action(const struct ask *ask, enum action action, struct buf *out)
{
	struct why w = {.out = out};
	struct decision d = {0};
	struct arena a;

	arena_init(&a);
	why_decide(ask, action, &a, &d);
	pair(out, "decision", d.allow ? "allow" : "deny");
	pair(out, "reason", d.reason);
	if (!d.allow)
		why_mend(&w, ask, d.rules, d.rules_len);
	why_rules(&w, d.rules, d.rules_len);
	arena_clear(&a);
}

static void where_to_look(const struct ask *ask, struct buf *out)
{
	const struct product *p = ask->resource.product;

	if (!p)
		return;
	buf_puts(out, "see: [");
	text_yaml_printf(out, "%s/%s/policy/my-access.yaml", p->domain, p->entry);
	buf_puts(out, ", ");
	text_yaml_printf(out, "%s/%s/policy/effective.yaml", p->domain, p->entry);
	buf_puts(out, "]\n");
}

int render_explain(const struct ask *ask, const char *path, enum action action,
    struct strlist extra_columns, struct buf *out)
{
	int rc = 0;

	pair(out, "path", path);
	pair(out, "user", ask->caller->principal.user);
	pair(out, "purpose", ask->context.purpose);
	pair(out, "action", action_name(action));
	if (action == ACTION_READ)
		rc = explain_read(ask, path, extra_columns, out);
	else
		explain_action(ask, action, out);
	where_to_look(ask, out);
	return rc < 0 ? rc : buf_error(out);
}
