#include <inttypes.h>

#include "fs/render/render.h"
#include "fs/render/text.h"

static void list(struct buf *out, const char *key, const struct strlist *l)
{
	buf_printf(out, "%s: ", key);
	text_yaml_list(out, l);
	buf_addc(out, '\n');
}

static void write_attributes(const struct principal *p, struct buf *out)
{
	buf_printf(out, "attributes:%s\n", p->attributes_len ? "" : " {}");
	for (size_t i = 0; i < p->attributes_len; i++) {
		buf_puts(out, "  ");
		buf_yaml(out, p->attributes[i].name);
		buf_puts(out, ": ");
		text_yaml_value(out, &p->attributes[i].value);
		buf_addc(out, '\n');
	}
}

int render_whoami(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	const struct principal *p = &env->ask->caller->principal;
	const struct mesh *m = env->ask->resource.mesh;

	(void)d;
	text_yaml_comment(out,
	    "Who the mesh takes you for. Groups come from the system, roles and attributes from its principals.");
	buf_puts(out, "user: ");
	buf_yaml(out, p->user);
	buf_printf(out, "\nuid: %" PRId64 "\n", p->uid);
	list(out, "groups", &p->groups);
	list(out, "roles", &p->roles);
	write_attributes(p, out);
	buf_puts(out, "mesh: ");
	buf_yaml(out, m->id);
	buf_addc(out, '\n');
	list(out, "purposes", &m->purposes);
	buf_printf(out, "epoch: %" PRId64 "\n", snapshot_epoch(env->ask->world->snap));
	return buf_error(out);
}
