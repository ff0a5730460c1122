#ifndef CATALOG_CATALOG_SNAPSHOT_H
#define CATALOG_CATALOG_SNAPSHOT_H

/*
 * What a snapshot is made of. Private to catalog/catalog*.c; everybody else has catalog.h.
 */

#include <pthread.h>

#include "catalog/catalog_cache.h"
#include "catalog/catalog_private.h"

#define DOMAIN_BUCKETS 256

struct loaded_domain {
	struct snapshot_domain shown; /* points to the two below */
	struct domain domain;
	struct ruleset *rules; /* owned */
	struct loaded_domain *chain; /* next in the bucket */
};

struct snapshot {
	atomic_int refs;
	struct catalog *catalog; /* borrowed: outlives every snapshot */
	int64_t epoch, time_ns;
	struct mesh mesh;
	struct principals principals;
	struct ruleset *rules; /* owned */
	struct catalog_cache *products; /* owned; has a lock of its own */
	pthread_mutex_t lock; /* of domains; never held across SQLite */
	struct loaded_domain *domains[DOMAIN_BUCKETS]; /* owned; only ever added to */
};

#endif
