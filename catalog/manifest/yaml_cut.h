#ifndef CATALOG_MANIFEST_YAML_CUT_H
#define CATALOG_MANIFEST_YAML_CUT_H

/*
 * The bytes of a YAML file without some of its pairs: every other byte stays as its authors wrote it. Whatever cannot be cut exactly (an
 * explicit key, an anchor that is needed elsewhere, a value that an alias takes from elsewhere) is refused: the result is parsed again and
 * compared, so that a mistake about the syntax shows nothing. Knows nothing of contracts.
 */

#include "catalog/base/buf.h"
#include "catalog/manifest/yaml.h"

struct yaml_cut {
	const struct yaml_node *map; /* as parsed */
	size_t pair; /* index into map->pairs */
	bool blank; /* keeps the key, with null for its value */
};

/*
 * Appends `bytes` less the pairs. `root` is what yaml_parse made of them; the list is sorted here, and may name a pair twice. Comments inside a
 * cut value, behind it, and below it no less indented than its key go with it. 0, -ENOMEM, or -EOPNOTSUPP where it cannot be done exactly; then
 * nothing was appended.
 */
struct yaml_cut_job {
	const char *bytes;
	size_t len;
	const struct yaml_node *root;
	struct yaml_cut *cuts;
	size_t cuts_len;
};
int yaml_cut(struct yaml_cut_job *job, struct buf *out);

#endif
