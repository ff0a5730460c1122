#ifndef FS_MOUNT_OPTIONS_H
#define FS_MOUNT_OPTIONS_H

/*
 * The options of a mount, as `-o a,b=c` gives them. What is not known is refused by name.
 */

#include <stdbool.h>
#include <stdint.h>

#include "catalog/base/arena.h"
#include "catalog/base/err.h"
#include "fs/log.h"

struct mount_options {
	struct arena arena;
	bool allow_other;
	bool foreground;
	bool no_passthrough;
	bool debug;
	const char *catalog; /* NULL: the default place */
	const char *audit;   /* NULL: what the mesh says, else beside the catalog */
	const char *cache;   /* NULL: beside the catalog */
	uint64_t cache_bytes; /* 0: the cache's own default */
	enum log_level log;
	unsigned max_threads;
};

void mount_options_init(struct mount_options *o);
void mount_options_clear(struct mount_options *o);

/* Adds a comma-separated list. 0, -EINVAL (the sentence names the option and those that exist), -ENOMEM. */
int mount_options_parse(struct mount_options *o, const char *list, struct mesh_err *err);

#endif
