#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "catalog/base/cleanup.h"
#include "fs/log.h"
#include "fs/render/render.h"

#define LAST_RECORDS 1000

/* The product's records in the audit directory of the mount; without one there are none. */
static int render_records(const struct doc_env *env, const char *user, struct buf *out)
{
	const char *dir = env->status ? env->status->audit_dir : NULL;
	struct audit_filter filter = {.user = user, .since_ns = WHEN_NONE, .last = LAST_RECORDS};
	AUTOFREE char *product = NULL;
	struct mesh_err err = {0};
	int rc;

	if (!dir)
		return 0;
	if (asprintf(&product, "%s/%s", env->product->domain, env->product->entry) < 0) {
		product = NULL;
		return -ENOMEM;
	}
	filter.product = product;
	rc = audit_query(dir, &filter, out, &err);
	if (rc < 0)
		log_error("audit of %s: %s", product, err.text);
	return rc < 0 && rc != -ENOMEM ? -EIO : rc;
}

int render_audit(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	(void)d;
	return render_records(env, NULL, out);
}

int render_my_audit(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	(void)d;
	return render_records(env, env->ask->caller->principal.user, out);
}
