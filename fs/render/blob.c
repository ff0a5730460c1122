#include <errno.h>

#include "fs/log.h"
#include "fs/render/contract_filter.h"
#include "fs/render/render.h"

int render_blob(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	struct mesh_err err = {0};
	int rc = catalog_blob(env->catalog, d->what, out, &err);

	if (rc < 0 && rc != -ENOMEM) {
		/* The document exists, its bytes do not: the catalog's fault, not the path's. */
		log_error("%s of %s/%s: %s", d->path, env->product->domain, env->product->entry,
		    err.text);
		return -EIO;
	}
	return rc;
}

int render_contract(const struct doc *d, const struct doc_env *env, struct buf *out)
{
	return contract_filter(env, d->what, out);
}
